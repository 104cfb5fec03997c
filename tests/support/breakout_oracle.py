"""The breakout strategy written a second time from its definition, to be compared with the real one.

Rules: shares no code with trader.strategies; looks bars up by their time, builds higher bars as lists, and
goes forward through a position's life bar by bar instead of reading it backwards from now. Slow on purpose.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

FOUR_HOURS_MS = 14_400_000
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Bar:
    high: float
    low: float
    close: float
    volume: float


@dataclass
class Life:
    """A position as the oracle follows it, and the last stop and target it was told are live."""

    long: bool
    entry: float
    entry_ms: int
    signal_ms: int
    stop: float | None
    target: float | None


@dataclass
class Bars:
    """All bars known so far, by open time, and what every strategy reads off them."""

    frame: int
    params: Any
    bars: dict[int, Bar] = field(default_factory=dict)

    def column(self, last: int, count: int) -> list[Bar] | None:
        times = [last - i * self.frame for i in reversed(range(count))]
        return [self.bars[t] for t in times] if all(t in self.bars for t in times) else None

    def higher(self, at: int, count: int, length: int) -> list[Bar] | None:
        """The last `count` higher bars closed with the bar at `at`, each built from all of its bars."""
        end = (at + self.frame) // length * length
        built = []
        for number in range(count, 0, -1):
            begin = end - number * length
            parts = [self.bars.get(t) for t in range(begin, begin + length, self.frame)]
            whole = [part for part in parts if part is not None]
            if len(whole) < len(parts):
                return None
            built.append(Bar(max(p.high for p in whole), min(p.low for p in whole), whole[-1].close, 0.0))
        return built

    def is_trend_regime(self, at: int) -> bool | None:
        days = self.higher(at, self.params.regime_days + 1, DAY_MS)
        if days is None:
            return None
        total = 0.0
        for before, day in pairwise(days):
            total += max(day.high - day.low, abs(day.high - before.close), abs(day.low - before.close))
        efficiency = 0.0 if total == 0 else abs(days[-1].close - days[0].close) / total
        return bool(efficiency > self.params.regime_threshold)

    def is_spike(self, at: int) -> bool | None:
        usual = self.column(at - self.frame, 48)
        if usual is None:
            return None
        ranked = sorted(bar.high - bar.low for bar in usual)
        return self.bars[at].high - self.bars[at].low > 20.0 * ((ranked[23] + ranked[24]) / 2.0)


@dataclass
class Oracle(Bars):
    """The strategy itself."""

    def is_up(self, at: int) -> bool | None:
        p = self.params
        cross = p.trend == "cross"
        higher = self.higher(at, p.trend_window if cross else 5 * p.trend_slow, FOUR_HOURS_MS)
        if higher is None:
            return None
        closes = [bar.close for bar in higher]
        compared = average(closes, p.trend_fast) if cross else closes[-1]
        return compared > average(closes, p.trend_slow)

    def entry(self, at: int, mark: float, equity: float, ratio: float, cap: float) -> tuple[Any, ...] | None:
        """(is long, notional, stop, target), or None."""
        p, now = self.params, self.bars[at]
        ranged = self.column(at - self.frame, p.range_bars)
        traded = self.column(at - self.frame, p.lookback_bars)
        trending, up, spike = self.is_trend_regime(at), self.is_up(at), self.is_spike(at)
        if ranged is None or traded is None or trending is None or up is None or spike is not False:
            return None
        high, low = (now.high, now.low) if p.trigger == "wick" else (now.close, now.close)
        broken = {
            True: high > max(bar.high for bar in ranged),
            False: low < min(bar.low for bar in ranged),
        }
        if not broken[up] or broken[not up]:
            return None
        mean = 0.0
        for bar in traded:
            mean += bar.volume * bar.close
        if now.volume * now.close < p.vol_threshold * (mean / p.lookback_bars):
            return None
        stop, target = (p.trend_stop, p.trend_target) if trending else (p.range_stop, p.range_target)
        notional = cap / stop if equity * ratio * stop > cap else equity * ratio
        if up:
            return True, notional, mark * (1 - stop), mark * (1 + target)
        return False, notional, mark * (1 + stop), mark * (1 - target)

    def position(self, at: int, mark: float, taker: float, life: Life) -> tuple[Any, ...]:
        """("close", why), or ("hold", stop, target), or ("doubt",) where a bar is missing."""
        p, f = self.params, self.frame
        first = life.entry_ms // f * f
        side = 1 if life.long else -1
        age = (at - first) // f + 1
        after = list(range(first + f, at + 1, f))
        if any(t not in self.bars for t in after) or self.is_trend_regime(life.signal_ms) is None:
            return ("doubt",)
        if len(after) >= p.early_bars:
            window = [self.bars[t] for t in after[: p.early_bars]]
            best = max(bar.high for bar in window) if life.long else min(bar.low for bar in window)
            if max(0.0, side * (best - life.entry)) / life.entry < p.early_mfe:
                return ("close", "early")
        if age >= max(1, p.max_hold_hours * 3_600_000 // f):
            return ("close", "time")
        trending = self.is_trend_regime(life.signal_ms)
        reach, risk = (p.trend_target, p.trend_stop) if trending else (p.range_target, p.range_stop)
        nearest = reach
        for n, t in enumerate([first, *after], start=1):
            if n % p.regime_recheck_bars == 0 and n <= age:
                later = self.is_trend_regime(t)
                if later is None:
                    return ("doubt",)
                nearest = min(nearest, p.trend_target if later else p.range_target)
        target = life.entry * (1 + side * nearest)
        if nearest < reach and side * mark >= side * target:
            return ("close", "target")
        return ("hold", self.stop(at, mark, taker, life, life.entry * (1 - side * risk), after), target)

    def stop(self, at: int, mark: float, taker: float, life: Life, exact: float, after: list[int]) -> float:
        p, live = self.params, life.stop
        assert live is not None
        side = 1 if life.long else -1
        tightest = max if life.long else min
        wanted = exact
        if p.trailing == "ratchet":
            believed = [t for t in after if self.is_spike(t) is False]
            tops = [self.bars[t].high if life.long else self.bars[t].low for t in believed]
            best = tightest([life.entry, *tops])
            if side * (best - life.entry) / life.entry >= p.trail_activation:
                trail = tightest(best * (1 - side * p.trail_distance), life.entry * (1 + side * (2 * taker)))
                far_enough = side * (trail - live) >= p.trail_min_move * live
                if far_enough and side * trail < side * mark:
                    wanted = trail
        if side * wanted <= side * live or side * wanted >= side * mark or self.is_spike(at):
            return live
        return wanted


def average(values: list[float], period: int) -> float:
    share = 2 / (period + 1)
    out = values[0]
    for value in values[1:]:
        out = value * share + out * (1 - share)
    return out
