"""Trades added up, with what is not known left out and said."""

from dataclasses import replace

import pytest

from tests.support.pages import a_page
from trader.report.page.breakdown import by_coin, by_leg, by_reason, by_strategy, left_open, summed

DEALS = a_page(1_500).deals


def test_the_sums_of_every_table_are_the_whole() -> None:
    whole = summed(DEALS)
    assert whole.pnl == pytest.approx(sum(d.pnl or 0.0 for d in DEALS))
    assert whole.before_costs == pytest.approx(whole.pnl + whole.fee - whole.funding)
    assert whole.won + whole.lost == pytest.approx(whole.pnl)
    assert whole.count == whole.wins + whole.losses == len(DEALS) - 1
    rows = {table.title: table.rows for table in (by_coin(DEALS), by_leg(DEALS), by_strategy(DEALS))}
    for title, (*parts, last) in rows.items():
        assert last[0] == "all", title
        assert sum(int(part[1]) for part in parts) == int(last[1]) == whole.count
        assert sum(float(part[-1].replace(",", "")) for part in parts) == pytest.approx(whole.pnl, abs=0.02)


def test_an_open_trade_has_no_reason_yet() -> None:
    assert {row[0] for row in by_reason(DEALS).rows} == {"target", "stop", "trail", "time", "early", "all"}


def test_one_group_needs_no_total() -> None:
    assert [row[0] for row in by_coin([DEALS[0]]).rows] == ["BTC"]


def test_a_trade_whose_result_is_not_known_is_told_and_not_summed() -> None:
    deals = (DEALS[0], replace(DEALS[2], pnl=None))
    table = by_coin(deals)
    assert table.rows[0][1] == "1"
    assert table.notes == ("left out: 1 trade whose entry is not known",)


def test_what_is_left_open_is_listed() -> None:
    table = left_open(DEALS)
    assert table is not None
    assert [row[0] for row in table.rows] == ["BTC"]
    assert left_open(DEALS[:-1]) is None
    ended = replace(DEALS[0], reason="end")
    shown = left_open([ended])
    assert shown is not None and shown.rows[0][-1] != ""
