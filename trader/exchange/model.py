"""The model exchange as its clients see it: one object, time handed in, no input and no output.

Rules of this file: it only delegates; each theme has its file. Call `advance(now)` before anything else of
an instant; every other method acts at `now_ms`. Refusals are values (`Reason`), never exceptions.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trader.exchange import accounts, amending, checks, ledger, liquidation, memory, placing, walk
from trader.exchange.engine import Engine
from trader.exchange.orders import Leverage, Liquidity, OrderSpec, Placed
from trader.exchange.prices import MINUTE_MS, Prices
from trader.exchange.readings import Readings
from trader.exchange.rows import Event
from trader.exchange.rules import Market, Rules
from trader.exchange.state import Logs, State
from trader.exchange.status import Grouping, Kind, Reason, Status

Listener = Callable[[Event], None]


class Model(Readings):
    """One venue: markets, users, orders, positions and money."""

    def __init__(
        self, markets: Sequence[Market], prices: Prices, *, start_ms: int, rules: Rules | None = None
    ) -> None:
        state = State(now_ms=start_ms, path_minute_ms=start_ms - start_ms % MINUTE_MS)
        self._engine = Engine(markets, prices, state, Logs(), rules or Rules())

    def advance(self, to_ms: int) -> None:
        """Let the market run up to and including `to_ms`; an earlier time changes nothing."""
        walk.advance(self._engine, to_ms)

    def set_market(self, market: Market) -> None:
        """Replace the rules of one coin from now on (tick, lot, leverage); delisting settles what is open."""
        if market.is_delisted:
            liquidation.delist(self._engine, market.coin)
        self._engine.markets[market.coin] = market
        self._engine.state.changed_markets[market.coin] = market
        self._touched(market.coin)

    def set_funding_rate(self, coin: str, rate: Decimal) -> None:
        self._engine.own_coin(coin).funding_rate = rate
        self._engine.changed()

    def set_offsets(
        self,
        coin: str,
        *,
        mark: Decimal | None = None,
        mid: Decimal | None = None,
        oracle: Decimal | None = None,
        spread_bps: Decimal | None = None,
    ) -> None:
        """Shift mark, mid or oracle from the path by an amount; None leaves it as it is."""
        settings = self._engine.own_coin(coin)
        settings.mark_offset = settings.mark_offset if mark is None else mark
        settings.mid_offset = settings.mid_offset if mid is None else mid
        settings.oracle_offset = settings.oracle_offset if oracle is None else oracle
        settings.spread_bps = settings.spread_bps if spread_bps is None else spread_bps
        self._touched(coin)

    def set_liquidity(self, coin: str, liquidity: Liquidity) -> None:
        self._engine.own_coin(coin).liquidity = liquidity
        self._touched(coin)

    def set_fee_rates(self, user: str, *, maker: Decimal, taker: Decimal) -> None:
        account = self._engine.account(user)
        account.maker_rate, account.taker_rate = maker, taker
        self._engine.changed()

    def adl(self, user: str, coin: str, fraction: Decimal, leg: str | None = None) -> None:
        """Take away this fraction of a position at mark, as an auto-deleveraging would."""
        liquidation.adl(self._engine, user, coin, leg, fraction)
        walk.settle(self._engine)

    def _touched(self, coin: str) -> None:
        """The market moved by hand: what is due now happens now."""
        self._engine.changed()
        walk.settle(self._engine)
        self._engine.emit(Kind.CLOCK, "", coin)

    def deposit(self, user: str, amount: Decimal) -> None:
        """Create the user if need be and add cash."""
        if amount <= 0:
            raise ValueError(f"deposit of {amount} for {user}: expected an amount above 0")
        ledger.move_cash(self._engine, user, amount, "deposit")

    def withdraw(self, user: str, amount: Decimal) -> Reason | None:
        refusal = accounts.withdraw(self._engine, user, amount)
        walk.settle(self._engine)
        return refusal

    def prevalidate(self, specs: Sequence[OrderSpec], grouping: Grouping) -> Reason | None:
        """What refuses the whole batch before any order exists: an empty batch, a bad group, a trigger that
        does not reduce, a price far from the reference. `place` does not repeat these checks."""
        return checks.refuses_batch(self._engine, specs, grouping)

    def place(
        self, user: str, specs: Sequence[OrderSpec], grouping: Grouping = Grouping.NONE
    ) -> list[Placed]:
        """Place in order; one answer per spec. ATTACHED: the first is the parent, the rest its children with
        oids parent+1, +2. POSITION: one or two triggers on the open position; PAIR: two that cancel each
        other."""
        placed = placing.place(self._engine, user, specs, grouping)
        walk.settle(self._engine)
        return placed

    def cancel(self, user: str, oid: int, *, status: Status = Status.CANCELED) -> bool:
        """False when there is no such live order (never placed, already cancelled, or filled).

        Another status is the venue's own doing: a scheduled cancel, or an order it ends for a reason of its.
        """
        return placing.cancel(self._engine, user, oid, status)

    def cancel_by_cloid(self, user: str, coin: str, cloid: str) -> bool:
        """Cancels one live match, the oldest."""
        for order in self._engine.orders_of(user, coin):
            if order.cloid == cloid:
                return placing.cancel(self._engine, user, order.oid)
        return False

    def modify(self, user: str, oid: int, spec: OrderSpec, *, always_place: bool = False) -> Placed:
        """Cancel and place anew: a new oid, the client id kept when the spec has none. Refused: the old
        order stays. Reason NOT_OPEN when the order is not live."""
        placed = placing.modify(self._engine, user, oid, spec, always_place=always_place)
        walk.settle(self._engine)
        return placed

    def amend(
        self,
        user: str,
        oid: int,
        *,
        px: Decimal | None = None,
        sz: Decimal | None = None,
        trigger_px: Decimal | None = None,
    ) -> Placed:
        """Change a live order in place: the oid stays, `sz` is the total with what has filled. Refused: the
        order stays as it was. Reason NO_CHANGE when nothing would change."""
        placed = amending.amend(self._engine, user, oid, px=px, sz=sz, trigger_px=trigger_px)
        walk.settle(self._engine)
        return placed

    def set_leverage(self, user: str, coin: str, *, value: int, is_cross: bool) -> Reason | None:
        return accounts.set_leverage(self._engine, user, coin, Leverage(value, is_cross))

    def set_two_sided(self, user: str, on: bool) -> Reason | None:
        """Hold long and short of each coin as positions of their own, or not. Refused while the account has
        orders or positions; what it is already is no change and no refusal."""
        return accounts.set_two_sided(self._engine, user, on=on)

    def add_isolated_margin(
        self, user: str, coin: str, amount: Decimal, leg: str | None = None
    ) -> Reason | None:
        """Negative removes."""
        refusal = accounts.add_isolated_margin(self._engine, user, coin, leg, amount)
        walk.settle(self._engine)
        return refusal

    def subscribe(self, listener: Listener) -> None:
        """Called after every state change with an immutable Event; it must not change the model."""
        self._engine.listeners.append(listener)

    def dump(self) -> dict[str, Any]:
        """The small mutable part: JSON values only, Decimals as strings."""
        return memory.dump(self._engine)

    def rows(self, name: str, since_seq: int) -> list[tuple[int, dict[str, Any]]]:
        """Rows with seq >= since_seq of one append-only list: fills, funding, ledger, history, equity."""
        return memory.rows(self._engine, name, since_seq)

    @classmethod
    def load(
        cls,
        state: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        markets: Sequence[Market],
        prices: Prices,
        *,
        rules: Rules | None = None,
    ) -> "Model":
        """The model as it was dumped; `rows` may hold only the newest rows of each list."""
        model = cls.__new__(cls)
        model._engine = memory.load(state, rows, markets, prices, rules or Rules())
        return model
