"""The embedded OKX's answers have the names, nesting and kinds of values of the real ones; ccxt reads them.

Rules: every scalar is text on this wire, so that what is compared is names, nesting, and text against
booleans, numbers and lists. What a newer answer has and the sample has not is listed, and the reverse too.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt
import pytest

from tests.support.embedded_okx import BTC, HOUR_MS, EmbeddedOkx, net, stop
from tests.support.embedded_wire import NOW_MS
from tests.support.wire_shape import differences
from trader.parts.serving import ServeOptions, prepare
from trader.sim.clock import ManualClock
from trader.sim.feed import flat_feed
from trader.sim.okx.switches import Switches

FOLDER = Path(__file__).parents[1] / "fixtures" / "okx" / "samples"


def sample(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def worded(value: Any) -> Any:
    """The same with every text made one, because "" and a number are both text here."""
    if isinstance(value, dict):
        return {key: worded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [worded(item) for item in value]
    return "word" if isinstance(value, str) else value


def compared(
    ours: Any, name: str, *, absent: set[str] | None = None, added: set[str] | None = None
) -> list[str]:
    return differences(worded(ours), worded(sample(name)), absent=absent or set(), added=added or set())


@pytest.fixture
def exchange() -> EmbeddedOkx:
    """An account in which everything has happened once."""
    made = net()
    made.order("buy", "2", attachAlgoOrds=stop("98000", attachAlgoClOrdId="s1"), clOrdId="entry")
    made.algo("sell", closeFraction="1", reduceOnly=True, slTriggerPx="95000", algoClOrdId="whole1")
    made.order("buy", "1", px="99000", clOrdId="rests")
    made.order("buy", "1", instId="ETH-USDT-SWAP", clOrdId="other")
    made.order("sell", "1", instId="ETH-USDT-SWAP", reduceOnly=True, clOrdId="exit")
    made.algo("sell", sz="1", slTriggerPx="97000", algoClOrdId="goes")
    made.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "goes"}])
    made.clock.advance(9 * HOUR_MS)
    return made


# Options, and fields that newer answers have.
OF_ORDERS = {"tradeQuoteCcy", "stpMode", "outcome"}
OF_ALGOS = {
    *("advChaseParams", "advanceOrdType", "chaseType", "chaseVal", "maxChaseType", "maxChaseVal"),
    *("isTradeBorrowMode", "subAlgoIdList", "tradeQuoteCcy", "actualSide", "linkedOrd"),
}
READS: list[tuple[str, str, dict[str, str], set[str], set[str]]] = [
    ("GetServerTime", "public/time", {}, set(), set()),
    ("GetLimitPrice", "public/price-limit", {"instId": BTC}, set(), set()),
    ("GetMarkPrices", "public/mark-price", {"instType": "SWAP"}, set(), set()),
    ("GetTicker", "market/ticker", {"instId": BTC}, set(), set()),
    ("GetTickers", "market/tickers", {"instType": "SWAP"}, set(), set()),
    ("GetOrderBook", "market/books", {"instId": BTC}, set(), {"seqId"}),
    ("GetKlines", "market/candles", {"instId": BTC}, set(), set()),
    ("GetFundingRateHistory", "public/funding-rate-history", {"instId": BTC}, set(), {"formulaType"}),
    (
        *("GetFundingRates", "public/funding-rate", {"instId": BTC}, set()),
        {"formulaType", "nextFundingRate", "interestRate", "impactValue"},
    ),
    (
        *("GetPositionTiers", "public/position-tiers"),
        *({"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT"}, set(), set()),
    ),
    (
        *("GetSymbols", "public/instruments", {"instType": "SWAP"}, set()),
        {
            *("instIdCode", "groupId", "instCategory", "openType", "ruleType", "futureSettlement"),
            *("tradeQuoteCcyList", "upcChg"),
        },
    ),
    (
        *("GetAccountConfiguration", "account/config", {}, set()),
        {
            *("enableSpotBorrow", "feeType", "liquidationGear", "settleCcy", "settleCcyList"),
            *("spotBorrowAutoRepay", "stgyType", "type"),
        },
    ),
    (
        *("GetAccountBalance", "account/balance", {}, set()),
        {"availEq", "spotBal", "spotUpl", "spotUplRatio", "borrowFroz"},
    ),
    (
        *("GetAccountPositions", "account/positions", {}, set()),
        {"baseBal", "quoteBal", "settledPnl", "nonSettleAvgPx"},
    ),
    (
        *("GetAccountPositionHistory", "account/positions-history", {}, set()),
        {"posSide", "settledPnl", "nonSettleAvgPx", "posId"},
    ),
    ("GetAccountLeverage", "account/leverage-info", {"instId": BTC, "mgnMode": "cross"}, set(), {"ccy"}),
    ("GetBillHistory", "account/bills", {}, set(), set()),
    ("GetMaximumAmount", "account/max-size", {"instId": BTC, "tdMode": "cross"}, set(), set()),
    ("GetFeeRates", "account/trade-fee", {"instType": "SWAP"}, set(), {"feeGroup", "ruleType"}),
    ("GetOrderDetails", "trade/order", {"instId": BTC, "clOrdId": "rests"}, set(), OF_ORDERS),
    (
        "GetOrders",
        "trade/orders-pending",
        {},
        set(),
        OF_ORDERS | {"cancelSource", "cancelSourceReason", "linkedAlgoOrd"},
    ),
    ("GetOrderHistory", "trade/orders-history", {"instType": "SWAP"}, set(), {*OF_ORDERS, "attachAlgoOrds"}),
    ("GetUserTrades", "trade/fills", {}, set(), {"tradeQuoteCcy"}),
    ("GetAlgoOrder", "trade/order-algo", {"algoClOrdId": "whole1"}, set(), OF_ALGOS),
    (
        *("GetAlgoOrderHistory", "trade/orders-algo-history"),
        *({"ordType": "conditional", "state": "canceled"}, set(), OF_ALGOS),
    ),
]


@pytest.mark.parametrize(("name", "path", "fields", "absent", "added"), READS, ids=[row[0] for row in READS])
def test_a_read_has_the_shape_of_the_sample(
    exchange: EmbeddedOkx, name: str, path: str, fields: dict[str, str], absent: set[str], added: set[str]
) -> None:
    status, body = exchange.read(path, **fields)
    assert status == 200
    assert body["data"] != []
    assert compared(body, name, absent=absent, added=added) == []


WRITES: list[tuple[str, str, Any]] = [
    (
        "PlaceOrder",
        "trade/order",
        {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"},
    ),
    ("CancelOrder", "trade/cancel-order", {"instId": BTC, "clOrdId": "rests"}),
    ("AmendOrder", "trade/amend-order", {"instId": BTC, "clOrdId": "rests", "newPx": "98000"}),
    ("CancelAlgoOrder", "trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "whole1"}]),
    (
        "AmendAlgoOrder",
        "trade/amend-algos",
        {"instId": BTC, "algoClOrdId": "whole1", "newSlTriggerPx": "96000"},
    ),
    ("CancelAllAfter", "trade/cancel-all-after", {"timeOut": "0"}),
    ("ClosePosition", "trade/close-position", {"instId": BTC, "mgnMode": "cross", "autoCxl": True}),
    ("SetAccountLeverage", "account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "5"}),
]


@pytest.mark.parametrize(("name", "path", "body"), WRITES, ids=[row[0] for row in WRITES])
def test_a_write_is_answered_as_in_the_sample(exchange: EmbeddedOkx, name: str, path: str, body: Any) -> None:
    status, answer = exchange.write(path, body)
    assert (status, answer["code"]) == (200, "0")
    added = {"algoClOrdId", "clOrdId", "tag"} if name == "CancelAlgoOrder" else set()
    assert compared(answer, name, added=added) == []


def test_other_writes_are_answered_as_in_the_samples() -> None:
    exchange = net()
    order = exchange.order_fields("buy", "1")
    _, answer = exchange.write("trade/batch-orders", [order, order])
    assert compared(answer, "PlaceMultipleOrders") == []
    algo = exchange.algo_fields("sell", sz="1", slTriggerPx="95000")
    _, answer = exchange.write("trade/order-algo", algo)
    assert compared(answer, "PlaceAlgoOrder", added={"tag"}) == []
    exchange = net()
    _, answer = exchange.write("account/set-position-mode", {"posMode": "long_short_mode"})
    assert compared(answer, "SetAccountPositionMode") == []
    exchange = net()
    exchange.order("buy", "1", tdMode="isolated")
    margin = {"instId": BTC, "posSide": "net", "type": "add", "amt": "10"}
    _, answer = exchange.write("account/position/margin-balance", margin)
    assert compared(answer, "SetMarginAmount") == []


def test_a_difference_would_be_seen() -> None:
    truth = sample("GetServerTime")
    assert compared(truth, "GetServerTime") == []
    assert compared(truth | {"data": [{"ts": 1}]}, "GetServerTime") == [
        ".data[].ts: ['int'] here, recorded as ['text']"
    ]
    assert compared(truth | {"data": [{"time": "1"}]}, "GetServerTime") != []


@pytest.fixture
def reader() -> Iterator[tuple[Any, Any]]:
    """Another client altogether, with both of its base URLs pointed here."""
    clock = ManualClock(NOW_MS)
    feed = flat_feed({"BTC": 100_000.0, "ETH": 2_000.0}, start_ms=NOW_MS - 24 * HOUR_MS, minutes=1)
    equity = Decimal(10_000)
    switches = Switches(equity=equity, two_sided=False)
    served = prepare(ServeOptions(venue="okx", feed=feed, equity=equity, switches=switches), clock)
    secrets = served.keys.secrets
    with served.server:
        url = {"rest": served.server.url}
        client = ccxt.okx(
            {
                "apiKey": secrets["API_KEY"],
                "secret": secrets["API_SECRET"],
                "password": secrets["API_PASSPHRASE"],
                "urls": {"api": url, "test": url},
                "enableRateLimit": False,
                "options": {"defaultType": "swap", "fetchMarkets": {"types": ["swap"]}},
            }
        )
        client.milliseconds = clock.now_ms
        yield client, clock
        client.session.close()
    served.close()


def test_ccxt_reads_where_the_money_went_and_what_is_announced(reader: tuple[Any, Any]) -> None:
    client, clock = reader
    client.load_markets()
    symbol, params = "BTC/USDT:USDT", {"tdMode": "cross"}
    client.create_order(symbol, "market", "buy", 2, None, params | {"clientOrderId": "entry"})
    clock.advance(9 * HOUR_MS)
    client.create_order(symbol, "market", "sell", 2, None, params | {"clientOrderId": "exit"})
    clock.advance(1_000)
    equity = Decimal(str(client.fetch_balance()["USDT"]["total"]))
    bills = client.parse_ledger(client.private_get_account_bills()["data"])
    assert {entry["type"] for entry in bills} == {"transfer", "trade", "fee"}
    assert sum(Decimal(str(entry["info"]["balChg"])) for entry in bills) == equity
    (ended,) = client.fetch_positions_history([symbol])
    assert Decimal(str(ended["realizedPnl"])) == equity - 10_000
    assert client.fetch_status()["status"] == "ok"


def test_ccxt_reads_and_trades(reader: tuple[Any, Any]) -> None:
    client, clock = reader
    markets = client.load_markets()
    symbol = "BTC/USDT:USDT"
    market = markets[symbol]
    assert (market["contractSize"], market["precision"]["price"], market["linear"]) == (0.01, 0.1, True)
    assert client.fetch_balance()["USDT"]["total"] == 10_000.0
    params = {"tdMode": "cross", "attachAlgoOrds": stop("95000", attachAlgoClOrdId="s1")}
    client.create_order(symbol, "market", "buy", 2, None, params | {"clientOrderId": "entry"})
    held = client.fetch_positions([symbol])[0]
    assert (held["side"], held["contracts"], held["entryPrice"]) == ("long", 2.0, 100_005.0)
    clock.advance(1_000)
    waiting = client.fetch_open_orders(symbol, params={"trigger": True, "ordType": "conditional,oco"})
    assert [order["stopLossPrice"] for order in waiting] == [95_000.0]
    order = client.fetch_order(None, symbol, {"clientOrderId": "entry"})
    assert (order["status"], order["filled"], order["average"]) == ("closed", 2.0, 100_005.0)
    trades = client.fetch_my_trades(symbol)
    assert trades[0]["fee"]["cost"] == pytest.approx(0.02 * 100_005 * 0.0005)
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_order(waiting[0]["id"], symbol)
    clock.advance(1_000)
    client.cancel_order(waiting[0]["id"], symbol, {"trigger": True})
    with pytest.raises(ccxt.InvalidOrder):
        client.create_order(symbol, "limit", "buy", 1, 150_000, {"tdMode": "cross", "clientOrderId": "far"})
    assert [row[4] for row in client.fetch_ohlcv(symbol, "1h", limit=2)] == [100_000.0, 100_000.0]
    assert client.fetch_funding_rate(symbol)["fundingRate"] == 0.0001
    assert client.fetch_leverage(symbol, {"marginMode": "cross"})["longLeverage"] == 3
