"""One tape ready for compiled code, and what is read off it once however many runs ask for it.

Rules: columns are those of the tape wherever possible, never copies; what a parameter asks for is kept by the
parameter, so that runs which share it share the work.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from trader.backtest.fast.blocks import aligned, block_of, fires_of, up_to
from trader.backtest.fast.compiling import compiled
from trader.backtest.fast.inner import firsts_of, inner_of, reach_of
from trader.backtest.tape import Tape
from trader.core.candles import DAY_MS
from trader.strategies.breakout_params import TREND_FRAME_MS


class Features:
    """What is read off the bars of one coin, up to the end of a study."""

    def __init__(self, tape: Tape, *, end_ms: int | None, on_mark: bool, is_finer: bool = False) -> None:
        """`is_finer`: the finer bars of the tape are walked."""
        count = len(tape.bars) if end_ms is None else int(np.searchsorted(tape.bars.open_ms, end_ms))
        self.tape = tape
        self.bars = up_to(tape.bars, count)
        self.mark = None if tape.mark is None else aligned(tape.mark, self.bars)
        self.fires = self.mark if on_mark and self.mark is not None else self.bars
        self.inner = inner_of(tape, self.bars, on_mark=on_mark) if is_finer else None
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
        """Opens, highs, lows, closes and volumes as the rows of one block."""
        return block_of(self.bars)

    @property
    def reaches_farther(self) -> bool:
        """May something beside what sets stops off end a position, or reach farther than its bar says?"""
        return self.inner is not None or (self.mark is not None and self.fires is not self.mark)

    def rows(self, *, fires: bool, paid: bool, reach: bool, finer: int | None) -> Any:
        """The block, and under it what sets stops off, the price at which funding is paid, how far anything
        reaches that could end a position, and where the finer bars of each bar begin, the first at `finer`.
        """
        if not (fires or paid or reach or finer is not None):
            return self.block
        key = ("rows", fires, paid, reach, finer)
        return self.kept(key, lambda: self._rows(fires, paid, reach, finer))

    def _rows(self, fires: bool, paid: bool, reach: bool, finer: int | None) -> Any:
        marks = self.mark or self.bars
        extra = fires_of(self.fires) if fires else []
        extra += [marks.open] if paid else []
        extra += reach_of(self.fires, [marks], self.inner) if reach else []
        if finer is not None:
            extra.append(firsts_of(self.inner, len(self.bars), finer))
        return np.concatenate([self.block, np.stack(extra)])

    def finer_block(self, *, fires: bool) -> Any:
        """The finer bars that are walked, as rows, and under them what sets stops off."""
        return self.kept(("finer", fires), lambda: self.inner.block(with_fires=fires) if self.inner else None)

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
