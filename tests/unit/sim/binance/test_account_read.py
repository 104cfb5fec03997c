"""What an account reads about itself: money, margins, positions, settings and income."""

from decimal import Decimal

import pytest

from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY
from trader.sim.binance.identity import paper_identity

HOUR_MS = 3_600_000
BTC = {"symbol": "BTCUSDT"}


@pytest.fixture
def exchange() -> EmbeddedBinance:
    return EmbeddedBinance()


def test_the_alias_is_the_account(exchange: EmbeddedBinance) -> None:
    for version in ("v2", "v3"):
        (row,) = exchange.ok("GET", f"/fapi/{version}/balance")
        assert (row["accountAlias"], row["balance"]) == (exchange.me.account_id, "10000.00000000")
    assert paper_identity("test") == exchange.me != paper_identity("other")
    assert (len(exchange.me.api_key), len(exchange.me.api_secret)) == (64, 64)


def test_the_sums_of_an_account_fit_together(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    exchange.ok("POST", "/fapi/v1/marginType", symbol="ETHUSDT", marginType="ISOLATED")
    exchange.order("SELL", "1", symbol="ETHUSDT")
    exchange.order("BUY", "0.01", price="96000")
    exchange.move("BTC", 98_000.0)
    told = exchange.ok("GET", "/fapi/v3/account")
    sums = {name: Decimal(value) for name, value in told.items() if isinstance(value, str)}
    view = exchange.venue.model.account(exchange.user)
    wallet, cross = sums["totalWalletBalance"], sums["totalCrossWalletBalance"]
    eth = next(row for row in told["positions"] if row["symbol"] == "ETHUSDT")
    assert wallet - cross == Decimal(eth["isolatedWallet"]) == Decimal("99.995")
    assert sums["totalMarginBalance"] == wallet + sums["totalUnrealizedProfit"]
    assert sums["totalMarginBalance"] == pytest.approx(view.total.account_value)
    btc = next(row for row in told["positions"] if row["symbol"] == "BTCUSDT")
    assert sums["totalCrossUnPnl"] == Decimal(btc["unrealizedProfit"]) < -40
    assert sums["totalOpenOrderInitialMargin"] == Decimal(48)
    assert sums["totalMaintMargin"] == sum(Decimal(row["maintMargin"]) for row in told["positions"])
    margin = sums["totalPositionInitialMargin"] - Decimal(100)
    left = cross + sums["totalCrossUnPnl"] - margin - sums["totalOpenOrderInitialMargin"]
    assert sums["availableBalance"] == pytest.approx(left)


def test_version_three_shows_positions_and_orders_alone_and_version_two_everything(
    exchange: EmbeddedBinance,
) -> None:
    assert exchange.ok("GET", "/fapi/v3/positionRisk") == []
    assert exchange.ok("GET", "/fapi/v3/account")["positions"] == []
    exchange.order("BUY", "1", symbol="ETHUSDT", price="1950")
    rows = exchange.ok("GET", "/fapi/v3/positionRisk")
    told = [(row["symbol"], row["positionAmt"], row["bidNotional"], row["askNotional"]) for row in rows]
    assert told == [("ETHUSDT", "0.000", "1950", "0")]
    symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert [row["symbol"] for row in exchange.ok("GET", "/fapi/v2/positionRisk")] == symbols
    assert [row["symbol"] for row in exchange.ok("GET", "/fapi/v2/account")["positions"]] == symbols


def test_a_position_tells_where_it_is_liquidated(exchange: EmbeddedBinance) -> None:
    exchange.ok("POST", "/fapi/v1/leverage", leverage=50, **BTC)
    exchange.order("BUY", "2")
    (row,) = exchange.ok("GET", "/fapi/v3/positionRisk")
    liquidation = Decimal(row["liquidationPrice"])
    assert Decimal(94_000) < liquidation < Decimal(96_500)
    assert Decimal(row["maintMargin"]) == Decimal(200_000) * Decimal("0.004")
    exchange.move("BTC", float(liquidation) - 20)
    (forced,) = exchange.ok("GET", "/fapi/v1/forceOrders", autoCloseType="LIQUIDATION")
    assert forced["clientOrderId"].startswith("autoclose-")
    assert (forced["timeInForce"], forced["side"]) == ("IOC", "SELL")
    assert exchange.ok("GET", "/fapi/v3/positionRisk") == []


def test_breaking_even_pays_the_accounts_own_fee(exchange: EmbeddedBinance) -> None:
    exchange.venue.model.set_fee_rates(exchange.user, maker=Decimal(0), taker=Decimal("0.001"))
    exchange.order("SELL", "0.01")
    (row,) = exchange.ok("GET", "/fapi/v3/positionRisk")
    assert Decimal(row["breakEvenPrice"]) == Decimal(row["entryPrice"]) * Decimal("0.999")


def test_settings_are_told_and_repeated_ones_have_codes(exchange: EmbeddedBinance) -> None:
    for _ in range(2):
        told = exchange.ok("POST", "/fapi/v1/leverage", leverage=7, **BTC)
        assert (told["leverage"], told["symbol"]) == (7, "BTCUSDT")
    assert exchange.refusal("POST", "/fapi/v1/leverage", leverage=126, **BTC) == -4028
    assert exchange.refusal("POST", "/fapi/v1/leverage", leverage=0, **BTC) == -4028
    path = "/fapi/v1/marginType"
    assert exchange.refusal("POST", path, marginType="CROSSED", **BTC) == -4046
    assert exchange.refusal("POST", path, marginType="SIDEWAYS", **BTC) == -1130
    exchange.order("BUY", "0.01", price="96000")
    assert exchange.refusal("POST", path, marginType="ISOLATED", **BTC) == -4047
    exchange.ok("DELETE", "/fapi/v1/allOpenOrders", **BTC)
    exchange.order("BUY", "0.01")
    assert exchange.refusal("POST", path, marginType="ISOLATED", **BTC) == -4048
    assert exchange.ok("GET", "/fapi/v1/symbolConfig", **BTC) == [
        {
            "symbol": "BTCUSDT",
            "marginType": "CROSSED",
            "isAutoAddMargin": False,
            "leverage": 7,
            "maxNotionalValue": "230000000",
        }
    ]


def test_leverage_is_not_lowered_under_an_isolated_position(exchange: EmbeddedBinance) -> None:
    exchange.ok("POST", "/fapi/v1/marginType", marginType="ISOLATED", **BTC)
    exchange.order("BUY", "0.01")
    assert exchange.refusal("POST", "/fapi/v1/leverage", leverage=5, **BTC) == -4161


def test_shared_margin_and_isolated_margin_exclude_each_other(exchange: EmbeddedBinance) -> None:
    path = "/fapi/v1/multiAssetsMargin"
    assert exchange.refusal("POST", path, multiAssetsMargin=False) == -4171
    exchange.ok("POST", path, multiAssetsMargin=True)
    assert exchange.ok("GET", path) == {"multiAssetsMargin": True}
    assert exchange.refusal("POST", "/fapi/v1/marginType", marginType="ISOLATED", **BTC) == -4168
    exchange.ok("POST", path, multiAssetsMargin=False)
    exchange.ok("POST", "/fapi/v1/marginType", marginType="ISOLATED", **BTC)
    assert exchange.refusal("POST", path, multiAssetsMargin=True) == -4168


def test_income_explains_the_wallet(exchange: EmbeddedBinance) -> None:
    exchange.order("BUY", "0.02")
    exchange.clock.advance(9 * HOUR_MS)
    exchange.move("BTC", 99_000.0)
    exchange.order("SELL", "0.02")
    rows = exchange.ok("GET", "/fapi/v1/income")
    assert [row["incomeType"] for row in rows] == [
        "TRANSFER",
        "COMMISSION",
        "FUNDING_FEE",
        "REALIZED_PNL",
        "COMMISSION",
    ]
    assert rows[2]["income"] == "-0.20000000"
    total = sum(Decimal(row["income"]) for row in rows)
    wallet = Decimal(exchange.ok("GET", "/fapi/v3/balance")[0]["balance"])
    assert total == wallet != EQUITY
    assert len({(row["incomeType"], row["tranId"]) for row in rows}) == 5
    paid = exchange.ok("GET", "/fapi/v1/income", incomeType="COMMISSION", limit=1, page=2)
    assert paid == [rows[4]]
    assert exchange.ok("GET", "/fapi/v1/income", startTime=rows[2]["time"])[0] == rows[2]
    assert exchange.ok("GET", "/fapi/v1/income", symbol="ETHUSDT") == []
    exchange.clock.advance(7 * 24 * HOUR_MS + 1)
    assert exchange.ok("GET", "/fapi/v1/income") == []


def test_what_a_key_may_do(exchange: EmbeddedBinance) -> None:
    rights = exchange.ok("GET", "/sapi/v1/account/apiRestrictions")
    assert (rights["enableFutures"], rights["enableWithdrawals"], rights["ipRestrict"]) == (
        True,
        False,
        False,
    )


def test_the_rest_of_an_account(exchange: EmbeddedBinance) -> None:
    assert exchange.ok("GET", "/fapi/v1/commissionRate", **BTC)["makerCommissionRate"] == "0.0002"
    assert exchange.ok("GET", "/fapi/v1/feeBurn") == {"feeBurn": False}
    assert exchange.ok("GET", "/fapi/v1/apiTradingStatus")["indicators"] == {}
    assert exchange.ok("GET", "/fapi/v1/adlQuantile") == []
    exchange.order("SELL", "0.01")
    told = exchange.ok("GET", "/fapi/v1/adlQuantile", **BTC)
    assert told == [{"symbol": "BTCUSDT", "adlQuantile": {"LONG": 0, "SHORT": 1, "BOTH": 0}}]
