"""How checks stand on one another, and with what code an examination ends."""

from functools import partial

import pytest

from trader.core.errors import Broken
from trader.core.report import Exit
from trader.doctor.catalogue import CHECKS
from trader.doctor.findings import (
    Check,
    Finding,
    Probe,
    State,
    absent,
    examined,
    exit_code,
    failed,
    sound,
    unchecked,
    warned,
)


def a_check(code: str, *needs: str, exit_code: Exit = Exit.CONFIG) -> Check:
    return Check(code, code, "asks", "cause", "fix", needs, exit_code)


CHAIN = (a_check("A"), a_check("B", "A"), a_check("C", "B"), a_check("D"))


def probes_of(**findings: Finding) -> dict[str, Probe]:
    return {c.code: partial(findings.get, c.code, sound("x")) for c in CHAIN}  # type: ignore[misc]


def judged(**findings: Finding) -> dict[str, tuple[State, str | None]]:
    results = examined(CHAIN, probes_of(**findings))
    return {r.check.code: (r.state, r.blocked_by) for r in results}


def test_what_stands_on_a_failure_names_the_first_one_in_its_way() -> None:
    assert judged(A=failed("x")) == {
        "A": (State.FAILED, None),
        "B": (State.NOT_CHECKED, "A"),
        "C": (State.NOT_CHECKED, "A"),
        "D": (State.OK, None),
    }


@pytest.mark.parametrize("finding", [warned("x"), absent("x")])
def test_what_stands_on_a_warning_is_checked(finding: Finding) -> None:
    assert judged(A=finding)["C"] == (State.OK, None)


def test_a_check_that_is_not_reached_is_not_even_asked() -> None:
    def never() -> Finding:
        raise AssertionError("asked")

    results = examined(CHAIN[:2], {"A": lambda: failed("x"), "B": never})
    assert results[1].state is State.NOT_CHECKED


def test_a_table_out_of_order_is_a_bug() -> None:
    with pytest.raises(Broken, match="A is needed before"):
        examined((CHAIN[1], CHAIN[0]), {"A": lambda: sound("x"), "B": lambda: sound("x")})


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ({}, Exit.OK),
        ({"A": warned("x")}, Exit.OK),
        ({"A": failed("x")}, Exit.CONFIG),
        ({"A": failed("x"), "D": failed("x", exit_code=Exit.DENIED)}, Exit.DENIED),
        ({"A": failed("x", exit_code=Exit.MALFORMED), "D": failed("x", exit_code=Exit.OTHER_HOST)}, 24),
    ],
)
def test_the_worst_failure_decides_the_exit_code(findings: dict[str, Finding], code: int) -> None:
    results = examined(CHAIN, probes_of(**findings))
    assert exit_code(results) == code


def test_what_could_not_be_checked_fails_where_money_is_at_stake_alone() -> None:
    assert unchecked("no answer", has_money=True).state is State.FAILED
    assert unchecked("no answer", has_money=False).state is State.WARNING


def test_the_table_is_in_order_and_says_everything_once() -> None:
    codes = [check.code for check in CHECKS]
    assert codes == sorted(set(codes))
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for number, check in enumerate(CHECKS):
        assert set(check.needs) <= set(codes[:number]), check
        assert check.asks and check.cause and check.fix
