"""The embedded Binance answers as the real one did: names, nesting and kinds, from sample answers.

The samples are of several years. Fields that came or went since then, by the venue's own client and its
documentation, are listed beside each comparison.
"""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.binance_money import the_rights
from tests.support.embedded_binance import EmbeddedBinance
from tests.support.embedded_wire import EQUITY
from tests.support.wire_shape import differences
from trader.exchange.orders import Liquidity
from trader.sim.binance.switches import Switches

SAMPLES = Path(__file__).parents[1] / "fixtures" / "binance" / "samples"
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
HOUR_MS = 3_600_000
BTC = {"symbol": "BTCUSDT"}


def sample(name: str) -> tuple[str, str, Any]:
    """Method, path and answer."""
    method, path, _, body = (SAMPLES / f"{name}.txt").read_text().split("\n", 3)
    return method.strip(), path.strip(), json.loads(body)


def plain(value: Any) -> Any:
    """Numbers written as texts alike, whether or not this one happened to have decimals."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return "1.0" if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else value


@pytest.fixture(scope="module")
def exchange() -> EmbeddedBinance:
    """A one-way account with everything in it: orders of all kinds, fills, a forced close, funding."""
    busy = EmbeddedBinance(switches=Switches(equity=EQUITY, post_average=True))
    model = busy.venue.model
    model.set_liquidity("BTC", Liquidity(size=Decimal(2), levels=5))
    busy.order("BUY", "0.02", newClientOrderId="entry")
    busy.order("SELL", "1", symbol="ETHUSDT")
    model.adl(busy.user, "ETH", Decimal("0.5"))
    busy.algo("SELL", "95000", closePosition=True, clientAlgoId="stop")
    busy.algo("BUY", "2100", symbol="ETHUSDT", quantity="0.1", clientAlgoId="fired", reduceOnly=True)
    model.set_offsets("ETH", mark=Decimal(200))
    model.set_offsets("ETH", mark=Decimal(0))
    busy.order("BUY", "0.01", price="96000", newClientOrderId="rung", timeInForce="GTX")
    gone = busy.order("BUY", "0.01", price="97000", newClientOrderId="gone")
    busy.ok("DELETE", "/fapi/v1/order", orderId=gone["orderId"], **BTC)
    busy.clock.advance(9 * HOUR_MS)
    return busy


# Kinds that changed: the venue's own client, which is newer, reads them as we write them.
CHANGED = {"isAutoAddMargin", "tranId", "tradeId", "autoAssetExchange", "multiplierDecimal"}
TRAILING = {"activatePrice", "priceRate"}
# Sample, what to send, what went since or is of a trailing stop, what came since.
READS: list[tuple[str, dict[str, Any], set[str], set[str]]] = [
    ("GetAccountInfoV3", {}, set(), set()),
    ("GetAccountInfo", {}, set(), set()),
    ("GetBalances", {}, set(), set()),
    ("GetAccountConfiguration", {}, set(), set()),
    ("GetSymbolConfiguration", BTC, set(), set()),
    ("GetBrackets", {}, set(), set()),
    ("GetIncomeHistory", {}, set(), set()),
    ("GetUserCommissionRate", BTC, set(), {"rpiCommissionRate"}),
    ("GetOrderRateLimit", {}, set(), set()),
    ("GetPositionInformation", BTC, set(), set()),
    ("GetMultiAssetsMode", {}, set(), set()),
    ("GetBnbBurnStatus", {}, set(), set()),
    ("GetOrder", {"origClientOrderId": "entry", **BTC}, TRAILING, set()),
    ("GetOpenOrder", {"origClientOrderId": "rung", **BTC}, TRAILING, set()),
    ("GetOpenOrders", BTC, TRAILING, set()),
    ("GetOrders", BTC, TRAILING, set()),
    ("GetUserTrades", BTC, set(), {"baseQty", "marginAsset", "pair"}),
    ("GetForcedOrders", {}, set(), {"pair"}),
    (
        "GetConditionalOrder",
        {"clientAlgoId": "fired"},
        {"tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice"},
        set(),
    ),
    ("GetOpenConditionalOrders", {}, set(), set()),
    ("GetConditionalOrders", {"symbol": "ETHUSDT"}, {"actualQty", "actualType"}, set()),
    (
        "GetExchangeInfo",
        {},
        set(),
        {"futuresType", "maxMoveOrderLimit", "permissionSets", "positionControlSide"},
    ),
    ("GetMarkPrice", BTC, set(), set()),
    ("GetFundingRates", {"limit": 3, **BTC}, set(), {"rateType"}),
    ("GetBookPrice", BTC, set(), set()),
    ("GetPrice", BTC, set(), set()),
    ("GetTicker", BTC, set(), set()),
    ("GetOrderBook", {"limit": 5, **BTC}, set(), set()),
    ("GetKlines", {"interval": "1h", **BTC}, set(), set()),
    (
        "GetContinuousContractKlines",
        {"interval": "1h", "pair": "BTCUSDT", "contractType": "PERPETUAL"},
        set(),
        set(),
    ),
    ("GetMarkPriceKlines", {"interval": "1h", **BTC}, set(), set()),
    ("GetIndexPriceKlines", {"interval": "1h", "pair": "BTCUSDT"}, set(), set()),
    ("GetPremiumIndexKlines", {"interval": "1h", **BTC}, set(), set()),
    ("GetServerTime", {}, set(), set()),
]


@pytest.mark.parametrize(("name", "fields", "absent", "added"), READS, ids=[row[0] for row in READS])
def test_a_read_has_the_sampled_shape(
    exchange: EmbeddedBinance, name: str, fields: dict[str, Any], absent: set[str], added: set[str]
) -> None:
    method, path, told = sample(name)
    assert unexpected(exchange.ok(method, path, **fields), told, absent, added) == []


def unexpected(ours: Any, told: Any, absent: set[str], added: set[str]) -> list[str]:
    found = differences(plain(ours), plain(told), absent=absent, added=added)
    return [line for line in found if line.split(":")[0].rpartition(".")[2] not in CHANGED]


ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
ORDER |= {"quantity": "0.01", "price": "96000"}
STOP: dict[str, Any] = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET"}
STOP |= {"triggerPrice": "95000", "quantity": "0.01", "reduceOnly": True}
ONE, OTHER = ({"newClientOrderId": name, **ORDER} for name in ("one", "other"))
IDS = json.dumps(["one", "unknown"])
# One after another on one exchange: each finds what those before it left.
WRITES: list[tuple[str, dict[str, Any], set[str], set[str]]] = [
    ("ModifyPositionMode", {"dualSidePosition": True}, set(), set()),
    ("ModifyPositionMode", {"dualSidePosition": False}, set(), set()),
    ("ChangeInitialLeverage", {"leverage": 21, **BTC}, set(), set()),
    ("ChangeMarginType", {"marginType": "ISOLATED", **BTC}, set(), set()),
    ("PlaceOrder", ONE, TRAILING, set()),
    (
        "PlaceMultipleOrders",
        {"batchOrders": json.dumps([OTHER, OTHER])},
        TRAILING,
        {"closePosition"},
    ),
    (
        "EditOrder",
        {"origClientOrderId": "other", "side": "BUY", "quantity": "0.02", "price": "96000", **BTC},
        {"cumBase"},
        {"cumQuote", "modifyId"},
    ),
    ("CancelOrder", {"origClientOrderId": "other", **BTC}, TRAILING, {"avgPrice"}),
    ("CancelMultipleOrders", {"origClientOrderIdList": IDS, **BTC}, TRAILING, {"avgPrice"}),
    ("CancelAllOrders", BTC, set(), set()),
    ("PlaceConditionalOrder", STOP, set(), set()),
    ("CancelAllConditionalOrders", BTC, set(), set()),
    ("CancelAllOrdersAfterTimeout", {"countdownTime": 100_000, **BTC}, set(), set()),
]


def test_a_write_has_the_sampled_shape() -> None:
    exchange = EmbeddedBinance(switches=Switches(equity=EQUITY, post_average=True))
    found = {}
    for name, fields, absent, added in WRITES:
        method, path, told = sample(name)
        lines = unexpected(exchange.ok(method, path, **fields), told, absent, added)
        if lines:
            found[name] = lines
    assert found == {}


def test_a_cancelled_conditional_order_is_answered_in_four_fields() -> None:
    """The sample is older: the venue's client reads these four, the code as a text."""
    exchange = EmbeddedBinance()
    exchange.algo("SELL", "95000", quantity="0.01", reduceOnly=True, clientAlgoId="stop")
    told = exchange.ok("DELETE", "/fapi/v1/algoOrder", clientAlgoId="stop")
    assert (list(told), told["code"]) == (["algoId", "clientAlgoId", "code", "msg"], "200")


def test_the_rights_of_a_key_are_told_by_the_documented_names(exchange: EmbeddedBinance) -> None:
    """No sample of this answer is among the recorded ones: names and kinds are the documentation's."""
    told = exchange.ok("GET", "/sapi/v1/account/apiRestrictions")
    assert {name: type(value) for name, value in told.items()} == {
        name: type(value) for name, value in the_rights().items()
    }


def test_positions_in_hedge_mode_have_the_sampled_shape() -> None:
    exchange = EmbeddedBinance(two_sided=True)
    exchange.order("BUY", "0.01", positionSide="LONG")
    exchange.order("BUY", "1", symbol="ETHUSDT", positionSide="LONG")
    settings = {"leverage", "maxNotionalValue", "marginType", "isAutoAddMargin"}
    margins = {"marginAsset", "initialMargin", "maintMargin", "positionInitialMargin", "adl"}
    margins |= {"openOrderInitialMargin", "bidNotional", "askNotional"}
    method, path, told = sample("GetPositions")
    assert unexpected(exchange.ok(method, path), told, settings, margins) == []
    method, path, told = sample("GetPositionAdlQuantileEstimation")
    assert unexpected(exchange.ok(method, path), told, {"BOTH"}, set()) == []


def test_a_difference_would_be_seen() -> None:
    _, _, told = sample("GetBalances")
    row = told[0]
    assert differences(plain([row | {"balance": 1.0}]), plain(told), absent=set(), added=set()) != []
    without = {key: value for key, value in row.items() if key != "accountAlias"}
    assert differences(plain([without]), plain(told), absent=set(), added=set()) != []
