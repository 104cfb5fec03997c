"""Months and drawdowns of a curve, against a plain second telling."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader.report.page.curves import Drawdown, Month, depths, drawdowns, months
from trader.report.page.document import Curve

HOUR_MS = 3_600_000


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


def test_a_month_is_told_from_the_last_value_before_it() -> None:
    moments = (at(2025, 1, 10), at(2025, 1, 31, 23), at(2025, 2, 1), at(2025, 2, 15), at(2025, 4, 2))
    curve = Curve("x", moments, (100.0, 110.0, 120.0, 90.0, 99.0))
    told = months(curve)
    assert [(m.year, m.month) for m in told] == [(2025, 1), (2025, 2), (2025, 4)]
    # The value at the border itself closes January.
    assert [m.fraction for m in told] == pytest.approx([0.2, -0.25, 0.1])


def test_december_ends_the_year() -> None:
    curve = Curve("x", (at(2024, 12, 31, 23), at(2025, 1, 1, 1)), (100.0, 50.0))
    assert months(curve) == [Month(2024, 12, 0.0), Month(2025, 1, -0.5)]


@pytest.mark.parametrize("values", [(), (5.0,)])
def test_nothing_is_made_of_nothing(values: tuple[float, ...]) -> None:
    curve = Curve("x", tuple(range(len(values))), values)
    assert [m.fraction for m in months(curve)] == [0.0] * len(values)
    assert drawdowns(curve) == []


def test_a_drawdown_ends_where_its_peak_is_reached_again() -> None:
    curve = Curve("x", (0, 1, 2, 3, 4, 5, 6), (100.0, 80.0, 90.0, 100.0, 120.0, 60.0, 90.0))
    assert drawdowns(curve) == [Drawdown(4, 5, None, -0.5), Drawdown(0, 1, 3, 80 / 100 - 1)]
    assert drawdowns(curve, most=1) == [Drawdown(4, 5, None, -0.5)]


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=60))
def test_the_deepest_drawdown_is_the_worst_of_all_pairs(numbers: list[int]) -> None:
    values = [float(number) for number in numbers]
    curve = Curve("x", [i * HOUR_MS for i in range(len(values))], values)
    worst = min((later / first - 1 for i, first in enumerate(values) for later in values[i:]), default=0.0)
    found = drawdowns(curve)
    assert (found[0].fraction if found else 0.0) == worst
    assert min(depths(values)) == worst
    for each in found:
        assert each.peak_ms < each.trough_ms < (each.recovered_ms or len(values) * HOUR_MS)
