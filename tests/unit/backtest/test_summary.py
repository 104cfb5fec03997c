"""The ten numbers, the drawdowns and the break-even of a run, against sums made by hand."""

import pytest

from tests.support.backtest_runs import EQUITY, a_run, a_trade, at
from trader.backtest.study import Reason
from trader.backtest.summary import (
    Drawdown,
    Part,
    Summary,
    WinRate,
    by_coin,
    by_reason,
    drawdown_max,
    drawdowns,
    summary_of,
    total,
    win_rate,
)
from trader.core.market import Leg

WON, LOST = a_trade(30.0, bar=2), a_trade(-10.0, bar=10, undecidable=True, reason=Reason.STOP)


def test_a_summary_is_what_its_trades_add_up_to() -> None:
    assert summary_of(a_run([WON, LOST]), EQUITY) == Summary(
        trades=2,
        wins=1,
        net=20.0,
        fees=2.0,
        funding=1.0,
        return_fraction=0.02,
        drawdown_fraction_max=10 / 1030,
        exposure_fraction=0.25,
        undecidable_fraction=0.25,
    )


def test_a_run_without_trades_is_all_zeros() -> None:
    assert summary_of(a_run(held=0.0), EQUITY) == Summary(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert summary_of(a_run(equity=[], held=0.0), EQUITY).drawdown_fraction_max == 0.0


def test_a_trade_that_comes_out_even_is_not_won() -> None:
    assert summary_of(a_run([a_trade(0.0)]), EQUITY).wins == 0


def test_sums_go_from_left_to_right() -> None:
    values = [1e16, 1.0, -1e16, 1.0]
    assert total(values) == 1.0


def test_the_equity_at_the_start_is_the_first_peak() -> None:
    assert drawdown_max(a_run(equity=[900.0, 950.0]), EQUITY) == 0.1
    assert drawdown_max(a_run(equity=[1100.0, 990.0, 1200.0, 1140.0]), EQUITY) == pytest.approx(0.1)


def test_drawdowns_have_their_dates() -> None:
    run = a_run(equity=[1100.0, 990.0, 1045.0, 1100.0, 1200.0, 1140.0])
    assert drawdowns(run, EQUITY) == [
        Drawdown(0.1, at(1), at(2), at(4)),
        Drawdown(0.05, at(5), at(6), None),
    ]
    assert drawdowns(a_run(equity=[]), EQUITY) == []


def test_a_win_rate_stands_beside_the_one_that_comes_out_even() -> None:
    assert win_rate([]) is None
    assert win_rate([WON]) == WinRate(1.0, None)
    assert win_rate([WON, LOST]) == WinRate(0.5, 0.25)
    assert win_rate([WON, LOST, a_trade(0.0)]) == WinRate(1 / 3, 5 / 35)  # one of the losses cost nothing


def test_parts_add_up_to_the_whole() -> None:
    short = a_trade(5.0, bar=20, leg=Leg.SHORT)
    eth = a_trade(-1.0, bar=30, coin="ETH")
    assert [(part.name, part.net) for part in by_coin([WON, short, eth])] == [
        ("BTC long", 30.0),
        ("BTC short", 5.0),
        ("ETH long", -1.0),
    ]
    assert by_reason([WON, LOST]) == [
        Part("target", 1, 1, 30.5, 1.0, 0.5, 30.0),
        Part("stop", 1, 0, -9.5, 1.0, 0.5, -10.0),
    ]
