"""The worst code wins, and no code that was set is lost."""

import pytest

from trader.core.report import SEVERITY, Exit, worst


def test_nothing_wrong_is_zero() -> None:
    assert worst(set()) == worst({Exit.OK}) == Exit.OK


@pytest.mark.parametrize("code", [c for c in Exit if c is not Exit.OK])
def test_every_code_alone_is_the_exit_code(code: Exit) -> None:
    assert worst({code, Exit.OK}) is code


def test_the_documented_order_holds() -> None:
    assert [int(c) for c in SEVERITY] == [20, 24, 23, 22, 21, 25, 12, 11, 10]
    for i, code in enumerate(SEVERITY):
        assert worst(set(SEVERITY[i:]) | {Exit.CONFIG}) is code
