"""The strategies by the names that a configuration uses; the one place that lists them.

Importing this must stay cheap: a tick does it on every start, and needs the strategies of its file alone.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.identity import STRATEGY_NUMBERS
from trader.core.policy import MarketPolicy, Strategy
from trader.core.target import CoinFacts, Judged

Judge = Callable[[Candles, CoinFacts, MarketPolicy], Judged]


def _from_equity(_params: Any) -> None:
    """It names no quantities of its own."""


@frozen
class StrategySpec:
    """A strategy as a configuration needs it: its parameters' type, its decision, and what follows from them.

    `want` is what `judge` answers, without the conditions on the way. `needs` names the fields of the venue's
    abilities without which it cannot be traded. `stop_widest` is the widest stop that an entry can get,
    `coins` its smallest order and all of one side, None where an entry is sized from equity. The functions
    take an instance of `params_type`.
    """

    name: str
    number: int
    params_type: type[Any]
    want: Strategy
    judge: Judge
    frame_ms: Callable[[Any], int]
    bars_needed: Callable[[Any], int]
    hold_ms_max: Callable[[Any], int]
    stop_fallback: Callable[[Any], float]
    needs: Callable[[Any], frozenset[str]]
    stop_widest: Callable[[Any], float]
    coins: Callable[[Any], tuple[float, float] | None] = _from_equity


def _breakout() -> StrategySpec:
    from trader.strategies import breakout, breakout_params

    return StrategySpec(
        name="breakout",
        number=STRATEGY_NUMBERS["breakout"],
        params_type=breakout.BreakoutParams,
        want=breakout.want,
        judge=breakout.judge,
        frame_ms=breakout.frame_ms,
        bars_needed=breakout.bars_needed,
        hold_ms_max=breakout.hold_ms_max,
        stop_fallback=breakout.stop_fallback,
        needs=breakout.needs,
        stop_widest=breakout_params.stop_widest,
    )


def _bollinger() -> StrategySpec:
    from trader.strategies import bollinger

    return StrategySpec(
        name="bollinger",
        number=STRATEGY_NUMBERS["bollinger"],
        params_type=bollinger.BollingerParams,
        want=bollinger.want,
        judge=bollinger.judge,
        frame_ms=bollinger.frame_ms,
        bars_needed=bollinger.bars_needed,
        hold_ms_max=bollinger.hold_ms_max,
        stop_fallback=bollinger.stop_fallback,
        needs=bollinger.needs,
        stop_widest=bollinger.stop_fallback,
    )


def _hedge_grid() -> StrategySpec:
    from trader.strategies import hedge_grid, hedge_grid_params

    return StrategySpec(
        name="hedge_grid",
        number=STRATEGY_NUMBERS["hedge_grid"],
        params_type=hedge_grid.HedgeGridParams,
        want=hedge_grid.want,
        judge=hedge_grid.judge,
        frame_ms=hedge_grid.frame_ms,
        bars_needed=hedge_grid.bars_needed,
        hold_ms_max=hedge_grid.hold_ms_max,
        stop_fallback=hedge_grid.stop_fallback,
        needs=hedge_grid.needs,
        stop_widest=hedge_grid.stop_fallback,
        coins=hedge_grid_params.coins,
    )


_MAKERS: Mapping[str, Callable[[], StrategySpec]] = {
    "breakout": _breakout,
    "bollinger": _bollinger,
    "hedge_grid": _hedge_grid,
}


@cache
def _made(name: str) -> StrategySpec:
    return _MAKERS[name]()


class _Strategies(Mapping[str, StrategySpec]):
    """Knows every name; imports a strategy when it is asked for."""

    def __getitem__(self, name: str) -> StrategySpec:
        return _made(name)

    def __contains__(self, name: object) -> bool:
        return name in _MAKERS

    def __iter__(self) -> Iterator[str]:
        return iter(_MAKERS)

    def __len__(self) -> int:
        return len(_MAKERS)


STRATEGIES: Mapping[str, StrategySpec] = _Strategies()
