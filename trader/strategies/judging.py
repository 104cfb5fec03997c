"""How a strategy with one position per coin answers: a held position is held, anything else may be entered.

Rules: the bars must be the strategy's own. Without a closed bar nothing is decided. Every condition that was
asked on the way is told with the answer.
"""

from collections.abc import Callable

from trader.core.candles import Candles
from trader.core.errors import require
from trader.core.target import CoinFacts, Condition, Holding, Judged, Want
from trader.strategies.opening import unread
from trader.strategies.parameters import HasBar, frame_ms
from trader.strategies.readings import Missing

Asked = list[Condition]


def require_bars(candles: Candles, params: HasBar) -> None:
    """Other bars than those of the parameters are a fault of ours."""
    require(
        candles.frame_ms == frame_ms(params),
        f"{candles.coin}: bars of {candles.frame_ms} ms were handed in, `bar: {params.bar}` was expected",
    )


def judged(
    candles: Candles,
    facts: CoinFacts,
    params: HasBar,
    *,
    hold: Callable[[Holding, Asked], Want],
    enter: Callable[[Asked], Want],
) -> Judged:
    """What the strategy wants, with every condition that it asked on the way."""
    require_bars(candles, params)
    asked: Asked = []
    if not candles.open_ms:
        answer: Want = unread(Missing("warm-up: there is no closed bar"), asked)
    elif facts.holding is not None:
        answer = hold(facts.holding, asked)
    else:
        answer = enter(asked)
    return Judged(answer, tuple(asked))
