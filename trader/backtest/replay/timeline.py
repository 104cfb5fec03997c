"""The tapes of a study as the replay walks them: every close in order, whole bars, windows of closed bars.

Rules: columns are plain numbers, because the strategies of a tick are asked with tuples. Nothing after the
end is seen. A bar is built only where somebody asks for it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import groupby
from typing import TypeAlias

import numpy as np

from trader.backtest.study import Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import HOUR_MS, Candles
from trader.core.frozen import frozen
from trader.exchange.bar_tape import Payment, Prices, Stretch, WholeBar

Columns: TypeAlias = tuple[tuple[float, ...], ...]

USUAL_INTERVAL_MS = 8 * HOUR_MS  # of funding, where the tape knows none


@frozen
class Close:
    """A moment at which bars close: each coin's place in its own bars."""

    at_ms: int
    bars: tuple[tuple[str, int], ...]


class CoinTape:
    """One coin's bars, as far as the study sees them."""

    def __init__(self, tape: Tape, *, end_ms: int | None, on_mark: bool, is_finer: bool) -> None:
        bars = tape.bars
        self.coin = tape.coin
        self.frame_ms = bars.frame_ms
        count = len(bars) if end_ms is None else int(np.searchsorted(bars.open_ms, end_ms))
        self.open_ms: tuple[int, ...] = tuple(bars.open_ms[:count].tolist())
        self._last = _columns(bars, count)
        self.close = self._last[3]
        self.volume: tuple[float, ...] = tuple(bars.volume[:count].tolist())
        self._mark = self._last if tape.mark is None else _columns(tape.mark, count)
        self._fires = self._mark if on_mark else self._last
        self._funding = _Funding(tape.funding)
        self._inner: _Inner | None = None
        if is_finer and tape.inner is not None:
            self._inner = _Inner(tape.inner, tape.inner_mark, on_mark=on_mark)

    def __len__(self) -> int:
        return len(self.open_ms)

    @property
    def rows(self) -> tuple[tuple[float, ...], ...]:
        """Open, high, low, close, volume of each bar."""
        return tuple(zip(*self._last, self.volume, strict=True))

    def candles(self, last: int, count: int) -> Candles:
        """The closed bars up to index `last`, at most so many."""
        first, end = max(0, last + 1 - count), last + 1
        opened, high, low, close = (column[first:end] for column in self._last)
        return Candles(
            self.coin,
            self.frame_ms,
            self.open_ms[first:end],
            opened,
            high,
            low,
            close,
            self.volume[first:end],
        )

    def fired_by(self, index: int) -> float:
        """What fires stops, at the close of a bar."""
        return self._fires[3][index]

    def funding_ahead(self, at_ms: int) -> tuple[int, int, float]:
        """(when funding is due next, the length of its interval, the rate that is known by now)."""
        return self._funding.ahead(at_ms)

    def bar(self, index: int) -> WholeBar:
        """One bar with all that it brings."""
        open_ms = self.open_ms[index]
        held_ms = self.open_ms[index - 1] + self.frame_ms if index else open_ms
        mark = self._mark[0][index]
        return WholeBar(
            whole=_stretch(open_ms, self._last, self._mark, self._fires, index),
            volume_before=self.volume[index - 1] if index else 0.0,
            before=self._funding.between(held_ms, open_ms + 1, mark),
            within=self._funding.between(open_ms + 1, open_ms + self.frame_ms, mark),
            inner=() if self._inner is None else self._inner.within(open_ms, self.frame_ms),
        )


class _Funding:
    """When funding was due."""

    def __init__(self, rates: Rates | None) -> None:
        self._at_ms: list[int] = [] if rates is None else rates.at_ms.tolist()
        self._rate: list[float] = [] if rates is None else rates.rate.tolist()
        self._interval_ms = USUAL_INTERVAL_MS
        if len(self._at_ms) > 1:
            self._interval_ms = max(1, int(np.median(np.diff(self._at_ms))))

    def between(self, first_ms: int, end_ms: int, price: float) -> tuple[Payment, ...]:
        """What falls due from one moment until before another."""
        first, end = bisect_left(self._at_ms, first_ms), bisect_left(self._at_ms, end_ms)
        return tuple(Payment(self._at_ms[n], self._rate[n], price) for n in range(first, end))

    def ahead(self, at_ms: int) -> tuple[int, int, float]:
        """The rate is that of the last payment: the next one is not known before it is due."""
        place = bisect_right(self._at_ms, at_ms)
        if place == 0:
            due_ms = (at_ms // USUAL_INTERVAL_MS + 1) * USUAL_INTERVAL_MS
            return due_ms, USUAL_INTERVAL_MS, 0.0
        last_ms, rate = self._at_ms[place - 1], self._rate[place - 1]
        if place < len(self._at_ms):
            return self._at_ms[place], self._interval_ms, rate
        missed = (at_ms - last_ms) // self._interval_ms
        return last_ms + (missed + 1) * self._interval_ms, self._interval_ms, rate


class _Inner:
    """Finer bars, looked at only where all of a bar's are there."""

    def __init__(self, bars: Bars, mark: Bars | None, *, on_mark: bool) -> None:
        self._frame_ms = bars.frame_ms
        self._open_ms: list[int] = bars.open_ms.tolist()
        self._last = _columns(bars, len(bars))
        self._mark = self._last if mark is None else _columns(mark, len(mark))
        self._fires = self._mark if on_mark else self._last

    def within(self, open_ms: int, frame_ms: int) -> tuple[Stretch, ...]:
        first, end = bisect_left(self._open_ms, open_ms), bisect_left(self._open_ms, open_ms + frame_ms)
        if (end - first) * self._frame_ms != frame_ms:
            return ()
        return tuple(
            _stretch(self._open_ms[n], self._last, self._mark, self._fires, n) for n in range(first, end)
        )


def closes_of(tapes: list[CoinTape]) -> Iterator[Close]:
    """Every moment at which a bar of any coin closes, in order; coins in the order of their names."""
    found = sorted(
        (opened + tape.frame_ms, tape.coin, index)
        for tape in tapes
        for index, opened in enumerate(tape.open_ms)
    )
    for at_ms, group in groupby(found, key=lambda each: each[0]):
        yield Close(at_ms, tuple((coin, index) for _, coin, index in group))


def coin_tapes(study: Study, *, trigger: str) -> dict[str, CoinTape]:
    """The tapes of a study by coin, in the order of their names."""
    return {
        coin: CoinTape(
            study.tapes[coin],
            end_ms=study.end_ms,
            on_mark=trigger == "mark",
            is_finer=study.model.ambiguous == "finer",
        )
        for coin in sorted(study.tapes)
    }


def _columns(bars: Bars, count: int) -> Columns:
    named = (bars.open, bars.high, bars.low, bars.close)
    return tuple(tuple(column[:count].tolist()) for column in named)


def _stretch(open_ms: int, last: Columns, mark: Columns, fires: Columns, index: int) -> Stretch:
    return Stretch(open_ms, _prices(last, index), _prices(mark, index), _prices(fires, index))


def _prices(columns: Columns, index: int) -> Prices:
    opened, high, low, close = columns
    return Prices(opened[index], high[index], low[index], close[index])
