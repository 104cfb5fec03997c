"""A missing stop belongs where it was; never behind liquidation, and not where it never was."""

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
from trader.core.market import Leg, Side
from trader.core.orders import Found, Order, Status
from trader.core.policy import Policy
from trader.examine import examine
from trader.level import is_beyond, stop_level

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


def test_a_live_stop_of_ours_that_is_too_small_keeps_its_level() -> None:
    assert level(orders=(a_stop(97_000, "0.001"),)) == 97_000
    assert level(orders=(a_stop(97_000, "0.001", client_id=None),)) == 96_000


def test_a_coin_outside_the_file_has_the_account_s_fallback_and_an_adopted_one_its_own() -> None:
    nowhere = a_policy()
    assert level(policy=Policy(**{**as_dict(nowhere), "markets": {}})) == 95_000
    assert level(policy=a_policy(adopt={"BTC": 0.03})) == 97_000


def as_dict(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in policy.__slots__}


def test_never_behind_liquidation() -> None:
    assert level(told(96_000, Status.CANCELLED), liquidation=dec(97_000)) == dec(97_700)
    assert level(told(99_000, Status.CANCELLED), liquidation=dec(97_000)) == dec(99_000)


def test_beyond_is_where_it_would_fire_at_once() -> None:
    assert is_beyond(dec(100), dec(100), Leg.LONG)
    assert is_beyond(dec(101), dec(100), Leg.LONG)
    assert not is_beyond(dec(99), dec(100), Leg.LONG)
    assert is_beyond(dec(99), dec(100), Leg.SHORT)
    assert not is_beyond(dec(101), dec(100), Leg.SHORT)
