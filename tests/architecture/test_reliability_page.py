"""docs/reliability.md and docs/matrix.md say what the kept summaries say, and those show no violation."""

import re

import pytest

from tests.support import reliability_page as pages
from tests.support.source_tree import ROOT
from trader.oracle.judge import INVARIANTS


def test_the_tables_are_those_of_the_summaries() -> None:
    page = pages.PAGE.read_text(encoding="utf-8")
    assert pages.filled(page) == page, "run: python -m tests.support.reliability_page"


def test_the_matrix_is_that_of_the_summary() -> None:
    assert pages.MATRIX.read_text(encoding="utf-8") == pages.matrix_page("merge")


@pytest.mark.parametrize("name", pages.names())
def test_a_kept_campaign_found_nothing_and_met_everything_it_had_to(name: str) -> None:
    told = pages.summary(name)
    assert told["violations"] == 0
    assert told["played_twice"]["differed"] == 0
    assert told["tiers_not_played"] == {}


@pytest.mark.parametrize("name", pages.names())
def test_what_a_kept_campaign_found_is_kept_as_a_plan(name: str) -> None:
    mended = pages.summary(name).get("found_and_mended", ())
    assert [one["as_found"] for one in mended if pages.kept_as(one) is None] == []


def test_the_page_tells_each_invariant() -> None:
    page = pages.PAGE.read_text(encoding="utf-8")
    assert [name for name in INVARIANTS if f"| {name} |" not in page] == []


def test_each_replay_of_the_page_is_a_kept_plan() -> None:
    plans = [path.read_text(encoding="utf-8") for path in (ROOT / "tests/regressions").glob("*.plan")]
    kept = {line for plan in plans for line in plan.splitlines() if line.startswith("v1;")}
    told = re.findall(r"trader selftest --replay '([^']+)'", pages.PAGE.read_text(encoding="utf-8"))
    assert [line for line in told if line != "LINE" and line not in kept] == []
    assert len(told) >= 4


def test_another_number_would_be_noticed() -> None:
    page = pages.PAGE.read_text(encoding="utf-8")
    flawed = page.replace("| violations | 0 |", "| violations | 1 |")
    assert flawed != page
    assert pages.filled(flawed) == page
