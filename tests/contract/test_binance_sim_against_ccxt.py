"""ccxt trades on the embedded exchange over HTTP: its URLs stay the venue's, its socket goes elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
from ccxt.base.errors import (
    AuthenticationError,
    DDoSProtection,
    ExchangeNotAvailable,
    InsufficientFunds,
    InvalidNonce,
    InvalidOrder,
    MarginModeAlreadySet,
    OperationFailed,
    OrderImmediatelyFillable,
    OrderNotFillable,
    OrderNotFound,
)

from tests.support.binance_ccxt import BTC, Client, ccxt_session
from trader.sim.faults import Fault, Plan


@pytest.fixture
def client() -> Iterator[Client]:
    yield from ccxt_session()


def test_the_rules_it_reads(client: Client) -> None:
    market = client.ccxt.market(BTC)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 0.001)
    assert (market["limits"]["cost"]["min"], market["limits"]["amount"]["max"]) == (50, 1000)
    tiers = client.ccxt.fetch_leverage_tiers([BTC])[BTC]
    assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"]) == (125, 0.004)
    rows = client.ccxt.fetch_ohlcv(BTC, "1h", None, 3)
    assert [row[4] for row in rows] == [100_000.0] * 3
    assert client.ccxt.fetch_ticker(BTC)["last"] == 100_000.0
    assert client.ccxt.fetch_funding_rate(BTC)["fundingRate"] == 0.0001


def test_a_trade_it_makes_and_reads(client: Client) -> None:
    taken = client.stop("first", 95_000, reduceOnly=True)
    assert (taken["status"], taken["triggerPrice"]) == ("open", 95_000.0)
    entry = client.ccxt.create_order(
        BTC, "limit", "buy", 0.01, 101_000, {"timeInForce": "IOC", "newClientOrderId": "entry"}
    )
    assert (entry["status"], entry["filled"]) == ("closed", 0.01)
    held = client.ccxt.fetch_positions([BTC])[0]
    assert (held["side"], held["contracts"], held["entryPrice"]) == ("long", 0.01, 100_005.0)
    client.stop("standing", 96_000, closePosition=True)
    assert [row["clientOrderId"] for row in client.ccxt.fetch_open_orders(BTC, params={"trigger": True})] == [
        "first",
        "standing",
    ]
    client.ccxt.cancel_order(None, BTC, {"trigger": True, "clientAlgoId": "first"})
    trades = client.ccxt.fetch_my_trades(BTC)
    assert [(row["side"], row["amount"], row["fee"]["cost"]) for row in trades] == [("buy", 0.01, 0.500025)]
    money = client.ccxt.fetch_balance()["USDT"]["total"]
    # The fee is gone, and what the position is worth less than it cost.
    assert money == pytest.approx(10_000 - 0.500025 - 0.05)
    assert client.ccxt.fetch_order(None, BTC, {"origClientOrderId": "entry"})["average"] == 100_005.0


def test_settings_it_makes_and_reads(client: Client) -> None:
    client.ccxt.set_leverage(7, BTC)
    client.ccxt.set_margin_mode("isolated", BTC)
    with pytest.raises(MarginModeAlreadySet):
        client.ccxt.set_margin_mode("isolated", BTC)
    client.ccxt.set_position_mode(True)
    assert client.ccxt.fetch_position_mode()["hedged"] is True
    assert client.ccxt.fetch_leverages([BTC])[BTC]["longLeverage"] == 7
    assert client.ccxt.sapiGetAccountApiRestrictions()["enableWithdrawals"] is False


def order(client: Client, **fields: Any) -> Any:
    asked = {"type": "limit", "side": "buy", "amount": 0.01, "price": 99_000} | fields
    params = asked.pop("params", {})
    return client.ccxt.create_order(
        BTC, asked["type"], asked["side"], asked["amount"], asked["price"], params
    )


def test_refusals_reach_it_as_its_own_errors(client: Client) -> None:
    with pytest.raises(InsufficientFunds):
        order(client, amount=50)
    with pytest.raises(OrderNotFillable):
        order(client, price=101_000, params={"postOnly": True})
    with pytest.raises(OrderNotFillable):
        order(client, params={"timeInForce": "FOK"})
    with pytest.raises(InvalidOrder, match="-2022"):
        order(client, side="sell", price=101_000, params={"reduceOnly": True})
    with pytest.raises(OrderImmediatelyFillable):
        client.stop("late", 101_000, reduceOnly=True)
    with pytest.raises(OrderNotFound):
        client.ccxt.fetch_order(None, BTC, {"origClientOrderId": "never"})
    with pytest.raises(OrderNotFound):
        client.ccxt.cancel_order("1", BTC)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("H5", is_write=True), OperationFailed),
        (Fault("H5", is_write=True, params={"code": False}), ExchangeNotAvailable),
        (Fault("H6", is_write=True), ExchangeNotAvailable),
        (Fault("H7", is_write=True), OperationFailed),
        (Fault("H3", is_write=True), DDoSProtection),
        (Fault("V20", is_write=True), AuthenticationError),
        (Fault("V21", is_write=True, params={"offset_ms": 9_000}), InvalidNonce),
    ],
)
def test_failures_reach_it_as_the_real_ones_do(client: Client, fault: Fault, error: type[Exception]) -> None:
    client.served.server.line.arm(Plan.of(fault))
    with pytest.raises(error):
        order(client)
