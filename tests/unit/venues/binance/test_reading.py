"""Rounds of reads: what is asked when, at which weight, and what is done about clocks, coins and lag."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.binance_answers import (
    ACCOUNT_ID,
    HALF_HOUR_MS,
    NOW_MS,
    Given,
    Scripted,
    a_position,
    a_venue,
    an_account,
    an_algo_order,
    an_error,
    an_order,
    sample,
    some_bars,
)
from trader.core.candles import DAY_MS, Candles
from trader.core.errors import ConfigError, Denied, Malformed, TraderError, Unavailable
from trader.core.market import Leg, Trading
from trader.core.orders import Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Quote, Snapshot
from trader.core.wire import Answer, Lost

SCOPE = Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),), fills_back_ms=DAY_MS)
TROUBLES: list[tuple[Given, type[TraderError]]] = [
    (Lost(True, "timed out"), Unavailable),
    (Lost(False, "refused"), Unavailable),
    (an_error(429, -1003, "Too many requests."), Unavailable),
    (an_error(408, -1007, "Timeout."), Unavailable),
    (an_error(503, None, "Service Unavailable."), Unavailable),
    (an_error(400, -1001, "Internal error."), Unavailable),
    (an_error(400, -1016, "This service is no longer available."), Unavailable),
    (Answer(502, b"<html>"), Unavailable),
    (Answer(302, b""), Unavailable),
    (Answer(403, b"<html>"), Denied),
    (an_error(401, -2015, "Invalid API-key, IP, or permissions for action."), Denied),
    (an_error(400, -1022, "Signature for this request is not valid."), Denied),
    (an_error(451, 0, "restricted location"), Denied),
    (an_error(400, -1102, "Mandatory parameter was not sent."), Malformed),
    (an_error(400, -9999, "Something new."), Malformed),
    (Answer(404, b"<html>"), Malformed),
    (Answer(200, b""), Malformed),
    (Answer(200, b"null"), Malformed),
    (Answer(200, b"<html>portal</html>"), Malformed),
    (Answer(200, b"7"), Malformed),
]
ANY_TROUBLE = [given for given, _ in TROUBLES]


def observed(scope: Scope = SCOPE, /, **answers: Given) -> Snapshot:
    return a_venue(Scripted(answers=answers)).observe(scope)


def observed_with(what: str, given: Given) -> Snapshot:
    return a_venue(Scripted(answers={what: given})).observe(SCOPE)


def test_an_observation_asks_in_two_rounds_and_nothing_but_what_was_meant() -> None:
    wire = Scripted()
    a_venue(wire).observe(SCOPE)
    assert wire.asked == [
        [
            *("time", "openOrders", "openAlgoOrders", "balance", "symbolConfig", "accountConfig"),
            *("exchangeInfo", "leverageBracket", "fundingInfo", "commissionRate", "klines"),
            *("premiumIndex", "ticker/bookTicker"),
        ],
        ["time", "account", "positionRisk", "userTrades", "allOrders"],
    ]
    assert all(
        request.url.startswith("https://fapi.binance.com/fapi/v") for one in wire.rounds for request in one
    )


def test_the_second_observation_of_a_process_asks_only_for_what_can_have_changed() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    venue.observe(SCOPE)
    venue.observe(SCOPE)
    assert wire.asked[2:] == [
        [
            *("time", "openOrders", "openAlgoOrders", "symbolConfig", "accountConfig", "klines"),
            *("premiumIndex", "ticker/bookTicker"),
        ],
        ["time", "account", "positionRisk", "userTrades"],
    ]


def test_the_first_reading_of_a_process_that_knows_of_no_coin_learns_them_from_what_is_held() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    holdings = venue.inspect(DAY_MS)
    assert wire.asked == [
        ["time", "openOrders", "openAlgoOrders", "balance", "symbolConfig", "account", "positionRisk"],
        ["time", "account", "positionRisk", "userTrades", "allOrders"],
    ]
    assert not isinstance(holdings.fills, Unreadable)
    assert not isinstance(holdings.orders, Unreadable)
    assert (len(holdings.fills), len(holdings.orders)) == (1, 2)
    venue.inspect(DAY_MS)
    assert wire.asked[2] == ["time", "openOrders", "openAlgoOrders", "account", "positionRisk", "userTrades"]
    symbols = [dict(parse_qsl(urlsplit(r.url).query)).get("symbol") for r in wire.rounds[2]]
    assert symbols == [None, "SOLUSDT", "SOLUSDT", None, None, "SOLUSDT"]


@pytest.mark.parametrize(("trouble", "error"), TROUBLES)
@pytest.mark.parametrize("what", ["time", "account", "positionRisk", "balance", "symbolConfig"])
def test_without_the_state_nothing_is_concluded(what: str, trouble: Given, error: type[TraderError]) -> None:
    with pytest.raises(error, match=what):
        observed_with(what, trouble)
    with pytest.raises(error, match=what):
        a_venue(Scripted(answers={what: trouble})).inspect(DAY_MS)


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_each_other_failure_spoils_its_own_part(trouble: Given) -> None:
    for book in ("openOrders", "openAlgoOrders"):
        assert isinstance(observed_with(book, trouble).holdings.orders, Unreadable)
    holdings = observed(userTrades=trouble).holdings
    assert isinstance(holdings.fills, Unreadable)
    assert not holdings.fills_complete
    snapshot = observed(klines=trouble, premiumIndex=trouble, fundingInfo=trouble)
    view = snapshot.markets["SOL"]
    assert isinstance(view.candles, Unreadable)
    assert isinstance(view.quote, Unreadable)
    assert snapshot.account_problem is None
    for what in ("accountConfig", "commissionRate"):
        assert "could not be read" in str(observed_with(what, trouble).account_problem)
    assert "could not be read" in observed(exchangeInfo=trouble).missing["SOL"]
    assert "could not be read" in observed(leverageBracket=trouble).missing["SOL"]


def test_a_list_of_orders_that_fails_is_not_missed() -> None:
    order = an_order(orderId=25851813)
    fills = observed(allOrders=Answer(500, b""), order=order).holdings.fills
    assert not isinstance(fills, Unreadable)
    assert fills[0].client_id == "web_abc"


def test_a_setting_of_the_account_that_takes_no_risk_is_said() -> None:
    config = sample("GetAccountConfiguration") | {"dualSidePosition": False}
    assert "canTrade" in str(observed(accountConfig=config | {"canTrade": False}).account_problem)
    assert "multi-assets" in str(observed(accountConfig=config | {"multiAssetsMargin": True}).account_problem)
    poor = an_account(a_position(), totalMarginBalance="-1.00")
    assert f"no equity in {ACCOUNT_ID}" in str(observed(account=poor).account_problem)


def test_a_two_sided_account_is_told_as_one() -> None:
    long = a_position(positionSide="LONG")
    short = a_position(positionSide="SHORT", positionAmt="-1.00", liquidationPrice="52.10")
    config = sample("GetAccountConfiguration")
    snapshot = observed(
        accountConfig=config,
        positionRisk=[long, short],
        account=an_account(long, short),
        userTrades=[],
        openOrders=[an_order(positionSide="LONG"), an_order(positionSide="SHORT", orderId=5)],
        openAlgoOrders=[an_algo_order(positionSide="LONG", reduceOnly=False)],
    )
    assert snapshot.two_sided
    assert snapshot.abilities.oversized_exit == "rejects"
    first, second = (snapshot.holdings.position("SOL", leg) for leg in Leg)
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (Decimal(2), Decimal(-1))
    assert (first.liquidation, second.liquidation) == (Decimal("52.10"), None)
    assert [order.leg for order in snapshot.holdings.orders_of("SOL")] == [Leg.LONG, Leg.SHORT, Leg.LONG]
    assert [order.opens for order in snapshot.holdings.orders_of("SOL")] == [True, False, False]


def test_a_coin_that_does_not_trade_is_closed_and_one_without_a_row_is_missing() -> None:
    wire = Scripted()
    wire.answers["exchangeInfo"]["symbols"][0]["status"] = "SETTLING"  # type: ignore[index]
    assert a_venue(wire).observe(SCOPE).markets["SOL"].market.trading is Trading.CLOSED
    missing = observed(Scope((CandleNeed("BTC", HALF_HOUR_MS, 3),))).missing
    assert "BTC is not a perpetual in USDT of this venue" in missing["BTC"]


def test_bars_in_pages_meet_without_a_gap() -> None:
    def answer(name: str, named: Any) -> Given | None:
        if name != "klines":
            return None
        rows = some_bars(4_000)
        begins = [row for row in rows if row[0] >= int(named["startTime"])]
        return begins[: int(named["limit"])]

    wire = Scripted(by_request=answer)
    needs = (CandleNeed("SOL", HALF_HOUR_MS, 3_300),)
    candles = a_venue(wire).observe(Scope(needs)).markets["SOL"].candles
    assert isinstance(candles, Candles)
    assert (len(candles), candles.open_ms[-1]) == (3_300, NOW_MS - NOW_MS % HALF_HOUR_MS - HALF_HOUR_MS)


def test_a_frame_that_the_venue_has_not_is_said() -> None:
    candles = observed(Scope((CandleNeed("SOL", 7 * 60_000, 3),))).markets["SOL"].candles
    assert isinstance(candles, Unreadable)


def test_prices_of_many_coins_are_asked_for_in_one() -> None:
    wire = Scripted()
    coins = ("A", "B", "C", "D", "E", "SOL")
    wire.answers["premiumIndex"] = [wire.answers["premiumIndex"]]
    wire.answers["ticker/bookTicker"] = [wire.answers["ticker/bookTicker"]]
    snapshot = a_venue(wire).observe(Scope(tuple(CandleNeed(coin, HALF_HOUR_MS, 3) for coin in coins)))
    assert isinstance(snapshot.markets["SOL"].quote, Quote)
    assert [wire.asked[0].count(name) for name in ("premiumIndex", "ticker/bookTicker")] == [1, 1]


@pytest.mark.parametrize("account_id", ["", " x", "a\nb"])
def test_an_account_without_a_usable_name_is_refused(account_id: str) -> None:
    with pytest.raises(ConfigError):
        a_venue(Scripted(), account_id=account_id)


def test_a_price_that_stops_cannot_act_on_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"stops\.trigger"):
        a_venue(Scripted(), trigger="index")
