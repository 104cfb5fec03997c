"""Money that moves by hand, a key's rights at the wallet, a venue that shuts: what a test can have told."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY, NOW_MS, PRICES
from trader.core.wire import Answer
from trader.sim.binance.build import new_venue
from trader.sim.binance.purse import Aside
from trader.sim.binance.switches import Switches
from trader.sim.faults import Fault
from trader.sim.feed import flat_feed

RIGHTS = "/sapi/v1/account/apiRestrictions"
D = Decimal


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def test_what_moves_is_in_the_wallet_and_in_the_record_under_its_name(exchange: EmbeddedBinance) -> None:
    purse, model = exchange.venue.purse, exchange.venue.model
    purse.move(model, exchange.user, D(50), "WELCOME_BONUS")
    purse.move(model, exchange.user, D(-20))
    with pytest.raises(ValueError, match="cannot be taken"):
        purse.move(model, exchange.user, D(-1_000_000))
    rows = exchange.ok("GET", "/fapi/v1/income")
    assert [(row["incomeType"], D(row["income"])) for row in rows] == [
        ("TRANSFER", EQUITY),
        ("WELCOME_BONUS", D(50)),
        ("TRANSFER", D(-20)),
    ]
    assert D(exchange.ok("GET", "/fapi/v3/balance")[0]["balance"]) == EQUITY + 30


def test_a_row_of_another_coin_moves_nothing(exchange: EmbeddedBinance) -> None:
    exchange.venue.purse.note(Aside(exchange.user, "COMMISSION", "-0.002", "BNB", NOW_MS, "BTC"))
    exchange.venue.purse.note(Aside("somebody else", "COMMISSION", "-1", "BNB", NOW_MS, "BTC"))
    (row,) = exchange.ok("GET", "/fapi/v1/income", incomeType="COMMISSION")
    assert (row["asset"], row["income"], row["symbol"]) == ("BNB", "-0.00200000", "BTCUSDT")
    assert D(exchange.ok("GET", "/fapi/v3/balance")[0]["balance"]) == EQUITY


def test_names_outlive_the_process_and_files_from_before_there_were_any_are_read() -> None:
    first = EmbeddedBinance()
    first.venue.purse.move(first.venue.model, first.user, D(50), "API_REBATE")
    first.venue.purse.note(Aside(first.user, "COMMISSION", "-1", "BNB", NOW_MS))
    state = first.venue.dump()
    feed = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1)
    second = new_venue(feed, start_ms=NOW_MS, switches=Switches())
    second.restore(state)
    assert second.purse.dump() == first.venue.purse.dump()
    third = new_venue(feed, start_ms=NOW_MS, switches=Switches())
    third.restore({name: value for name, value in state.items() if name != "purse"})
    assert third.purse.dump() == {"names": {}, "asides": []}


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("may_withdraw", "enableWithdrawals"),
        ("may_transfer", "enableInternalTransfer"),
        ("may_transfer_anywhere", "permitsUniversalTransfer"),
        ("is_ip_restricted", "ipRestrict"),
    ],
)
def test_each_right_of_a_key_is_told_by_itself(exchange: EmbeddedBinance, flag: str, told: str) -> None:
    before = exchange.ok("GET", RIGHTS)
    key = exchange.venue.keys.find(exchange.me.api_key)
    assert key is not None
    changed: dict[str, Any] = {flag: True}
    exchange.venue.keys.add(replace(key, **changed))
    assert exchange.ok("GET", RIGHTS) == before | {told: True}
    assert before[told] is False


def test_the_wallet_counts_its_own_weight(exchange: EmbeddedBinance) -> None:
    used = exchange.answered(exchange.request("GET", "/fapi/v1/income")).headers["X-MBX-USED-WEIGHT-1M"]
    for count in (1, 2):
        answer = exchange.answered(exchange.request("GET", RIGHTS))
        assert answer.headers["X-SAPI-USED-IP-WEIGHT-1M"] == str(count)
        assert "X-MBX-USED-WEIGHT-1M" not in answer.headers
    after = exchange.answered(exchange.request("GET", "/fapi/v1/income")).headers["X-MBX-USED-WEIGHT-1M"]
    assert int(after) - int(used) == 30


def test_the_wallet_can_refuse_while_the_rest_goes_on(exchange: EmbeddedBinance) -> None:
    exchange.arm(Fault("H2", what="GET account/apiRestrictions", times=0, params={"status": 403}))
    answer = exchange.send(exchange.request("GET", RIGHTS))
    assert isinstance(answer, Answer)
    assert answer.status == 403
    exchange.ok("GET", "/fapi/v1/income")


def test_a_service_that_shuts_down_takes_what_reduces_and_tells_an_account(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    exchange.arm(Fault("V28", params={"state": "shutting_down"}))
    exchange.ok("GET", "/fapi/v1/income")
    assert exchange.order_refusal("BUY", "0.02") == -1016
    assert exchange.refusal("GET", "/fapi/v1/klines", symbol="BTCUSDT", interval="1m") == -1016
    exchange.algo("SELL", "95000", closePosition=True)
    exchange.order("SELL", "0.02", reduceOnly=True)
    exchange.arm(Fault("V28", params={"state": "over"}))
    exchange.ok("GET", "/fapi/v1/income")
    exchange.order("BUY", "0.02")


def test_while_every_symbol_settles_nothing_can_be_opened(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    exchange.arm(Fault("V28", params={"state": "settling"}))
    info = exchange.public("/fapi/v1/exchangeInfo")
    assert {row["status"] for row in info["symbols"]} == {"SETTLING"}
    assert exchange.order_refusal("BUY", "0.02") == -4140
    exchange.order("SELL", "0.02", reduceOnly=True)


@pytest.mark.parametrize("is_applied", [True, False])
def test_any_endpoint_can_say_something_new_and_do_it_or_not(
    exchange: EmbeddedBinance, is_applied: bool
) -> None:
    words = {"code": -7_777, "text": "Quite new.", "applied": is_applied}
    exchange.arm(Fault("V26", what="POST order", params=words))
    assert exchange.order_refusal("BUY", "0.02") == -7_777
    assert (exchange.position() > 0) is is_applied
    exchange.arm(Fault("V26", what="GET income", params=words | {"status": 503}))
    status, body = exchange.ask("GET", "/fapi/v1/income")
    assert (status, body) == (503, {"code": -7_777, "msg": "Quite new."})
