"""One question to a backtest, and its answer: what is run on what, and every trade that came of it.

Both engines, the replay and the fast one, take a `Study` and answer with a `Run`; for the same study the
trades are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from trader.backtest.tape import Numbers, Tape, Times
from trader.core.frozen import frozen
from trader.core.market import Leg, Market
from trader.core.policy import Policy
from trader.exchange.fill_model import FillModel


@frozen
class Fees:
    """Fractions of the value traded."""

    maker: float
    taker: float


@frozen
class Unreal:
    """What no trader can do, of entries that rest at a band: the audit alone asks for it, to show its share.

    `peeks`: they follow the trend of the bar in which they fill, whose close nobody knows yet.
    `passed_levels`: they rest although price is beyond them already, so that with `gap: level` they fill at a
    price that is gone.
    """

    peeks: bool = False
    passed_levels: bool = False


@frozen
class Held:
    """A position that is there when the span begins: its entry's price, time, cost and id."""

    coin: str
    leg: Leg
    size: Decimal
    entry_price: Decimal
    entry_at_ms: int
    fee: Decimal
    client_id: str


@frozen
class Study:
    """A policy on tapes under a fill model.

    Signals are those of bars that open in [start_ms, end_ms); earlier bars of a tape serve as warm-up, later
    ones are not seen. `markets` has the venue's steps and minimums of each coin. `unreal` is None but for an
    audit, which has the fast engine emulate it. `held` stands from `start_ms` on, paid out of `equity`.
    """

    policy: Policy
    markets: Mapping[str, Market]
    tapes: Mapping[str, Tape]
    model: FillModel
    fees: Fees
    equity: float
    start_ms: int | None = None
    end_ms: int | None = None
    unreal: Unreal | None = None
    held: tuple[Held, ...] = ()

    @property
    def trigger(self) -> str:
        """What fires stops and targets: the model's word, or the file's where it has none."""
        return self.model.trigger or self.policy.stops.trigger


class Reason(StrEnum):
    """Why a trade ended."""

    TARGET = "target"
    STOP = "stop"
    TRAIL = "trail"
    TIME = "time"
    EARLY = "early"
    SIGNAL = "signal"
    END = "end"
    LIQUIDATION = "liquidation"


@frozen
class Trade:
    """One position from flat to flat. Times are the open times of the strategy's bars in which the fills
    happened, `*_inner_ms` those of the finer bars where these decided; `size` in coins; `fee` is paid,
    `funding` received; `pnl` = price result - fee + funding; `pnl_fraction` of the equity it was sized by.
    `undecidable`: a bar's unknown order decided how it ended."""

    coin: str
    strategy: str
    leg: Leg
    signal_ms: int
    entry_ms: int
    entry_price: float
    exit_ms: int
    exit_price: float
    reason: Reason
    size: float
    fee: float
    funding: float
    pnl: float
    pnl_fraction: float
    undecidable: bool = False
    entry_inner_ms: int | None = None
    exit_inner_ms: int | None = None


@frozen
class LevelMove:
    """From this bar on the exits of a trade (by its place in `Run.trades`) stood here."""

    trade: int
    at_ms: int
    stop: float
    target: float


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The answer. `at_ms` are the closes of the bars and `equity` the account's value at each; `held` is the
    share of them at which a position was open. `notes` say what a reader has to know (candles stood in for
    mark, limits were not asked ...)."""

    engine: str
    trades: tuple[Trade, ...]
    at_ms: Times
    equity: Numbers
    held: float
    moves: tuple[LevelMove, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)


class NeedsReplay(Exception):
    """The fast engine cannot answer this study exactly; the text says which part of it."""
