"""What our strict parsers read and our encoder sends, against ccxt, where ccxt can be believed."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from ccxt.binanceusdm import binanceusdm

from tests.support.binance_answers import KEYS, an_algo_order, an_order, sample, the_rules
from trader.core.actions import Close, Enter, PlaceExit
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Kind
from trader.core.snapshot import Leverage
from trader.venues.binance import parse_account, parse_fills, parse_orders
from trader.venues.binance.encode import Terms, encode

D = Decimal


@pytest.fixture(scope="module")
def ccxt() -> Any:
    """ccxt with SOL, and what it would have sent instead of sending it."""
    options = {"recvWindow": 5000, "fetchCurrencies": False, "fetchMargins": False}
    exchange = binanceusdm({"apiKey": KEYS.api_key, "secret": KEYS.secret, "options": options})
    exchange.sent = []
    rules = [the_rules()["symbols"][0], the_rules()["symbols"][0] | {"symbol": "BTCUSDT", "baseAsset": "BTC"}]
    exchange.set_markets([exchange.parse_market(row) for row in rules])

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        exchange.sent.append((method, url.split("?")[0], body or url.partition("?")[2]))
        return an_algo_order() if "algoOrder" in url else an_order()

    exchange.fetch = fetch
    return exchange


def exactly(value: object) -> Decimal:
    return D(str(value))


def test_plain_orders(ccxt: Any) -> None:
    for row in (an_order(), an_order(side="SELL", reduceOnly=True, status="NEW", executedQty="0")):
        ours, theirs = parse_orders.plain(row, "order").order, ccxt.parse_order(row)
        assert (theirs["id"], theirs["clientOrderId"]) == (ours.order_id, ours.client_id)
        assert (theirs["side"], theirs["reduceOnly"]) == (ours.side.value, ours.reduce_only)
        assert (exactly(theirs["price"]), exactly(theirs["remaining"])) == (ours.price, ours.size)
        assert (exactly(theirs["filled"]), theirs["timestamp"]) == (ours.filled, ours.placed_ms)


def test_conditional_orders(ccxt: Any) -> None:
    for row in (
        an_algo_order(),
        an_algo_order(closePosition=False, quantity="2.00", orderType="TAKE_PROFIT_MARKET"),
    ):
        ours, theirs = parse_orders.algo(row, "algoOrder").found.order, ccxt.parse_order(row)
        assert (theirs["id"], theirs["clientOrderId"]) == (ours.order_id, ours.client_id)
        assert (theirs["side"], exactly(theirs["triggerPrice"])) == (ours.side.value, ours.trigger)
        assert (exactly(theirs["amount"] or 0), theirs["timestamp"]) == (ours.size, ours.placed_ms)
        assert ours.kind is (Kind.TARGET if "TAKE_PROFIT" in str(row["orderType"]) else Kind.STOP)


@pytest.mark.parametrize(
    ("word", "theirs"), [("NEW", "open"), ("CANCELED", "canceled"), ("REJECTED", "rejected")]
)
def test_statuses_that_ccxt_knows(ccxt: Any, word: str, theirs: str) -> None:
    ours = parse_orders.algo(an_algo_order(algoStatus=word), "algoOrder").found
    assert ccxt.parse_order_status(word) == theirs
    assert {"open": "live", "canceled": "cancelled", "rejected": "rejected"}[theirs] == ours.status.value


def test_a_fill(ccxt: Any) -> None:
    (row,) = sample("GetUserTrades")
    ours = parse_fills.trades([row], "BTC")[0].of("x")
    theirs = ccxt.parse_trade(row)
    assert (theirs["side"], theirs["order"], theirs["timestamp"]) == (
        ours.side.value,
        ours.order_id,
        ours.at_ms,
    )
    assert (exactly(theirs["amount"]), exactly(theirs["price"])) == (ours.size, ours.price)
    assert exactly(theirs["fee"]["cost"]) == ours.fee


def test_a_position(ccxt: Any) -> None:
    row = sample("GetPositions")[0] | {"positionInitialMargin": "5.28", "positionSide": "BOTH"}
    (ours,) = parse_account.risk([row], {"BTC": Leverage(4, True)}).positions
    theirs = ccxt.parse_position_risk(row | {"marginType": "cross"})
    assert theirs["side"] == ours.leg.value
    assert exactly(theirs["contracts"]) == ours.size
    assert exactly(theirs["entryPrice"]) == ours.entry_price
    assert exactly(theirs["liquidationPrice"]) == ours.liquidation
    assert exactly(theirs["unrealizedPnl"]) == ours.unrealised
    assert exactly(theirs["markPrice"]) == ours.mark


def sent(
    ccxt: Any, kind: str, side: str, amount: str | None, price: str | None, params: dict[str, Any]
) -> Any:
    """The order as ccxt sends it, without what it adds for itself."""
    ccxt.sent.clear()
    amount_of = None if amount is None else float(amount)
    ccxt.create_order("SOL/USDT:USDT", kind, side, amount_of, None if price is None else float(price), params)
    ((method, url, body),) = ccxt.sent
    named = dict(parse_qsl(body))
    for name in ("timestamp", "recvWindow", "signature"):
        named.pop(name)
    return method, url.removeprefix("https://fapi.binance.com"), named


def ours_of(action: Any, *, two_sided: bool) -> Any:
    (question,) = encode(action, Terms(two_sided))
    return question.method, question.path, dict(question.params)


ENTRY = Enter("SOL", Leg.LONG, D(6), D("102.5"), D(95), D(95), None, None, "id-1", "s", None, 0, 0, D(1), "")
CLOSE = Close("SOL", Leg.LONG, Role.FLATTEN, D(6), D("97.5"), "id-1", "")


def test_an_entry_is_ccxts(ccxt: Any) -> None:
    params = {"timeInForce": "IOC", "newClientOrderId": "id-1", "newOrderRespType": "RESULT"}
    assert ours_of(ENTRY, two_sided=False) == sent(ccxt, "limit", "buy", "6", "102.5", params)
    assert ours_of(ENTRY, two_sided=True) == sent(
        ccxt, "limit", "buy", "6", "102.5", params | {"positionSide": "LONG"}
    )


def test_a_close_is_ccxts(ccxt: Any) -> None:
    params = {"timeInForce": "IOC", "newClientOrderId": "id-1", "newOrderRespType": "RESULT"}
    one = params | {"reduceOnly": True}
    assert ours_of(CLOSE, two_sided=False) == sent(ccxt, "limit", "sell", "6", "97.5", one)
    two = params | {"reduceOnly": True, "hedged": True}
    assert ours_of(CLOSE, two_sided=True) == sent(ccxt, "limit", "sell", "6", "97.5", two)


@pytest.mark.parametrize(("role", "name"), [(Role.STOP, "stopLossPrice"), (Role.TARGET, "takeProfitPrice")])
@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("size", [None, D(6)])
def test_an_exit_is_ccxts_but_for_the_kind_of_answer_that_it_asks_for(
    ccxt: Any, role: Role, name: str, two_sided: bool, size: Decimal | None
) -> None:
    ours = ours_of(PlaceExit("SOL", Leg.LONG, role, size, D("95.5"), D(90), "id-1", ""), two_sided=two_sided)
    params: dict[str, Any] = {name: "95.5", "workingType": "MARK_PRICE", "priceProtect": "false"}
    params |= {"clientAlgoId": "id-1"} | ({"positionSide": "LONG"} if two_sided else {})
    if size is None:
        params["closePosition"] = True
    elif not two_sided:
        params["reduceOnly"] = True
    method, path, named = sent(ccxt, "market", "sell", "6", None, params)
    assert named.pop("newOrderRespType") == "RESULT"
    assert ours == (method, path, named)
