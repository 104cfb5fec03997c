"""What another engine is asked, read from a folder, and what it answers, written there.

Rules: it runs in the environment of that engine, so it knows pandas and numpy and nothing of the program. The
signals are those of breakout as one writes them in pandas, with rolling sums instead of sums from left to
right. What several combinations share is made once.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MINUTE_MS, GROUP_MS, DAY_MS = 60_000, 14_400_000, 86_400_000
SPIKE_BARS, SPIKE_FACTOR = 48, 20.0
COLUMNS = ("open", "high", "low", "close", "volume")


class Asked:
    """The bars, the combinations, the account, and the bars of the one long run where there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        told = json.loads((folder / "asked.json").read_text())
        self.combinations: list[dict[str, Any]] = told["combinations"]
        self.account: dict[str, float] = told["account"]
        open_ms = np.load(folder / "open_ms.npy")
        columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
        self.bars = pd.DataFrame(columns, index=pd.to_datetime(open_ms, unit="ms"))

    def answer(self, run: Callable[["Asked"], list[Any]], times: int) -> None:
        """Time `run`, which gives (entry bar, sign) of each trade of each combination, and write it down."""
        seconds, trades = [], []
        for _ in range(times):
            began = time.process_time()
            trades = run(self)
            seconds.append(time.process_time() - began)
        told = {"seconds": min(seconds), "peak_mb": _peak_mb(), "trades": trades}
        (self.folder / "told.json").write_text(json.dumps(told))


def asked() -> Asked:
    return Asked(Path(sys.argv[1]))


def _peak_mb() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


class Signals:
    """Where breakout would enter, for one tape and any combination."""

    def __init__(self, bars: pd.DataFrame) -> None:
        self._bars = bars
        self._ends_ms = (
            bars.index.as_unit("ms").asi8 + MINUTE_MS
        )  # pandas keeps times in units of its own choice
        self._traded = bars["volume"] * bars["close"]
        self._kept: dict[tuple[Any, ...], Any] = {}

    def of(self, params: dict[str, Any]) -> tuple[Any, Any]:
        """(sign of the signal at each bar, 1 where the regime is a trend)."""
        trend = self._once(self._trend, params["trend_fast"], params["trend_slow"], params["trend_window"])
        regime = self._once(self._regime, params["regime_days"], params["regime_threshold"])
        breaks = self._once(self._breaks, params["range_bars"])
        usual = self._once(self._usual, params["lookback_bars"])
        loud = self._traded.to_numpy() >= params["vol_threshold"] * usual
        found = np.where((breaks == trend) & loud & (regime >= 0), breaks, 0)
        found[self._spikes(np.flatnonzero(found))] = 0
        return found.astype(np.int8), (regime > 0).astype(np.int8)

    def _once(self, make: Callable[..., Any], *key: Any) -> Any:
        name = (make.__name__, *key)
        if name not in self._kept:
            self._kept[name] = make(*key)
        return self._kept[name]

    def _breaks(self, bars: int) -> Any:
        """1 above the range of the bars before, -1 below it, 0 for neither and for both."""
        above = self._bars["high"] > self._bars["high"].rolling(bars).max().shift(1)
        below = self._bars["low"] < self._bars["low"].rolling(bars).min().shift(1)
        return above.to_numpy().astype(np.int8) - below.to_numpy().astype(np.int8)

    def _usual(self, bars: int) -> Any:
        return self._traded.rolling(bars).mean().shift(1).to_numpy()

    def _trend(self, fast: int, slow: int, window: int) -> Any:
        """1 or -1 by the averages of four-hour closes, 0 before there are enough."""
        ends = np.flatnonzero(self._ends_ms % GROUP_MS == 0)
        closes = self._bars["close"].to_numpy()[ends]
        windows = np.lib.stride_tricks.sliding_window_view(closes, window)
        sign = np.zeros(len(ends), np.int8)
        sign[window - 1 :] = np.where(_averages(windows, fast) > _averages(windows, slow), 1, -1)
        return self._known_from(ends, sign, 0)

    def _regime(self, days: int, threshold: float) -> Any:
        """1 trend, 0 range, -1 before there are enough days."""
        ends = np.flatnonzero(self._ends_ms % DAY_MS == 0)
        day = pd.Series((self._ends_ms - 1) // DAY_MS, index=self._bars.index)
        by_day = self._bars.groupby(day)
        high, low = by_day["high"].max().iloc[: len(ends)], by_day["low"].min().iloc[: len(ends)]
        close = by_day["close"].last().iloc[: len(ends)]
        before = close.shift(1)
        walked = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
        made = (close - close.shift(days)).abs() / walked.rolling(days).sum()
        found = np.where(made > threshold, 1, 0).astype(np.int8)
        found[:days] = -1
        return self._known_from(ends, found, -1)

    def _known_from(self, ends: Any, values: Any, unknown: int) -> Any:
        """Values that hold from the close of these bars on."""
        at = np.searchsorted(ends, np.arange(len(self._bars)), side="right") - 1
        return np.where(at >= 0, values[np.maximum(at, 0)], unknown)

    def _spikes(self, at: Any) -> Any:
        """Those of these bars that are too wide to be believed."""
        spread = (self._bars["high"] - self._bars["low"]).to_numpy()
        before = np.lib.stride_tricks.sliding_window_view(spread, SPIKE_BARS)[at - SPIKE_BARS]
        return at[spread[at] > SPIKE_FACTOR * np.median(before, axis=1)]


def _averages(windows: Any, period: int) -> Any:
    """The exponential average of each window, begun with its first value."""
    a, found = 2.0 / (period + 1.0), windows[:, 0].copy()
    for column in range(1, windows.shape[1]):
        found = windows[:, column] * a + found * (1.0 - a)
    return found
