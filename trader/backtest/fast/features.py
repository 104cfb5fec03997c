"""One tape ready for compiled code, and what is read off it once however many runs ask for it.

Rules: columns are those of the tape wherever possible, never copies; what a parameter asks for is kept by the
parameter, so that runs which share it share the work.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from trader.backtest.fast.compiling import compiled
from trader.backtest.tape import Bars, Tape, sealed
from trader.core.candles import DAY_MS
from trader.strategies.breakout_params import TREND_FRAME_MS


class Features:
    """What is read off the bars of one coin, up to the end of a study."""

    def __init__(self, tape: Tape, *, end_ms: int | None, on_mark: bool) -> None:
        count = len(tape.bars) if end_ms is None else int(np.searchsorted(tape.bars.open_ms, end_ms))
        self.tape = tape
        self.bars = _up_to(tape.bars, count)
        self.mark = None if tape.mark is None else _aligned(tape.mark, self.bars)
        self.fires = self.mark if on_mark and self.mark is not None else self.bars
        self.kernels: Mapping[str, Callable[..., Any]] = compiled()
        self._kept: dict[tuple[object, ...], Any] = {}

    def kept(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        """What was made under this key, or is made now."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    @property
    def kept_count(self) -> int:
        """How many things are kept."""
        return len(self._kept)

    def forget(self) -> None:
        """Drop what parameters asked for."""
        self._kept.clear()

    @cached_property
    def runs(self) -> Any:
        return self.kernels["run_lengths"](self.bars.open_ms, self.bars.frame_ms)

    @cached_property
    def block(self) -> Any:
        """Opens, highs, lows, closes and volumes as the rows of one block; where they stand so, in place."""
        bars = self.bars
        rows = (bars.open, bars.high, bars.low, bars.close, bars.volume)
        base = bars.open.base
        if isinstance(base, np.ndarray) and base.shape == (len(rows), len(bars)):
            starts = [base[r].ctypes.data for r in range(len(rows))]
            if starts == [row.ctypes.data for row in rows]:
                return base
        return np.stack(rows)

    def groups(self, group_ms: int) -> Any:
        """The higher bars of this length (series.group_rows)."""
        bars = self.bars
        return self.kept(
            ("groups", group_ms),
            lambda: self.kernels["group_rows"](bars.open_ms, bars.close, self.runs, bars.frame_ms, group_ms),
        )

    def first_group(self, group_ms: int) -> int:
        """The number of the first higher bar of the tape."""
        return int(self.groups(group_ms)[3])

    def regimes(self, days: int, threshold: float) -> Any:
        """The regime of each day."""
        bars = self.bars
        ends, closes, streaks, _ = self.groups(DAY_MS)
        highs, lows = self.kept(
            ("days",),
            lambda: self.kernels["group_reaches"](bars.high, bars.low, ends, DAY_MS // bars.frame_ms),
        )
        return self.kept(
            ("regimes", days, threshold),
            lambda: self.kernels["regimes"](highs, lows, closes, streaks, days, threshold),
        )

    @property
    def day_0(self) -> int:
        """The number of the first day of the tape."""
        return self.first_group(DAY_MS)

    def trends(self, window: int, fast: int, slow: int) -> Any:
        """The trend of each four-hour bar; `fast` 0 compares closes with the slow average."""
        _, closes, streaks, _ = self.groups(TREND_FRAME_MS)
        return self.kept(
            ("trends", window, fast, slow),
            lambda: self.kernels["trends"](closes, streaks, window, fast, slow),
        )

    def bands(self, period: int) -> tuple[Any, Any]:
        """The middle and the deviation that make the bands of the bar after each."""
        found: tuple[Any, Any] = self.kept(
            ("bands", period), lambda: self.kernels["bands"](self.bars.close, self.runs, period)
        )
        return found

    def slopes(self, period: int, window: int, lag: int) -> Any:
        """The trend of bollinger at each bar."""
        return self.kept(
            ("slopes", period, window, lag),
            lambda: self.kernels["slopes"](self.bars.close, self.runs, period, window, lag),
        )

    def breaks(self, bars: int, of_close: bool) -> Any:
        """Where the range of so many bars is broken."""
        own = self.bars
        tops, bottoms = (own.close, own.close) if of_close else (own.high, own.low)
        return self.kept(
            ("breaks", bars, of_close),
            lambda: self.kernels["breaks"](tops, bottoms, own.high, own.low, bars),
        )


def _up_to(bars: Bars, count: int) -> Bars:
    columns = (bars.open_ms, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return Bars(bars.frame_ms, *(sealed(column[:count]) for column in columns))


def _aligned(mark: Bars, bars: Bars) -> Bars:
    """The bars of marks beside those of prices; where one is missing the candle stands in for it."""
    count = len(bars)
    if len(mark) >= count and np.array_equal(mark.open_ms[:count], bars.open_ms):
        return _up_to(mark, count)
    if not len(mark):
        return bars
    at = np.minimum(np.searchsorted(mark.open_ms, bars.open_ms), len(mark) - 1)
    there = mark.open_ms[at] == bars.open_ms
    columns = (
        np.where(there, ours[at], theirs)
        for ours, theirs in (
            (mark.open, bars.open),
            (mark.high, bars.high),
            (mark.low, bars.low),
            (mark.close, bars.close),
            (mark.volume, bars.volume),
        )
    )
    return Bars(bars.frame_ms, bars.open_ms, *columns)
