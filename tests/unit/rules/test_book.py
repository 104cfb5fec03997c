"""Everything that waits counts together, cancels always pass, and the gate is monotone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    dec,
    holdings,
)
from tests.support.resting_gate import FIRST_ID, LIVE, a_lookup, a_rest, judged, reading, waiting
from tests.support.resting_scenes import (
    MARKET,
    TWO_SIDED,
    VIEW,
    a_grid,
    a_ladder,
    a_snap,
    diffed,
    held_leg,
    whole,
)
from trader.core.actions import Cancel, Rest, SetLeverage
from trader.core.market import Leg, MarginTier
from trader.core.policy import Policy
from trader.core.snapshot import Account
from trader.gate import gate
from trader.rules.book import Book, resting_value
from trader.rules.stopped import parts_of


def test_plain_ones_pass_every_rule() -> None:
    assert judged().refused == waiting().refused == ()
    assert judged(reading(held_leg())).refused == (), "a grid goes on beside what it holds"
    ladder = diffed(a_grid(a_ladder(6)), a_snap()).rests
    rich = a_snap(holdings=holdings(account=Account(dec(1_000_000), dec(0), dec(0))))
    decided = gate(ladder, rich, whole(), None)
    assert decided.refused == () and [a.action for a in decided.approved] == list(ladder)


def test_one_that_was_called_off_unfilled_may_rest_again() -> None:
    assert waiting(a_snap(lookups={FIRST_ID: a_lookup()})).refused == ()


def test_what_this_plan_cancels_first_does_not_count() -> None:
    cancel = Cancel.of(LIVE, "not wanted any more")
    snapshot, policy = a_snap([LIVE]), whole(naked=995)
    assert [r.rule for r in gate([a_rest()], snapshot, policy, None).refused] == ["naked_resting"]
    decided = gate([cancel, a_rest()], snapshot, policy, None)
    assert decided.refused == () and len(decided.approved) == 2


def test_cancels_of_entries_pass_whatever_the_state() -> None:
    cancel = Cancel.of(LIVE, "not wanted any more")
    worst = a_snap([LIVE], account_problem="unified account", local_ms=0)
    assert gate([cancel], worst, whole(naked=0, notional_max=dec(1)), "halted").refused == ()


def test_covered_as_it_fills_is_not_naked() -> None:
    abilities = replace(TWO_SIDED, attach="pro_rata")
    assert judged(a_snap(abilities=abilities), whole(naked=0)).refused == ()
    for lesser in (replace(abilities, attach="whole"), replace(abilities, two_sided=False)):
        snapshot = a_snap(abilities=lesser, two_sided=lesser.two_sided)
        assert "naked_resting" in [r.rule for r in judged(snapshot, whole(naked=0)).refused]


def test_the_worst_case_and_the_setting_are_told() -> None:
    (refused,) = judged(a_snap([LIVE]), whole(naked=0)).refused
    assert "1985.00 USD stand without a stop" in refused.reason
    assert "limits.naked_resting_notional_max 0" in refused.reason


def test_leverage_is_set_once_before_the_first_that_passes() -> None:
    setting = SetLeverage("BTC", 3, True, "file")
    rests = [a_rest(number=1), a_rest(number=2)]
    approved = [type(a.action) for a in gate([setting, *rests], a_snap(), whole(), None).approved]
    assert approved == [SetLeverage, Rest, Rest]
    assert gate([setting, *rests], a_snap(), whole(), "halted").approved == ()


def test_the_second_of_a_plan_counts_the_first() -> None:
    """For margin, for liquidation and for what stands naked."""
    pair = [a_rest(number=1), a_rest(number=2)]

    def rules(policy: Policy, account: Account) -> list[str]:
        decided = gate(pair, a_snap(holdings=holdings(account=account)), policy, None)
        assert len(decided.approved) == 1
        return [r.rule for r in decided.refused]

    rich = Account(dec(1_000_000), dec(0), dec(0))
    assert rules(whole(), Account(dec(1000), dec(500), dec(0))) == ["margin"]
    assert rules(whole(), Account(dec(1000), dec(0), dec(800))) == ["liquidation"]
    assert rules(whole(naked=1_500), rich) == ["naked_resting"]


@pytest.mark.parametrize("leg", Leg)
def test_what_is_held_counts_for_liquidation_whichever_leg_it_is(leg: Leg) -> None:
    account = Account(dec(1000), dec(0), dec(800))
    assert judged(a_snap(holdings=holdings(account=account))).refused == ()
    held = reading(held_leg(leg, "0.02"), account=account)
    assert [r.rule for r in judged(held).refused] == ["liquidation"]


def test_a_high_tier_asks_for_more_margin() -> None:
    tiers = (MarginTier(dec(0), 40), MarginTier(dec(200), 2))
    thin = holdings(account=Account(dec(1000), dec(0), dec(840)))
    assert judged(a_snap(holdings=thin)).refused == ()
    steep = a_snap(holdings=thin, markets={"BTC": replace(VIEW, market=replace(MARKET, tiers=tiers))})
    assert [r.rule for r in judged(steep).refused] == ["liquidation"]


numbers = st.decimals(min_value=1, max_value=12_000, places=2)
NAMES = ["notional_max", "coin_notional_max", "gross_notional_max", "naked"]


@given(numbers, numbers, st.sampled_from(NAMES), st.booleans())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_the_gate_is_monotone(first: Any, second: Any, name: str, with_live: bool) -> None:
    """A tighter limit never approves what a looser one refuses, and what passes stays within it."""
    tight, loose = sorted((first, second))
    ladder = diffed(a_grid(a_ladder(4)), a_snap()).rests
    rich = holdings(orders=[LIVE] if with_live else [], account=Account(dec(1_000_000), dec(0), dec(0)))
    some = [r for r in ladder if not (with_live and r.client_id == LIVE.client_id)]

    def approved(limit: Any) -> list[Rest]:
        decided = gate(some, a_snap(holdings=rich), whole(**{name: limit}), None)
        return [a.action for a in decided.approved if isinstance(a.action, Rest)]

    few, many = approved(tight), approved(loose)
    assert len(few) <= len(many)
    total = sum((r.size * r.price for r in few), dec(0)) + (LIVE.size * LIVE.level if with_live else 0)
    assert name == "notional_max" or not few or total <= tight


def test_what_was_worked_out_for_one_book_is_not_told_of_another() -> None:
    book = Book.of(a_snap([LIVE]), whole(), None)
    assert len(parts_of(book)) == 1 and book.waiting(Leg.LONG) == resting_value(LIVE)
    gone = replace(book, gone=frozenset({LIVE.order_id}))
    assert parts_of(gone) == [] and gone.waiting(Leg.LONG) == 0
    empty = replace(book, snapshot=a_snap())
    assert parts_of(empty) == [] and empty.waiting(Leg.LONG) == 0
    assert len(parts_of(book)) == 1 and book.waiting(Leg.LONG) == resting_value(LIVE)
    other = replace(book, policy=replace(book.policy, account_tag=book.policy.account_tag + 1))
    assert [part.unguarded for part in parts_of(other)] == [True]
    assert [part.unguarded for part in parts_of(book)] == [False]
