"""The embedded Hyperliquid answers as the real one did: names, nesting and kinds, from recorded answers.

The recordings are of 2023 to 2025. Fields that came or went since then, by the newer of them, by the samples
and by the documentation, are listed beside each comparison.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.embedded import BTC, ETH, SOL, Embedded, limit, order, trigger
from tests.support.embedded_wire import NOW_MS
from tests.support.wire_shape import differences
from trader.exchange.orders import Liquidity
from trader.sim.hyperliquid.accounts import DAY_MS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "hyperliquid"
HOUR_MS = 3_600_000
CLOID = "0x" + "0a" * 16


def recorded(name: str) -> tuple[dict[str, Any], Any]:
    """Request and answer of the last exchange in a recording."""
    last = json.loads((FIXTURES / "recorded" / f"{name}.json").read_text())[-1]
    return last["request"], last["response"]


def sample(name: str) -> Any:
    return json.loads((FIXTURES / "samples" / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def exchange() -> Embedded:
    """An account with everything in it: both margins, a group that waits, fills, funding, history."""
    busy = Embedded()
    busy.venue.model.set_liquidity("BTC", Liquidity(size=Decimal(2), levels=20))
    busy.venue.model.set_offsets("BTC", oracle=Decimal(7))
    busy.act({"type": "updateLeverage", "asset": SOL, "isCross": False, "leverage": 5})
    busy.buy("0.3", asset=ETH)
    busy.statuses(order("sell", "148", "2", limit("Ioc"), asset=SOL))
    busy.buy("0.001")
    busy.statuses(order("sell", "90000", "0.0005", limit("Ioc"), reduce=True))
    busy.statuses(
        order("buy", "99000", "0.001"),
        order("sell", "84000", "0.001", trigger("94000"), reduce=True),
        order("sell", "99000", "0.001", trigger("110000", "tp"), reduce=True),
        grouping="normalTpsl",
    )
    busy.statuses(order("buy", "90000", "0.001", limit("Ioc")), order("buy", "90000", "0.001", limit("Alo")))
    busy.statuses(order("buy", "91000", "0.001", cloid=CLOID))
    busy.act({"type": "cancelByCloid", "cancels": [{"asset": BTC, "cloid": CLOID}]})
    busy.venue.accounts.declare(
        "0x" + "ee" * 20, master=busy.user, name="bot", valid_until_ms=NOW_MS + DAY_MS
    )
    busy.clock.advance(30 * HOUR_MS)
    return busy


OLD_POSITION = {"maxTradeSzs"}
NEW_POSITION = {"cumFunding", "maxLeverage", "rawUsd", "time", "crossMaintenanceMarginUsed"}
# Request type, recording, what went since, what came since.
RECORDED: list[tuple[str, str, set[str], set[str]]] = [
    ("meta", "info", set(), {"marginTableId", "marginTables", "collateralToken"}),
    ("l2Book", "l2_snapshot", set(), set()),
    ("candleSnapshot", "candles_snapshot", set(), set()),
    ("clearinghouseState", "user_state", OLD_POSITION, NEW_POSITION),
    ("openOrders", "open_orders", set(), {"origSz", "cloid", "reduceOnly"}),
    ("frontendOpenOrders", "frontend_open_orders", set(), {"cloid"}),
    ("historicalOrders", "historical_orders", set(), {"children"}),
    ("userFills", "user_fills", set(), {"tid", "feeToken", "twapId", "cloid"}),
    ("userFillsByTime", "user_fills_by_time", set(), {"tid", "feeToken", "twapId", "cloid"}),
    ("fundingHistory", "funding_history_None", set(), set()),
    ("fundingHistory", "funding_history_1684811870000", set(), set()),
    ("portfolio", "portfolio", set(), set()),
    ("extraAgents", "extra_agents", set(), set()),
    ("userRateLimit", "user_rate_limit", set(), {"nRequestsSurplus"}),
    ("userRole", "user_role", set(), set()),
    ("userTwapSliceFills", "user_twap_slice_fills", set(), set()),
    ("userNonFundingLedgerUpdates", "user_non_funding_ledger_updates_with_end_time", set(), set()),
]
# Five recorded rows are too few to show each kind: none was a trigger (no time in force) or had a client id.
# Two recorded agents both end; a client's schema names null for one that does not.
UNSHOWN = {"historicalOrders": {"[].order.tif", "[].order.cloid"}, "extraAgents": {"[].validUntil"}}


def asked(exchange: Embedded, request: dict[str, Any]) -> Any:
    """The recorded request, about our coins, our user and our time."""
    fields = {key: value for key, value in request.items() if key != "type"}
    if "user" in fields:
        fields["user"] = exchange.user
    if "coin" in fields:
        fields["coin"] = "BTC"
    if "startTime" in fields:
        fields["startTime"] = NOW_MS - HOUR_MS if "endTime" not in fields else 0
        fields["endTime"] = NOW_MS + 100 * HOUR_MS if "endTime" in fields else None
    if request["type"] == "userNonFundingLedgerUpdates" and "endTime" in request:
        fields |= {"startTime": NOW_MS + 1, "endTime": NOW_MS + 2}
    if "req" in fields:
        fields["req"] = {"coin": "BTC", "interval": "1h", "startTime": NOW_MS - 24 * HOUR_MS}
    return exchange.read(request["type"], **fields)


@pytest.mark.parametrize(("kind", "name", "absent", "added"), RECORDED, ids=[row[1] for row in RECORDED])
def test_an_answer_has_the_recorded_shape(
    exchange: Embedded, kind: str, name: str, absent: set[str], added: set[str]
) -> None:
    request, response = recorded(name)
    assert request["type"] == kind
    ours = asked(exchange, request)
    found = differences(ours, response, absent=absent, added=added)
    assert [line for line in found if line.split(":")[0] not in UNSHOWN.get(kind, set())] == []


def test_an_order_of_every_kind_has_the_shape_of_the_newest_recording(exchange: Embedded) -> None:
    _, response = recorded("historical_orders")
    names = set(response[0]["order"])
    for row in exchange.read("historicalOrders", user=exchange.user):
        assert list(row["order"]) == list(response[0]["order"])
        assert set(row) == set(response[0])
    for row in exchange.open_rows():
        assert set(row) == names


def test_mids_are_decimals_by_coin(exchange: Embedded) -> None:
    _, response = recorded("all_mids")
    assert set(differences(exchange.read("allMids"), response, absent=set(response), added=set())) == set()


def test_a_recorded_group_is_listed_as_ours(exchange: Embedded) -> None:
    """The children stand inside the parent and beside it, newest first, as numbers after the parent's."""
    _, response = recorded("frontend_open_orders")
    ours = exchange.open_rows()
    for rows in (response, ours):
        parent = next(row for row in rows if row["children"])
        inside = {child["oid"] for child in parent["children"]}
        assert inside == {parent["oid"] + 1, parent["oid"] + 2}
        assert inside <= {row["oid"] for row in rows}
        assert [row["oid"] for row in rows] == sorted((row["oid"] for row in rows), reverse=True)
        assert {child["timestamp"] for child in parent["children"]} == {parent["timestamp"]}


def test_the_recorded_candle_that_holds_the_start_is_included(exchange: Embedded) -> None:
    request, response = recorded("candles_snapshot")
    start = request["req"]["startTime"]
    assert response[0]["t"] <= start <= response[0]["T"]
    start = NOW_MS - 5 * HOUR_MS
    ours = exchange.read("candleSnapshot", req={"coin": "BTC", "interval": "1h", "startTime": start})
    assert ours[0]["t"] <= start <= ours[0]["T"]
    assert {row["T"] - row["t"] for row in ours} == {row["T"] - row["t"] for row in response}


def test_an_isolated_account_has_the_shape_of_the_sample(exchange: Embedded) -> None:
    ours = exchange.read("clearinghouseState", user=exchange.user)
    isolated = [row for row in ours["assetPositions"] if row["position"]["leverage"]["type"] == "isolated"]
    assert (
        differences(ours | {"assetPositions": isolated}, sample("GetAccountInfo"), absent=set(), added=set())
        == []
    )
    assert list(ours) == list(sample("GetAccountInfo"))
    assert list(isolated[0]["position"]) == list(sample("GetAccountInfo")["assetPositions"][0]["position"])


def test_a_funding_payment_has_the_shape_of_the_sample(exchange: Embedded) -> None:
    ours = exchange.read("userFunding", user=exchange.user, startTime=0)
    assert len(ours) > 0
    assert differences(ours, sample("GetFundingHistory"), absent=set(), added=set()) == []
    _, response = recorded("user_funding_history_with_end_time")
    found = differences(ours, response, absent=set(), added=set())
    assert found == ["[].delta.nSamples: ['null'] here, recorded as ['int']"]


def test_prices_have_the_shape_of_the_sample(exchange: Embedded) -> None:
    ours = exchange.read("metaAndAssetCtxs")
    added = {"marginTableId", "marginTables", "collateralToken", "dayBaseVlm"}
    assert differences(ours, sample("GetExchangeInfoAndTickers"), absent={"onlyIsolated"}, added=added) == []


def test_a_setting_is_answered_as_in_the_sample(exchange: Embedded) -> None:
    reply = exchange.act({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 20})
    assert reply == sample("SetLeverage")


def test_a_deposit_has_the_recorded_shape(exchange: Embedded) -> None:
    _, response = recorded("user_non_funding_ledger_updates_without_end_time")
    deposits = [row for row in response if row["delta"]["type"] == "deposit"]
    ours = exchange.read("userNonFundingLedgerUpdates", user=exchange.user, startTime=0)
    assert differences(ours, deposits, absent=set(), added=set()) == []


def test_a_difference_would_be_seen() -> None:
    truth = [{"px": "1.0", "n": 1, "t": None}]
    assert differences([{"px": "1", "n": 1, "t": None}], truth, absent=set(), added=set()) == [
        "[].px: ['text'] here, recorded as ['decimal']"
    ]
    assert differences([{"px": "1.0", "t": None}], truth, absent=set(), added=set()) == [
        "[].n: recorded as ['int'], absent here"
    ]
    assert differences([truth[0] | {"x": 1}], truth, absent=set(), added=set()) == [
        "[].x: ['int'] here, never recorded"
    ]
