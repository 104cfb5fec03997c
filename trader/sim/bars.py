"""One-minute bars by absolute minute, wherever they come from, and any longer bar made of them.

Rules: minute m is the one that opens at m * 60,000 ms UTC. A source answers for any minute it says
it has, always the same. A longer bar is put together from whole minutes, so the bars of two
intervals can never disagree.
"""

from collections.abc import Sequence
from typing import Protocol

from trader.exchange.prices import Bar


class MinuteBars(Protocol):
    """One coin's minutes."""

    @property
    def first_minute(self) -> int | None:
        """The earliest minute there is; None when history has no beginning."""
        ...

    def span(self, first: int, count: int) -> Bar:
        """`count` minutes from `first` on as one bar."""
        ...


class FoldedBars:
    """Recorded minutes played forward, then backward in time, and so on for ever both ways.

    Played backward a bar's open and close change places, so the price is continuous and bounded,
    and the history before any moment follows the same rule as its future. `decimals` rounds each price.
    """

    def __init__(
        self, anchor_minute: int, columns: Sequence[Sequence[float]], *, decimals: int | None = None
    ) -> None:
        self._anchor = anchor_minute
        self._decimals = decimals
        self._open, self._high, self._low, self._close, self._volume = columns
        self._length = len(self._open)

    @property
    def first_minute(self) -> int | None:
        return None

    def span(self, first: int, count: int) -> Bar:
        """Walk the recording piece by piece; a piece ends where the direction turns."""
        bars = []
        while count > 0:
            offset = (first - self._anchor) % (2 * self._length)
            room = self._length - offset % self._length
            taken = min(count, room)
            bars.append(self._piece(offset, taken))
            first, count = first + taken, count - taken
        return bars[0] if len(bars) == 1 else joined(bars)

    def _piece(self, offset: int, count: int) -> Bar:
        backward = offset >= self._length
        start = 2 * self._length - offset - count if backward else offset
        end = start + count
        opened, closed = self._open[start], self._close[end - 1]
        if backward:
            opened, closed = closed, opened
        # Rounding keeps order, so the extremes may be rounded after they were found.
        opened, closed = self._rounded(opened), self._rounded(closed)
        high = self._rounded(max(self._high[start:end]))
        low = self._rounded(min(self._low[start:end]))
        return Bar(opened, high, low, closed, sum(self._volume[start:end]))

    def _rounded(self, price: float) -> float:
        return price if self._decimals is None else round(price, self._decimals)


class ScriptedBars:
    """Minutes written by a test: given from one minute on, flat after the last, none before."""

    def __init__(self, first_minute: int, bars: Sequence[Bar]) -> None:
        if not bars:
            raise ValueError("a script of bars needs at least one bar")
        self._first = first_minute
        self._bars = list(bars)

    @property
    def first_minute(self) -> int | None:
        return self._first

    @property
    def next_minute(self) -> int:
        """The first minute that is not scripted yet."""
        return self._first + len(self._bars)

    def append(self, *bars: Bar) -> None:
        """Write what comes next."""
        self._bars.extend(bars)

    def span(self, first: int, count: int) -> Bar:
        return joined([self._bar(minute) for minute in range(first, first + count)])

    def _bar(self, minute: int) -> Bar:
        index = minute - self._first
        if index < 0:
            price = self._bars[0].open
            return Bar(price, price, price, price, 0.0)
        if index < len(self._bars):
            return self._bars[index]
        price = self._bars[-1].close
        return Bar(price, price, price, price, 0.0)


def joined(bars: Sequence[Bar]) -> Bar:
    """Consecutive bars as one."""
    return Bar(
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum(bar.volume for bar in bars),
    )
