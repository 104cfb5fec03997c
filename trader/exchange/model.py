"""The model exchange as its clients see it: one object, time handed in, no input and no output.

Rules of this file: it only delegates; each theme has its file. Call `advance(now)` before anything else of
an instant; every other method acts at `now_ms`. Refusals are values (`Reason`), never exceptions.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trader.exchange.orders import (
    Leverage,
    Level,
    Liquidity,
    Order,
    OrderSpec,
    Placed,
    Position,
    Quote,
)
from trader.exchange.prices import Bar, Prices
from trader.exchange.rows import EquityRow, Event, Fill, FundingRow, HistoryRow, LedgerRow
from trader.exchange.rules import Market, Rules
from trader.exchange.status import Grouping, Reason
from trader.exchange.views import AccountView

Listener = Callable[[Event], None]


class Model:
    """One venue: markets, users, orders, positions and money."""

    def __init__(
        self, markets: Sequence[Market], prices: Prices, *, start_ms: int, rules: Rules | None = None
    ) -> None:
        raise NotImplementedError

    # time

    @property
    def now_ms(self) -> int:
        """The instant up to which everything has happened."""
        raise NotImplementedError

    @property
    def revision(self) -> int:
        """Grows with each change that must be saved; the passing of time alone is not one."""
        raise NotImplementedError

    def advance(self, to_ms: int) -> None:
        """Let the market run up to and including `to_ms`; an earlier time changes nothing."""
        raise NotImplementedError

    # market data

    @property
    def rules(self) -> Rules:
        raise NotImplementedError

    @property
    def markets(self) -> tuple[Market, ...]:
        """All markets in index order."""
        raise NotImplementedError

    def market(self, coin: str) -> Market | None:
        raise NotImplementedError

    def set_market(self, market: Market) -> None:
        """Replace the rules of one coin from now on (tick, lot, leverage, delisting)."""
        raise NotImplementedError

    def quote(self, coin: str) -> Quote:
        raise NotImplementedError

    def bar(self, coin: str, minute_start_ms: int) -> Bar:
        """The feed's bar of that minute, whole; a caller cuts what lies in the future with `bar_so_far`."""
        raise NotImplementedError

    def bar_so_far(self, coin: str) -> Bar:
        """The bar of the running minute as seen at `now_ms`."""
        raise NotImplementedError

    def book(self, coin: str, levels_max: int = 20) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first; an unlimited level shows as a large size."""
        raise NotImplementedError

    def funding_rate(self, coin: str) -> Decimal:
        raise NotImplementedError

    # the hand of the test or of the operator

    def set_funding_rate(self, coin: str, rate: Decimal) -> None:
        raise NotImplementedError

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
        raise NotImplementedError

    def set_liquidity(self, coin: str, liquidity: Liquidity) -> None:
        raise NotImplementedError

    def set_fee_rates(self, user: str, *, maker: Decimal, taker: Decimal) -> None:
        raise NotImplementedError

    def adl(self, user: str, coin: str, fraction: Decimal) -> None:
        """Take away this fraction of a position at mark, as an auto-deleveraging would."""
        raise NotImplementedError

    # money

    def deposit(self, user: str, amount: Decimal) -> None:
        """Create the user if need be and add cash."""
        raise NotImplementedError

    def withdraw(self, user: str, amount: Decimal) -> Reason | None:
        raise NotImplementedError

    # orders

    def prevalidate(self, specs: Sequence[OrderSpec], grouping: Grouping) -> Reason | None:
        """What refuses the whole batch before any order exists: an empty batch, a bad group, a trigger that
        does not reduce, a price far from the reference. `place` does not repeat these checks."""
        raise NotImplementedError

    def place(
        self, user: str, specs: Sequence[OrderSpec], grouping: Grouping = Grouping.NONE
    ) -> list[Placed]:
        """Place in order; one answer per spec. ATTACHED: the first is the parent, the rest its children with
        oids parent+1, +2. POSITION: one or two triggers on the open position."""
        raise NotImplementedError

    def cancel(self, user: str, oid: int) -> bool:
        """False when there is no such live order (never placed, already cancelled, or filled)."""
        raise NotImplementedError

    def cancel_by_cloid(self, user: str, coin: str, cloid: str) -> bool:
        """Cancels one live match, the oldest."""
        raise NotImplementedError

    def modify(self, user: str, oid: int, spec: OrderSpec, *, always_place: bool = False) -> Placed:
        """Cancel and place anew: a new oid, the client id kept when the spec has none. Refused: the old
        order stays. Reason NOT_OPEN when the order is not live."""
        raise NotImplementedError

    def set_leverage(self, user: str, coin: str, *, value: int, is_cross: bool) -> Reason | None:
        raise NotImplementedError

    def add_isolated_margin(self, user: str, coin: str, amount: Decimal) -> Reason | None:
        """Negative removes."""
        raise NotImplementedError

    # reads

    @property
    def users(self) -> tuple[str, ...]:
        raise NotImplementedError

    def account(self, user: str) -> AccountView:
        """An unknown user reads as an empty account."""
        raise NotImplementedError

    def position(self, user: str, coin: str) -> Position | None:
        raise NotImplementedError

    def leverage(self, user: str, coin: str) -> Leverage:
        raise NotImplementedError

    def fee_rates(self, user: str) -> tuple[Decimal, Decimal]:
        """(maker, taker)."""
        raise NotImplementedError

    def open_orders(self, user: str, coin: str | None = None) -> tuple[Order, ...]:
        """Live orders by oid: resting, untriggered, and children that wait for their parent."""
        raise NotImplementedError

    def order(self, user: str, oid: int) -> HistoryRow | None:
        """The newest row of that order, live or not."""
        raise NotImplementedError

    def orders_by_cloid(self, user: str, cloid: str) -> tuple[HistoryRow, ...]:
        """The newest row of each order with that client id, oldest order first."""
        raise NotImplementedError

    def history(self, user: str) -> tuple[HistoryRow, ...]:
        """Every status change, oldest first."""
        raise NotImplementedError

    def fills(self, user: str) -> tuple[Fill, ...]:
        """Oldest first."""
        raise NotImplementedError

    def funding(self, user: str) -> tuple[FundingRow, ...]:
        raise NotImplementedError

    def ledger(self, user: str) -> tuple[LedgerRow, ...]:
        raise NotImplementedError

    def equity_history(self, user: str) -> tuple[EquityRow, ...]:
        raise NotImplementedError

    def max_trade_sizes(self, user: str, coin: str) -> tuple[Decimal, Decimal]:
        """(buy, sell): the largest size that the margin of now allows, in lots."""
        raise NotImplementedError

    def liquidation_px(self, user: str, coin: str) -> Decimal | None:
        raise NotImplementedError

    def closable(self, user: str, order: Order) -> bool:
        """Would this stop be accepted and close the position if it fired now at its trigger price, with all
        resting orders and the margin of this moment? The depth of the book is left out."""
        raise NotImplementedError

    def closes(self, user: str, order: Order) -> Decimal:
        """The size it would close if it fired now; 0 when it would be refused."""
        raise NotImplementedError

    # observers and memory

    def subscribe(self, listener: Listener) -> None:
        """Called after every state change, in order, with an immutable Event. It must not change the model."""
        raise NotImplementedError

    def dump(self) -> dict[str, Any]:
        """The small mutable part: JSON values only, Decimals as strings."""
        raise NotImplementedError

    def rows(self, name: str, since_seq: int) -> list[tuple[int, dict[str, Any]]]:
        """Rows with seq >= since_seq of one append-only list: fills, funding, ledger, history, equity."""
        raise NotImplementedError

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
        raise NotImplementedError
