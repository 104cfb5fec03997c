"""One entry that waits before the gate: plain ones that pass, and what a test changes around them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.support.builders import (
    CLOSE_MS,
    NOW_MS,
    TAG,
    an_id,
    dec,
)
from tests.support.resting_scenes import (
    BOLLINGER,
    VIEW,
    a_grid,
    a_grid_policy,
    a_rung,
    a_snap,
    a_waiting,
    an_entry_want,
    as_order,
    diffed,
    held_reading,
    whole,
)
from trader.core.actions import Rest
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Absent, Found, Order, Status
from trader.core.policy import Policy, Sizing
from trader.core.snapshot import Account, Snapshot
from trader.gate import Decided, gate
from trader.ids import entry_id

BOLL = a_grid_policy(strategy_name="bollinger", strategy_number=BOLLINGER, both_legs=False)
FIRST_ID = entry_id(account=TAG, coin="BTC", strategy=BOLLINGER, leg=Leg.LONG, signal_ms=CLOSE_MS - 1_800_000)
LOOKED_UP = {FIRST_ID: Absent()}


def a_rest(leg: Leg = Leg.LONG, number: int = 1, **changes: Any) -> Rest:
    (placed,) = diffed(a_grid([a_rung(leg, number, size=0.01)]), a_snap()).rests
    return replace(placed, **changes)


def an_entry(**changes: Any) -> Rest:
    """A stop entry of a bar."""
    (placed,) = diffed(a_waiting(an_entry_want()), a_snap(), whole(BOLL)).rests
    return replace(placed, **changes)


def judged(
    snapshot: Snapshot | None = None,
    policy: Policy | None = None,
    rest: Rest | None = None,
    halted: str | None = None,
) -> Decided:
    return gate([rest or a_rest()], snapshot or a_snap(), policy or whole(), halted)


def waiting(snapshot: Snapshot | None = None, **changes: Any) -> Decided:
    return judged(snapshot or a_snap(lookups=LOOKED_UP), whole(BOLL), an_entry(**changes))


def with_view(**changes: Any) -> Snapshot:
    return a_snap(markets={"BTC": replace(VIEW, **changes)})


def reading(*legs: Any, orders: Sequence[Order] = (), **changes: Any) -> Snapshot:
    return a_snap(holdings=replace(held_reading(*legs, orders=orders), **changes))


def sized(**changes: Any) -> Policy:
    return whole(a_grid_policy(sizing=replace(Sizing(0.3, None, 3, True), **changes)))


LIVE = as_order(a_rest(number=2))
OTHERS = replace(LIVE, client_id=an_id(Role.ENTRY, strategy=1), order_id="other")
THIN = Account(dec(1000), dec(0), dec(980))


def a_lookup(**changes: Any) -> Found:
    return Found(as_order(an_entry(), 0, **changes), Status.CANCELLED, NOW_MS)
