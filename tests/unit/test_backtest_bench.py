"""What the measurement of backtests prints: a missed goal is told, and what was not measured meets none."""

import sys

import pytest

from scripts.backtest_bench.environments import NotMeasured, ran
from scripts.backtest_bench.rows import Row, at_most, is_missed, scaled, table

MET = at_most("one run", ours="0.060 s", theirs="C 0.050 s", ratio=1.2, most=2.0)
MISSED = at_most("a sweep", ours="3 s", theirs="C 1 s", ratio=3.0, most=1.5)
UNMEASURED = Row("a peer", "3 s", "not measured: no network")


def test_a_table_has_a_line_for_each_row_with_its_verdict() -> None:
    head, rule, *lines = table([MET, MISSED, UNMEASURED]).splitlines()
    assert [cell.strip() for cell in head.split("|")[1:4]] == ["what", "measured", "against"]
    assert {len(line) for line in (rule, *lines)} == {len(head)}
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert cells[0] == ["one run", "0.060 s", "C 0.050 s", "1.20", "at most 2 times", "met"]
    assert cells[1][-3:] == ["3.00", "at most 1.5 times", "MISSED"]
    assert cells[2] == ["a peer", "3 s", "not measured: no network", "", "", ""]


def test_a_small_ratio_keeps_its_figures() -> None:
    assert "0.0023" in table([Row("a peer", "2 s", "841 s", 2 / 841 - 0.00007)])


def test_what_was_not_measured_misses_nothing() -> None:
    assert is_missed([MET, MISSED])
    assert not is_missed([MET, UNMEASURED])


def test_a_part_is_scaled_to_the_whole() -> None:
    assert scaled(0.25, asked=10, whole=1_000) == 25.0


def test_an_engine_that_cannot_be_installed_is_told_with_its_last_words() -> None:
    command = (sys.executable, "-S", "-c", "import sys; print('tried'); sys.exit('no such package')")
    with pytest.raises(NotMeasured, match="its installation ended with 1: no such package"):
        ran(command, what="its installation", limit_s=60)
    with pytest.raises(NotMeasured, match=r"its environment: .*nowhere"):
        ran(("/nowhere/python",), what="its environment", limit_s=60)
