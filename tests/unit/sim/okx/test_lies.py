"""A venue that lies: each lie as the client sees it, and what is true behind it."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, EmbeddedOkx, net, stop, two_sided
from trader.sim.faults import Fault

ENTRY: dict[str, Any] = {"ordType": "ioc", "px": "100300", "clOrdId": "entry"}


def lied_to(*faults: Fault) -> EmbeddedOkx:
    exchange = net()
    exchange.arm(*faults)
    return exchange


def protected(*faults: Fault) -> EmbeddedOkx:
    """A long position, and lies about the stop that is placed next."""
    exchange = net()
    exchange.order("buy", "2")
    exchange.arm(*faults)
    return exchange


STOP: dict[str, Any] = {"sz": "2", "slTriggerPx": "98000", "algoClOrdId": "stop1", "reduceOnly": True}


@pytest.mark.parametrize("code", ["1000", "51008", ""])
def test_a_stop_is_accepted_and_then_fails(code: str) -> None:
    exchange = protected(Fault("V5", what="trade/order-algo", params={"leg": "stop", "fail_code": code}))
    assert exchange.algo("sell", **STOP)["sCode"] == "0"
    row = exchange.algo_row("stop1")
    assert (row["state"], row["failCode"]) == ("order_failed", code)
    assert exchange.waiting() == []
    assert exchange.venue.model.open_orders(exchange.user) == ()
    listed = exchange.rows("trade/orders-algo-history", ordType="conditional", state="order_failed")
    assert [row["algoClOrdId"] for row in listed] == ["stop1"]


def test_a_stop_is_accepted_and_then_cancelled() -> None:
    exchange = protected(Fault("V5", params={"leg": "stop", "status": "canceled"}))
    exchange.algo("sell", **STOP)
    assert exchange.algo_row("stop1")["state"] == "canceled"


def test_an_attached_stop_fails_after_the_entry_filled() -> None:
    exchange = lied_to(Fault("V5", params={"leg": "stop"}))
    exchange.order("buy", "1", attachAlgoOrds=stop(attachAlgoClOrdId="s1"), **ENTRY)
    assert exchange.position() == Decimal("0.01")
    assert (exchange.algo_row("s1")["state"], exchange.algo_row("s1")["failCode"]) == ("order_failed", "1000")


@pytest.mark.parametrize(
    ("side", "field", "source", "code"),
    [("sell", "sl", "last", "51280"), ("sell", "tp", "last", "51279"), ("sell", "sl", "mark", "51304")],
)
def test_the_price_passed_the_trigger_just_now(side: str, field: str, source: str, code: str) -> None:
    exchange = protected(Fault("V6"))
    px = "98000" if field == "sl" else "102000"
    fields = {f"{field}TriggerPx": px, f"{field}OrdPx": "-1", f"{field}TriggerPxType": source}
    assert exchange.algo_refused(side, sz="2", **fields) == code
    exchange = lied_to(Fault("V6"))
    assert exchange.order_refused("buy", "1", attachAlgoOrds=stop(), **ENTRY) == "51051"


def test_the_price_passed_the_trigger_of_a_short_just_now() -> None:
    exchange = net()
    exchange.order("sell", "2")
    exchange.arm(Fault("V6"))
    assert exchange.algo_refused("buy", sz="2", slTriggerPx="102000", slTriggerPxType="last") == "51278"


def test_one_of_a_batch_is_refused() -> None:
    exchange = lied_to(Fault("V1", params={"code": "51008"}))
    order = exchange.order_fields("buy", "1")
    _, body = exchange.write("trade/batch-orders", [order, order])
    assert (body["code"], {row["sCode"] for row in body["data"]}) == ("1", {"51008"})
    exchange = lied_to(Fault("V1", params={"code": "51008", "item": 1}))
    _, body = exchange.write("trade/batch-orders", [order, order])
    assert (body["code"], [row["sCode"] for row in body["data"]]) == ("2", ["0", "51008"])
    assert exchange.position() == Decimal("0.01")


def test_an_attached_stop_never_comes_to_be() -> None:
    exchange = lied_to(Fault("V1", params={"leg": "stop", "code": "51020"}))
    exchange.order("buy", "1", attachAlgoOrds=stop(attachAlgoClOrdId="s1"), **ENTRY)
    assert exchange.position() == Decimal("0.01")
    attached = exchange.order_row("entry")["attachAlgoOrds"][0]
    assert (attached["failCode"], attached["failReason"] != "") == ("51020", True)
    assert exchange.read_refused("trade/order-algo", algoClOrdId="s1") == "51603"


def test_acknowledged_then_gone() -> None:
    exchange = protected(Fault("V2", params={"leg": "stop"}))
    exchange.algo("sell", **STOP)
    assert exchange.read_refused("trade/order-algo", algoClOrdId="stop1") == "51603"
    assert exchange.waiting() == []
    exchange = lied_to(Fault("V2"))
    exchange.order("buy", "1", px="99000", clOrdId="rests")
    assert exchange.read_refused("trade/order", instId=BTC, clOrdId="rests") == "51603"
    assert exchange.rows("trade/orders-pending") == []


def test_half_the_size() -> None:
    exchange = protected(Fault("V3"))
    exchange.algo("sell", **STOP)
    assert exchange.algo_row("stop1")["sz"] == "1"
    exchange = lied_to(Fault("V3", params={"leg": "entry"}))
    exchange.order("buy", "2", clOrdId="half")
    assert (exchange.position(), exchange.order_row("half")["sz"]) == (Decimal("0.01"), "1")


def test_a_trigger_beyond_liquidation() -> None:
    exchange = protected(Fault("V4"))
    exchange.algo("sell", **STOP)
    assert exchange.algo_row("stop1")["slTriggerPx"] == "29400"


@pytest.mark.parametrize(
    ("filled", "expected"), [("lot", "0.01"), ("fraction", "0.8"), ("all_but_lot", "1.99")]
)
def test_an_entry_fills_in_part(filled: str, expected: str) -> None:
    exchange = lied_to(Fault("V12", params={"filled": filled}))
    exchange.order("buy", "2", attachAlgoOrds=stop(attachAlgoClOrdId="s1"), **ENTRY)
    row = exchange.order_row("entry")
    assert (row["state"], row["accFillSz"]) == ("canceled", expected)
    assert exchange.waiting() == []


def test_a_fill_at_an_absurd_price() -> None:
    exchange = lied_to(Fault("V13", params={"factor": "1.5"}))
    exchange.order("buy", "2", **ENTRY)
    assert Decimal(exchange.order_row("entry")["avgPx"]) > 149_000
    assert exchange.one("market/ticker", instId=BTC)["last"] == "100000"
    assert exchange.one("public/price-limit", instId=BTC)["enabled"] is True


def test_a_fired_trigger_finds_an_empty_book() -> None:
    exchange = protected(Fault("V27"))
    exchange.algo("sell", **STOP)
    exchange.arm()
    exchange.move("BTC", 97_900.0)
    row = exchange.algo_row("stop1")
    child = exchange.one("trade/order", instId=BTC, ordId=row["ordIdList"][0])
    assert (row["state"], child["state"], child["accFillSz"]) == ("effective", "canceled", "0")
    assert exchange.position() == Decimal("0.02")
    exchange.order("sell", "2", reduceOnly=True)
    assert exchange.position() == 0


def test_stale_positions_and_hidden_orders() -> None:
    exchange = net()
    assert exchange.rows("account/positions") == []
    exchange.order("buy", "2", clOrdId="entry")
    exchange.arm(Fault("V7", what="account/positions", times=2))
    assert exchange.rows("account/positions") == []
    assert exchange.rows("account/positions") == []
    assert len(exchange.rows("account/positions")) == 1
    exchange.arm(Fault("V9", what="trade/order", times=2))
    for _ in range(2):
        assert exchange.read_refused("trade/order", instId=BTC, clOrdId="entry") == "51603"
    assert exchange.order_row("entry")["state"] == "filled"


def test_a_read_is_stale_by_the_last_own_write_alone() -> None:
    exchange = lied_to(Fault("V7b", what="trade/orders-algo-pending", times=2))
    exchange.order("buy", "2")
    exchange.algo("sell", **STOP)
    exchange.algo("sell", sz="1", slTriggerPx="97000", algoClOrdId="later")
    question = {"ordType": "conditional"}
    seen = [row["algoClOrdId"] for row in exchange.rows("trade/orders-algo-pending", **question)]
    assert seen == ["stop1"]
    assert exchange.rows("trade/orders-algo-pending", **question)
    assert exchange.waiting() == ["later", "stop1"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("account/positions", {}),
        ("trade/fills", {}),
        ("trade/orders-algo-pending", {"ordType": "conditional"}),
        ("trade/order-algo", {"algoClOrdId": "stop1"}),
        ("market/candles", {"instId": BTC}),
    ],
)
def test_an_empty_list_though_there_is_something(path: str, fields: dict[str, str]) -> None:
    exchange = protected()
    exchange.algo("sell", **STOP)
    exchange.arm(Fault("V8", what=path))
    assert exchange.rows(path, **fields) == []
    assert exchange.rows(path, **fields) != []


def test_lists_that_are_cut_hidden_or_doubled() -> None:
    exchange = protected()
    exchange.algo("sell", **STOP)
    exchange.algo("sell", sz="1", slTriggerPx="97000", algoClOrdId="later")
    question = {"ordType": "conditional"}
    for fault, expected in (
        (Fault("V11", what="trade/orders-algo-pending"), ["later"]),
        (Fault("V9", what="trade/orders-algo-pending"), ["stop1"]),
        (Fault("V9", what="trade/orders-algo-pending", params={"id": "stop1"}), ["later"]),
        (Fault("V25", what="trade/orders-algo-pending"), ["later", "later", "stop1", "stop1"]),
    ):
        exchange.arm(fault)
        rows = exchange.rows("trade/orders-algo-pending", **question)
        assert [row["algoClOrdId"] for row in rows] == expected


@pytest.mark.parametrize(
    ("variant", "said"), [("zero", "0"), ("nan", "NaN"), ("negative", "-1"), ("missing", "")]
)
def test_prices_that_cannot_be(variant: str, said: str) -> None:
    exchange = lied_to(Fault("V14", params={"variant": variant}, times=0))
    assert exchange.one("public/mark-price", instId=BTC)["markPx"] == said
    assert exchange.one("market/ticker", instId=BTC)["askPx"] == said
    if variant != "missing":
        assert exchange.rows("market/candles", instId=BTC, limit="3")[1][1:5] == [said] * 4


def test_crossed_prices() -> None:
    exchange = lied_to(Fault("V14", params={"variant": "crossed"}))
    row = exchange.one("market/ticker", instId=BTC)
    assert Decimal(row["bidPx"]) > Decimal(row["askPx"])


def test_a_setting_is_refused_and_somebody_else_sets_another() -> None:
    exchange = lied_to(Fault("V16"))
    assert exchange.refused("account/set-leverage", instId=BTC, lever="5", mgnMode="cross") == "59107"
    exchange.arm(Fault("V23", params={"coin": "BTC", "leverage": 9}))
    assert exchange.one("account/leverage-info", instId=BTC, mgnMode="cross")["lever"] == "9"
    exchange.arm(Fault("V23", params={"two_sided": True}))
    assert exchange.one("account/config")["posMode"] == "long_short_mode"


def test_a_key_is_restricted_or_dies() -> None:
    exchange = lied_to(Fault("V19"))
    assert exchange.one("account/config")["perm"] == "read_only"
    assert exchange.order_refused("buy", "1") == "50120"
    exchange.arm(Fault("V20", params={"code": "50111"}))
    assert exchange.read_refused("account/config") == "50111"


def test_a_retired_endpoint() -> None:
    exchange = lied_to(Fault("V18", what="trade/order-algo"))
    assert exchange.read("trade/order-algo", algoClOrdId="x")[0] == 404


def test_fills_come_late() -> None:
    exchange = two_sided()
    assert exchange.rows("trade/fills") == []
    exchange.arm(Fault("V7", what="trade/fills"))
    exchange.order("buy", "1", clOrdId="entry")
    assert exchange.rows("trade/fills") == []
    assert exchange.order_row("entry")["state"] == "filled"
    assert len(exchange.rows("trade/fills")) == 1
