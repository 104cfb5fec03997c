"""An observation: exactly two rounds, nothing else asked, and each failed read a value of its own."""

import json

import pytest

from tests.support.clocks import ManualClock
from tests.support.hyperliquid_answers import (
    ACCOUNT,
    HALF_HOUR_MS,
    NOW_MS,
    Scripted,
    a_fill,
    a_position,
    a_record,
    a_state,
    a_table,
    an_order_row,
    some_candles,
)
from tests.support.scripted_answers import Given
from trader.core.candles import Candles
from trader.core.errors import ConfigError, Denied, Malformed, TraderError, Unavailable
from trader.core.market import Trading
from trader.core.orders import Absent, Found, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage, Quote, Snapshot
from trader.core.wire import Answer, Lost
from trader.venues.hyperliquid.venue import HyperliquidVenue

ID = "0c" * 16
SCOPE = Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),), {ID: "SOL"}, fills_back_ms=86_400_000)
TROUBLES: list[tuple[Given, type[TraderError]]] = [
    (Lost(True, "timed out"), Unavailable),
    (Lost(False, "refused"), Unavailable),
    (Answer(429, b"null"), Unavailable),
    (Answer(500, b""), Unavailable),
    (Answer(502, b"<html>"), Unavailable),
    (Answer(302, b""), Unavailable),
    (Answer(403, b"<html>"), Denied),
    (Answer(451, b""), Denied),
    (Answer(404, b""), Malformed),
    (Answer(422, b"Failed to deserialize"), Malformed),
    (Answer(200, b""), Malformed),
    (Answer(200, b"null"), Malformed),
    (Answer(200, b"<html>portal</html>"), Malformed),
    (Answer(200, b"[1,"), Malformed),
    (Answer(200, b"7"), Malformed),
    (Answer(200, b'"NaN"'), Malformed),
]
ANY_TROUBLE = [given for given, _ in TROUBLES]


def a_clock() -> ManualClock:
    return ManualClock(wall_ms=NOW_MS)


def a_venue(wire: Scripted, clock: ManualClock | None = None) -> HyperliquidVenue:
    return HyperliquidVenue(
        wire,
        clock or a_clock(),
        account_address=ACCOUNT,
        pen=None,
        base_url="https://api.hyperliquid.xyz/",
        timeout=lambda cap_s: cap_s / 2,
    )


def observed(scope: Scope = SCOPE, **answers: Given) -> Snapshot:
    wire = Scripted()
    wire.answers |= answers
    return a_venue(wire).observe(scope)


def test_two_rounds_and_nothing_but_the_questions_that_were_meant() -> None:
    wire = Scripted()
    a_venue(wire).observe(SCOPE)
    bodies = [[json.loads(request.body) for request in asked] for asked in wire.rounds]
    assert bodies == [
        [
            {"type": "frontendOpenOrders", "user": ACCOUNT},
            {"type": "metaAndAssetCtxs"},
            {"type": "userAbstraction", "user": ACCOUNT},
            {"type": "userFees", "user": ACCOUNT},
            {"type": "activeAssetData", "user": ACCOUNT, "coin": "SOL"},
            {
                "type": "candleSnapshot",
                "req": {"coin": "SOL", "interval": "30m", "startTime": NOW_MS - 5 * HALF_HOUR_MS},
            },
            {"type": "orderStatus", "user": ACCOUNT, "oid": f"0x{ID}"},
        ],
        [
            {"type": "clearinghouseState", "user": ACCOUNT},
            {"type": "userFillsByTime", "user": ACCOUNT, "startTime": NOW_MS - 86_400_000},
        ],
    ]
    assert {request.url for asked in wire.rounds for request in asked} == {"https://api.hyperliquid.xyz/info"}
    assert {request.is_write for asked in wire.rounds for request in asked} == {False}
    assert wire.timeouts_s == [4.0, 4.0]


def test_all_that_a_decision_may_look_at() -> None:
    snapshot = observed(
        frontendOpenOrders=[an_order_row()],
        clearinghouseState=a_state(a_position()),
        userFillsByTime=[a_fill()],
        orderStatus={"status": "order", "order": a_record()},
    )
    view = snapshot.markets["SOL"]
    assert (snapshot.venue, snapshot.account_id) == ("hyperliquid", ACCOUNT)
    assert (snapshot.venue_ms, snapshot.local_ms) == (NOW_MS, NOW_MS)
    assert isinstance(view.candles, Candles)
    assert len(view.candles) == 3
    assert isinstance(view.quote, Quote)
    assert view.leverage == Leverage(5, True)
    assert isinstance(snapshot.lookups[ID], Found)
    assert snapshot.missing == {}
    assert snapshot.account_problem is None
    assert (str(snapshot.taker_fee), str(snapshot.maker_fee)) == ("0.00045", "0.00015")
    holdings = snapshot.holdings
    assert len(holdings.positions) == 1
    assert not isinstance(holdings.orders, Unreadable)
    assert len(holdings.orders) == 1
    assert not isinstance(holdings.fills, Unreadable)
    assert (len(holdings.fills), holdings.fills_complete) == (1, True)
    assert holdings.fills_since_ms == NOW_MS - 86_400_000


@pytest.mark.parametrize(("trouble", "error"), TROUBLES)
def test_without_the_state_nothing_is_concluded(trouble: Given, error: type[TraderError]) -> None:
    with pytest.raises(error, match="clearinghouseState"):
        observed(clearinghouseState=trouble)


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_orders_and_fills_that_cannot_be_read_are_not_none(trouble: Given) -> None:
    snapshot = observed(frontendOpenOrders=trouble, userFillsByTime=trouble)
    assert isinstance(snapshot.holdings.orders, Unreadable)
    assert isinstance(snapshot.holdings.fills, Unreadable)
    assert not snapshot.holdings.fills_complete


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_each_other_failure_spoils_its_own_part(trouble: Given) -> None:
    snapshot = observed(candleSnapshot=trouble, activeAssetData=trouble, orderStatus=trouble)
    view = snapshot.markets["SOL"]
    assert isinstance(view.candles, Unreadable)
    assert isinstance(view.leverage, Unreadable)
    assert isinstance(view.quote, Quote)
    assert isinstance(snapshot.lookups[ID], Unreadable)
    assert snapshot.account_problem is None


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_an_account_whose_kind_or_fees_cannot_be_read_takes_no_risk(trouble: Given) -> None:
    if trouble != Answer(200, b'"NaN"'):
        assert "kind could not be read" in str(observed(userAbstraction=trouble).account_problem)
    assert observed(userAbstraction=trouble).account_problem is not None
    assert "fees could not be read" in str(observed(userFees=trouble).account_problem)


def test_an_account_that_keeps_its_money_elsewhere_takes_no_risk_and_is_told_the_way_out() -> None:
    problem = observed(
        userAbstraction="unifiedAccount", clearinghouseState=a_state(equity="0.0")
    ).account_problem
    assert "unifiedAccount" in str(problem)
    assert "switch it" in str(problem)
    assert "agent" not in str(problem)


@pytest.mark.parametrize("equity", ["0.0", "-1.0"])
def test_an_account_without_money_may_be_the_agent(equity: str) -> None:
    problem = observed(clearinghouseState=a_state(equity=equity)).account_problem
    assert problem == f"no equity in {ACCOUNT}; is this the agent's address instead of the account's?"


@pytest.mark.parametrize("trouble", [*ANY_TROUBLE, []])
def test_without_the_market_table_no_coin_is_there_but_the_account_is(trouble: Given) -> None:
    snapshot = observed(metaAndAssetCtxs=trouble, clearinghouseState=a_state(a_position()))
    assert snapshot.markets == {}
    assert "the market table could not be read" in snapshot.missing["SOL"]
    assert len(snapshot.holdings.positions) == 1


def test_a_table_read_before_keeps_the_rules_but_not_the_prices() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    venue.observe(SCOPE)
    wire.answers["metaAndAssetCtxs"] = Answer(500, b"")
    view = venue.observe(SCOPE).markets["SOL"]
    assert view.market.number == 2
    assert isinstance(view.quote, Unreadable)


def test_a_coin_that_is_not_there_and_one_that_is_closed() -> None:
    needs = tuple(CandleNeed(coin, HALF_HOUR_MS, 3) for coin in ("SOLL", "ETH"))
    snapshot = observed(Scope(needs), metaAndAssetCtxs=a_table({"ETH": {"isDelisted": True}}))
    assert snapshot.missing == {"SOLL": "SOLL is not a market of this venue; nearest: SOL"}
    assert snapshot.markets["ETH"].market.trading is Trading.CLOSED


def test_an_odd_coin_is_missing_with_the_reason() -> None:
    snapshot = observed(metaAndAssetCtxs=a_table({"SOL": {"szDecimals": "2"}}))
    assert "szDecimals" in snapshot.missing["SOL"]


def test_the_rules_of_what_is_held_or_ordered_are_there() -> None:
    snapshot = observed(
        frontendOpenOrders=[an_order_row(coin="ETH"), an_order_row(coin="GONE", oid=8)],
        clearinghouseState=a_state(a_position(coin="BTC")),
    )
    assert set(snapshot.rules) == {"SOL", "ETH", "BTC"}


def test_bars_of_a_length_that_the_venue_has_not_are_not_asked_for() -> None:
    wire = Scripted()
    snapshot = a_venue(wire).observe(Scope((CandleNeed("SOL", 7 * 60_000, 3),)))
    assert isinstance(snapshot.markets["SOL"].candles, Unreadable)
    assert "candleSnapshot" not in wire.kinds[0]


def test_a_look_up_of_an_order_that_is_not_there() -> None:
    assert observed().lookups[ID] == Absent()


def test_a_bar_that_ended_while_the_rounds_were_under_way_is_not_closed() -> None:
    end_ms = NOW_MS // HALF_HOUR_MS * HALF_HOUR_MS + HALF_HOUR_MS
    clock = a_clock()

    class Slow(Scripted):
        def exchange(self, requests, *, timeout_s):  # type: ignore[no-untyped-def]
            clock.run_ms(100)
            return super().exchange(requests, timeout_s=timeout_s)

    wire = Slow()
    for state_ms, closed in ((end_ms + 199, 2), (end_ms + 200, 3)):
        wire.answers["clearinghouseState"] = a_state(at_ms=state_ms)
        wire.answers["candleSnapshot"] = some_candles(3)
        candles = a_venue(wire, clock).observe(SCOPE).markets["SOL"].candles
        assert isinstance(candles, Candles)
        assert len(candles) == closed


@pytest.mark.parametrize("address", ["", "0x12", "ab" * 20, "0x" + "zz" * 20, "0x" + "ab" * 21])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="40 hexadecimal digits"):
        HyperliquidVenue(
            Scripted(), a_clock(), account_address=address, pen=None, base_url="", timeout=lambda cap_s: cap_s
        )
