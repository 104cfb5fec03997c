"""Two engines, one truth: the compiled one gives the trades of the replay, on random markets under any model.

The same for 10,000 questions: `scripts/bench equality`.
"""

import random
from dataclasses import replace
from functools import partial

import pytest

from tests.support.engine_equality import compare, difference
from tests.support.random_studies import study_of
from tests.support.replay_stage import Row, Script, bars_of, enter, ms, policy_of
from tests.support.replay_stage import study_of as staged
from trader.backtest.fast import engine as fast
from trader.backtest.replay import engine as replay
from trader.backtest.study import LevelMove, Reason, Run, Study
from trader.backtest.tape import Bars, Tape
from trader.core.candles import HOUR_MS
from trader.core.identity import Role
from trader.core.market import Leg
from trader.exchange.fill_model import BANDS, PRESETS
from trader.strategies.registry import STRATEGIES

BATCHES, BATCH = 6, 7
BARS = 16


@pytest.mark.parametrize("batch", range(BATCHES))
def test_both_engines_give_the_same_trades(batch: int) -> None:
    found = compare(
        range(batch * BATCH, (batch + 1) * BATCH),
        study_of,
        partial(replay.run, moves=True),
        partial(fast.run, moves=True),
    )
    assert found.different == [], found.told()
    assert found.same >= BATCH - 1, found.told()
    assert found.trades > 20, found.told()


def test_a_target_that_mark_had_reached_is_moved_by_a_later_tick() -> None:
    """The re-check came at one close, mark had left the new target's tick at the next."""
    found = agreed(8238)
    assert LevelMove(19, 1_701_565_200_000, 138.9, 141.0) in found.moves
    assert (found.trades[19].exit_ms, found.trades[19].exit_price) == (1_701_565_200_000, 140.9718)


def test_the_impact_of_an_order_is_the_same_to_the_last_digit() -> None:
    """The share of the volume is one whose power of one half is not its square root."""
    assert agreed(9772).trades[9].exit_price == 130.85022516712115


@pytest.mark.parametrize("number", [56, 129, 204])
def test_finer_bars_are_walked_alike(number: int) -> None:
    """Several coins, finer bars that are missing, marks of their own, a position that is left at the end."""
    found = agreed(number)
    assert any(trade.exit_inner_ms not in (None, trade.exit_ms) for trade in found.trades)


def test_an_entry_that_an_open_fills_beyond_its_stop_leaves_there() -> None:
    """A step of prices is wider than the stop is far, so that the nearest one lies beyond the entry."""
    left = agreed(40_022).trades[0]
    assert (left.entry_ms, left.reason, left.undecidable) == (left.exit_ms, Reason.STOP, False)


def test_an_entry_that_fills_later_than_it_may_be_held_still_has_the_levels_of_its_signal() -> None:
    """The signal lies so far back at the fill that its regime needs more bars than a tick would read."""
    study, spec = study_of(24, many=250), STRATEGIES["breakout"]
    market = study.policy.markets["BTC"]
    params = replace(market.params, max_hold_hours=4)
    market = replace(
        market, params=params, bars_needed=spec.bars_needed(params), hold_ms_max=spec.hold_ms_max(params)
    )
    policy = replace(study.policy, markets={"BTC": market}, entries_for=frozenset({"BTC"}))
    late = replace(study, policy=policy, model=replace(study.model, delay_bars=8))
    found = both(replace(late, tapes={"BTC": study.tapes["BTC"]}, markets={"BTC": study.markets["BTC"]}))
    assert len(found.trades) == 15 and found.trades[0].exit_price == 2218.15628


def agreed(number: int) -> Run:
    """The answer of both engines to one question."""
    return both(study_of(number))


def both(study: Study) -> Run:
    whole, quick = replay.run(study, moves=True), fast.run(study, moves=True)
    assert difference(whole, quick) is None
    return whole


def test_a_difference_is_found() -> None:
    whole = replay.run(study_of(24, many=150), moves=True)
    trade = whole.trades[3]
    nudged = replace(trade, exit_price=trade.exit_price * (1.0 + 1e-15))
    for other in (
        replace(whole, trades=whole.trades[:-1]),
        replace(whole, trades=(*whole.trades[:3], nudged, *whole.trades[4:])),
        replace(whole, trades=(*whole.trades[:3], replace(trade, pnl=trade.pnl + 1e-8), *whole.trades[4:])),
        replace(whole, equity=whole.equity * (1.0 + 1e-11)),
        replace(whole, moves=whole.moves[:-1]),
    ):
        assert difference(whole, other) is not None
    assert difference(whole, whole) is None


@pytest.mark.parametrize("seed", range(60))
def test_the_exits_of_an_entry_never_improve_from_kind_to_harsh(seed: int) -> None:
    """For one entry bar and size, with the same levels: kind, base, harsh."""
    chance = random.Random(seed)
    tape, sign = _a_market(chance), chance.choice((1, -1))
    stop, target = (100.0 - sign * chance.uniform(0.5, 4.0), 100.0 + sign * chance.uniform(0.5, 4.0))
    script = Script(
        {2: enter(Leg.LONG if sign > 0 else Leg.SHORT)},
        levels=(round(stop, 2), round(target, 2)),
        leaves={chance.randrange(5, BARS): Role.CLOSE_TIME},
    )
    prices, sizes = [], set()
    for band in BANDS:
        model = replace(PRESETS[band], delay_bars=0, funding="none")
        trade = replay.run(staged([tape], [policy_of(script)], model=model)).trades[0]
        assert trade.entry_ms == ms(3)
        sizes.add(trade.size)
        prices.append(sign * trade.exit_price)
    assert len(sizes) == 1
    assert prices == sorted(prices, reverse=True)


def test_those_exits_do_differ() -> None:
    """The markets of the test above bring stops and targets, and bars that reach both."""
    reasons = set()
    for seed in range(20):
        chance = random.Random(seed)
        script = Script({2: enter()}, levels=(99.0, 101.0))
        for band in ("kind", "harsh"):
            model = replace(PRESETS[band], delay_bars=0, funding="none")
            study = staged([Tape("BTC", _a_market(chance).bars)], [policy_of(script)], model=model)
            reasons |= {(band, trade.reason, trade.undecidable) for trade in replay.run(study).trades}
    assert {("kind", Reason.TARGET, True), ("harsh", Reason.STOP, True)} <= reasons


def _a_market(chance: random.Random) -> Tape:
    """Bars that jump between them, halves without a jump inside them, and marks of their own or none."""
    rows: list[Row] = []
    halves: list[Row] = []
    price = 100.0
    for n in range(BARS):
        opened = 100.0 if n < 4 else round(price * (1.0 + chance.gauss(0.0, 0.01)), 2)
        middle = 100.0 if n < 3 else round(opened * (1.0 + chance.gauss(0.0, 0.01)), 2)
        closed = 100.0 if n < 3 else round(middle * (1.0 + chance.gauss(0.0, 0.01)), 2)
        for first, last in ((opened, middle), (middle, closed)):
            reach = 0.0 if n < 3 else abs(chance.gauss(0.0, 0.5))
            halves.append(
                (first, round(max(first, last) + reach, 2), round(min(first, last) - reach, 2), last)
            )
        high, low = max(half[1] for half in halves[-2:]), min(half[2] for half in halves[-2:])
        rows.append((opened, high, low, closed))
        price = closed
    bars, inner = bars_of(rows), bars_of(halves)
    inner = replace(inner, frame_ms=HOUR_MS // 2, open_ms=ms(0) + (inner.open_ms - ms(0)) // 2)
    marks = chance.random() < 0.5
    return Tape("BTC", bars, inner, _marked(bars) if marks else None, _marked(inner) if marks else None)


def _marked(bars: Bars) -> Bars:
    """Marks that follow last prices at a part of their distance."""
    opened, high, low, close = (
        100.0 + 0.9 * (column - 100.0) for column in (bars.open, bars.high, bars.low, bars.close)
    )
    return replace(bars, open=opened, high=high, low=low, close=close)
