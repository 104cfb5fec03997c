"""What a strategy reads off its bars as lines: bollinger's bands, breakout's range.

Rules: each value is what a tick at the close of the bar before saw for this bar, computed by the strategy's
own functions; a bar whose window lacks a bar has none.
"""

from trader.core.candles import Candles
from trader.core.policy import MarketPolicy
from trader.report.page.document import Line
from trader.strategies.bollinger_bands import Bands, bands_at
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.breakout_params import BreakoutParams
from trader.strategies.indicators import highest, lowest, window_first


def lines_of(market: MarketPolicy, candles: Candles) -> tuple[Line, ...]:
    """The lines of one coin; none for a strategy that has none."""
    match market.params:
        case BollingerParams() as params:
            return _bands(candles, params)
        case BreakoutParams() as params:
            return _range(candles, params.range_bars)
        case _:
            return ()


def _bands(candles: Candles, params: BollingerParams) -> tuple[Line, ...]:
    found = [bands_at(candles, i, params) for i in range(len(candles))]
    bands = [each if isinstance(each, Bands) else None for each in found]
    return (
        Line("upper band", [None if b is None else b.upper for b in bands]),
        Line("middle band", [None if b is None else b.middle for b in bands]),
        Line("lower band", [None if b is None else b.lower for b in bands]),
    )


def _range(candles: Candles, bars: int) -> tuple[Line, ...]:
    tops: list[float | None] = []
    bottoms: list[float | None] = []
    for i in range(len(candles)):
        first = window_first(candles.open_ms, i - 1, bars, candles.frame_ms) if i else -1
        tops.append(None if first < 0 else highest(candles.high, first, i - 1))
        bottoms.append(None if first < 0 else lowest(candles.low, first, i - 1))
    return Line(f"highest of {bars} bars", tops), Line(f"lowest of {bars} bars", bottoms)
