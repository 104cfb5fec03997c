"""Incidents of limits: G1 (checks nobody called), G11 (caps that were missing), G12 (a breaker too many).

Each is played on the embedded exchanges with a grid that wants to rest six rungs a side, of a thousand each.
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.grid_stage import LEGS_OF_GRID, PRICE, armed, drive, grid_stage, rungs, ticked, to_next_bar
from trader import gate, plan
from trader.core.actions import Cancel
from trader.core.ownership import is_ours
from trader.core.policy import Policy
from trader.core.snapshot import Snapshot
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.rules.resting import REST_RULES

VENUES = ("binance", "okx")
WHOLE = Counter(long=6, short=6)
CAPS: dict[str, tuple[dict[str, Any], Counter[str]]] = {  # rule: limits, and what then rests of the rungs
    "side_notional": ({"side_notional_max": Decimal(3_500)}, Counter(long=3, short=3)),
    "gross_notional": ({"gross_notional_max": Decimal(5_500)}, Counter(long=3, short=2)),
    "net_notional": ({"net_notional_max": Decimal(2_500)}, Counter(long=2, short=2)),
    "resting_per_side": ({"resting_per_side_max": 4}, Counter(long=4, short=4)),
    "orders_per_run": ({"orders_per_run_max": 3}, Counter(long=2, short=1)),
    "orders_per_minute": ({"orders_per_minute_max": 7}, Counter(long=4, short=3)),
}


def limited(stage: Stage, **limits: Any) -> Stage:
    stage.settings = replace(stage.settings, limits=replace(stage.settings.limits, **limits))
    return stage


def by_side(stage: Stage) -> Counter[str]:
    return Counter(leg for leg, _, _ in rungs(stage))


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("rule", CAPS)
def test_g11_caps_on_sides_gross_net_and_orders_hold(venue: str, rule: str) -> None:
    """Also in the next run, which finds at the venue what the first one left there."""
    limits, rest = CAPS[rule]
    stage = limited(grid_stage(venue), **limits)
    ran = ticked(stage)
    assert ran.verdict is not None
    assert {r.rule for r in ran.verdict.refused} == {rule}
    assert by_side(stage) == rest
    if rule == "orders_per_run":
        ticked(stage)
        assert by_side(stage).total() == 6
    else:
        ticked(stage)
        assert by_side(stage) == rest


@pytest.mark.parametrize("rule", CAPS)
def test_g1_a_check_that_is_not_called_is_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same market without the rule: everything rests, so each cap above is held by its rule alone."""
    monkeypatch.setattr(gate, "REST_RULES", {n: check for n, check in REST_RULES.items() if n != rule})
    stage = limited(grid_stage("binance"), **CAPS[rule][0])
    ticked(stage)
    assert by_side(stage) == WHOLE


@pytest.mark.parametrize("venue", VENUES)
def test_g12_a_plan_that_cancels_everything_leaves_stops(venue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flaw of the incident in the plan: the gate lets no cancel of a stop that covers through."""
    stage = grid_stage(venue)
    ticked(stage)
    drive(stage, PRICE * 0.99, PRICE * 0.985)
    ticked(stage)
    before = {o.oid for leg in LEGS_OF_GRID for o in armed(stage, leg, Trigger.STOP)}
    assert before and rungs(stage)
    monkeypatch.setattr(plan, "called_off", everything_off)
    limited(stage, daily_loss_max=Decimal("0.01"))
    to_next_bar(stage)
    ran = ticked(stage)
    assert ran.verdict is not None and list(ran.verdict.tripped) == ["daily_loss"]
    assert rungs(stage) == []
    assert {o.oid for leg in LEGS_OF_GRID for o in armed(stage, leg, Trigger.STOP)} == before
    assert {r.rule for r in ran.verdict.refused if isinstance(r.action, Cancel)} == {"cover"}
    assert all(stage.watch.covered(stage.user, "BTC", leg) for leg in LEGS_OF_GRID)


def everything_off(snapshot: Snapshot, policy: Policy, reason: str) -> list[Cancel]:
    """The cancels of every order of ours, stops included."""
    orders = snapshot.holdings.orders_of("BTC")
    return [Cancel.of(o, reason) for o in orders if is_ours(o.client_id, policy.account_tag)]
