"""The grids of a replay, asked as the program asks them, with their bars read beforehand.

Rules: the answer is the strategy's own; what it would read off the bars of a close is what `regimes.py` has
worked out for all of them at once, and where no regime is known there it reads for itself. The last facts
that it was asked with are kept, for whoever wants to know whether anything has changed since.
"""

from collections.abc import Mapping
from dataclasses import replace

from trader.backtest.replay.regimes import looks_of
from trader.backtest.replay.screens import is_plain
from trader.backtest.study import Study
from trader.backtest.tape import Bars
from trader.core.candles import Candles
from trader.core.policy import MarketPolicy, Policy
from trader.core.target import CoinFacts, Want
from trader.strategies.hedge_grid import exits, judge
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.hedge_grid_standing import Look, look_at


class Grid:
    """One grid and its tape."""

    def __init__(self, bars: Bars, policy: MarketPolicy) -> None:
        self.looks = looks_of(bars, policy)
        self.facts: CoinFacts | None = None
        self._index = {open_ms: index for index, open_ms in enumerate(bars.open_ms.tolist())}

    def want(self, candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
        """What the strategy wants."""
        self.facts = facts
        return judge(candles, facts, policy, self._look).want

    def exits(self, candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
        """What it wants of the legs that are held, alone."""
        return exits(candles, facts, policy, self._look)

    def _look(self, candles: Candles, params: HedgeGridParams) -> Look:
        index = self._index[candles.open_ms[-1]]
        reading = self.looks.reading[index]
        return look_at(candles, params) if reading is None else Look(reading, self.looks.calm[index])


def grids_of(study: Study, policy: Policy, *, reads_ahead: bool) -> Mapping[str, Grid]:
    """Those grids of a study that are the program's own; none where the program is to read for itself."""
    plain = {c: p for c, p in policy.markets.items() if reads_ahead and is_plain(p, "hedge_grid")}
    return {coin: Grid(study.tapes[coin].bars, market) for coin, market in plain.items()}


def asking(policy: Policy, grids: Mapping[str, Grid], *, exits_alone: bool = False) -> Policy:
    """The policy by which these grids are asked."""
    asked = {
        coin: replace(policy.markets[coin], strategy=grid.exits if exits_alone else grid.want)
        for coin, grid in grids.items()
    }
    return replace(policy, markets={**policy.markets, **asked})
