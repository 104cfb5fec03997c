"""The fast engine refuses what it cannot answer, and a sweep's rows are those of runs of their own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.support.random_studies import study_of
from trader.backtest.fast import sweep
from trader.backtest.fast.engine import run
from trader.backtest.fast.features import Features
from trader.backtest.fast.holding import is_near, stop_of_ratchet
from trader.backtest.fast.layout import MODEL, STATE, Table
from trader.backtest.fast.limits import require_fast
from trader.backtest.fast.preparing import ready_coin, table_of
from trader.backtest.study import NeedsReplay, Study
from trader.backtest.summary import Totals, summary_of
from trader.backtest.tape import Bars, Tape
from trader.core.market import MarginTier, Trading
from trader.core.policy import BookLimits, Limits
from trader.strategies.indicators import SPIKE_BARS

TRADES_MIN = 8
FIGURES = ("net", "fees", "funding", "return_fraction", "drawdown_fraction_max", "undecidable_fraction")


def studies(name: str) -> Iterator[Study]:
    """The questions about one coin of this strategy without finer bars."""
    for number in range(200):
        study = study_of(number)
        coin = next(iter(study.tapes))
        finer = any(tape.inner is not None for tape in study.tapes.values())
        if len(study.tapes) == 1 and not finer and study.policy.markets[coin].strategy_name == name:
            yield study


def a_study(name: str) -> Study:
    return next(studies(name))


def limited(change: Callable[[Limits], Limits]) -> Study:
    study = a_study("breakout")
    return replace(study, policy=replace(study.policy, limits=change(study.policy.limits)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("notional_max", Decimal(500)),
        ("daily_loss_max", Decimal(5)),
        ("drawdown_fraction_max", 0.2),
        ("losing_streak_max", 3),
        ("leverage_used_max", 2.0),
        ("funding_day_max", 0.01),
        ("orders_per_run_max", 1),
        ("positions_max", 0),
        ("book", BookLimits(Decimal(5))),
    ],
)
def test_a_limit_that_could_bind_is_named_and_left_to_the_replay(name: str, value: Any) -> None:
    with pytest.raises(NeedsReplay, match=rf"limits\.{name}"):
        require_fast(limited(lambda limits: replace(limits, **{name: value})))


def test_limits_that_cannot_bind_are_no_hindrance() -> None:
    require_fast(limited(lambda limits: replace(limits, positions_max=1, orders_per_run_max=100)))


def of_two_coins(**given: Any) -> Study:
    study = next(s for s in map(study_of, range(200)) if len(s.tapes) == 2)
    limits = replace(study.policy.limits, **given)
    return replace(study, policy=replace(study.policy, limits=limits))


@pytest.mark.parametrize(
    ("name", "enough"), [("positions_max", 2), ("orders_per_run_max", 6), ("orders_per_minute_max", 12)]
)
def test_a_limit_is_enough_for_all_coins_or_left_to_the_replay(name: str, enough: int) -> None:
    require_fast(of_two_coins(**{name: enough}))
    with pytest.raises(NeedsReplay, match=rf"limits\.{name}"):
        require_fast(of_two_coins(**{name: enough - 1}))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"trading": Trading.REDUCE_ONLY}, "the venue's table says"),
        ({"cross_allowed": False}, "the venue allows only isolated margin"),
        ({"leverage_max": 0}, "is above the venue's 0"),
    ],
)
def test_a_market_that_takes_no_such_entry_is_left_to_the_replay(changes: dict[str, Any], why: str) -> None:
    study = of_two_coins()
    (one, _), policy = sorted(study.markets), study.policy
    crossed = {
        coin: replace(market, sizing=replace(market.sizing, cross=True))
        for coin, market in policy.markets.items()
    }
    study = replace(study, policy=replace(policy, markets=crossed))
    require_fast(study)
    if "leverage_max" in changes:
        changes = {"tiers": (replace(study.markets[one].tiers[0], leverage_max=0),)}
    with pytest.raises(NeedsReplay, match=why):
        require_fast(replace(study, markets={**study.markets, one: replace(study.markets[one], **changes)}))


def test_a_coin_that_may_not_enter_makes_no_trade() -> None:
    study = next(one for one in studies("breakout") if run(one).trades)
    assert run(replace(study, policy=replace(study.policy, entries_for=frozenset()))).trades == ()


def test_a_position_stays_far_below_the_next_tier_of_margin() -> None:
    study = a_study("breakout")
    (coin,) = study.tapes
    features = Features(study.tapes[coin], end_ms=None, on_mark=False)
    ready = ready_coin(features, study, coin)
    assert table_of([ready], study, moves=False).rules[0]["tier_notional"] == float("inf")
    tiers = (*study.markets[coin].tiers, MarginTier(Decimal(10_000), 5))
    tiered = replace(ready, market=replace(study.markets[coin], tiers=tiers))
    assert table_of([tiered], study, moves=False).rules[0]["tier_notional"] == 5_000.0


def test_where_a_mark_is_missing_the_candle_stands_in_for_it() -> None:
    bars = a_study("breakout").tapes["BTC"].bars
    names = ("open", "high", "low", "close", "volume")
    there = np.arange(len(bars)) != 3
    columns = [getattr(bars, name)[there] * (2.0 + n) for n, name in enumerate(names)]
    mark = Bars(bars.frame_ms, bars.open_ms[there], *columns)
    found = Features(Tape("BTC", bars, mark=mark), end_ms=None, on_mark=True).fires
    for n, name in enumerate(names):
        own = getattr(bars, name)
        assert np.array_equal(getattr(found, name), np.where(there, own * (2.0 + n), own)), name


def test_a_sweep_makes_room_for_a_trade_of_every_signal() -> None:
    study = next(one for one in studies("breakout") if len(run(one).trades) > TRADES_MIN)
    (coin,) = study.tapes
    begun = sweep._sweep_of(study)
    variant = study.policy.markets[coin]
    row = begun.figures(variant)
    begun._trades = begun._trades[:1]
    assert begun.figures(variant) == row
    signals = len(begun._last[1].signals)
    begun._trades = begun._trades[: signals - 1]
    assert begun.figures(variant) == row
    assert len(begun._trades) >= signals


def test_a_target_that_differs_by_the_tolerance_itself_is_moved() -> None:
    """Of 0.3 and 0.1 doubles say less than 0.2."""
    assert not is_near(0.3, 0.1, 0.2)
    assert is_near(0.29, 0.1, 0.2)


@pytest.mark.parametrize(("whole", "moves"), [(SPIKE_BARS + 9, True), (SPIKE_BARS + 8, False)])
def test_a_ratchet_reads_no_price_over_a_hole(whole: int, moves: bool) -> None:
    """Ten bars are held, and each before the last is judged against the 48 before it."""
    count, held = 80, 10
    prices = np.tile(np.array([[100.0], [101.0], [99.0], [100.5], [5.0]]), (1, count))
    prices[1, count - 3 : count] = 130.0
    prices[3, count - 1] = 125.0
    state, model = np.zeros(1, STATE)[0], np.zeros(1, MODEL)[0]
    state["sign"], state["entry"], state["stop"], state["best"] = 1, 100.0, 90.0, 100.0
    state["seen"] = count - held
    rule = {"trail_activation": 0.01, "trail_distance": 0.05, "trail_min_move": 0.0}
    runs = np.full(count, whole, np.int32)
    table = Table(None, prices, runs, None, None, None, None, model)
    assert bool(stop_of_ratchet(table, rule, state, count - 1, held) > 0.0) is moves


def test_the_grid_and_an_account_near_its_margin_are_left_to_the_replay() -> None:
    study = a_study("breakout")
    coin = next(iter(study.tapes))
    policy = study.policy.markets[coin]
    large = replace(
        policy, sizing=replace(policy.sizing, position_ratio=5.0, leverage=5, max_single_loss=None)
    )
    with pytest.raises(NeedsReplay, match=r"margin|liquidation"):
        run(replace(study, policy=replace(study.policy, markets={coin: large})))
    with pytest.raises(NeedsReplay, match="is replayed"):
        require_fast(
            replace(study, policy=replace(study.policy, markets={coin: replace(policy, both_legs=True)}))
        )


@pytest.mark.parametrize("name", ["breakout", "bollinger"])
def test_a_row_of_a_sweep_is_the_summary_of_a_run_whatever_stands_beside_it(name: str) -> None:
    study = next(one for one in studies(name) if len(run(one).trades) > TRADES_MIN)
    coin = next(iter(study.tapes))
    policy = study.policy.markets[coin]
    ratios = (0.1, 0.2, 0.3)
    variants = [replace(policy, sizing=replace(policy.sizing, position_ratio=ratio)) for ratio in ratios]
    rows = sweep.run_all(study, variants)
    assert rows[1:] == sweep.run_all(study, variants[1:]), "how variants are split changes no row"
    for variant, row in zip(variants, rows, strict=True):
        alone = run(replace(study, policy=replace(study.policy, markets={coin: variant})))
        summary = summary_of(alone, study.equity)
        assert isinstance(row, Totals)
        assert (row.trades, row.wins) == (summary.trades, summary.wins)
        assert row.trades > TRADES_MIN // 2
        for figure in (*FIGURES, "exposure_fraction"):
            assert getattr(row, figure) == pytest.approx(getattr(summary, figure), rel=1e-9, abs=1e-9), figure
