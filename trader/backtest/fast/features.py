"""One tape ready for compiled code, and what is read off it once however many runs ask for it.

Rules: columns are those of the tape wherever possible, never copies; what a parameter asks for is kept by the
parameter, so that runs which share it share the work.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from trader.backtest.fast.compiling import compiled
from trader.backtest.fast.layout import Columns
from trader.backtest.tape import Bars, Tape
from trader.core.candles import DAY_MS
from trader.strategies.breakout_params import TREND_FRAME_MS

NOBODY_ASKS = np.full(1, np.nan)


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

    def forget(self) -> None:
        """Drop what parameters asked for."""
        self._kept.clear()

    @cached_property
    def runs(self) -> Any:
        return self.kernels["run_lengths"](self.bars.open_ms, self.bars.frame_ms)

    def columns(self, middle: Any = NOBODY_ASKS) -> Columns:
        """The bars as compiled code reads them; `middle` where a strategy follows it."""
        bars, fires = self.bars, self.fires
        paid = self.bars if self.mark is None else self.mark
        return Columns(
            open_ms=bars.open_ms,
            open=bars.open,
            high=bars.high,
            low=bars.low,
            close=bars.close,
            volume=bars.volume,
            fires_open=fires.open,
            fires_high=fires.high,
            fires_low=fires.low,
            fires_close=fires.close,
            paid_open=paid.open,
            run=self.runs,
            middle=middle,
        )

    def groups(self, group_ms: int) -> Any:
        """The higher bars of this length (series.group_rows)."""
        bars = self.bars
        return self.kept(
            ("groups", group_ms),
            lambda: self.kernels["group_rows"](
                bars.open_ms, bars.high, bars.low, bars.close, self.runs, bars.frame_ms, group_ms
            ),
        )

    def regimes(self, days: int, threshold: float) -> Any:
        """The regime of each day."""
        highs, lows, closes, streaks, _ = self.groups(DAY_MS)
        return self.kept(
            ("regimes", days, threshold),
            lambda: self.kernels["regimes"](highs, lows, closes, streaks, days, threshold),
        )

    @property
    def day_0(self) -> int:
        """The number of the first day of the tape."""
        return int(self.groups(DAY_MS)[4])

    def trends(self, window: int, fast: int, slow: int) -> Any:
        """The trend of each four-hour bar; `fast` 0 compares closes with the slow average."""
        _, _, closes, streaks, _ = self.groups(TREND_FRAME_MS)
        return self.kept(
            ("trends", window, fast, slow),
            lambda: self.kernels["trends"](closes, streaks, window, fast, slow),
        )

    def reaches(self, of_close: bool) -> tuple[Any, Any]:
        """How far back each bar breaks, upwards and downwards."""
        bars = self.bars
        tops, bottoms = (bars.close, bars.close) if of_close else (bars.high, bars.low)
        make = self.kernels["reaches"]
        return (
            self.kept(("reach", of_close, 1), lambda: make(tops, bars.high, 1)),
            self.kept(("reach", of_close, -1), lambda: make(bottoms, bars.low, -1)),
        )


def _up_to(bars: Bars, count: int) -> Bars:
    if count == len(bars):
        return bars
    return Bars(
        bars.frame_ms,
        bars.open_ms[:count],
        bars.open[:count],
        bars.high[:count],
        bars.low[:count],
        bars.close[:count],
        bars.volume[:count],
    )


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
