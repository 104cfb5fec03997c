"""The fast engine refuses what it cannot answer, and a sweep's rows are those of runs of their own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.random_studies import study_of
from trader.backtest.fast import sweep
from trader.backtest.fast.engine import run
from trader.backtest.fast.limits import require_fast
from trader.backtest.study import NeedsReplay, Study
from trader.backtest.summary import Totals, summary_of
from trader.core.policy import BookLimits, Limits

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
