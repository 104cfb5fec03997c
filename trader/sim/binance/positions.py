"""Positions and what they tie up, as numbers that several answers share.

Rules: one `Side` for each row the venue shows: BOTH in a one-way account, LONG and SHORT in hedge mode.
Initial margin is notional over leverage; what resting orders would open is counted per symbol, the worse
of both sides, and is never less than what the model sets aside.
"""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.orders import Order, Position
from trader.exchange.views import PositionView
from trader.sim.binance.venue import Venue

ZERO = Decimal(0)
LEG_OF = {"LONG": "long", "SHORT": "short", "BOTH": None}
NAME_OF: dict[str | None, str] = {"long": "LONG", "short": "SHORT", None: "BOTH"}


@frozen
class Side:
    """One row of positions: the position, if there is one, and the coin's open orders of that side."""

    coin: str
    leg: str | None
    position: Position | None
    view: PositionView | None
    bid_notional: Decimal
    ask_notional: Decimal
    leverage: int
    is_isolated: bool
    updated_ms: int

    @property
    def size(self) -> Decimal:
        return ZERO if self.position is None else self.position.szi

    @property
    def notional(self) -> Decimal:
        """Signed, at mark."""
        return ZERO if self.view is None else self.view.value.copy_sign(self.size)

    @property
    def unrealized(self) -> Decimal:
        return ZERO if self.view is None else self.view.unrealized

    @property
    def entry(self) -> Decimal:
        return ZERO if self.position is None else self.position.cost / self.position.szi

    @property
    def isolated_wallet(self) -> Decimal:
        return ZERO if self.position is None else self.position.collateral or ZERO

    @property
    def isolated_margin(self) -> Decimal:
        """The isolated wallet with its profit."""
        apart = self.position is not None and self.position.collateral is not None
        return self.isolated_wallet + self.unrealized if apart else ZERO

    @property
    def maintenance(self) -> Decimal:
        return ZERO if self.view is None else self.view.maintenance

    @property
    def position_margin(self) -> Decimal:
        return abs(self.notional) / self.leverage

    @property
    def order_margin(self) -> Decimal:
        return max(self.bid_notional, self.ask_notional) / self.leverage

    @property
    def liquidation(self) -> Decimal:
        price = None if self.view is None else self.view.liquidation_px
        return ZERO if price is None else price


def legs_of(venue: Venue, user: str) -> tuple[str | None, ...]:
    return ("long", "short") if venue.is_two_sided(user) else (None,)


def sides(venue: Venue, user: str, coins: tuple[str, ...], *, with_flat: bool) -> list[Side]:
    """Rows of these coins; a flat side without orders only where asked."""
    model = venue.model
    views = {(view.coin, view.leg): view for view in model.account(user).positions}
    open_orders = model.open_orders(user)
    found = []
    for coin in coins:
        setting = model.leverage(user, coin)
        for leg in legs_of(venue, user):
            position = model.position(user, coin, leg)
            orders = [order for order in open_orders if order.coin == coin and order.leg == leg]
            if position is None and not orders and not with_flat:
                continue
            bids, asks = (_opening(orders, is_buy=is_buy) for is_buy in (True, False))
            isolated = not setting.is_cross if position is None else position.collateral is not None
            updated = position_changed_ms(venue, user, coin, leg)
            side = Side(
                coin, leg, position, views.get((coin, leg)), bids, asks, setting.value, isolated, updated
            )
            found.append(side)
    return found


def _opening(orders: list[Order], *, is_buy: bool) -> Decimal:
    """Notional of the resting orders of one direction that do not merely reduce."""
    resting = [o for o in orders if o.resting and not o.reduce_only and not o.position_bound]
    return sum((o.sz * o.px for o in resting if o.is_buy == is_buy), ZERO)


def position_changed_ms(venue: Venue, user: str, coin: str, leg: str | None) -> int:
    """When the position last changed; 0 where it never did."""
    for fill in reversed(venue.model.fills(user)):
        if fill.coin == coin and fill.leg == leg:
            return fill.at_ms
    return 0
