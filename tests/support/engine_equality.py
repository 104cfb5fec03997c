"""Says where two answers to one question differ: trade by trade, to the last digit where it has to be."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from trader.backtest.study import NeedsReplay, Run, Study, Trade

MONEY_MAX = 1e-9  # pnl, fees and funding may differ by so much
EQUITY_MAX = 1e-12  # of itself

Engine = Callable[[Study], Run]


@dataclass
class Tally:
    """What came of many questions."""

    same: int = 0
    trades: int = 0
    asked: int = 0
    replayed: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    different: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count another tally in."""
        self.same += other.same
        self.trades += other.trades
        self.asked += other.asked
        self.replayed.update(other.replayed)
        self.reasons.update(other.reasons)
        self.different += other.different

    def told(self) -> str:
        """One line, then one for each difference."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.reasons.items()))
        first = f"{self.asked} questions: {self.same} the same, {len(self.different)} different"
        alone = f"{sum(self.replayed.values())} for the replay alone"
        lines = [f"{first}, {alone}; {self.trades} trades ({reasons})"]
        lines += [f"  replay alone: {count} {why}" for why, count in sorted(self.replayed.items())]
        return "\n".join([*lines, *(f"  {number}: {why}" for number, why in self.different)])


def compare(numbers: Iterable[int], study_of: Callable[[int], Study], one: Engine, other: Engine) -> Tally:
    """Ask both engines; `other` may say that it needs the replay."""
    tally = Tally()
    for number in numbers:
        study = study_of(number)
        tally.asked += 1
        try:
            fast = other(study)
        except NeedsReplay as needed:
            tally.replayed[str(needed).rpartition(": ")[2]] += 1
            continue
        whole = one(study)
        why = difference(whole, fast)
        tally.trades += len(whole.trades)
        tally.reasons.update(trade.reason.value for trade in whole.trades)
        if why is None:
            tally.same += 1
        else:
            tally.different.append((number, why))
    return tally


def difference(one: Run, other: Run) -> str | None:
    """The first thing in which two answers differ."""
    for place, (mine, theirs) in enumerate(zip(one.trades, other.trades, strict=False)):
        if _exact(mine) != _exact(theirs):
            return f"trade {place}: {_exact(mine)} and {_exact(theirs)}"
        apart = max(abs(a - b) for a, b in zip(_money(mine), _money(theirs), strict=True))
        if apart > MONEY_MAX:
            return f"trade {place}: money differs by {apart}: {_money(mine)} and {_money(theirs)}"
    if len(one.trades) != len(other.trades):
        return f"{len(one.trades)} trades and {len(other.trades)}"
    if not np.array_equal(one.at_ms, other.at_ms):
        return f"{len(one.at_ms)} moments and {len(other.at_ms)}, or others"
    if len(one.equity) and float(np.max(np.abs(one.equity / other.equity - 1.0))) > EQUITY_MAX:
        return "equity"
    if one.held != other.held:
        return f"held {one.held} and {other.held}"
    return None if one.moves == other.moves else f"moves: {one.moves} and {other.moves}"


def _exact(trade: Trade) -> tuple[object, ...]:
    return (
        trade.coin, trade.strategy, trade.leg.value, trade.signal_ms, trade.entry_ms, trade.entry_price,
        trade.exit_ms, trade.exit_price, trade.reason.value, trade.size, trade.undecidable,
        trade.entry_inner_ms, trade.exit_inner_ms,
    )  # fmt: skip


def _money(trade: Trade) -> tuple[float, ...]:
    return trade.fee, trade.funding, trade.pnl, trade.pnl_fraction
