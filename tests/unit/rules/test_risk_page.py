"""The page of limits says what the program says: every rule, its setting, and the words a person reads."""

from dataclasses import fields

from tests.support.risk_rows import ALWAYS, PAGE, SET, written
from trader.rules.entries import ENTRY_RULES
from trader.rules.resting import REST_RULES
from trader.settings import LimitSettings

ELSEWHERE = {"drawdown_days", "failed_writes_max"}  # a window, and a count that is kept while acting


def test_every_rule_has_a_row() -> None:
    assert {*SET, *ALWAYS} == {*ENTRY_RULES, *REST_RULES}
    assert not SET.keys() & ALWAYS.keys()


def test_every_limit_of_the_file_has_a_rule() -> None:
    named = [setting for setting, _ in SET.values()]
    assert sorted([*named, *ELSEWHERE]) == sorted(f.name for f in fields(LimitSettings))
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"limits.{name}" in page for name in ELSEWHERE)


def test_the_tables_are_those_of_the_cases() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "python -m tests.support.risk_rows writes them anew"
