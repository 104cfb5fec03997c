"""What is said of a key, the account and the venue: each flag, each field, and each way not to know."""

import json
from typing import Any

import pytest

from tests.support.binance_answers import Scripted, a_venue, an_error, sample, the_rules
from tests.support.binance_money import the_rights
from trader.core.access import Budget
from trader.core.candles import DAY_MS
from trader.core.errors import Malformed
from trader.core.orders import Unreadable
from trader.core.ports import Scope
from trader.core.wire import Answer, Lost
from trader.venues.binance.parse_account import Setup, setup
from trader.venues.binance.parse_market import MarketTable
from trader.venues.binance.rights import Rights, problem_of, rights
from trader.venues.binance.upkeep import venue_problem
from trader.venues.binance.used_weight import RateLimits, rate_limits

WALLET = "https://api.binance.com"
RIGHTS = "sapi/v1/account/apiRestrictions"


def test_the_rights_of_a_key() -> None:
    assert rights(the_rights()) == Rights(True, False, False, True)
    assert rights(the_rights(enableFutures=False, ipRestrict=False)) == Rights(False, False, False, False)


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("enableWithdrawals", "may withdraw"),
        ("enableInternalTransfer", "may move money"),
        ("permitsUniversalTransfer", "may move money"),
    ],
)
def test_what_takes_money_away_is_a_problem(flag: str, words: str) -> None:
    assert words in str(problem_of(rights(the_rights(**{flag: True}))))


@pytest.mark.parametrize(
    "flag",
    [
        *("ipRestrict", "enableFutures", "enableWithdrawals", "enableInternalTransfer"),
        "permitsUniversalTransfer",
    ],
)
@pytest.mark.parametrize("value", [None, "false", 0])
def test_a_right_that_is_not_told_plainly_is_not_known(flag: str, value: object) -> None:
    with pytest.raises(Malformed, match=flag):
        rights(the_rights(**{flag: value}))
    with pytest.raises(Malformed, match=flag):
        rights({name: told for name, told in the_rights().items() if name != flag})


def test_a_right_that_could_not_be_read_is_a_problem() -> None:
    assert "could not be read: no answer" in str(problem_of(Unreadable("apiRestrictions", "no answer")))
    assert problem_of(rights(the_rights())) is None


def test_how_an_account_is_kept() -> None:
    told = setup(sample("GetAccountConfiguration"))
    assert (told.kept, told.kept_problem, told.problem) == ("hedge mode, single-asset margin", None, None)
    shared = Setup(two_sided=False, multi_assets=True)
    assert shared.kept == "one-way mode, multi-assets margin"
    assert shared.problem is not None
    assert shared.problem == shared.kept_problem
    barred = Setup(two_sided=False, can_trade=False, multi_assets=True)
    assert barred.problem == barred.trading_problem
    assert "canTrade is false" in str(barred.problem)


def test_an_account_that_may_not_trade_is_told_as_its_own_problem() -> None:
    config = sample("GetAccountConfiguration") | {"canTrade": False}
    told = a_venue(Scripted(answers={"accountConfig": config})).access()
    assert "canTrade is false" in str(told.account_problem)
    assert told.kept_problem is None


@pytest.mark.parametrize(
    "answer", [Lost(True, "gone"), Answer(418, b"", {"Retry-After": "300"}), Answer(200, b"")]
)
def test_nothing_is_known_where_nothing_answers_and_nothing_is_raised(answer: Answer | Lost) -> None:
    wire = Scripted(by_request=lambda _name, _named: answer)
    venue = a_venue(wire, wallet_url=WALLET)
    told = venue.access()
    unread = {
        *("account_problem", "key_problem", "can_trade", "can_withdraw", "can_move", "is_ip_bound"),
        *("kept", "conditional_orders", "budgets"),
    }
    assert {name for name in unread if isinstance(getattr(told, name), Unreadable)} == unread
    assert len(wire.rounds) == 1
    if isinstance(answer, Answer) and answer.status == 418:
        assert isinstance(venue.access().key_problem, Unreadable)
        assert len(wire.rounds) == 1


@pytest.mark.parametrize("code", [-2014, -2015, -1022, -2017, -1011])
def test_a_key_that_is_refused_is_told_as_such(code: int) -> None:
    wire = Scripted(answers={"balance": an_error(401, code, "No.")})
    told = a_venue(wire).access()
    assert str(code) in str(told.key_problem)
    assert isinstance(told.account_problem, Unreadable)


def test_the_limits_of_the_venue() -> None:
    assert rate_limits(sample("GetExchangeInfo")) == RateLimits(2_400, None, 1_200)
    rows = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6_000},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    ]
    assert rate_limits({"rateLimits": rows}) == RateLimits(6_000, 300, None)
    for wrong in (
        {},
        {"rateLimits": rows[1:]},
        {"rateLimits": [rows[0] | {"limit": 0}]},
        {"rateLimits": [rows[0] | {"limit": "6000"}]},
        {"rateLimits": [rows[0] | {"interval": "FORTNIGHT"}]},
    ):
        with pytest.raises(Malformed):
            rate_limits(wrong)


def test_access_tells_limits_as_they_are_now() -> None:
    wire = Scripted()
    venue = a_venue(wire)
    for limit in (6_000, 1_200):
        row = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": limit}
        wire.answers["exchangeInfo"] = the_rules() | {"rateLimits": [row]}
        assert venue.access().budgets == (Budget("weight of this address", 7, limit, 60),)


def test_limits_that_are_not_told_are_unreadable_and_the_rest_is_not() -> None:
    info = {name: value for name, value in the_rules().items() if name != "rateLimits"}
    venue = a_venue(Scripted(answers={"exchangeInfo": info}))
    snapshot = venue.observe(Scope())
    assert isinstance(snapshot.budgets, Unreadable)
    assert snapshot.budgets.answered
    assert venue.market("SOL").coin == "SOL"
    plain = a_venue(Scripted()).observe(Scope())
    assert plain.budgets == (Budget("weight of this address", 7, 2_400, 60),)


OPEN = MarketTable(the_rules(), [])


def told(status: int, body: object) -> str | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return venue_problem({("bars", "SOL 0"): Answer(status, raw)}, OPEN)


@pytest.mark.parametrize(
    ("status", "body", "is_stopped"),
    [
        (503, {"code": -1016, "msg": "This service is no longer available."}, True),
        (400, {"code": -1016, "msg": "This service is no longer available."}, True),
        (503, {"code": -1008, "msg": "Request throttled by system-level protection."}, True),
        (503, {"msg": "Service Unavailable."}, True),
        (502, {"msg": "Service Unavailable."}, False),
        (503, {"code": -1000, "msg": "Unknown error, please check your request or try again later."}, False),
        (503, {"code": -1001, "msg": "Internal error; unable to process your request."}, False),
        (503, b"<html>Service Unavailable.</html>", False),
        (429, {"code": -1003, "msg": "Too many requests."}, False),
        (400, {"code": -1121, "msg": "Invalid symbol."}, False),
        (200, {"code": -1016, "msg": "This service is no longer available."}, False),
    ],
)
def test_only_what_the_venue_says_in_so_many_words_is_maintenance(
    status: int, body: object, is_stopped: bool
) -> None:
    assert (told(status, body) is not None) is is_stopped
    assert venue_problem({("bars", "SOL 0"): Lost(True, "gone")}, None) is None


def test_a_venue_of_which_no_symbol_trades_is_closed() -> None:
    symbols: list[dict[str, Any]] = [
        the_rules(status=status)["symbols"][0] | {"symbol": f"{coin}USDT"}
        for coin, status in (("SOL", "SETTLING"), ("BTC", "TRADING"))
    ]
    assert venue_problem({}, MarketTable(the_rules() | {"symbols": symbols}, [])) is None
    closed = venue_problem({}, MarketTable(the_rules() | {"symbols": symbols[:1]}, []))
    assert closed == "none of the venue's 1 symbols is TRADING: it is closed for now"


def test_what_the_key_may_do_is_asked_only_where_there_is_a_place_and_until_it_is_known() -> None:
    scope = Scope(past_ms=DAY_MS)
    for wallet, times in ((None, 0), (WALLET, 1)):
        wire = Scripted()
        venue = a_venue(wire, wallet_url=wallet)
        venue.observe(scope)
        venue.observe(scope)
        assert [name for asked in wire.asked for name in asked].count(RIGHTS) == times
    wire = Scripted(answers={RIGHTS: Answer(403, b"<html>")})
    venue = a_venue(wire, wallet_url=WALLET)
    assert "could not be read" in str(venue.observe(scope).account_problem)
    wire.answers[RIGHTS] = the_rights()
    assert venue.observe(scope).account_problem is None
