"""What a curve of an account's value tells: its returns by month, and its drawdowns with their dates.

Rules: a month's return is told from the last value before it (of the first month: the first value) to its
last value, in UTC. A drawdown runs from the highest value so far until that value is reached again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from trader.core.frozen import frozen
from trader.report.page.document import Curve


@frozen
class Month:
    """What one month returned, as a fraction."""

    year: int
    month: int
    fraction: float


@frozen
class Drawdown:
    """From a peak to the lowest value after it; `recovered_ms` None while the peak was not reached again."""

    peak_ms: int
    trough_ms: int
    recovered_ms: int | None
    fraction: float


def months(curve: Curve) -> list[Month]:
    """The months that the curve touches, oldest first; from zero or below nothing can be returned."""
    found: list[Month] = []
    if not curve.at_ms:
        return found
    before = last = curve.equity[0]
    now = _month_of(curve.at_ms[0])
    next_ms = _next_month_ms(now)
    for at_ms, value in zip(curve.at_ms, curve.equity, strict=True):
        # A value at the very border closes the month before it.
        if at_ms > next_ms:
            found.append(Month(*now, _return(before, last)))
            before, now = last, _month_of(at_ms - 1)
            next_ms = _next_month_ms(now)
        last = value
    found.append(Month(*now, _return(before, last)))
    return found


def drawdowns(curve: Curve, *, most: int = 10) -> list[Drawdown]:
    """The deepest ones, deepest first."""
    found: list[Drawdown] = []
    peak, peak_ms, low, low_ms = 0.0, 0, 0.0, 0
    for i, (at_ms, value) in enumerate(zip(curve.at_ms, curve.equity, strict=True)):
        if i == 0 or value >= peak:
            if i and low < peak:
                found.append(Drawdown(peak_ms, low_ms, at_ms, _return(peak, low)))
            peak, peak_ms, low, low_ms = value, at_ms, value, at_ms
        elif value < low:
            low, low_ms = value, at_ms
    if curve.at_ms and low < peak:
        found.append(Drawdown(peak_ms, low_ms, None, _return(peak, low)))
    return sorted(found, key=lambda d: (d.fraction, d.peak_ms))[:most]


def depths(equity: Sequence[float]) -> list[float]:
    """At each value, how far it stands below the highest so far, as a fraction that is never positive."""
    found, peak = [], float("-inf")
    for value in equity:
        peak = max(peak, value)
        found.append(_return(peak, value))
    return found


def _return(before: float, after: float) -> float:
    return after / before - 1 if before > 0 else 0.0


def _month_of(at_ms: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.year, moment.month


def _next_month_ms(month: tuple[int, int]) -> int:
    year, number = month
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(following.timestamp() * 1000)
