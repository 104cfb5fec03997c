"""Everything the exchange remembers and may change: small, plain, and apart from the append-only lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from trader.exchange.orders import ZERO, Leverage, Liquidity, Order, Position
from trader.exchange.rows import EquityRow, Fill, FundingRow, HistoryRow, LedgerRow
from trader.exchange.rules import Market


class Row(Protocol):
    """A remembered fact: its place in the list and whose it is."""

    @property
    def seq(self) -> int: ...

    @property
    def user(self) -> str: ...


R = TypeVar("R", bound=Row)


class Log(Generic[R]):
    """An append-only list of which the oldest rows may be absent from memory."""

    __slots__ = ("_by_user", "next_seq", "rows")

    def __init__(self, rows: Sequence[R] = (), *, next_seq: int | None = None) -> None:
        self.rows: list[R] = []
        self._by_user: dict[str, list[R]] = {}
        self.next_seq = 0
        for row in rows:
            self.append(row)
        if next_seq is not None:
            self.next_seq = next_seq

    def append(self, row: R) -> None:
        """Remember one more."""
        self.rows.append(row)
        self._by_user.setdefault(row.user, []).append(row)
        self.next_seq = row.seq + 1

    def of(self, user: str) -> tuple[R, ...]:
        """The rows of one user, oldest first."""
        return tuple(self._by_user.get(user, ()))

    def since(self, seq: int) -> list[R]:
        """Rows with a sequence number of at least this."""
        first = self.rows[0].seq if self.rows else self.next_seq
        return self.rows[max(0, seq - first) :]


@dataclass(slots=True)
class Logs:
    """The append-only lists, and the indexes that answer by order id and by client id."""

    fills: Log[Fill] = field(default_factory=lambda: Log[Fill]())
    funding: Log[FundingRow] = field(default_factory=lambda: Log[FundingRow]())
    ledger: Log[LedgerRow] = field(default_factory=lambda: Log[LedgerRow]())
    history: Log[HistoryRow] = field(default_factory=lambda: Log[HistoryRow]())
    equity: Log[EquityRow] = field(default_factory=lambda: Log[EquityRow]())
    newest: dict[int, HistoryRow] = field(default_factory=dict)
    oids_by_cloid: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    fills_by_oid: dict[int, list[Fill]] = field(default_factory=dict)

    def index_fill(self, fill: Fill) -> None:
        """Make one fill findable by its order."""
        self.fills_by_oid.setdefault(fill.oid, []).append(fill)

    def index(self, row: HistoryRow) -> None:
        """Make one history row findable."""
        cloid = row.order.cloid
        if row.order.oid not in self.newest and cloid is not None:
            self.oids_by_cloid.setdefault((row.user, cloid), []).append(row.order.oid)
        self.newest[row.order.oid] = row


@dataclass(slots=True)
class CoinState:
    """How one coin's prices and book differ from the plain path."""

    funding_rate: Decimal
    spread_bps: Decimal
    mark_offset: Decimal = ZERO
    mid_offset: Decimal = ZERO
    oracle_offset: Decimal = ZERO
    liquidity: Liquidity = field(default_factory=Liquidity)


@dataclass(slots=True)
class Account:
    """One user's money. `cash` is the cross balance; isolated collateral stands in the position.

    `flows` is deposits less withdrawals, so that profit is what is left of equity. `funding_paid` is per
    slot over the account's whole life, positive when paid. `positions` are by slot, `leverages` by coin:
    both legs of a coin share one setting.
    """

    maker_rate: Decimal
    taker_rate: Decimal
    cash: Decimal = ZERO
    flows: Decimal = ZERO
    leverages: dict[str, Leverage] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    funding_paid: dict[str, Decimal] = field(default_factory=dict)
    two_sided: bool = False


@dataclass(slots=True)
class State:
    """The small mutable part. `low_first` holds the path order of the minute `path_minute_ms`."""

    now_ms: int
    path_minute_ms: int
    next_oid: int = 1
    next_tid: int = 1
    next_rank: int = 1
    revision: int = 0
    low_first: dict[str, bool] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    coins: dict[str, CoinState] = field(default_factory=dict)
    changed_markets: dict[str, Market] = field(default_factory=dict)
