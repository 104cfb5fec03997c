"""The account's money on the wire: what moved it, what each position realised, and that both add up."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.embedded_okx import BTC, ETH, HOUR_MS, EmbeddedOkx, net, two_sided
from tests.support.embedded_wire import NOW_MS, PRICES
from tests.unit.sim.okx.test_stored import Kept
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault
from trader.sim.feed import flat_feed

ZERO = Decimal(0)


def realised(exchange: EmbeddedOkx) -> Decimal:
    """What all lives realised: the newest row of each, or the position where it goes on."""
    newest = {}
    rows = [*reversed(exchange.rows("account/positions-history")), *exchange.rows("account/positions")]
    for row in rows:
        newest[row["posId"], row["cTime"]] = Decimal(row["realizedPnl"])
    return sum(newest.values(), ZERO)


def adds_up(exchange: EmbeddedOkx) -> bool:
    """Equity, by the bills and by the positions, is what came in and what trading brought."""
    detail = exchange.one("account/balance")["details"][0]
    bills = exchange.rows("account/bills-archive")
    moved = sum((Decimal(row["balChg"]) for row in bills), ZERO)
    flows = sum((Decimal(row["balChg"]) for row in bills if row["type"] == "1"), ZERO)
    upl = Decimal(detail["upl"])
    assert moved + upl == Decimal(detail["eq"])
    assert abs(flows + realised(exchange) + upl - Decimal(detail["eq"])) < Decimal("0.00001")
    return True


@pytest.mark.parametrize("keeps_parts", [True, False])
def test_bills_and_positions_tell_of_the_same_money(keeps_parts: bool) -> None:
    exchange = net(history_keeps_parts=keeps_parts)
    assert adds_up(exchange)
    exchange.order("buy", "10")
    exchange.order("sell", "3", instId=ETH)
    exchange.move("BTC", 100_500.0)
    exchange.clock.advance(9 * HOUR_MS)
    exchange.order("sell", "4")
    assert adds_up(exchange)
    exchange.order("sell", "9")  # turned over: three short
    exchange.venue.move_money(exchange.user, Decimal(-700))
    exchange.move("BTC", 101_500.0)
    assert adds_up(exchange)
    exchange.order("buy", "3")
    exchange.order("buy", "3", instId=ETH)
    assert adds_up(exchange)
    kinds = [row["type"] for row in exchange.rows("account/positions-history", instId=BTC)]
    assert kinds == (["2", "2", "1"] if keeps_parts else ["2", "2"])


def test_the_row_of_a_part_stays_beside_that_of_the_end() -> None:
    exchange = two_sided()
    exchange.order("buy", "10")
    exchange.clock.advance(9 * HOUR_MS)
    exchange.order("sell", "4")
    (part,) = exchange.rows("account/positions-history")
    exchange.clock.advance(8 * HOUR_MS)
    exchange.order("sell", "6")
    end, same = exchange.rows("account/positions-history")
    assert same == part
    assert (end["posId"], end["cTime"]) == (part["posId"], part["cTime"])
    assert (part["closeTotalPos"], end["closeTotalPos"]) == ("4", "10")
    assert Decimal(end["fundingFee"]) < Decimal(part["fundingFee"]) < 0
    assert adds_up(exchange)


def test_funding_of_an_isolated_position_is_paid_by_its_margin() -> None:
    exchange = net()
    exchange.order("buy", "10", tdMode="isolated")
    before = Decimal(exchange.one("account/positions")["margin"])
    exchange.clock.advance(9 * HOUR_MS)
    (paid,) = exchange.rows("account/bills", type="8")
    assert (paid["balChg"], paid["posBalChg"], paid["pnl"]) == ("0", "-1", "-1")
    assert Decimal(exchange.one("account/positions")["margin"]) == before - 1


def test_a_debt_that_the_venue_pays_is_of_the_position_that_left_it() -> None:
    exchange = net()
    exchange.done("account/set-leverage", instId=BTC, lever="50", mgnMode="cross")
    exchange.order("buy", "400")
    exchange.venue.model.set_offsets("BTC", mark=Decimal(-40_000))
    assert exchange.position() == 0
    assert Decimal(exchange.one("account/balance")["totalEq"]) == 0
    (paid,) = [row for row in exchange.rows("account/bills") if row["subType"] == "110"]
    assert (paid["type"], paid["instId"]) == ("5", BTC)
    (ended,) = exchange.rows("account/positions-history")
    assert Decimal(ended["liqPenalty"]) == Decimal(paid["balChg"]) > 0
    assert realised(exchange) == -10_000


def test_transfers_are_told_with_both_ends_and_other_ways_by_their_types() -> None:
    exchange = net()
    exchange.venue.move_money(exchange.user, Decimal(500))
    exchange.venue.move_money(exchange.user, Decimal(-200))
    exchange.venue.move_money(exchange.user, Decimal(-50), bill=("27", "319"))
    rows = exchange.rows("account/bills", type="1")
    assert [(row["subType"], row["balChg"], row["from"], row["to"]) for row in rows] == [
        ("12", "-200", "18", "6"),
        ("11", "500", "6", "18"),
        ("11", "10000", "6", "18"),
    ]
    (other,) = exchange.rows("account/bills", type="27")
    assert (other["subType"], other["balChg"], other["from"], other["to"]) == ("319", "-50", "", "")
    assert exchange.one("account/balance")["totalEq"] == "10250"
    with pytest.raises(ValueError, match="cannot take out 20000"):
        exchange.venue.move_money(exchange.user, Decimal(-20_000))


def test_another_process_tells_the_same_of_money_that_was_moved(tmp_path: Path) -> None:
    feed, clock = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1), ManualClock(NOW_MS)
    first = Kept(tmp_path / "okx.sqlite", feed, clock)
    first.arm(Fault("V29", params={"amount": "-70", "kind": "77", "sub_kind": "901"}))
    row = first.rows("account/bills")[0]
    assert (row["type"], row["subType"], row["balChg"]) == ("77", "901", "-70")
    second = Kept(tmp_path / "okx.sqlite", feed, clock)
    assert second.rows("account/bills")[0] == row
    for each in (first, second):
        each.stored.close()


# The account and the venue, as somebody else changes them


def test_a_key_gets_rights_and_addresses() -> None:
    exchange = net()
    exchange.arm(Fault("V19", params={"permissions": ["read_only", "withdraw"], "ips": ["127.0.0.1", "::1"]}))
    row = exchange.one("account/config")
    assert (row["perm"], row["ip"]) == ("read_only,withdraw", "127.0.0.1,::1")
    exchange.arm(Fault("V19", params={"ips": []}))
    row = exchange.one("account/config")
    assert (row["perm"], row["ip"]) == ("read_only,withdraw", "")
    exchange.arm(Fault("V19", params={"ips": ["192.0.2.1"]}))
    assert exchange.read_refused("account/config") == "50110"


def test_an_account_is_kept_in_another_way() -> None:
    exchange = net()
    exchange.arm(Fault("V23", params={"account_level": "1", "self_trade": "cancel_both"}))
    row = exchange.one("account/config")
    assert (row["acctLv"], row["acctStpMode"]) == ("1", "cancel_both")
    exchange.arm(Fault("V30", params={"account": "77"}))
    assert exchange.one("account/config")["uid"] == "77"


def test_maintenance_of_a_service_that_leaves_the_rest_open() -> None:
    exchange = net()
    exchange.arm(Fault("V28", params={"state": "pre_open", "service": "8", "env": "2"}))
    row = exchange.one("system/status")
    assert (row["state"], row["serviceType"], row["env"]) == ("pre_open", "8", "2")
    exchange.arm(Fault("V28", params={"service": "3", "serves": True}))
    assert exchange.rows("account/balance")
    exchange.clock.advance(5_000)
    assert exchange.one("system/status")["state"] == "ongoing"
