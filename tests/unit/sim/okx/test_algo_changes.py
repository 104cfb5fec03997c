"""Algos that are cancelled, changed, listed or looked up, and the name space of their ids."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, EmbeddedOkx, net, stop


def held(exchange: EmbeddedOkx) -> EmbeddedOkx:
    """With a long position of two contracts."""
    exchange.order("buy", "2")
    return exchange


def test_one_name_space_for_ids() -> None:
    exchange = held(net())
    fields: dict[str, Any] = {"sz": "1", "slTriggerPx": "98000"}
    exchange.algo("sell", algoClOrdId="one", **fields)
    assert exchange.algo_refused("sell", algoClOrdId="one", **fields) == "51065"
    exchange.order("buy", "1", px="99000", attachAlgoOrds=stop(attachAlgoClOrdId="two"))
    assert exchange.algo_refused("sell", algoClOrdId="two", **fields) == "51068"
    assert exchange.order_refused("buy", "1", attachAlgoOrds=stop(attachAlgoClOrdId="one")) == "51065"
    exchange.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "one"}])
    assert exchange.algo_refused("sell", algoClOrdId="one", **fields) == "51065"
    reuse = held(net(algo_id_reuse=True))
    reuse.algo("sell", algoClOrdId="one", **fields)
    reuse.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "one"}])
    reuse.algo("sell", algoClOrdId="one", **fields)


def test_the_deprecated_id() -> None:
    fields: dict[str, Any] = {"sz": "1", "slTriggerPx": "98000", "clOrdId": "old"}
    assert held(net()).algo("sell", **fields)["algoClOrdId"] == ""
    assert held(net(algo_takes_cl_ord_id=True)).algo("sell", **fields)["algoClOrdId"] == "old"


def test_cancelling_algos() -> None:
    exchange = held(net())
    exchange.algo("sell", sz="1", slTriggerPx="98000", algoClOrdId="one")
    exchange.algo("sell", sz="1", slTriggerPx="97000", algoClOrdId="two")
    items = [{"instId": BTC, "algoClOrdId": "two"}, {"instId": BTC, "algoId": "1"}]
    _, body = exchange.write("trade/cancel-algos", items)
    assert (body["code"], [row["sCode"] for row in body["data"]]) == ("2", ["0", "51400"])
    assert exchange.algo_row("two")["state"] == "canceled"
    exchange.move("BTC", 97_900.0)
    _, body = exchange.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "one"}])
    assert (body["code"], body["data"][0]["sCode"]) == ("1", "51416")
    # A cancel of a normal order does not find an algo.
    assert (
        exchange.refused("trade/cancel-order", instId=BTC, ordId=exchange.algo_row("two")["algoId"])
        == "51400"
    )


def test_amending_an_algo_in_place() -> None:
    exchange = held(net())
    exchange.algo("sell", closeFraction="1", reduceOnly=True, slTriggerPx="95000", algoClOrdId="one")
    number = exchange.algo_row("one")["algoId"]
    amend: dict[str, Any] = {"instId": BTC, "algoClOrdId": "one"}
    row = exchange.done("trade/amend-algos", newSlTriggerPx="98000", reqId="r", **amend)
    assert (row["algoId"], row["reqId"]) == (number, "r")
    assert exchange.algo_row("one")["slTriggerPx"] == "98000"
    assert exchange.refused("trade/amend-algos", newSlTriggerPx="100500", **amend) == "51304"
    assert exchange.refused("trade/amend-algos", newSz="1", **amend) == "51523"
    assert exchange.refused("trade/amend-algos", newTpTriggerPx="110000", **amend) == "51526"
    assert exchange.refused("trade/amend-algos", newSlTriggerPxType="last", **amend) == "51528"
    assert exchange.refused("trade/amend-algos", newSlTriggerPx="0", **amend) == "51526"
    assert exchange.refused("trade/amend-algos", instId=BTC, algoClOrdId="no", newSlTriggerPx="1") == "51527"
    assert exchange.algo_row("one")["slTriggerPx"] == "98000"
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == 0
    assert exchange.refused("trade/amend-algos", newSlTriggerPx="96000", **amend) == "51527"


def test_amending_takes_a_leg_away_or_changes_the_size() -> None:
    exchange = held(net())
    both = {"slTriggerPx": "98000", "tpTriggerPx": "102000", "sz": "2", "reduceOnly": True}
    exchange.algo("sell", ordType="oco", algoClOrdId="pair", **both)
    exchange.done("trade/amend-algos", instId=BTC, algoClOrdId="pair", newTpTriggerPx="0", newSz="1")
    row = exchange.algo_row("pair")
    assert (row["tpTriggerPx"], row["sz"], row["state"]) == ("", "1", "live")
    exchange.move("BTC", 102_100.0)
    assert exchange.position() == Decimal("0.02")
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == Decimal("0.01")


def test_flat_accounts_and_conditional_orders() -> None:
    fields: dict[str, Any] = {"sz": "1", "slTriggerPx": "98000", "reduceOnly": True}
    net().algo("sell", **fields)
    assert net(conditional_while_flat=False).algo_refused("sell", **fields) == "51058"
    exchange = net()
    exchange.order("sell", "1")
    assert exchange.algo_refused("sell", **fields) == "51205"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ordType": "conditional,trigger"}, "51000"),
        ({}, "50014"),
        ({"ordType": "market"}, "51000"),
    ],
)
def test_lists_of_algos_want_a_type(fields: dict[str, str], code: str) -> None:
    assert net().read_refused("trade/orders-algo-pending", **fields) == code


def test_history_wants_a_state_and_an_unknown_algo_has_a_code() -> None:
    assert net().read_refused("trade/orders-algo-history", ordType="conditional") == "51602"
    assert net().read_refused("trade/order-algo", algoClOrdId="none") == "51603"
    assert net().read_refused("trade/order-algo") == "50015"
    assert net(algo_missing_code="").rows("trade/order-algo", algoClOrdId="none") == []
