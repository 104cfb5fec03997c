"""The model exchange as its clients see it: one object, time handed in, no input and no output.

Rules of this file: it only delegates; each theme has its file. Call `advance(now)` before anything else of
an instant; every other method acts at `now_ms`. Refusals are values (`Reason`), never exceptions.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trader.exchange import (
    accounts,
    checks,
    ledger,
    liquidation,
    margin,
    memory,
    placing,
    quotes,
    triggers,
    walk,
)
from trader.exchange.engine import Engine
from trader.exchange.orders import Level, Leverage, Liquidity, Order, OrderSpec, Placed, Position, Quote
from trader.exchange.prices import MINUTE_MS, Bar, Prices
from trader.exchange.rows import EquityRow, Event, Fill, FundingRow, HistoryRow, LedgerRow
from trader.exchange.rules import Market, Rules
from trader.exchange.state import Logs, State
from trader.exchange.status import Grouping, Kind, Reason, Status
from trader.exchange.views import AccountView

Listener = Callable[[Event], None]


class Model:
    """One venue: markets, users, orders, positions and money."""

    def __init__(
        self, markets: Sequence[Market], prices: Prices, *, start_ms: int, rules: Rules | None = None
    ) -> None:
        state = State(now_ms=start_ms, path_minute_ms=start_ms - start_ms % MINUTE_MS)
        self._engine = Engine(markets, prices, state, Logs(), rules or Rules())

    @property
    def now_ms(self) -> int:
        """The instant up to which everything has happened."""
        return self._engine.state.now_ms

    @property
    def revision(self) -> int:
        """Grows with each change that must be saved: of time passing, only full hours count."""
        return self._engine.state.revision

    def advance(self, to_ms: int) -> None:
        """Let the market run up to and including `to_ms`; an earlier time changes nothing."""
        walk.advance(self._engine, to_ms)

    @property
    def rules(self) -> Rules:
        return self._engine.rules

    @property
    def markets(self) -> tuple[Market, ...]:
        """All markets in index order."""
        return tuple(self._engine.markets.values())

    def market(self, coin: str) -> Market | None:
        return self._engine.markets.get(coin)

    def set_market(self, market: Market) -> None:
        """Replace the rules of one coin from now on (tick, lot, leverage); delisting settles what is open."""
        if market.is_delisted:
            liquidation.delist(self._engine, market.coin)
        self._engine.markets[market.coin] = market
        self._engine.state.changed_markets[market.coin] = market
        self._touched(market.coin)

    def quote(self, coin: str) -> Quote:
        return quotes.quote(self._engine, coin)

    def bar(self, coin: str, minute_start_ms: int) -> Bar:
        """The feed's bar of that minute, whole; a caller cuts what lies in the future with `bar_so_far`."""
        return self._engine.prices.minute(coin, minute_start_ms)

    def bar_so_far(self, coin: str) -> Bar:
        """The bar of the running minute as seen at `now_ms`."""
        return self._engine.bar_so_far(coin)

    def book(self, coin: str, levels_max: int = 20) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first; an unlimited level shows as a large size."""
        quoted = quotes.quote(self._engine, coin)
        bids = quotes.side_of_book(self._engine, quoted, is_ask=False, levels_max=levels_max)
        return bids, quotes.side_of_book(self._engine, quoted, is_ask=True, levels_max=levels_max)

    def funding_rate(self, coin: str) -> Decimal:
        return self._engine.coin(coin).funding_rate

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

    def adl(self, user: str, coin: str, fraction: Decimal) -> None:
        """Take away this fraction of a position at mark, as an auto-deleveraging would."""
        liquidation.adl(self._engine, user, coin, fraction)
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
        oids parent+1, +2. POSITION: one or two triggers on the open position."""
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

    def set_leverage(self, user: str, coin: str, *, value: int, is_cross: bool) -> Reason | None:
        return accounts.set_leverage(self._engine, user, coin, Leverage(value, is_cross))

    def add_isolated_margin(self, user: str, coin: str, amount: Decimal) -> Reason | None:
        """Negative removes."""
        refusal = accounts.add_isolated_margin(self._engine, user, coin, amount)
        walk.settle(self._engine)
        return refusal

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(sorted(self._engine.state.accounts))

    def account(self, user: str) -> AccountView:
        """An unknown user reads as an empty account."""
        return accounts.view(self._engine, user)

    def position(self, user: str, coin: str) -> Position | None:
        return self._engine.position(user, coin)

    def positions(self, user: str) -> tuple[Position, ...]:
        account = self._engine.state.accounts.get(user)
        return () if account is None else tuple(account.positions.values())

    def leverage(self, user: str, coin: str) -> Leverage:
        return ledger.leverage_of(self._engine, user, coin)

    def fee_rates(self, user: str) -> tuple[Decimal, Decimal]:
        """(maker, taker)."""
        account = self._engine.state.accounts.get(user)
        if account is None:
            return self._engine.rules.maker_rate, self._engine.rules.taker_rate
        return account.maker_rate, account.taker_rate

    def open_orders(self, user: str, coin: str | None = None) -> tuple[Order, ...]:
        """Live orders by oid: resting, untriggered, and children that wait for their parent."""
        return tuple(self._engine.orders_of(user, coin))

    def order(self, user: str, oid: int) -> HistoryRow | None:
        """The newest row of that order, live or not."""
        row = self._engine.newest_row(oid)
        return row if row is not None and row.user == user else None

    def orders_by_cloid(self, user: str, cloid: str) -> tuple[HistoryRow, ...]:
        """The newest row of each order with that client id, oldest order first."""
        logs = self._engine.logs
        return tuple(logs.newest[oid] for oid in sorted(logs.oids_by_cloid.get((user, cloid), ())))

    def history(self, user: str) -> tuple[HistoryRow, ...]:
        """Every status change, oldest first."""
        return self._engine.logs.history.of(user)

    def fills(self, user: str) -> tuple[Fill, ...]:
        """Oldest first."""
        return self._engine.logs.fills.of(user)

    def funding(self, user: str) -> tuple[FundingRow, ...]:
        return self._engine.logs.funding.of(user)

    def ledger(self, user: str) -> tuple[LedgerRow, ...]:
        return self._engine.logs.ledger.of(user)

    def equity_history(self, user: str) -> tuple[EquityRow, ...]:
        return self._engine.logs.equity.of(user)

    def max_trade_sizes(self, user: str, coin: str) -> tuple[Decimal, Decimal]:
        """(buy, sell): the largest size that the margin of now allows, in lots."""
        return accounts.max_trade_sizes(self._engine, user, coin)

    def liquidation_px(self, user: str, coin: str) -> Decimal | None:
        return margin.liquidation_px(self._engine, user, coin)

    def closable(self, user: str, order: Order) -> bool:
        """Would this stop be accepted and close the position if it fired now at its trigger price, with all
        resting orders and the margin of this moment? The depth of the book is left out."""
        position = self._engine.position(user, order.coin)
        return position is not None and triggers.closes(self._engine, user, order) >= abs(position.szi)

    def closes(self, user: str, order: Order) -> Decimal:
        """The size it would close if it fired now; 0 when it would be refused."""
        return triggers.closes(self._engine, user, order)

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
