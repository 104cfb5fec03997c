"""An observation: exactly two rounds, nothing else asked, and each failed read a value of its own."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from tests.support.okx_answers import (
    ACCOUNT,
    BASE,
    HALF_HOUR_MS,
    NOW_MS,
    Scripted,
    a_balance,
    a_config,
    a_fill,
    a_position,
    an_algo_row,
    an_order_row,
    refused,
)
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_writes import a_venue, id_of
from trader.core.candles import Candles
from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.identity import Role
from trader.core.orders import Found, Status, Unreadable
from trader.core.ports import CandleNeed, Scope
from trader.core.snapshot import Leverage, Quote, Snapshot
from trader.core.wire import Answer, Lost

ENTRY_ID, STOP_ID = id_of(Role.ENTRY), id_of(Role.STOP)
SCOPE = Scope((CandleNeed("SOL", HALF_HOUR_MS, 3),), {STOP_ID: "SOL"}, fills_back_ms=86_400_000)
EXITS = "trade/orders-algo-pending conditional,oco"
TROUBLES: list[tuple[Given, type[TraderError]]] = [
    (Lost(True, "timed out"), Unavailable),
    (Lost(False, "refused"), Unavailable),
    (Answer(429, b"<html>"), Unavailable),
    (Answer(500, b""), Unavailable),
    (Answer(502, b"<html>"), Unavailable),
    (Answer(302, b""), Unavailable),
    (Answer(403, b"<html>"), Denied),
    (Answer(404, b""), Malformed),
    (Answer(200, b""), Malformed),
    (Answer(200, b"null"), Malformed),
    (Answer(200, b"<html>portal</html>"), Malformed),
    (Answer(200, b'{"code":"0","data":'), Malformed),
    (Answer(200, b'{"code":"0","msg":""}'), Malformed),
    (Answer(200, b'{"code":"0","data":null}'), Malformed),
    (Answer(200, b'{"data":[]}'), Malformed),
    (Answer(503, b'{"code":"0","data":[]}'), Unavailable),
    (refused("50011"), Unavailable),
    (refused("50011", status=429), Unavailable),
    (refused("50013", status=429), Unavailable),
    (refused("50026", status=500), Unavailable),
    (refused("51054", status=500), Unavailable),
    (refused("50102", status=401), Unavailable),
    (refused("50111", status=401), Denied),
    (refused("50101", status=401), Denied),
    (refused("50119"), Denied),
    (refused("50035", status=403), Denied),
    (refused("51000", status=400), Malformed),
]
ANY_TROUBLE = [given for given, _ in TROUBLES]


def observed(scope: Scope = SCOPE, **answers: Given) -> Snapshot:
    return with_answers(
        {
            EXITS if key == "exits" else key.replace("__", "/").replace("_", "-"): a
            for key, a in answers.items()
        },
        scope,
    )


def with_answers(answers: dict[str, Given], scope: Scope = SCOPE) -> Snapshot:
    wire = Scripted()
    wire.answers |= answers
    return a_venue(wire, inspects=False).observe(scope)


def test_two_rounds_and_nothing_but_the_questions_that_were_meant() -> None:
    wire = Scripted()
    a_venue(wire, inspects=False).observe(SCOPE)
    assert wire.kinds == [
        [
            "account/config",
            "public/instruments",
            "public/mark-price",
            "account/trade-fee",
            "market/ticker",
            "market/index-tickers",
            "public/price-limit",
            "public/funding-rate",
            "account/leverage-info",
            "public/position-tiers",
            "market/candles",
            "trade/orders-pending",
            "trade/orders-algo-pending conditional,oco",
            "trade/orders-algo-pending trigger",
            "trade/order-algo",
            "public/time",
        ],
        ["account/positions", "account/balance", "public/time", "trade/fills", "trade/orders-history"],
    ]
    assert {
        f"{urlsplit(request.url).scheme}://{urlsplit(request.url).netloc}" for request in wire.requests
    } == {BASE}
    assert {(request.is_write, request.method, request.body) for request in wire.requests} == {
        (False, "GET", b"")
    }


def test_a_week_of_fills_takes_one_request_more_and_a_check_asks_for_no_prices() -> None:
    wire = Scripted()
    a_venue(wire, inspects=False).observe(Scope())
    assert [len(asked) for asked in wire.kinds] == [6, 6]
    assert "trade/fills-history" in wire.kinds[1]
    assert not any(kind.startswith("market/") for kind in wire.kinds[0])


def test_all_that_a_decision_may_look_at() -> None:
    found = an_algo_row(algoClOrdId=STOP_ID, state="order_failed", failCode="1000")
    snapshot = observed(
        exits=an_algo_row(),
        trade__orders_pending=an_order_row(),
        account__positions=a_position(),
        trade__fills=a_fill(clOrdId=ENTRY_ID),
        trade__order_algo=found,
    )
    view, holdings = snapshot.markets["SOL"], snapshot.holdings
    assert (snapshot.venue, snapshot.account_id, snapshot.two_sided) == ("okx", ACCOUNT, False)
    assert (snapshot.venue_ms, snapshot.local_ms) == (NOW_MS, NOW_MS + 500)
    assert isinstance(view.candles, Candles)
    assert len(view.candles) == 3
    assert isinstance(view.quote, Quote)
    assert (view.quote.mark, view.quote.oracle, view.quote.funding_interval_ms) == (
        Decimal(100),
        Decimal("100.02"),
        28_800_000,
    )
    assert view.leverage == Leverage(5, True)
    assert [tier.notional_min for tier in view.market.tiers] == [0, 100_100]
    assert snapshot.missing == {}
    assert snapshot.account_problem is None
    assert (str(snapshot.taker_fee), str(snapshot.maker_fee)) == ("0.0005", "0.0002")
    lookup = snapshot.lookups[STOP_ID]
    assert isinstance(lookup, Found)
    assert (lookup.status, lookup.detail) == (Status.REJECTED, "order_failed, failCode 1000")
    assert not isinstance(holdings.orders, Unreadable)
    assert not isinstance(holdings.fills, Unreadable)
    assert (len(holdings.positions), len(holdings.orders), len(holdings.fills)) == (1, 2, 1)
    assert (holdings.fills_since_ms, holdings.fills_complete) == (NOW_MS - 86_400_000, True)


def test_a_two_sided_account() -> None:
    rows = [a_position(posSide="long"), a_position(posSide="short")]
    fill = a_fill(clOrdId=ENTRY_ID, posSide="long")
    snapshot = observed(
        account__config=a_config(posMode="long_short_mode"), account__positions=rows, trade__fills=fill
    )
    assert snapshot.two_sided
    assert [str(slot) for slot in snapshot.holdings.slots()] == ["SOL long", "SOL short"]
    assert snapshot.holdings.fills_complete


@pytest.mark.parametrize(("trouble", "error"), TROUBLES)
@pytest.mark.parametrize("what", ["account/positions", "account/balance", "account/config", "public/time"])
def test_without_the_account_itself_nothing_is_concluded(
    what: str, trouble: Given, error: type[TraderError]
) -> None:
    with pytest.raises(error, match=what.removeprefix("account/")):
        with_answers({what: trouble})


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
@pytest.mark.parametrize("what", [EXITS, "trade/orders-pending"])
def test_orders_and_fills_that_cannot_be_read_are_not_none(what: str, trouble: Given) -> None:
    snapshot = with_answers({"trade/fills": trouble, what: trouble})
    assert isinstance(snapshot.holdings.orders, Unreadable)
    assert isinstance(snapshot.holdings.fills, Unreadable)
    assert not snapshot.holdings.fills_complete


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_each_other_failure_spoils_its_own_part(trouble: Given) -> None:
    snapshot = observed(market__candles=trouble, account__leverage_info=trouble, trade__order_algo=trouble)
    view = snapshot.markets["SOL"]
    assert isinstance(view.candles, Unreadable)
    assert isinstance(view.leverage, Unreadable)
    assert isinstance(view.quote, Quote)
    assert isinstance(snapshot.lookups[STOP_ID], Unreadable)
    assert snapshot.account_problem is None


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
@pytest.mark.parametrize(
    "what",
    [
        "public/mark-price",
        "public/price-limit",
        "market/ticker",
        "market/index-tickers",
        "public/funding-rate",
    ],
)
def test_without_one_of_its_prices_there_is_no_quote(what: str, trouble: Given) -> None:
    assert isinstance(with_answers({what: trouble}).markets["SOL"].quote, Unreadable)


@pytest.mark.parametrize("trouble", [*ANY_TROUBLE, []])
def test_without_tiers_nobody_knows_what_the_leverage_allows_but_the_rules_are_there(trouble: Given) -> None:
    view = observed(public__position_tiers=trouble).markets["SOL"]
    assert isinstance(view.leverage, Unreadable)
    assert [tier.leverage_max for tier in view.market.tiers] == [50]


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_an_account_whose_fees_cannot_be_read_takes_no_risk(trouble: Given) -> None:
    assert "fees could not be read" in str(observed(account__trade_fee=trouble).account_problem)


def test_the_key_of_another_account_is_denied_with_both_named() -> None:
    with pytest.raises(Denied, match=r"999.*44705892343619584"):
        observed(account__config=a_config(uid="999"))


def test_what_makes_the_account_unfit_is_said_and_the_account_is_still_read() -> None:
    snapshot = observed(
        account__config=a_config(acctLv="1", perm="trade,withdraw"), account__balance=a_balance("0")
    )
    for said in ("spot mode", "may withdraw", "no USDT"):
        assert said in str(snapshot.account_problem)
    assert not isinstance(snapshot.holdings.orders, Unreadable)


def test_other_products_on_the_same_margin_forbid_new_risk_and_nothing_else() -> None:
    rows = [a_position(instId="BTC-USDT-260327"), a_position()]
    snapshot = observed(account__positions=rows)
    assert "holds BTC-USDT-260327 on the same margin" in str(snapshot.account_problem)
    assert [position.coin for position in snapshot.holdings.positions] == ["SOL"]


def test_a_set_up_read_before_still_counts_when_it_cannot_be_read_again() -> None:
    wire = Scripted()
    venue = a_venue(wire, inspects=False)
    venue.observe(SCOPE)
    wire.answers["account/config"] = Answer(500, b"")
    assert "set-up could not be read" in str(venue.observe(SCOPE).account_problem)
    wire.answers["account/config"] = refused("50111", status=401)
    with pytest.raises(Denied):
        venue.observe(SCOPE)


@pytest.mark.parametrize("trouble", [*ANY_TROUBLE, []])
def test_without_the_instruments_a_flat_account_has_no_coin_and_a_position_no_size(trouble: Given) -> None:
    snapshot = observed(public__instruments=trouble)
    assert snapshot.markets == {}
    assert "instruments could not be read" in snapshot.missing["SOL"]
    with pytest.raises((Malformed, Unavailable, Denied)):
        observed(public__instruments=trouble, account__positions=a_position())
    listed = observed(public__instruments=trouble, exits=an_algo_row()).holdings.orders
    assert isinstance(listed, Unreadable)


def test_instruments_read_before_are_kept_for_the_process() -> None:
    wire = Scripted()
    wire.answers["account/positions"] = a_position()
    venue = a_venue(wire, inspects=False)
    venue.observe(SCOPE)
    wire.answers["public/instruments"] = Answer(500, b"")
    assert venue.observe(SCOPE).markets["SOL"].market.contract == 1
