"""Trades from what the exchange booked: each position from flat to flat, with its fees and its funding.

Rules: money is the ledger's. The reason is the role in the id of the order that closed, as in live. A trade
is told under the strategy's bars in which it was entered and left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from trader.backtest.replay.reading import fill_of
from trader.backtest.study import LevelMove, Reason, Trade
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.reasons import told_reason
from trader.exchange.bar_engine import BarEngine
from trader.exchange.orders import slot_key
from trader.exchange.rows import Fill, FundingRow

ZERO = Decimal(0)


@dataclass(slots=True)
class Opened:
    """A position that is open, and what it has come to so far."""

    coin: str
    leg: Leg
    entry: Identity
    entry_at_ms: int
    sized_by: float
    entry_inner_ms: int | None
    size: Decimal = ZERO
    paid: Decimal = ZERO
    left: Decimal = ZERO
    fee: Decimal = ZERO
    funding: Decimal = ZERO
    result: Decimal = ZERO
    undecidable: bool = False
    levels: list[tuple[int, float, float]] = field(default_factory=list)

    @property
    def price(self) -> float:
        """The average entry price."""
        return float(self.paid / self.size)


class Trades:
    """Reads the exchange's fills and funding on, as they come."""

    def __init__(
        self, engine: BarEngine, account_tag: int, markets: Mapping[str, MarketPolicy], undecided: set[str]
    ) -> None:
        self.open: dict[str, Opened] = {}
        self.sized_by: dict[str, float] = {}
        self.inner_ms: int | None = None
        self._engine = engine
        self._account_tag = account_tag
        self._markets = markets
        self._undecided = undecided
        self._fills = 0
        self._funding = 0
        self._done: list[tuple[Trade, list[tuple[int, float, float]]]] = []

    def read(self) -> None:
        """What was booked since the last look."""
        logs = self._engine.logs
        while self._funding < len(logs.funding.rows):
            self._pay(logs.funding.rows[self._funding])
            self._funding += 1
        while self._fills < len(logs.fills.rows):
            self._count(logs.fills.rows[self._fills])
            self._fills += 1

    def done(self) -> tuple[tuple[Trade, ...], tuple[LevelMove, ...]]:
        """Every trade by its entry's bar, then by coin; and where their exits stood."""
        self._done.sort(key=lambda each: (each[0].entry_ms, each[0].coin, each[0].exit_ms))
        moves = tuple(
            LevelMove(place, *level) for place, (_, levels) in enumerate(self._done) for level in levels
        )
        return tuple(trade for trade, _ in self._done), moves

    def stood(self, slot: str, at_ms: int, stop: float, target: float) -> None:
        """Where the exits of a position stand from this bar on."""
        levels = self.open[slot].levels
        if not levels or levels[-1][1:] != (stop, target):
            levels.append((at_ms, stop, target))

    def _pay(self, row: FundingRow) -> None:
        opened = self.open.get(slot_key(row.coin, row.leg))
        if opened is not None:
            opened.funding += row.usdc

    def _count(self, fill: Fill) -> None:
        slot = slot_key(fill.coin, fill.leg)
        signed = fill.sz if fill.is_buy else -fill.sz
        if fill.start_position * signed >= 0:
            self._enlarge(slot, fill, signed)
            return
        opened = self.open[slot]
        opened.fee += fill.fee
        opened.result += fill.closed_pnl
        opened.left += fill.sz * fill.px
        if fill.start_position + signed == 0:
            self._close(slot, opened, fill)

    def _enlarge(self, slot: str, fill: Fill, signed: Decimal) -> None:
        entry = decode(fill.cloid)
        if slot not in self.open and isinstance(entry, Identity):
            self.open[slot] = Opened(
                coin=fill.coin,
                leg=Leg.LONG if signed > 0 else Leg.SHORT,
                entry=entry,
                entry_at_ms=fill.at_ms,
                sized_by=self.sized_by.pop((fill.cloid or "").removeprefix("0x"), 0.0),
                entry_inner_ms=self._inner(fill.at_ms),
            )
        opened = self.open[slot]
        opened.size += fill.sz
        opened.paid += fill.sz * fill.px
        opened.fee += fill.fee

    def _inner(self, at_ms: int) -> int | None:
        return None if self.inner_ms is None else at_ms - at_ms % self.inner_ms

    def _close(self, slot: str, opened: Opened, fill: Fill) -> None:
        del self.open[slot]
        frame_ms = self._markets[fill.coin].frame_ms
        pnl = opened.result - opened.fee + opened.funding
        entry = opened.entry
        trade = Trade(
            coin=fill.coin,
            strategy=self._markets[fill.coin].strategy_name,
            leg=opened.leg,
            signal_ms=entry.bar_ms if entry.role is Role.RUNG else entry.signal_ms,
            entry_ms=opened.entry_at_ms - opened.entry_at_ms % frame_ms,
            entry_price=opened.price,
            exit_ms=fill.at_ms - fill.at_ms % frame_ms,
            exit_price=float(opened.left / opened.size),
            reason=self._reason(fill),
            size=float(opened.size),
            fee=float(opened.fee),
            funding=float(opened.funding),
            pnl=float(pnl),
            pnl_fraction=float(pnl) / opened.sized_by if opened.sized_by else 0.0,
            undecidable=slot in self._undecided,
            entry_inner_ms=opened.entry_inner_ms,
            exit_inner_ms=self._inner(fill.at_ms),
        )
        self._undecided.discard(slot)
        self._done.append((trade, opened.levels))

    def _reason(self, fill: Fill) -> Reason:
        """A close that carries no id is the end of the tape's; one of the execution counts as a stop."""
        told = told_reason(fill_of(fill), self._account_tag)
        if told is None:
            return Reason.END
        return Reason(told) if told in set(Reason) else Reason.STOP
