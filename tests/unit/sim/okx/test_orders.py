"""Normal orders: contracts, sides of the account, refusals in the venue's codes, amending, timers."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, EmbeddedOkx, net, stop, two_sided


def test_a_size_is_in_contracts_and_a_fee_is_negative() -> None:
    exchange = net()
    row = exchange.order("buy", "1.23", clOrdId="entry1")
    assert (row["sMsg"], row["clOrdId"], len(row["ordId"])) == ("Order placed", "entry1", 19)
    assert exchange.position() == Decimal("0.0123")
    order = exchange.order_row("entry1")
    assert (order["state"], order["accFillSz"], order["sz"]) == ("filled", "1.23", "1.23")
    assert (order["avgPx"], order["px"], order["posSide"]) == ("100005", "", "net")
    assert Decimal(order["fee"]) == -Decimal("0.0123") * 100_005 * Decimal("0.0005")
    fill = exchange.one("trade/fills", instType="SWAP")
    assert (fill["fillSz"], fill["ordId"], fill["execType"]) == ("1.23", row["ordId"], "T")
    assert (fill["fee"], fill["fillPnl"], fill["subType"]) == (order["fee"], "0", "1")


def test_ids_grow() -> None:
    exchange = net()
    ids = [int(exchange.order("buy", "1", px=px)["ordId"]) for px in ("99000", "98000", "97000")]
    assert ids == sorted(ids)
    rows = exchange.rows("trade/orders-pending")
    assert [int(row["ordId"]) for row in rows] == ids[::-1]
    page = exchange.rows("trade/orders-pending", after=str(ids[2]), limit="1")
    assert [int(row["ordId"]) for row in page] == [ids[1]]
    assert [int(row["ordId"]) for row in exchange.rows("trade/orders-pending", before=str(ids[1]))] == [
        ids[2]
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instId": "BTC-USD-SWAP"}, "51001"),
        ({"tdMode": "cash"}, "51000"),
        ({"side": "long"}, "51000"),
        ({"ordType": "stop"}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"clOrdId": "with-dash"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
        ({"tag": "x" * 17}, "51000"),
        ({"sz": "0"}, "51000"),
        ({"sz": "0.001"}, "51020"),
        ({"sz": "1.005"}, "51121"),
        ({"sz": "12000.01"}, "51202"),
        ({"sz": "NaN"}, "51000"),
        ({"ordType": "limit"}, "50014"),
        ({"ordType": "limit", "px": "99000.05"}, "51000"),
        ({"ordType": "limit", "px": "102000.1"}, "51137"),
        ({"ordType": "limit", "px": "97999.9", "side": "sell"}, "51138"),
        ({"reduceOnly": True}, "51169"),
        ({"reduceOnly": "perhaps"}, "51000"),
        ({"sz": "1000"}, "51008"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], code: str) -> None:
    exchange = net()
    assert exchange.refused("trade/order", **(exchange.order_fields("buy", "1") | changes)) == code
    assert exchange.rows("trade/orders-history", instType="SWAP") == []


def test_a_client_id_is_unique_among_pending_orders_only() -> None:
    exchange = net()
    exchange.order("buy", "1", clOrdId="twice")
    exchange.order("buy", "1", clOrdId="twice")
    assert exchange.position() == Decimal("0.02")
    exchange.order("buy", "1", px="99000", clOrdId="rests")
    assert exchange.order_refused("buy", "1", px="99000", clOrdId="rests") == "51016"
    newest = exchange.order_row("twice")["ordId"]
    rows = exchange.rows("trade/orders-history", instType="SWAP")
    assert newest == max(row["ordId"] for row in rows)
    assert len(rows) == 2


def test_reduce_only_in_net_mode() -> None:
    exchange = net()
    exchange.order("buy", "2")
    assert exchange.order_refused("buy", "1", reduceOnly=True) == "51170"
    assert exchange.order_refused("sell", "3", reduceOnly=True) == "51112"
    exchange.order("sell", "2", reduceOnly="true", clOrdId="exit")
    assert exchange.position() == 0
    assert exchange.order_row("exit")["reduceOnly"] == "true"
    trims = net(oversized_reduce="trims")
    trims.order("buy", "2")
    trims.order("sell", "3", reduceOnly=True)
    assert trims.position() == 0


def test_an_account_with_two_sides() -> None:
    exchange = two_sided()
    assert (
        exchange.refused("trade/order", **(exchange.order_fields("buy", "1") | {"posSide": "net"})) == "51000"
    )
    assert exchange.refused("trade/order", **(exchange.order_fields("buy", "1") | {"posSide": ""})) == "51000"
    exchange.order("buy", "2")
    exchange.order("sell", "3", posSide="short", clOrdId="short1")
    assert (exchange.position(leg="long"), exchange.position(leg="short")) == (
        Decimal("0.02"),
        Decimal("-0.03"),
    )
    rows = {row["posSide"]: row for row in exchange.rows("account/positions")}
    assert (rows["long"]["pos"], rows["short"]["pos"]) == ("2", "3")
    assert rows["long"]["posId"] != rows["short"]["posId"]
    # A closing order reduces whatever it says, and never more than there is.
    assert exchange.order_refused("sell", "2.01", reduceOnly=False) == "51112"
    exchange.order("sell", "1", px="100500", clOrdId="rests")
    assert exchange.order_row("rests")["reduceOnly"] == "true"
    assert exchange.order_refused("sell", "1.5") == "51112"
    assert exchange.order_refused("sell", "1", attachAlgoOrds=stop("99000")) == "51333"
    exchange.order("sell", "1")
    assert [row["subType"] for row in exchange.rows("trade/fills")] == ["5", "4", "3"]
    exchange.order("buy", "3", posSide="short")
    assert exchange.order_refused("buy", "1", posSide="short") == "51169"


def test_an_order_may_show_late() -> None:
    exchange = net(visible_after_ms=1_000)
    exchange.order("buy", "1", clOrdId="late")
    assert exchange.read_refused("trade/order", instId=BTC, clOrdId="late") == "51603"
    assert exchange.order_row("late")["state"] == "filled"


def test_an_order_that_turns_a_position_over() -> None:
    exchange = net()
    exchange.order("buy", "1")
    exchange.order("sell", "3")
    assert exchange.position() == Decimal("-0.02")
    row = exchange.one("account/positions")
    assert (row["pos"], row["avgPx"]) == ("-2", "99995")
    ended = exchange.one("account/positions-history")
    assert (ended["direction"], ended["type"], ended["openMaxPos"]) == ("long", "2", "1")


def test_a_market_order_is_bound_by_the_price_limit() -> None:
    from trader.exchange.orders import Liquidity

    exchange = net()
    deep = Liquidity(size=Decimal("0.01"), levels=10, step_bps=Decimal(100))
    exchange.venue.model.set_liquidity("BTC", deep)
    exchange.order("buy", "5", clOrdId="far")
    row = exchange.order_row("far")
    assert (row["state"], row["accFillSz"], row["cancelSource"]) == ("canceled", "2", "15")


def test_isolated_margin_where_it_is_taken() -> None:
    exchange = net()
    exchange.done("account/set-leverage", instId=BTC, lever="5", mgnMode="isolated", posSide="net")
    exchange.order("buy", "1", tdMode="isolated")
    row = exchange.one("account/positions")
    assert (row["mgnMode"], row["lever"], row["imr"]) == ("isolated", "5", "")
    assert Decimal(row["margin"]) == pytest.approx(Decimal("200.01"), abs=Decimal("0.01"))
    assert net(isolated_allowed=False).order_refused("buy", "1", tdMode="isolated") == "51010"


def other_keys(exchange: EmbeddedOkx) -> None:
    """A second account on the same exchange."""
    from trader.sim.okx.identity import paper_identity

    exchange.me = paper_identity("other")
    exchange.venue.declare(exchange.me)


def test_accounts_do_not_see_each_other() -> None:
    exchange = net()
    exchange.order("buy", "1", px="99000", clOrdId="mine")
    number = exchange.order_row("mine")["ordId"]
    other_keys(exchange)
    assert exchange.read_refused("trade/order", instId=BTC, ordId=number) == "51603"
    assert exchange.refused("trade/cancel-order", instId=BTC, ordId=number) == "51400"
    assert exchange.rows("trade/orders-pending") == []


def test_what_a_person_does_shows_like_everything_else() -> None:
    from trader.exchange.orders import OrderSpec, TriggerSpec
    from trader.exchange.status import Grouping, Tif, Trigger

    exchange = net()
    model = exchange.venue.model
    trigger = TriggerSpec(Decimal(98_000), Trigger.STOP, is_market=True)
    plain = OrderSpec("BTC", False, Decimal(0), Decimal("0.01"), None, True, trigger)
    model.place(exchange.user, [OrderSpec("BTC", True, Decimal(101_000), Decimal("0.02"), Tif.IOC)])
    model.place(exchange.user, [OrderSpec("BTC", True, Decimal(90_000), Decimal("0.01"))])
    model.place(exchange.user, [plain])
    whole = OrderSpec("BTC", False, Decimal(0), Decimal(0), None, True, trigger)
    model.place(exchange.user, [whole], Grouping.POSITION)
    assert exchange.rows("trade/fills")[0]["ordId"] != ""
    assert exchange.one("trade/orders-pending")["px"] == "90000"
    rows = exchange.rows("trade/orders-algo-pending", ordType="conditional")
    assert [(row["sz"], row["closeFraction"], row["slTriggerPx"]) for row in rows] == [
        ("", "1", "98000"),
        ("1", "", "98000"),
    ]
    exchange.write("trade/cancel-algos", [{"instId": BTC, "algoId": rows[0]["algoId"]}])
    exchange.move("BTC", 97_900.0)
    assert exchange.position() == Decimal("0.01")
    assert exchange.one("trade/order-algo", algoId=rows[1]["algoId"])["state"] == "effective"
