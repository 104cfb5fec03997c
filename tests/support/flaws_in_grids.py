"""Flaws of entries that rest, as the hedge grid had them: G3, G6, and what a grid makes possible.

Each is planted with monkeypatch; its docstring says what is broken, and which second layer with it.
"""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.planting import everywhere
from trader import act as acting
from trader import grid_facts
from trader.core.actions import Cancel
from trader.core.orders import Unreadable
from trader.core.target import FundingFacts
from trader.cover import own_stops
from trader.observe import patiently
from trader.resting_orders import beyond_limit, own_resting, withdraw
from trader.rules import resting as resting_rules
from trader.strategies.hedge_grid_ladder import funding_factor

FREE = FundingFacts(0.0, 2**53, 28_800_000)


def the_guard_is_not_fed(patch: pytest.MonkeyPatch) -> None:
    """The guard is there and is told that nothing will ever have to be paid."""
    patch.setattr(grid_facts, "_funding", lambda quote: FREE)


def the_guard_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    """The rate is read, and no quantity depends on it."""
    everywhere(patch, funding_factor, lambda *args: 1.0)


def every_rate_is_costly(patch: pytest.MonkeyPatch) -> None:
    """What the file bears is not asked: any rate cuts."""
    everywhere(
        patch,
        funding_factor,
        lambda funding, now_ms, params: funding_factor(funding, now_ms, replace(params, max_cost_bps=0.0)),
    )


def what_cannot_be_judged_is_called_off(patch: pytest.MonkeyPatch) -> None:
    """A grid whose prices cannot be read loses its rungs at once."""

    def all_of_them(coin: str, snapshot: Any, policy: Any) -> list[Cancel]:
        return [Cancel.of(order, "not judged") for order, _ in own_resting(snapshot.holdings, coin, policy)]

    everywhere(patch, withdraw, all_of_them)


def the_wrong_side_pays(patch: pytest.MonkeyPatch) -> None:
    """A rate above zero is taken for one that shorts pay."""
    known = grid_facts._funding

    def turned(quote: Any) -> FundingFacts | None:
        found = known(quote)
        return None if found is None else replace(found, rate=-found.rate)

    patch.setattr(grid_facts, "_funding", turned)


def orders_are_those_of_this_process(patch: pytest.MonkeyPatch) -> None:
    """Open orders are those whose events this process has seen: none; no rule asks for a second one."""

    def unseen(env: Any, *args: Any) -> Any:
        found = patiently(env, *args)
        listed = () if isinstance(found.holdings.orders, Unreadable) else found.holdings.orders
        mine = tuple(o for o in listed if o.client_id in env.sent)
        return replace(found, holdings=replace(found.holdings, orders=mine))

    everywhere(patch, patiently, unseen)
    without(patch, "one_each")


def rungs_are_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    """Which rungs rest is not read off their ids; no rule asks for a second one."""
    everywhere(patch, own_resting, lambda *args: [])
    without(patch, "one_each")


def without(patch: pytest.MonkeyPatch, name: str) -> None:
    """Silence one rule of entries that rest."""
    rules = resting_rules.REST_RULES
    if not isinstance(rules, dict) or name not in rules:
        raise LookupError(f"there is no rule {name} that can be taken out")
    patch.setitem(rules, name, lambda entry, book: None)


def naked_resting_is_not_limited(patch: pytest.MonkeyPatch) -> None:
    """What may fill without a stop is not counted, neither before it rests nor after."""
    without(patch, "naked_resting")
    everywhere(patch, beyond_limit, lambda *args: [])


def a_cancel_is_taken_for_granted(patch: pytest.MonkeyPatch) -> None:
    """New rungs follow the cancels of the old at once."""
    patch.setattr(acting, "_confirm_gone", lambda risk, cancels: None)


def a_recentre_clears_everything(patch: pytest.MonkeyPatch) -> None:
    """Recentring cancels all orders of the coin, stops included, past the gate."""
    perform = acting.act

    def clearing(env: Any, approved: Any, snapshot: Any, policy: Any) -> acting.Acted:
        moved = {a.action.coin for a in approved if getattr(a.action, "reason", "") == "recentred"}
        for coin in moved:
            stops = own_stops(snapshot.holdings.orders_of(coin), policy.account_tag)
            env.venue.perform([Cancel.of(o, "recentred") for o in stops])
        return perform(env, approved, snapshot, policy)

    everywhere(patch, perform, clearing)
