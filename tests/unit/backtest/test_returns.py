"""Days end at midnight UTC, months are their days multiplied, and nothing is added in between."""

import pytest

from tests.support.backtest_runs import EQUITY, a_run
from trader.backtest.returns import daily, monthly

DAY_BARS = 48


def test_a_day_is_what_it_made_of_the_close_before_it() -> None:
    values = [1000.0] * (DAY_BARS - 1) + [1100.0] + [1050.0] * (DAY_BARS - 1) + [990.0, 1089.0]
    days = daily(a_run(equity=values), EQUITY)
    assert [day.name for day in days] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert [day.fraction for day in days] == pytest.approx([0.1, -0.1, 0.1])


def test_a_month_is_its_days_multiplied() -> None:
    values = [1000.0 * 1.001**day for day in range(1, 33) for _ in range(DAY_BARS)]
    months = monthly(a_run(equity=values), EQUITY)
    assert [month.name for month in months] == ["2024-01", "2024-02"]
    assert [month.fraction for month in months] == pytest.approx([1.001**31 - 1, 0.001])


def test_without_bars_there_is_no_day() -> None:
    assert daily(a_run(equity=[]), EQUITY) == monthly(a_run(equity=[]), EQUITY) == []
