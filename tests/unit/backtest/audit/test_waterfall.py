"""Each step takes one assumption back and keeps those before it; none is ever made kinder."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.support.backtest_runs import FEES, a_run, a_study, a_tape, a_trade
from trader.backtest.audit.waterfall import Step, waterfall
from trader.backtest.study import Fees, Run, Study, Unreal
from trader.exchange.fill_model import PRESETS, FillModel

NAMES = [
    "as configured",
    "no peeking",
    "only prices that existed",
    "slippage",
    "fees",
    "funding",
    "cron delay",
    "what is left",
]
CLAIM = replace(
    a_study(overrides=("fills.preset=kind", "fills.liquidation=false")),
    fees=Fees(0.0, 0.0),
    unreal=Unreal(peeks=True, passed_levels=True),
)


def steps_of(study: Study) -> tuple[list[Step], list[Study]]:
    asked: list[Study] = []

    def answer(one: Study) -> Run:
        asked.append(one)
        return a_run([a_trade(100.0 - 10.0 * len(asked))])

    return waterfall(study, FEES, answer), asked


def test_a_claim_is_taken_back_step_by_step() -> None:
    steps, asked = steps_of(CLAIM)
    assert [step.name for step in steps] == NAMES
    assert [step.summary.net for step in steps] == [90.0, 80.0, 70.0, 60.0, 50.0, 40.0, 30.0, 30.0]
    kind = replace(PRESETS["kind"], liquidation=False)
    real = replace(kind, gap="open", ambiguous="finer", liquidation=True)
    slipping = replace(real, slippage_bps=2.0)
    paying = replace(slipping, funding="actual")
    models = [kind, kind, real, slipping, slipping, paying, replace(paying, delay_bars=1)]
    assert [study.model for study in asked] == models
    assert [study.fees == FEES for study in asked] == [False] * 4 + [True] * 3
    unreal = [study.unreal for study in asked]
    assert unreal == [CLAIM.unreal, Unreal(passed_levels=True), *[None] * 5]


def test_what_is_taken_back_already_is_not_run_again() -> None:
    steps, asked = steps_of(replace(a_study(), model=replace(PRESETS["base"], delay_bars=2)))
    assert len(asked) == 1
    assert [step.text for step in steps[1:]] == [
        "nothing peeked",
        "all of them existed",
        "2 bps already",
        "maker 1.5 bps, taker 4.5 bps already",
        "actual already",
        "2 already",
        "",
    ]


@pytest.mark.parametrize("model", PRESETS.values(), ids=PRESETS)
def test_no_step_is_kinder_than_the_one_before(model: FillModel) -> None:
    steps, _ = steps_of(replace(a_study(), model=model))
    for before, after in pairwise(steps):
        one, other = before.study.model, after.study.model
        assert other.slippage_bps >= one.slippage_bps and other.delay_bars >= one.delay_bars
        assert not (one.stop_first and not other.stop_first)
        assert not (one.gap == "open" and other.gap == "level")
        assert not (one.funding == "adverse" and other.funding != "adverse")


def test_of_what_is_strict_already_nothing_becomes_kinder() -> None:
    strict = replace(PRESETS["kind"], ambiguous="stop", slippage_bps=3.0)
    steps, _ = steps_of(replace(a_study(), model=strict))
    assert steps[2].study.model == replace(strict, gap="open")
    assert steps[3].study.model.slippage_bps == 3.0


def test_positions_end_where_margin_does_though_nothing_else_was_unreal() -> None:
    steps, _ = steps_of(replace(a_study(), model=replace(PRESETS["base"], liquidation=False)))
    assert (steps[2].text, steps[2].study.model) == ("positions end where margin does", PRESETS["base"])


def test_funding_that_is_not_there_is_told() -> None:
    steps, _ = steps_of(a_study(a_tape(rate=None), overrides=("fills.preset=kind",)))
    assert (steps[5].text, steps[5].is_run) == ("not run: no funding of BTC was given", False)
    assert steps[5].summary == steps[4].summary


def test_fees_are_those_of_the_venue_where_the_file_is_cheaper() -> None:
    study = replace(a_study(), fees=Fees(maker=-0.0001, taker=0.001))
    steps, _ = steps_of(study)
    assert steps[4].study.fees == Fees(maker=FEES.maker, taker=0.001)
