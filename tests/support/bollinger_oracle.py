"""The bollinger strategy written a second time from its definition, to be compared with the real one.

Rules: shares no code with trader.strategies; looks bars up by their time and builds every window as a list of
its own. Slow on purpose.
"""

from dataclasses import dataclass
from math import sqrt

from tests.support.breakout_oracle import Bars, average

Answer = tuple[object, ...]
STAY: Answer = ("stay",)


@dataclass
class Life:
    """A position, and the last stop and target that are live behind it."""

    long: bool
    entry: float
    entry_ms: int
    signal_ms: int
    stop: float | None
    target: float | None


@dataclass
class Money:
    """What sizes an entry."""

    mark: float
    equity: float
    ratio: float
    cap: float


class BollingerOracle(Bars):
    """All bars known so far, by open time."""

    def bands(self, at: int) -> tuple[float, float, float] | None:
        """Lower, middle and upper of the bar that opens at `at`, from the closes before it."""
        before = self.column(at - self.frame, self.params.period)
        if before is None:
            return None
        total = 0.0
        for bar in before:
            total += bar.close
        middle = total / len(before)
        squares = 0.0
        for bar in before:
            squares += (bar.close - middle) * (bar.close - middle)
        spread = sqrt(squares / len(before))
        if spread < 1e-10:
            return None
        return middle - self.params.mult * spread, middle, middle + self.params.mult * spread

    def slope(self, at: int) -> int | None:
        """1 rising, -1 falling, 0 neither."""
        p = self.params
        bars = self.column(at, p.trend_window + p.trend_lag_bars)
        if bars is None:
            return None
        closes = [bar.close for bar in bars]
        now = average(closes[-p.trend_window :], p.trend_period)
        before = average(closes[: p.trend_window], p.trend_period)
        return (now > before) - (now < before)

    def left(self, at: int) -> int | None:
        """On which side of its own bands a bar closed: 1 above, -1 below, 0 neither."""
        bands = self.bands(at)
        if bands is None or at not in self.bars:
            return None
        close = self.bars[at].close
        return (close > bands[2]) - (close < bands[0])

    def entry(self, at: int, money: Money) -> Answer:
        """("now", is long, notional, stop, target), ("rest", ...) or ("stay",)."""
        p = self.params
        slope = None
        if self.is_spike(at) is not False:
            return STAY
        if p.style == "breakout":
            slope = self.slope(at)
            if slope is None:
                return STAY
        elif p.regime_filter and self.is_trend_regime(at) is not False:
            return STAY
        if p.entry == "resting":
            return self._resting(at, money, slope)
        outside = self.left(at)
        if p.entry == "confirm" and outside != self.left(at - self.frame):
            return STAY
        if outside in (None, 0):
            return STAY
        side = outside if p.style == "breakout" else -outside
        if slope is not None and slope != side:
            return STAY
        if p.entry == "close":
            return self._now(at, money, side)
        price = self.bars[at].close * (1 + side * p.entry_buffer)
        if p.style == "reversion" and not self._gains(at, price, side):
            return STAY
        return self._rest(at, money, side, price, "limit")

    def _resting(self, at: int, money: Money, slope: int | None) -> Answer:
        bands = self.bands(at + self.frame)
        if bands is None or slope == 0:
            return STAY
        lower, _, upper = bands
        if slope is not None:
            level = upper if slope > 0 else lower
            if money.mark >= level if slope > 0 else money.mark <= level:
                return self._now(at, money, slope)
            return self._rest(at, money, slope, level, "stop")
        close = self.bars[at].close
        side = -1 if abs(upper - close) < abs(close - lower) else 1
        level = lower if side > 0 else upper
        if money.mark <= level if side > 0 else money.mark >= level:
            return STAY
        return self._rest(at, money, side, level, "post")

    def _gains(self, at: int, price: float, side: int) -> bool:
        bands = self.bands(at + self.frame)
        return bands is not None and side * bands[1] > side * price

    def _notional(self, money: Money) -> float:
        wanted = money.equity * money.ratio
        return money.cap / self.params.stop if wanted * self.params.stop > money.cap else wanted

    def _now(self, at: int, money: Money, side: int) -> Answer:
        p, mark = self.params, money.mark
        target: float | None = mark * (1 + side * p.target)
        if p.style == "reversion":
            bands = self.bands(at + self.frame)
            target = bands[1] if bands is not None and self._gains(at, mark, side) else None
        if target is None:
            return STAY
        return ("now", side > 0, self._notional(money), mark * (1 - side * p.stop), target, at)

    def _rest(self, at: int, money: Money, side: int, price: float, kind: str) -> Answer:
        if price <= 0:
            return STAY
        stop = price * (1 - side * self.params.stop)
        ends = at + 2 * self.frame
        return ("rest", side > 0, price, self._notional(money), stop, kind, at, ends)

    def held(self, at: int, mark: float, life: Life) -> Answer:
        """("close", why), or ("hold", stop, target)."""
        p, side = self.params, 1 if life.long else -1
        age = (at - life.entry_ms // self.frame * self.frame) // self.frame + 1
        if age >= p.max_hold_bars:
            return ("close", "time")
        target = life.entry * (1 + side * p.target)
        if p.style == "breakout":
            if life.target is None and side * mark >= side * target:
                return ("close", "target")
        else:
            bands = self.bands(at + self.frame)
            if bands is None:
                target = target if life.target is None else life.target
            elif side * mark >= side * bands[1]:
                return ("close", "target")
            elif life.target is None or abs(bands[1] - life.target) > p.target_min_move * life.target:
                target = bands[1]
            else:
                target = life.target
        return ("hold", self._stop_of(at, mark, life, life.entry * (1 - side * p.stop)), target)

    def _stop_of(self, at: int, mark: float, life: Life, exact: float) -> float:
        side = 1 if life.long else -1
        if life.stop is None:
            return exact
        moves = side * exact > side * life.stop and side * exact < side * mark and not self.is_spike(at)
        return exact if moves else life.stop
