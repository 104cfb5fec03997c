"""The question of a search: what is sought goes before what was set, and its name tells all that decides."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.backtest_runs import FEES, a_study, a_tape
from trader.backtest.search.question import Question, fingerprint_of
from trader.backtest.search.together import together
from trader.backtest.setup import Span
from trader.backtest.study import Fees, Study
from trader.backtest.tape import Tape
from trader.config import BUILT_IN
from trader.exchange.fill_model import PRESETS

TAPE = a_tape(bars=400)
STUDY = a_study(TAPE)
RANGE = "markets.BTC.params.range_bars"
QUESTION = Question(BUILT_IN, (), {"BTC": TAPE}, STUDY.markets, FEES, {"base": PRESETS["base"]}, Span())


def test_what_is_sought_goes_before_what_was_set() -> None:
    question = replace(QUESTION, overrides=(f"{RANGE}=20", "markets.BTC.params.early_bars=9"))
    params = question.settings(((RANGE, "30"),)).markets["BTC"].params
    assert (params.range_bars, params.early_bars) == (30, 9)


def named(question: Question = QUESTION, tape: Tape = TAPE, more: tuple[str, ...] = ()) -> str:
    return fingerprint_of(question, {"BTC": tape}, more)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda: named(replace(QUESTION, text=f"{BUILT_IN}\n")), id="file"),
        pytest.param(lambda: named(replace(QUESTION, overrides=("mode=paper",))), id="set"),
        pytest.param(lambda: named(replace(QUESTION, usual=Fees(0.0, 0.0))), id="fees"),
        pytest.param(lambda: named(replace(QUESTION, models={"base": PRESETS["harsh"]})), id="model"),
        pytest.param(lambda: named(replace(QUESTION, span=Span(1))), id="span"),
        pytest.param(lambda: named(replace(QUESTION, markets={})), id="markets"),
        pytest.param(lambda: named(more=("tpe",)), id="sampler"),
        pytest.param(lambda: named(tape=a_tape(bars=399)), id="bars"),
        pytest.param(lambda: named(tape=replace(TAPE, mark=TAPE.bars)), id="marks"),
        pytest.param(lambda: named(tape=replace(TAPE, inner=TAPE.bars)), id="finer bars"),
        pytest.param(lambda: named(tape=replace(TAPE, inner_mark=TAPE.bars)), id="marks of finer bars"),
        pytest.param(lambda: named(tape=replace(TAPE, funding=None)), id="funding"),
    ],
)
def test_the_name_of_the_answers_tells_all_that_decides_them(other: Callable[[], str]) -> None:
    assert named() == named()
    assert other() != named()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(STUDY, fees=Fees(0.01, 0.01)), id="fees"),
        pytest.param(replace(STUDY, equity=50_000.0), id="equity"),
        pytest.param(replace(STUDY, end_ms=int(TAPE.bars.open_ms[300])), id="end"),
    ],
)
def test_studies_that_differ_in_more_than_a_policy_are_not_asked_as_one(
    other: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def curves(study: Study, variants: list[object]) -> list[object]:
        asked.append(len(variants))
        raise InterruptedError

    monkeypatch.setattr("trader.backtest.fast.sweep.curves", curves)
    for studies in ([STUDY, other], [STUDY, STUDY]):
        with pytest.raises(InterruptedError):
            together(studies, PRESETS["base"])
    assert asked == [1, 2]
