"""What the scripts get: complete, small, and never the end of its element."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pages import START_MS, a_coin, a_page
from trader.core.errors import Malformed
from trader.core.text import printable
from trader.report.page.document import Page
from trader.report.page.payload import payload, runs

COIN = a_coin("BTC", 5, price=100.0, seed=1)


def test_times_come_back_from_their_runs() -> None:
    moments = [0, 10, 20, 40, 50, 75]
    assert runs(moments, 10) == [[0, 3], [40, 2], [75, 1]]


@given(st.lists(st.integers(1, 4), max_size=40))
def test_no_moment_is_lost_in_runs(steps: list[int]) -> None:
    moments, now = [], 0
    for step in steps:
        now += step
        moments.append(now)
    spelled = [first + i for first, count in runs(moments, 1) for i in range(count)]
    assert spelled == moments


def test_everything_is_there() -> None:
    page = a_page(300)
    text, said = payload(page)
    data = json.loads(text)
    assert said == []
    assert [coin["name"] for coin in data["coins"]] == ["BTC", "ETH"]
    assert data["coins"][0]["runs"] == [[START_MS, 300]]
    assert data["coins"][0]["c"] == list(page.coins[0].close)
    assert data["coins"][0]["lines"][0]["v"][:2] == [None, None]
    assert [deal["pnl"] for deal in data["deals"]] == [deal.pnl for deal in page.deals]
    assert data["deals"][-1]["to"] is None
    assert [move[0] for move in data["moves"]] == [move.deal for move in page.moves]
    assert [curve["v"][-1] for curve in data["curves"]] == pytest.approx([c.equity[-1] for c in page.curves])


@given(st.text(alphabet="<>/!-&scriptSCRIPT\u2028\u2029\u202e\n \"'\\", max_size=40))
def test_no_name_ends_the_element(name: str) -> None:
    text, _ = payload(Page("x", coins=(replace(COIN, name=name),)))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text)["coins"][0]["name"] == printable(name)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_price_that_is_no_number_is_refused_by_name(value: float) -> None:
    broken = replace(COIN, high=[value, *COIN.high[1:]])
    with pytest.raises(Malformed, match="BTC, bars"):
        payload(Page("x", coins=(broken,)))


def test_an_unknown_number_of_a_trade_is_null() -> None:
    page = a_page(300)
    deal = replace(page.deals[0], pnl=math.nan, entry_price=None)
    told = json.loads(payload(Page("x", deals=(deal,)))[0])["deals"][0]
    assert (told["pnl"], told["entry"]) == (None, None)
