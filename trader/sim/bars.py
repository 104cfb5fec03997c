"""One-minute bars by absolute minute, wherever they come from, and any longer bar made of them.

Rules: minute m is the one that opens at m * 60,000 ms UTC. A source answers for any minute it says
it has, always the same. A longer bar is put together from whole minutes, so the bars of two
intervals can never disagree. A past is never written again, so that what is made of it is made once,
for every exchange that has it behind it.
"""

from collections.abc import Callable, Hashable, Sequence
from operator import attrgetter
from typing import Any, Protocol

from trader.exchange.prices import Bar

_HIGH, _LOW, _VOLUME = attrgetter("high"), attrgetter("low"), attrgetter("volume")


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
    and the history before any moment follows the same rule as its future. `decimals` rounds each price;
    `read` is told of the rows of the columns that are about to be looked at.
    """

    def __init__(
        self,
        anchor_minute: int,
        columns: Sequence[Sequence[float]],
        *,
        decimals: int | None = None,
        read: Callable[[int, int], None] = lambda _first, _end: None,
    ) -> None:
        self._read = read
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
        self._read(start, end)
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


class Shared:
    """What was made of one coin's minutes of the past, which many exchanges have behind them."""

    def __init__(self, first_minute: int, end_minute: int) -> None:
        self.first_minute = first_minute
        self.end_minute = end_minute
        self._made: dict[Hashable, dict[int, Any]] = {}

    def holds(self, first: int, count: int) -> bool:
        """Whether all of these minutes are of the past."""
        return self.first_minute <= first and first + count <= self.end_minute

    def made(self, what: Hashable) -> dict[int, Any]:
        """What was made of it by minute. `what` must name all else that the results follow from."""
        return self._made.setdefault(what, {})


class Past(Shared):
    """Minutes that are over, one by one."""

    def __init__(self, first_minute: int, bars: Sequence[Bar]) -> None:
        if not bars:
            raise ValueError("a script of bars needs at least one bar")
        super().__init__(first_minute, first_minute + len(bars))
        self.bars = tuple(bars)
        self._spans: dict[tuple[int, int], Bar] = {}

    def span(self, first: int, count: int) -> Bar:
        """`count` minutes, all of them of the past, as one bar."""
        found = self._spans.get((first, count))
        if found is None:
            start = first - self.first_minute
            found = self._spans[first, count] = joined(self.bars[start : start + count])
        return found


class ScriptedBars:
    """Minutes written by a test: given from one minute on, flat after the last, none before."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self._later: list[Bar] = []

    @property
    def first_minute(self) -> int | None:
        return self.past.first_minute

    @property
    def next_minute(self) -> int:
        """The first minute that is not scripted yet."""
        return self.past.end_minute + len(self._later)

    def append(self, *bars: Bar) -> None:
        """Write what comes next."""
        self._later.extend(bars)

    def span(self, first: int, count: int) -> Bar:
        if count == 1:
            return self._bar(first)
        past, end = self.past, first + count
        bars: list[Bar] = []
        if first < past.first_minute:
            bars.append(_still(past.bars[0].open))
        begin, over = max(first, past.first_minute), min(end, past.end_minute)
        if begin < over:
            bars.append(past.span(begin, over - begin))
        begin, over = max(first, past.end_minute), min(end, self.next_minute)
        if begin < over:
            bars += self._later[begin - past.end_minute : over - past.end_minute]
        if end > self.next_minute:
            bars.append(_still(self._last_price()))
        return bars[0] if len(bars) == 1 else joined(bars)

    def _bar(self, minute: int) -> Bar:
        past = self.past
        if minute < past.first_minute:
            return _still(past.bars[0].open)
        if minute < past.end_minute:
            return past.bars[minute - past.first_minute]
        later = minute - past.end_minute
        return self._later[later] if later < len(self._later) else _still(self._last_price())

    def _last_price(self) -> float:
        return (self._later or self.past.bars)[-1].close


def _still(price: float) -> Bar:
    """Minutes in which nothing is written."""
    return Bar(price, price, price, price, 0.0)


def joined(bars: Sequence[Bar]) -> Bar:
    """Consecutive bars as one."""
    return Bar(
        bars[0].open,
        max(map(_HIGH, bars)),
        min(map(_LOW, bars)),
        bars[-1].close,
        sum(map(_VOLUME, bars)),
    )
