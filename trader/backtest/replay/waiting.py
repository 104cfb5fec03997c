"""Which bars let an entry rest that price never reaches: of such an order nothing would come.

Rules: a bar is named only where its order, if there is one, goes unfilled and no other tick sees it; what is
in doubt is not named. Rounding of the order's price counts as reached. Where finer bars are walked, where the
coins' bars differ in length, and where orders of the last minute are counted, none is named. A test compares
with runs in which every such order was placed.

Why: a strategy that rests an order for every bar would otherwise cost a whole tick for each.
"""

from collections.abc import Sequence

import numpy as np

from trader.backtest.replay.screens import Flags, bands_ahead, is_plain
from trader.backtest.study import Study
from trader.backtest.tape import Bars, Tape
from trader.core.market import Market, exact
from trader.core.policy import MarketPolicy
from trader.exchange.bar_engine import BarEngine
from trader.exchange.ledger import leverage_of
from trader.exchange.margin import free
from trader.strategies.bollinger_params import is_reversion

ROOM = 2.0  # times what such an order sets aside at its own price


def rests_in_vain(study: Study, coin: str, *, trigger: str) -> Sequence[bool]:
    """For each bar of a coin: does whatever may rest at its close go by unfilled and unseen?"""
    tape, policy = study.tapes[coin], study.policy.markets[coin]
    found: Flags = np.zeros(len(tape.bars), dtype=np.bool_)
    if is_plain(policy, "bollinger") and policy.params.entry == "resting" and _goes_unseen(study, tape):
        found = _unreached(tape, policy, study.markets[coin], study.model.delay_bars, trigger)
    told: list[bool] = found.tolist()
    return told


def _goes_unseen(study: Study, tape: Tape) -> bool:
    frames = {study.policy.markets[coin].frame_ms for coin in study.tapes}
    is_finer = tape.inner is not None and study.model.ambiguous == "finer"
    return len(frames) == 1 and not is_finer and study.policy.limits.orders_per_minute_max is None


def _unreached(tape: Tape, policy: MarketPolicy, market: Market, delay_bars: int, trigger: str) -> Flags:
    """Both bands are looked at, whichever of them the order would rest at."""
    bars, count = tape.bars, len(tape.bars)
    lower, upper = bands_ahead(bars.close, policy.params)
    slack = 2.0 * float(market.price_step(exact(2.0 * float(bars.high.max()))))
    place = _bar_of_the_order(bars, delay_bars)
    there, at = place < count, np.minimum(place, count - 1)
    if is_reversion(policy.params):
        met_below, met_above = np.minimum(bars.open, bars.low), np.maximum(bars.open, bars.high)
        met: Flags = (met_below[at] <= lower + slack) | (met_above[at] >= upper - slack)
        entered_now: Flags = np.zeros(count, dtype=np.bool_)
    else:
        fires = bars if tape.mark is None or trigger != "mark" else tape.mark
        met_below, met_above = np.minimum(fires.open, fires.low), np.maximum(fires.open, fires.high)
        met = (met_above[at] >= upper - slack) | (met_below[at] <= lower + slack)
        entered_now = (bars.close >= upper - slack) | (bars.close <= lower + slack)
    vain: Flags = ~(there & met) & ~entered_now
    if delay_bars == 0:
        vain[:-1] &= np.diff(bars.open_ms) == bars.frame_ms
        vain[-1:] = False
    return vain


def _bar_of_the_order(bars: Bars, delay_bars: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """The index of the bar in which the order of each bar rests; beyond the last where it is not there."""
    wanted = bars.open_ms + (1 + delay_bars) * bars.frame_ms
    place = np.searchsorted(bars.open_ms, wanted)
    is_there = bars.open_ms[np.minimum(place, len(bars) - 1)] == wanted
    return np.where(is_there, place, len(bars))


class MarginCouldBind(Exception):
    """An order that was left out would have set margin aside which another one needs."""


class LeftOut:
    """Orders that were left out though they would be on their way at the next tick, with their margin."""

    def __init__(self, engine: BarEngine, user: str, *, delay_bars: int) -> None:
        self._engine = engine
        self._user = user
        self._delay_bars = delay_bars
        self._orders: list[tuple[int, str, float, float]] = []

    def add(self, policy: MarketPolicy, at_ms: int, equity: float) -> None:
        """The order of this tick, which none but a delayed one outlives."""
        if self._delay_bars:
            gone_ms = at_ms + (1 + self._delay_bars) * policy.frame_ms
            worth = equity * policy.sizing.position_ratio
            self._orders.append((gone_ms, policy.coin, worth, self._engine.price[policy.coin]))

    def require_room(self, at_ms: int) -> None:
        """Raise where what is free now, after a tick that sent orders, does not hold these as well."""
        self._orders = [order for order in self._orders if order[0] >= at_ms]
        if not self._orders:
            return
        needed = sum(
            ROOM * worth * max(1.0, self._engine.price[coin] / price)
            / leverage_of(self._engine, self._user, coin).value
            for _, coin, worth, price in self._orders
        )  # fmt: skip
        if float(free(self._engine, self._user)) < needed:
            raise MarginCouldBind
