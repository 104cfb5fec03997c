"""The trade log and the tally of an account: exact, ours alone, and the same in JSON and on the page."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.support.builders import CLOSE_MS, FRAME_MS, TAG, an_identity, dec
from tests.unit.report.test_standing import a_trade
from trader.core.candles import HOUR_MS
from trader.core.identity import STRATEGY_NUMBERS
from trader.report.own import json_of, page_of, strategy_of, tally
from trader.report.page.render import html_of
from trader.report.story import Story
from trader.report.trades import Trade

WON = a_trade(exit_ms=CLOSE_MS + 2 * FRAME_MS, reason="target", pnl=dec("18.8"), fee=dec("0.9"))
LOST = a_trade(exit_ms=CLOSE_MS + FRAME_MS, reason="emergency", pnl=dec("-4.3"), coin="ETH")
OPEN = a_trade(exit_ms=None, exit_price=None, reason="open", pnl=None)
FOREIGN = a_trade(ours=False, opened=None, pnl=dec("500"))
TRADES = (WON, LOST, FOREIGN, OPEN)


def a_story(*trades: Trade, **changes: Any) -> Story:
    story = Story(
        realm="paper",
        venue="somewhere",
        account="main",
        since_ms=CLOSE_MS,
        now_ms=CLOSE_MS + 10 * FRAME_MS,
        equity=dec("1020"),
        unrealised=dec("5.5"),
        trades=trades or TRADES,
    )
    return replace(story, **changes)


def test_the_tally_ends_with_the_account_without_its_open_trades() -> None:
    values = tally(a_story())
    assert values == [
        (CLOSE_MS, Decimal("1000.0")),
        (CLOSE_MS + FRAME_MS, Decimal("995.7")),
        (CLOSE_MS + 2 * FRAME_MS, Decimal("1014.5")),
        (CLOSE_MS + 10 * FRAME_MS, Decimal("1014.5")),
    ]


def test_what_is_not_ours_is_left_out_and_said() -> None:
    page = page_of(a_story())
    assert [deal.pnl for deal in page.deals] == [18.8, -4.3, None]
    assert page.notes == ("left out: 1 trade not ours (`trader trades` lists them)",)
    assert page_of(a_story(WON)).notes == ()


def test_strategy_and_execution_are_totalled_apart() -> None:
    (table,) = page_of(a_story()).tables
    assert [(row[0], row[1], row[-1]) for row in table.rows] == [
        ("by the strategy", "1", "+18.80"),
        ("outside the strategy", "1", "-4.30"),
        ("all", "2", "+14.50"),
    ]


@pytest.mark.parametrize(("name", "number"), STRATEGY_NUMBERS.items())
def test_the_strategy_is_read_off_the_id(name: str, number: int) -> None:
    assert strategy_of(replace(WON, opened=an_identity(strategy=number))) == name
    assert strategy_of(replace(WON, opened=None)) == "?"


def test_the_json_is_exact_and_says_what_the_page_says() -> None:
    document = json_of(a_story())
    assert document["schema"] == "trader.report/1"
    assert [trade["pnl"] for trade in document["trades"]] == ["18.8", "-4.3", None]
    assert document["trades"][0]["strategy"] == "breakout"
    assert document["trades"][0]["signal_ms"] == an_identity().signal_ms
    assert document["tally"][-1] == [CLOSE_MS + 10 * FRAME_MS, "1014.5"]
    assert document["totals"]["all"]["pnl"] == "14.5"
    assert document["drawdowns"][0]["fraction"] == pytest.approx(-0.0043)
    assert len(document["months"]) == 1


def test_the_picture_of_the_tally_runs_evenly_and_tells_the_same() -> None:
    story = a_story(since_ms=CLOSE_MS - 100 * 24 * HOUR_MS)
    (curve,) = page_of(story).curves
    told = {at_ms: float(value) for at_ms, value in tally(story)}
    assert dict(zip(curve.at_ms, curve.equity, strict=True)).items() >= told.items()
    even = [at_ms for at_ms in curve.at_ms if at_ms % (3 * HOUR_MS) == 0]
    assert len(even) > 500 and {b - a for a, b in pairwise(even)} == {3 * HOUR_MS}
    before = [
        value for at_ms, value in zip(curve.at_ms, curve.equity, strict=True) if at_ms < CLOSE_MS + FRAME_MS
    ]
    assert set(before) == {1000.0}
    assert curve.equity[-1] == 1014.5


def test_the_page_names_no_account_id() -> None:
    html = html_of(page_of(a_story()))
    assert f"{TAG:x}" not in html and "0x" not in html.split("<script")[0]
    assert "paper on somewhere" in html


def test_an_account_that_never_traded_has_a_page() -> None:
    page = page_of(replace(a_story(), trades=(), unrealised=dec(0)))
    assert [f.value for f in page.figures][:4] == ["1,020.00", "+0.00", "+0.00", "0"]
    assert "none yet" in html_of(page)
