"""What the account reads say, and that their sums hold."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded import BTC, ETH, SOL, Embedded
from tests.support.embedded_wire import NOW_MS
from trader.exchange.rules import Rules
from trader.sim.hyperliquid.switches import Switches

HOUR_MS = 3_600_000


def state(exchange: Embedded) -> Any:
    return exchange.read("clearinghouseState", user=exchange.user)


def held(exchange: Embedded, coin: str) -> Any:
    rows = [row["position"] for row in state(exchange)["assetPositions"]]
    return next(row for row in rows if row["coin"] == coin)


def test_an_untouched_account() -> None:
    assert state(Embedded()) == {
        "marginSummary": {
            "accountValue": "1000.0",
            "totalNtlPos": "0.0",
            "totalRawUsd": "1000.0",
            "totalMarginUsed": "0.0",
        },
        "crossMarginSummary": {
            "accountValue": "1000.0",
            "totalNtlPos": "0.0",
            "totalRawUsd": "1000.0",
            "totalMarginUsed": "0.0",
        },
        "crossMaintenanceMarginUsed": "0.0",
        "withdrawable": "1000.0",
        "assetPositions": [],
        "time": NOW_MS,
    }


def test_the_sums_of_a_mixed_account_hold() -> None:
    exchange = Embedded()
    exchange.act({"type": "updateLeverage", "asset": SOL, "isCross": False, "leverage": 5})
    exchange.buy("0.001")
    exchange.buy("1", asset=SOL)
    said = state(exchange)
    btc, sol = held(exchange, "BTC"), held(exchange, "SOL")
    value = Decimal(said["marginSummary"]["accountValue"])
    raw = Decimal(said["marginSummary"]["totalRawUsd"])
    assert value == raw + Decimal(btc["positionValue"]) + Decimal(sol["positionValue"])
    assert sol["leverage"]["type"] == "isolated"
    assert Decimal(sol["marginUsed"]) == Decimal(sol["leverage"]["rawUsd"]) + Decimal(sol["positionValue"])
    assert Decimal(btc["marginUsed"]) == Decimal(btc["positionValue"]) / 20
    cross = said["crossMarginSummary"]
    assert Decimal(cross["accountValue"]) == value - Decimal(sol["marginUsed"])
    expected = Decimal(btc["unrealizedPnl"]) / (Decimal(btc["entryPx"]) * Decimal("0.001") / 20)
    assert abs(Decimal(btc["returnOnEquity"]) - expected) < Decimal("1e-9")


def test_margin_can_be_added_to_an_isolated_position() -> None:
    exchange = Embedded()
    exchange.act({"type": "updateLeverage", "asset": SOL, "isCross": False, "leverage": 5})
    exchange.buy("1", asset=SOL)
    before = Decimal(held(exchange, "SOL")["marginUsed"])
    exchange.act({"type": "updateIsolatedMargin", "asset": SOL, "isBuy": True, "ntli": 2_500_000})
    assert Decimal(held(exchange, "SOL")["marginUsed"]) == before + Decimal("2.5")


def test_a_flat_coin_is_absent() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    exchange.statuses(
        {"a": BTC, "b": False, "p": "99000", "s": "0.001", "r": True, "t": {"limit": {"tif": "Ioc"}}}
    )
    assert state(exchange)["assetPositions"] == []


def test_the_leverage_of_a_flat_coin_can_be_read() -> None:
    exchange = Embedded()
    exchange.act({"type": "updateLeverage", "asset": ETH, "isCross": False, "leverage": 5})
    said = exchange.read("activeAssetData", user=exchange.user, coin="ETH")
    assert said["leverage"] == {"type": "isolated", "value": 5, "rawUsd": "0.0"}
    assert said["markPx"] == "2000.0"
    assert Decimal(said["maxTradeSzs"][0]) > 0
    assert list(said) == ["user", "coin", "leverage", "maxTradeSzs", "availableToTrade", "markPx"]


def test_funding_is_paid_on_the_hour_and_told_both_ways() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    exchange.clock.advance(3 * HOUR_MS)
    rows = exchange.read("userFunding", user=exchange.user, startTime=NOW_MS)
    assert len(rows) == 3
    assert rows[0]["delta"]["usdc"] == "-0.00125"
    assert rows[0]["delta"]["fundingRate"] == "0.0000125"
    assert (rows[0]["time"] % HOUR_MS, rows[0]["delta"]["nSamples"]) == (0, None)
    assert held(exchange, "BTC")["cumFunding"]["sinceOpen"] == "0.00375"
    window = {"startTime": rows[1]["time"], "endTime": rows[1]["time"]}
    assert len(exchange.read("userFunding", user=exchange.user, **window)) == 1


def test_money_in_and_out_is_told_apart_from_profit() -> None:
    exchange = Embedded()
    exchange.clock.advance(1_000)
    exchange.venue.run_to(exchange.clock.now_ms())
    assert exchange.venue.model.withdraw(exchange.user, Decimal(100)) is None
    rows = exchange.read("userNonFundingLedgerUpdates", user=exchange.user, startTime=0)
    assert [(row["delta"]["type"], row["delta"]["usdc"]) for row in rows] == [
        ("deposit", "1000.0"),
        ("withdraw", "100.0"),
    ]
    later = exchange.read("userNonFundingLedgerUpdates", user=exchange.user, startTime=NOW_MS + 1)
    assert len(later) == 1


def test_the_portfolio_has_eight_windows_that_begin_at_zero() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    exchange.clock.advance(40 * HOUR_MS)
    said = exchange.read("portfolio", user=exchange.user)
    names = ["day", "week", "month", "allTime", "perpDay", "perpWeek", "perpMonth", "perpAllTime"]
    assert [name for name, _ in said] == names
    day, week = said[0][1], said[1][1]
    assert len(day["accountValueHistory"]) == 13
    assert day["pnlHistory"][0][1] == "0.0"
    assert Decimal(week["pnlHistory"][-1][1]) < 0
    assert (day["vlm"], week["vlm"]) == ("0.0", "100.005")
    assert exchange.read("portfolio", user="0x" + "12" * 20)[0][1]["pnlHistory"] == []


def test_an_account_begins_with_what_it_was_given_whatever_that_moment_still_brought() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    exchange.clock.advance(1_000)
    for _, window in exchange.read("portfolio", user=exchange.user):
        (_, first), (_, last) = window["accountValueHistory"]
        assert (first, window["pnlHistory"][0][1]) == ("1000.0", "0.0")
        assert Decimal(last) - 1000 == Decimal(window["pnlHistory"][1][1]) < 0


def test_fees_are_the_base_rates_unless_set() -> None:
    exchange = Embedded()
    said = exchange.read("userFees", user=exchange.user)
    assert (said["userCrossRate"], said["userAddRate"]) == ("0.00045", "0.00015")
    exchange.venue.model.set_fee_rates(exchange.user, maker=Decimal("-0.00002"), taker=Decimal("0.0003"))
    assert exchange.read("userFees", user=exchange.user)["userAddRate"] == "-0.00002"


@pytest.mark.parametrize("abstraction", ["default", "unifiedAccount"])
def test_where_the_dollars_are_depends_on_the_kind_of_account(abstraction: str) -> None:
    exchange = Embedded(Switches(abstraction=abstraction))
    assert exchange.read("userAbstraction", user=exchange.user) == abstraction
    balances = exchange.read("spotClearinghouseState", user=exchange.user)["balances"]
    assert [row["total"] for row in balances] == ([] if abstraction == "default" else ["1000.0"])


@pytest.mark.parametrize("body", [{}, {"user": "0x12"}, {"user": 5}, {"user": None}])
def test_a_read_without_a_proper_address_is_a_422(body: dict[str, Any]) -> None:
    exchange = Embedded()
    for kind in ("clearinghouseState", "openOrders", "userFills", "portfolio", "userRole"):
        assert exchange.answered(exchange.info_request(kind, **body)).status == 422


def test_addresses_are_read_in_any_case_and_extra_keys_ignored() -> None:
    exchange = Embedded()
    upper = "0x" + exchange.user[2:].upper()
    said = exchange.read("clearinghouseState", user=upper, dex="", aggregate=True)
    assert said["withdrawable"] == "1000.0"


MODEL_SWITCHES = [
    ("min_notional_on_triggers", True),
    ("market_trigger_bound", "ten_percent"),
    ("market_trigger_rests", True),
    ("ioc_partial_arms_children", True),
    ("trigger_needs_position", True),
    ("triggers_count_in_sum", True),
    ("modify_needs_always_place", True),
    ("duplicate_cloid", "reject_open"),
    ("oracle_band", Decimal("0.5")),
]


@pytest.mark.parametrize(("name", "value"), MODEL_SWITCHES)
def test_a_question_the_model_answers_reaches_it(name: str, value: Any) -> None:
    assert getattr(Rules(), name) == getattr(Switches(), name)
    assert getattr(Switches(**{name: value}).model_rules(), name) == value
