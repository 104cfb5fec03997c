"""Each invariant is noticed when it is broken, alone, and is silent when it is kept."""

import pytest

from tests.support.judge_bench import Bench
from tests.support.judge_cases import CASES
from trader.oracle.judge import INVARIANTS

# Two runs are compared, and no account is looked at: test_runs.py.
BY_COMPARISON = {"I16"}


@pytest.mark.parametrize("name", CASES)
def test_a_broken_promise_is_reported_alone(name: str) -> None:
    bench = CASES[name](True)
    bench.close()
    assert bench.names == {name}, [str(violation) for violation in bench.said]


@pytest.mark.parametrize("name", CASES)
def test_a_kept_promise_is_not_reported(name: str) -> None:
    bench = CASES[name](False)
    bench.close()
    assert [str(violation) for violation in bench.said] == []


def test_every_invariant_has_a_case_that_breaks_it() -> None:
    assert set(CASES) | BY_COMPARISON == set(INVARIANTS)


def test_an_account_that_never_moves_breaks_nothing() -> None:
    bench = Bench()
    for _ in range(3):
        bench.run()
        bench.wait()
    assert bench.close() == []
