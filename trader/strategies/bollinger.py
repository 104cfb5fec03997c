"""Bollinger bands: buys what left them downwards where price goes nowhere, or follows what left them.

The order of a tick: time stop, target, stop (all in `bollinger_holding`), then entry: at the tick when bar
`k` closed outside its bands, or resting on the venue for the bar now forming (`bollinger_resting`). The
candles end at the signal bar `k`; that `k` is the bar expected now, that the signal is young, and that it was
not entered before, is the caller's knowledge. Every `Stay` has one stated cause.
"""

from trader.core.candles import Candles
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Condition, Judged, Stay, Want
from trader.strategies.bollinger_ground import Ground, bands_of, entry_now, ground_of
from trader.strategies.bollinger_holding import hold
from trader.strategies.bollinger_params import (
    BollingerParams,
    bars_needed,
    hold_ms_max,
    is_reversion,
    needs,
    stop_fallback,
)
from trader.strategies.bollinger_resting import after_two, at_the_band
from trader.strategies.judging import judged
from trader.strategies.opening import unread
from trader.strategies.parameters import frame_ms
from trader.strategies.readings import Missing
from trader.strategies.signals import side_outside
from trader.strategies.wording import price_text

__all__ = [
    "BollingerParams",
    "bars_needed",
    "frame_ms",
    "hold_ms_max",
    "judge",
    "needs",
    "stop_fallback",
    "want",
]


def want(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
    """What the strategy wants of one coin at the close of the last bar."""
    return judge(candles, facts, policy).want


def judge(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Judged:
    """What the strategy wants, with every condition that it asked on the way."""
    params: BollingerParams = policy.params
    return judged(
        candles,
        facts,
        params,
        hold=lambda holding, asked: hold(candles, facts, holding, policy, asked),
        enter=lambda asked: _entry(candles, facts, policy, asked),
    )


def _entry(candles: Candles, facts: CoinFacts, policy: MarketPolicy, asked: list[Condition]) -> Want:
    params: BollingerParams = policy.params
    ground = ground_of(candles, facts, policy, params, asked)
    if isinstance(ground, Missing):
        return unread(ground, asked)
    match params.entry:
        case "close":
            return _at_the_close(ground)
        case "resting":
            return at_the_band(ground)
        case "confirm":
            return after_two(ground)


def _at_the_close(ground: Ground) -> Want:
    """`entry: close`: bar `k` closed outside its own bands."""
    bands = bands_of(ground, ground.k)
    if isinstance(bands, Stay):
        return bands
    close = ground.candles.close[ground.k]
    outside = side_outside(close, bands.lower, bands.upper)
    sign = -outside if is_reversion(ground.params) else outside
    where = {0: "inside", 1: "above", -1: "below"}[outside]
    signal = Condition("band", f"close {price_text(close)} {where} its {bands.text}", outside != 0)
    return ground.refusal(sign, signal, ground.fits(sign)) or entry_now(ground, sign)
