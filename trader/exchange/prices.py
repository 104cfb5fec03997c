"""The path a price takes inside each minute.

A minute's bar becomes a piecewise linear path: open at 0 ms, first extreme at 20,000, second extreme at
40,000, close at 59,999 ms. The extreme adverse to the net position of all accounts in the coin comes first
(long: low, short: high); without a position, low first when the minute closes at or above its open, else
high first. The order is chosen when the minute is entered and kept for that minute.

Why adverse: between a stop and a target in one minute nobody knows which came first, and a simulator that
guesses kindly flatters.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from trader.core.frozen import frozen

MINUTE_MS = 60_000
CORNERS_MS = (0, 20_000, 40_000, 59_999)


@frozen
class Bar:
    """One minute. Floats: they draw the path; money is made from prices rounded to the market's decimals."""

    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0


class Prices(Protocol):
    """Where minutes come from. Must answer for every minute, the same each time."""

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        """The bar of the minute that starts then."""
        ...


class ScriptedPrices:
    """Bars written down from the minute `start_ms` on; before it the first open, beyond it the last close."""

    def __init__(self, bars: Mapping[str, Sequence[Bar]], *, start_ms: int) -> None:
        self._bars = {coin: list(rows) for coin, rows in bars.items()}
        self._start_ms = start_ms

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        """The bar written for that minute, or a flat one outside the script."""
        rows = self._bars[coin]
        index = (minute_start_ms - self._start_ms) // MINUTE_MS
        if 0 <= index < len(rows):
            return rows[index]
        held = rows[0].open if index < 0 else rows[-1].close
        return Bar(held, held, held, held)

    def append(self, coin: str, *bars: Bar) -> None:
        """Write further minutes after the last one."""
        self._bars[coin].extend(bars)


def corners(bar: Bar, *, low_first: bool) -> tuple[float, float, float, float]:
    """The four corner prices of the path."""
    if low_first:
        return bar.open, bar.low, bar.high, bar.close
    return bar.open, bar.high, bar.low, bar.close


def price_at(points: tuple[float, float, float, float], offset_ms: int) -> float:
    """The path at an offset into the minute; monotone between corners, exact at them."""
    if offset_ms < 20_000:
        return points[0] + (points[1] - points[0]) * (offset_ms / 20_000)
    if offset_ms < 40_000:
        return points[1] + (points[2] - points[1]) * ((offset_ms - 20_000) / 20_000)
    if offset_ms >= 59_999:
        return points[3]
    return points[2] + (points[3] - points[2]) * ((offset_ms - 40_000) / 19_999)
