"""What a key may do, from the answers alone: each question that failed is unread, and never well."""

import json
from pathlib import Path

from tests.support.okx_answers import ACCOUNT, Row, Scripted, a_config, an_algo_row, query_of, refused
from tests.unit.venues.okx.test_writes import a_venue
from trader.core.access import Access
from trader.core.orders import Unreadable
from trader.venues.okx import parse_account

EXITS, TRIGGERS = "trade/orders-algo-pending conditional,oco", "trade/orders-algo-pending trigger"
SAMPLES = Path(__file__).parents[3] / "fixtures" / "okx" / "samples"


def access(wire: Scripted) -> Access:
    return a_venue(wire, inspects=False).access()


def some_algos(count: int, first: int) -> list[Row]:
    return [an_algo_row(algoId=str(first - i)) for i in range(count)]


def test_one_round_and_nothing_but_what_a_person_wants_to_know() -> None:
    wire = Scripted()
    told = access(wire)
    assert wire.kinds == [["account/config", EXITS, TRIGGERS, "public/time"]]
    assert (told.can_trade, told.can_withdraw, told.is_ip_bound) == (True, False, True)
    assert told.kept == "futures mode, net_mode, self-trade not told"


def test_conditional_orders_are_counted_page_after_page_and_each_once() -> None:
    wire = Scripted()
    wire.series[EXITS] = [some_algos(100, 900), some_algos(100, 800), some_algos(3, 700)]
    wire.answers[TRIGGERS] = some_algos(2, 100)
    assert access(wire).conditional_orders == 205
    assert [query_of(asked[0])["after"] for asked in wire.rounds[1:]] == ["801", "701"]


def test_a_list_without_an_end_is_not_counted() -> None:
    wire = Scripted()
    wire.answers[EXITS] = some_algos(100, 900)
    told = access(wire).conditional_orders
    assert isinstance(told, Unreadable)
    assert "more than 1000" in told.why


def test_a_second_page_that_fails_leaves_the_count_unread() -> None:
    wire = Scripted()
    wire.series[EXITS] = [some_algos(100, 900), refused("50011")]
    told = access(wire)
    assert isinstance(told.conditional_orders, Unreadable)
    assert told.can_trade is True


def test_a_right_that_was_not_told_is_not_known() -> None:
    row = a_config()
    del row["ip"]
    wire = Scripted()
    wire.answers["account/config"] = row
    told = access(wire)
    assert isinstance(told.is_ip_bound, Unreadable)
    assert told.is_ip_bound.answered
    assert told.can_trade is True


def test_the_recorded_set_up_is_understood() -> None:
    sample = json.loads((SAMPLES / "GetAccountConfiguration.json").read_text())["data"]
    found = parse_account.config(sample)
    assert (found.account_id, found.rights) == (ACCOUNT, frozenset({"read_only", "withdraw", "trade"}))
    assert found.addresses == ("120.255.24.182", "49.245.196.13")
    assert found.kept == "multi-currency mode, net_mode, self-trade cancel_maker"
    assert [problem for problem in found.problems if "withdraw" in problem] == list(found.problems)
