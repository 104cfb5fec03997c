"""A missing stop belongs where it was; never behind liquidation, and not where it never was."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    NOW_MS,
    a_fill,
    a_market,
    a_policy,
    a_position,
    a_stop,
    an_id,
    dec,
    holdings,
)
from trader.core.identity import Role
from trader.core.market import Leg, MarginTier, Side
from trader.core.orders import Found, Order, Status
from trader.core.policy import Policy, StopRules
from trader.core.snapshot import Account
from trader.examine import examine
from trader.level import is_beyond, keepable, stop_level, told_in_vain

OURS = an_id(Role.STOP, bar_minute=1, reference=1)


def told(trigger: int, status: Status, **changes: Any) -> Found:
    """A stop of the present trade, as the history of orders tells it."""
    changes.setdefault("client_id", OURS)
    return Found(a_stop(trigger, **changes), status, NOW_MS)


def level(
    *history: Found, orders: tuple[Order, ...] = (), policy: Policy | None = None, **at: Any
) -> Decimal:
    reading = holdings([a_position(**at)], orders, [a_fill()])
    (case,) = examine(reading, policy or a_policy(), ABILITIES)[1]
    return stop_level(case, policy or a_policy(), a_market(), history, reading)


def test_where_a_displaced_stop_was_asked_to_stand() -> None:
    displaced = a_stop(30_000, client_id=OURS, asked=dec(97_000))
    assert level(told(30_000, Status.LIVE), orders=(displaced,)) == 97_000


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.LIVE, Status.TRIGGERED])
def test_the_level_that_it_had(status: Status) -> None:
    assert level(told(97_000, status)) == 97_000


def test_the_tightest_that_it_had() -> None:
    assert level(told(96_000, Status.CANCELLED), told(98_000, Status.CANCELLED)) == 98_000


def test_a_level_that_was_refused_was_never_its_own() -> None:
    assert level(told(99_000, Status.REJECTED), told(96_000, Status.CANCELLED)) == 96_000


def test_a_stop_that_died_with_the_entry_counts_where_there_was_no_other() -> None:
    assert level(told(97_000, Status.REJECTED)) == 97_000


@pytest.mark.parametrize(
    "other",
    [
        told(98_000, Status.CANCELLED, client_id=an_id(Role.STOP, bar_minute=1, reference=2)),
        told(98_000, Status.CANCELLED, client_id=None),
        told(98_000, Status.CANCELLED, client_id=an_id(Role.TARGET, bar_minute=1, reference=1)),
        told(98_000, Status.CANCELLED, side=Side.BUY),
        told(98_000, Status.CANCELLED, coin="ETH"),
    ],
    ids=["another trade's", "foreign", "a target", "of the other leg", "another coin's"],
)
def test_others_do_not_count(other: Found) -> None:
    assert level(other) == 96_000, "the strategy's tightest, from the entry price"


@pytest.mark.parametrize(
    ("role", "status", "at_ms", "expected"),
    [
        pytest.param(Role.RUNG, Status.CANCELLED, NOW_MS - 1, 96_000, id="of an earlier position"),
        pytest.param(Role.RUNG, Status.REJECTED, NOW_MS - 1, 96_000, id="that died behind an earlier one"),
        pytest.param(Role.RUNG, Status.LIVE, NOW_MS - 1, 98_000, id="that still stands"),
        pytest.param(Role.RUNG, Status.CANCELLED, NOW_MS, 98_000, id="of this one"),
        pytest.param(Role.ENTRY, Status.CANCELLED, NOW_MS - 1, 98_000, id="of a signal, before its entry"),
    ],
)
def test_the_rungs_of_an_anchor_open_one_position_after_another(
    role: Role, status: Status, at_ms: int, expected: int
) -> None:
    entry = a_fill(client_id=an_id(role, bar_minute=1, reference=1), at_ms=NOW_MS)
    reading = holdings([a_position()], (), [entry])
    (case,) = examine(reading, a_policy(), ABILITIES)[1]
    known = (replace(told(98_000, status), at_ms=at_ms),)
    assert stop_level(case, a_policy(), a_market(), known, reading) == expected


def test_a_live_stop_of_ours_that_is_too_small_keeps_its_level() -> None:
    assert level(orders=(a_stop(97_000, "0.001", client_id=OURS),)) == 97_000
    assert level(orders=(a_stop(97_000, "0.001", client_id=None),)) == 96_000


def test_a_live_stop_that_stood_behind_another_trade_says_nothing() -> None:
    left = a_stop(92_000, client_id=an_id(Role.STOP, bar_minute=1, reference=2))
    assert level(orders=(replace(left, size=dec("0.001")),)) == 96_000


def test_a_coin_outside_the_file_has_the_account_s_fallback_and_an_adopted_one_its_own() -> None:
    nowhere = a_policy()
    assert level(policy=Policy(**{**as_dict(nowhere), "markets": {}})) == 95_000
    assert level(policy=a_policy(adopt={"BTC": 0.03})) == 97_000


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param(["last"], 0, id="one: a second one may tell more"),
        pytest.param(["last", "last"], 1, id="it told"),
        pytest.param(["last", "last", "last"], 2, id="so did a third"),
        pytest.param(["mark", "mark", "mark"], 0, id="they act on mark"),
    ],
)
def test_stops_that_wait_for_another_price_are_told_in_vain(orders: list[str], expected: int) -> None:
    policy = a_policy(stops=StopRules("last", None, 0.05))
    position = a_position(mark=dec(90_000))
    stops = [a_stop(96_000, order_id=str(i), trigger_source=source) for i, source in enumerate(orders)]
    reading = holdings([position], stops, [a_fill()])
    (case,) = examine(reading, policy, ABILITIES)[1]
    assert told_in_vain(case, policy, reading) == expected


def as_dict(policy: Policy) -> dict[str, Any]:
    return {its.name: getattr(policy, its.name) for its in fields(policy)}


def test_never_behind_liquidation() -> None:
    assert level(told(96_000, Status.CANCELLED), liquidation=dec(97_000)) == dec(97_700)
    assert level(told(99_000, Status.CANCELLED), liquidation=dec(97_000)) == dec(99_000)


def test_a_live_stop_that_liquidation_overtakes_is_tightened_whatever_stood_before_it() -> None:
    gone = told(99_000, Status.CANCELLED)
    at: dict[str, Any] = {"mark": dec(98_000), "liquidation": dec(92_000)}
    assert level(gone, orders=(a_stop(90_000, client_id=OURS),), **at) == dec(93_698)
    assert level(gone, orders=(a_stop(90_000, "0.001", client_id=OURS),), mark=dec(98_000)) == dec(99_000)


def test_beyond_is_where_it_would_fire_at_once() -> None:
    assert is_beyond(dec(100), dec(100), Leg.LONG)
    assert is_beyond(dec(101), dec(100), Leg.LONG)
    assert not is_beyond(dec(99), dec(100), Leg.LONG)
    assert is_beyond(dec(99), dec(100), Leg.SHORT)
    assert not is_beyond(dec(101), dec(100), Leg.SHORT)


def kept(*, had: int = 96_000, account: Account | None = None, market: Any = None, **at: Any) -> Decimal:
    """How much of ours may stay, in a position at 100,000 whose stop is four percent away."""
    at.setdefault("size", "1")
    reading = holdings([a_position(**at)], [], [a_fill(at["size"])])
    reading = replace(reading, account=account or Account(dec(10_000), dec(0), dec(0)))
    (case,) = examine(reading, a_policy(), ABILITIES)[1]
    return keepable(case, dec(had), a_policy(), market or a_market(tiers=FREE), reading)


FREE = (MarginTier(dec(0), 40, dec(0)),)
HALF = (MarginTier(dec(0), 40, dec("0.005")),)


def test_so_much_stays_as_the_margin_carries_to_the_stop_it_had() -> None:
    """Four percent to the stop and one behind it, 5,000 a coin; 700 are left, and leaving costs 500."""
    left = kept(liquidation=dec(99_300))
    after = 700 - (1 - left) * 500
    assert left * 5_000 <= after < (left + dec("0.0001")) * 5_000 + dec("0.0001") * 500


def test_maintenance_that_is_set_free_lets_more_stay_whoever_tells_of_it() -> None:
    bare = kept(liquidation=dec(99_300))
    by_tier = kept(liquidation=dec(99_300), market=a_market(tiers=HALF))
    by_account = kept(liquidation=dec(99_300), account=Account(dec(10_000), dec(0), dec(500)))
    assert bare < by_tier == by_account


def test_a_rest_too_small_for_the_venue_goes_too_and_less_than_its_least_order_cannot() -> None:
    assert kept(liquidation=dec(99_300), market=a_market(tiers=FREE, notional_min=dec(5_000))) == 0
    assert kept(liquidation=dec(99_300), market=a_market(tiers=FREE, size_min=dec("0.05"))) == 0
    assert kept(liquidation=dec(95_001), market=a_market(tiers=FREE, notional_min=dec(30_000))) == dec("0.7")


def test_what_goes_is_a_quarter_at_least() -> None:
    """A slice each time would be as many orders, and what the venue asks for is not known to the cent."""
    assert kept(liquidation=dec("95000.1")) == dec("0.75")


def test_of_two_legs_what_loses_is_the_difference() -> None:
    """A short of half the size makes half of what is missing."""
    long, short = (a_position(size, liquidation=dec(99_300), two_sided=True) for size in ("1", "-0.5"))
    fills = [a_fill("1", leg=Leg.LONG), a_fill("-0.5", leg=Leg.SHORT, client_id=None)]
    reading = replace(holdings([long, short], [], fills), account=Account(dec(10_000), dec(0), dec(0)))
    (case,) = examine(reading, a_policy(), ABILITIES)[1]
    left = keepable(case, dec(96_000), a_policy(), a_market(tiers=FREE), reading)
    assert kept(liquidation=dec(99_300)) < left < 1


def alone(**at: Any) -> Decimal:
    """Isolated, at a tier of a tenth from half a coin on."""
    tiers = (MarginTier(dec(0), 40, dec("0.005")), MarginTier(dec(50_000), 5, dec("0.1")))
    return kept(cross=False, market=a_market(tiers=tiers), **at)


def test_an_isolated_position_is_cut_to_a_lower_tier_or_goes_whole() -> None:
    """5,250 are asked for now, and 5,500 are its own; 5,500 a coin carry 5,000 of way where 500 are asked."""
    liquidation = dec(100_000) - dec(250) / dec("0.9475")
    left = alone(liquidation=liquidation, margin_used=dec(5_500))
    assert dec("0.49") < left <= dec("0.5")
    assert alone(liquidation=liquidation, margin_used=dec(5_490)) == 0


def test_a_position_without_a_liquidation_price_is_not_kept() -> None:
    assert kept(liquidation=None) == 0
    assert kept(liquidation=None, cross=False) == 0
