"""What a published system did that no trader can, written a second time: plainly, one bar after the other.

It knows bollinger entries of the breakout style that rest at the band, of one coin, without funding, delay,
liquidation and finer bars. Bands, trend, sizes and fills are the functions of a tick and of docs/backtest.md;
only the two things that `Unreal` names are otherwise.
"""

import numpy as np

from tests.support.unreal_book import Book, Waiting
from trader.backtest.study import Reason, Run, Study
from trader.bounds import entry_bound
from trader.core.market import Leg, exact
from trader.core.policy import MarketPolicy
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.indicators import SPIKE_BARS, deviation, ema, is_spike, mean, window_first
from trader.strategies.signals import has_bands, is_beyond, level, slope_sign
from trader.strategies.sizing import entry_notional


def run(study: Study) -> Run:
    """The trades of such a system."""
    (coin,) = study.tapes
    return _Emulation(study, coin).run()


class _Emulation:
    """One run, bar by bar."""

    def __init__(self, study: Study, coin: str) -> None:
        self._study = study
        self._policy: MarketPolicy = study.policy.markets[coin]
        self._params: BollingerParams = self._policy.params
        self._peeks = study.unreal is not None and study.unreal.peeks
        self._passed = study.unreal is not None and study.unreal.passed_levels
        self._book = Book(study, coin)
        times, end_ms = self._book.times, study.end_ms
        self._end = len(times) if end_ms is None else int(np.searchsorted(times, end_ms))

    def run(self) -> Run:
        book, start_ms = self._book, self._study.start_ms
        times, close = book.times, book.bars["close"]
        at_ms, equity, held = [], [], 0
        for i in range(self._end):
            book.fill(i)
            if start_ms is None or times[i] >= start_ms:
                at_ms.append(times[i] + book.frame_ms)
                equity.append(book.value_at(close[i]))
                held += book.held is not None
                self._tick(i)
        if book.held is not None:
            book.leave(self._end - 1, close[self._end - 1], Reason.END, slips=False)
            equity[-1] = book.cash
        return Run(
            "oracle",
            tuple(book.trades),
            np.array(at_ms, dtype=np.int64),
            np.array(equity, dtype=np.float64),
            held / len(at_ms) if at_ms else 0.0,
        )

    def _tick(self, k: int) -> None:
        """The decision at a close."""
        book = self._book
        if book.held is not None:
            book.is_closing = k - book.held.e + 1 >= self._params.max_hold_bars
            return
        found = self._signal(k)
        if found is None:
            return
        sign, band = found
        close, leg = book.bars["close"][k], Leg.LONG if sign > 0 else Leg.SHORT
        passed = is_beyond(close, band, sign)
        at_market = passed and not self._passed
        price = book.rounded(band)
        if at_market:
            room = exact(self._policy.entries.slippage_max)
            price = float(entry_bound(exact(close), leg, book.market, room))
        elif not self._stands(price, band, close, sign):
            return
        size = self._size(price)
        if size > 0.0:
            book.waiting = Waiting(k, sign, None if at_market else price, size, book.cash)

    def _signal(self, k: int) -> tuple[int, float] | None:
        """The side and the band of the next bar, where every window is whole and the bar is believed."""
        bars, params = self._book.bars, self._params
        times, close, frame = self._book.times, bars["close"], self._book.frame_ms
        seen = k + 1 if self._peeks else k
        trend_bars = params.trend_window + params.trend_lag_bars
        if seen >= self._end or window_first(times, k, SPIKE_BARS + 1, frame) < 0:
            return None
        first = window_first(times, k, params.period, frame)
        if first < 0 or window_first(times, seen, trend_bars, frame) < 0:
            return None
        middle = mean(close, first, params.period)
        spread = deviation(close, first, params.period, middle)
        if not has_bands(spread) or is_spike(bars["high"], bars["low"], k):
            return None
        begin, window = seen - params.trend_window + 1, params.trend_window
        now = ema(close, begin, 1, window, params.trend_period)
        before = ema(close, begin - params.trend_lag_bars, 1, window, params.trend_period)
        sign = slope_sign(now, before)
        return (sign, middle + sign * params.mult * spread) if sign else None

    def _stands(self, price: float, band: float, close: float, sign: int) -> bool:
        """May an order rest there? Its stop must lie before it and before mark, it itself beyond mark."""
        guard = self._book.rounded(level(band, sign, -self._params.stop))
        if (price - guard) * sign <= 0.0 or (close - guard) * sign <= 0.0:
            return False
        return self._passed or (price - close) * sign > 0.0

    def _size(self, price: float) -> float:
        """In whole lots, 0 below the venue's minimum."""
        sizing = self._policy.sizing
        cap = float("inf") if sizing.max_single_loss is None else sizing.max_single_loss
        if not self._book.cash > 0.0:
            return 0.0
        notional = entry_notional(self._book.cash, sizing.position_ratio, self._params.stop, cap)
        size = self._book.market.size_down(exact(notional) / exact(price))
        too_small = size * exact(price) < self._book.market.notional_min or size < self._book.market.size_min
        return 0.0 if too_small else float(size)
