"""Which engine answers, and what is said of a result in which nothing was entered."""

from dataclasses import replace

import pytest

from tests.support.random_studies import study_of
from trader.backtest import engines
from trader.backtest.engines import play

POOR = replace(study_of(24, many=150), equity=1.0)


def test_an_empty_result_of_the_fast_engine_says_who_refused_its_entries() -> None:
    found = play(POOR, explains=True)
    assert (found.engine, found.trades) == ("fast", ())
    told = [note for note in found.notes if "refused by the plan" in note]
    assert told and all("below the venue's minimum" in why for why in told)
    assert len(set(found.notes)) == len(found.notes)
    assert not any("refused" in note for note in play(POOR).notes)


def test_what_would_take_too_long_to_explain_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "EXPLAINED_BARS_MAX", 100)
    assert not any("refused" in note for note in play(POOR, explains=True).notes)
