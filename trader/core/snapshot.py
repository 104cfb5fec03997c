"""Everything a decision may look at, with the venue time at which it was true.

A part that could not be read is `Unreadable`, a value of its own: it is never empty, zero or flat.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.abilities import Abilities
from trader.core.access import Budget
from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.market import Leg, Market, Slot, leg_of, slot_at
from trader.core.orders import Fill, Found, Lookup, Order, Unreadable
from trader.core.past import Past


@frozen
class Position:
    """What the account holds in one slot; `size` is signed (also in a two-sided account) and never zero.

    `margin_used` on isolated margin is what the position has of its own, with what it won or lost so far.
    """

    coin: str
    size: Decimal
    entry_price: Decimal
    mark: Decimal
    liquidation: Decimal | None
    leverage: int
    cross: bool
    margin_used: Decimal
    unrealised: Decimal
    two_sided: bool = False

    @property
    def leg(self) -> Leg:
        return leg_of(self.size)

    @property
    def slot(self) -> Slot:
        return slot_at(self.coin, self.leg if self.two_sided else None)

    @property
    def notional(self) -> Decimal:
        return abs(self.size) * self.mark

    @property
    def liquidation_ahead(self) -> Decimal | None:
        """The liquidation price, as far as this position's stop has to act before it.

        On cross margin the two legs of a coin share one: where the other leg is the larger it lies on the
        side on which this leg wins, and is that leg's to stay clear of.
        """
        if self.liquidation is None or not self.two_sided:
            return self.liquidation
        return self.liquidation if (self.mark - self.liquidation) * self.leg.sign > 0 else None


@frozen
class Account:
    """The account's money at mark, as the venue counts it."""

    equity: Decimal
    margin_used: Decimal
    maintenance: Decimal


@frozen
class Holdings:
    """One reading of what the account holds; orders are read no later than positions and fills.

    `at_ms` is the venue's clock. `fills` reach back to `fills_since_ms`, all of them when
    `fills_complete`.
    """

    at_ms: int
    account: Account
    positions: tuple[Position, ...]
    orders: tuple[Order, ...] | Unreadable
    fills: tuple[Fill, ...] | Unreadable
    fills_since_ms: int
    fills_complete: bool

    def position(self, coin: str, leg: Leg | None = None) -> Position | None:
        """The position of a slot: of a coin, or of one leg of it in a two-sided account."""
        slot = Slot(coin, leg)
        return next((p for p in self.positions if p.slot == slot), None)

    def positions_of(self, coin: str) -> tuple[Position, ...]:
        """Every position of a coin: at most one, or one a leg."""
        return tuple(p for p in self.positions if p.coin == coin)

    def orders_of(self, coin: str, leg: Leg | None = None) -> tuple[Order, ...]:
        """Live orders of a coin, of one leg if that is given; only after `orders` was found readable."""
        if isinstance(self.orders, Unreadable):
            return ()
        return tuple([o for o in self.orders if o.coin == coin and leg in (None, o.leg)])

    def fills_of(self, coin: str, leg: Leg | None = None) -> tuple[Fill, ...]:
        """Fills of a coin, of one leg if that is given, oldest first; only after `fills` was readable."""
        if isinstance(self.fills, Unreadable):
            return ()
        wanted = [f for f in self.fills if f.coin == coin and leg in (None, f.leg)]
        return tuple(sorted(wanted, key=lambda f: (f.at_ms, f.fill_id)))

    def position_in(self, slot: Slot) -> Position | None:
        return next((p for p in self.positions if p.slot == slot), None)

    def orders_in(self, slot: Slot) -> tuple[Order, ...]:
        """Live orders of exactly this slot; only after `orders` was found readable."""
        orders = () if isinstance(self.orders, Unreadable) else self.orders
        return tuple([o for o in orders if o.coin == slot.coin and o.leg == slot.leg])

    def fills_in(self, slot: Slot) -> tuple[Fill, ...]:
        """Fills of exactly this slot, oldest first; only after `fills` was found readable."""
        return tuple([f for f in self.fills_of(slot.coin) if f.leg == slot.leg])

    def slot_of(self, coin: str, leg: Leg) -> Slot:
        """Where this leg of a coin stands, going by the newest that was read of the account's two sides."""
        if self.positions:
            return Slot(coin, leg if self.positions[0].two_sided else None)
        if not isinstance(self.fills, Unreadable) and self.fills:
            newest = max(self.fills, key=lambda f: (f.at_ms, f.fill_id))
            return Slot(coin, leg if newest.leg is not None else None)
        orders = () if isinstance(self.orders, Unreadable) else self.orders
        return Slot(coin, leg if any(o.leg is not None for o in orders) else None)

    def slots(self) -> tuple[Slot, ...]:
        """Every slot that is held or that the fills name, in a fixed order."""
        found = {p.slot for p in self.positions}
        if not isinstance(self.fills, Unreadable):
            found |= {f.slot for f in self.fills}
        return tuple(sorted(found, key=str))


@frozen
class Leverage:
    """The venue's setting for a coin; the higher one where it has one for each leg and they differ."""

    leverage: int
    cross: bool
    legs_differ: bool = False

    def is_just(self, leverage: int, *, cross: bool) -> bool:
        """True where neither leg would be entered on anything else."""
        return not self.legs_differ and (self.leverage, self.cross) == (leverage, cross)


@frozen
class Quote:
    """Prices of a coin at one moment; absent is None, never zero.

    `funding_rate` is for one interval, due at `funding_next_ms`; None where the venue did not say.
    """

    mark: Decimal
    oracle: Decimal
    bid: Decimal | None
    ask: Decimal | None
    funding_rate: Decimal
    funding_next_ms: int | None = None
    funding_interval_ms: int | None = None


@frozen
class MarketView:
    """All that was read about one coin that the configuration names.

    `leverage` is None where it is not read: it is then set before each entry.
    """

    market: Market
    quote: Quote | Unreadable
    candles: Candles | Unreadable
    leverage: Leverage | Unreadable | None


@frozen
class Snapshot:
    """One observation of the venue, good for one decision.

    `markets` holds the coins asked for; `missing` says why a coin asked for is not there. `rules`
    holds every market of the venue that a position or an order is in. `lookups` answers the ids asked for.
    `local_ms` is this machine's wall clock when the last answer was in. `account_problem` says why this
    account cannot take new risk whatever the strategy wants (a mode we cannot account for, no equity).
    `venue_problem` says why the venue takes no new risk from anybody now (maintenance). `past` is the record
    of the account's money, `ended` that of its recent orders; None where they were not asked for. `budgets`
    are the venue's limits on requests, as far as it told them in these answers.
    `abilities` are the venue's; `two_sided` says that this account holds both legs of a coin apart.
    """

    venue: str
    account_id: str
    holdings: Holdings
    markets: Mapping[str, MarketView]
    missing: Mapping[str, str]
    rules: Mapping[str, Market]
    lookups: Mapping[str, Lookup]
    local_ms: int
    taker_fee: Decimal
    maker_fee: Decimal
    abilities: Abilities
    two_sided: bool = False
    account_problem: str | None = None
    venue_problem: str | None = None
    past: Past | Unreadable | None = None
    ended: tuple[Found, ...] | Unreadable | None = None
    budgets: tuple[Budget, ...] | Unreadable = ()

    def slot_of(self, coin: str, leg: Leg) -> Slot:
        """Where this leg of a coin stands in this account."""
        return Slot(coin, leg if self.two_sided else None)

    def slots_of(self, coin: str) -> tuple[Slot, ...]:
        """Where a coin can stand in this account."""
        return tuple(Slot(coin, leg) for leg in Leg) if self.two_sided else (Slot(coin),)

    @property
    def attaches_to_resting(self) -> bool:
        """True where a resting entry carries a stop that can only reduce, whatever the position then is."""
        return self.abilities.attach != "none" and (self.two_sided or self.abilities.attached_stands)

    @property
    def covers_resting(self) -> bool:
        """True where any part of a resting entry has its stop as it fills; else it is naked until a run."""
        return self.abilities.attach == "pro_rata" and self.attaches_to_resting

    @property
    def stops_before_resting(self) -> bool:
        """True where a sized stop may be live before a resting entry: it covers what of it fills."""
        can = self.abilities.stop_first is True and self.abilities.oversized_exit == "trims"
        return can and not self.two_sided and not self.covers_resting

    @property
    def venue_ms(self) -> int:
        return self.holdings.at_ms
