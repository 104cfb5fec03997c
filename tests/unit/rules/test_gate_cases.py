"""Every rule of the gate stops what it is there to stop, in the words that a person reads; none is idle.

The answers are kept in tests/fixtures/gate-answers.json; `python -m tests.support.gate_cases` writes them.
"""

import pytest

from tests.support.gate_cases import all_cases, answers
from tests.support.questions import Case, Parts, Question, Repair
from trader.rules.entries import ENTRY_RULES
from trader.rules.resting import REST_RULES

PLANS = {name: case for name, case in all_cases().items() if isinstance(case.question, Question)}
STOPPED = {name: case for name, case in PLANS.items() if case.rule is not None}


def rules_in(lines: list[str]) -> set[str]:
    return {line.partition(":")[0] for line in lines} - {"passes"}


@pytest.mark.parametrize("name", all_cases())
def test_each_case_is_answered_word_by_word(name: str) -> None:
    case = all_cases()[name]
    found = case.question.answer(Parts())
    assert found == answers()[name]
    if isinstance(case.question, Question | Repair):
        assert rules_in(found) == ({case.rule} if case.rule else set())


def test_no_answer_is_kept_without_its_case() -> None:
    assert answers().keys() == all_cases().keys()


@pytest.mark.parametrize(
    ("kind", "rules"), [("entry", {*ENTRY_RULES, "liquidation"}), ("rest", {*REST_RULES})]
)
def test_every_rule_has_a_case_in_its_table(kind: str, rules: set[str]) -> None:
    found = {case.rule for name, case in STOPPED.items() if name.startswith(f"{kind}: ")}
    assert found == rules


@pytest.mark.parametrize("name", STOPPED)
def test_without_its_rule_it_would_pass(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case is stopped by the rule it names: removing one is noticed."""
    case = STOPPED[name]
    assert case.rule is not None
    take_away(monkeypatch, case)
    assert case.rule not in rules_in(case.question.answer(Parts()))


def take_away(patch: pytest.MonkeyPatch, case: Case) -> None:
    if case.rule == "liquidation":
        patch.setattr("trader.rules.liquidation.fit", lambda entry, book: entry)
    for table, rules in (("ENTRY_RULES", ENTRY_RULES), ("REST_RULES", REST_RULES)):
        patch.setattr(f"trader.gate.{table}", {n: rule for n, rule in rules.items() if n != case.rule})
