"""What a run comes to, in the ten numbers that a tool reads and the few that a person asks for next.

Rules: plain sums from left to right over the trades, drawdown over the equity at the closes (the start
counts as its first value). A share of nothing is 0, and a ratio that cannot be told is None, never 0.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from trader.backtest.study import Reason, Run, Trade
from trader.core.frozen import frozen
from trader.core.market import Leg


@frozen
class Totals:
    """The numbers of one run; fractions are of the equity at the start, or of all bars (`exposure_`).

    `undecidable_fraction`: the share of P&L, without its signs, made by trades whose bar does not say what
    came first.
    """

    trades: int
    wins: int
    net: float
    fees: float
    funding: float
    return_fraction: float
    drawdown_fraction_max: float
    exposure_fraction: float
    undecidable_fraction: float


@frozen
class Summary(Totals):
    """A run among its three fill models. `fragile`: under another of them `net` has another sign."""

    fragile: bool = False


def summary_of(run: Run, equity: float) -> Summary:
    """The summary of one run alone."""
    net = total(trade.pnl for trade in run.trades)
    gross = total(abs(trade.pnl) for trade in run.trades)
    unsure = total(abs(trade.pnl) for trade in run.trades if trade.undecidable)
    return Summary(
        trades=len(run.trades),
        wins=sum(trade.pnl > 0.0 for trade in run.trades),
        net=net,
        fees=total(trade.fee for trade in run.trades),
        funding=total(trade.funding for trade in run.trades),
        return_fraction=net / equity,
        drawdown_fraction_max=drawdown_max(run, equity),
        exposure_fraction=run.held,
        undecidable_fraction=unsure / gross if gross else 0.0,
    )


def total(values: Iterable[float]) -> float:
    """A sum from left to right; the built-in one rounds differently from one interpreter to the next."""
    added = 0.0
    for value in values:
        added += value
    return added


def drawdown_max(run: Run, equity: float) -> float:
    """The deepest fall from a peak, as a fraction of that peak."""
    if not len(run.equity):
        return 0.0
    peaks = np.maximum(np.maximum.accumulate(run.equity), equity)
    return float(np.max((peaks - run.equity) / peaks))


@frozen
class Drawdown:
    """A fall from a peak of equity to its trough; `recovered_ms` is None where no peak came after it."""

    fraction: float
    peak_ms: int
    trough_ms: int
    recovered_ms: int | None


def drawdowns(run: Run, equity: float) -> list[Drawdown]:
    """Every fall from a peak, in time order."""
    found: list[Drawdown] = []
    if not len(run.at_ms):
        return found
    peak, peak_ms = equity, int(run.at_ms[0])
    worst, worst_ms = equity, peak_ms
    for at_ms, value in zip(run.at_ms.tolist(), run.equity.tolist(), strict=True):
        if value >= peak:
            if worst < peak:
                found.append(Drawdown((peak - worst) / peak, peak_ms, worst_ms, at_ms))
            peak = worst = value
            peak_ms = worst_ms = at_ms
        elif value < worst:
            worst, worst_ms = value, at_ms
    if worst < peak:
        found.append(Drawdown((peak - worst) / peak, peak_ms, worst_ms, None))
    return found


@frozen
class WinRate:
    """How often trades won, and how often they must to come out even at their own average win and loss."""

    actual: float
    break_even: float | None


def win_rate(trades: Sequence[Trade]) -> WinRate | None:
    """None without trades; no break-even where all won or all lost."""
    if not trades:
        return None
    won = [trade.pnl for trade in trades if trade.pnl > 0.0]
    lost = [-trade.pnl for trade in trades if trade.pnl <= 0.0]
    actual = len(won) / len(trades)
    if not won or not lost:
        return WinRate(actual, None)
    mean_won, mean_lost = total(won) / len(won), total(lost) / len(lost)
    return WinRate(actual, mean_lost / (mean_won + mean_lost))


@frozen
class Part:
    """Some of the trades, added up."""

    name: str
    trades: int
    wins: int
    price: float
    fees: float
    funding: float
    net: float


def part_of(name: str, trades: Sequence[Trade]) -> Part:
    fees = total(trade.fee for trade in trades)
    funding = total(trade.funding for trade in trades)
    net = total(trade.pnl for trade in trades)
    wins = sum(trade.pnl > 0.0 for trade in trades)
    return Part(name, len(trades), wins, net + fees - funding, fees, funding, net)


def by_coin(trades: Sequence[Trade]) -> list[Part]:
    """Each coin and leg that was traded, coins by name."""
    slots = sorted({(trade.coin, trade.leg) for trade in trades}, key=lambda slot: (slot[0], slot[1].value))
    return [
        part_of(f"{coin} {leg.value}", [t for t in trades if (t.coin, t.leg) == (coin, Leg(leg))])
        for coin, leg in slots
    ]


def by_reason(trades: Sequence[Trade]) -> list[Part]:
    """Each reason for which a trade ended."""
    groups = [(reason, [t for t in trades if t.reason is reason]) for reason in Reason]
    return [part_of(reason.value, group) for reason, group in groups if group]
