"""Each rule for entries that wait stops one on its own, cancels pass, and everything that rests counts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    CLOSE_MS,
    NOW_MS,
    TAG,
    a_fill,
    a_position,
    an_id,
    dec,
    holdings,
)
from tests.support.resting_scenes import (
    BOLLINGER,
    MARKET,
    TWO_SIDED,
    VIEW,
    a_grid,
    a_grid_policy,
    a_ladder,
    a_rung,
    a_snap,
    a_waiting,
    an_entry_want,
    as_order,
    diffed,
    held_leg,
    held_reading,
    whole,
)
from trader.core.actions import Cancel, Rest, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, MarginTier, Trading
from trader.core.orders import Absent, Found, Order, Status, Unreadable
from trader.core.policy import Policy, Sizing
from trader.core.snapshot import Account, Leverage, Snapshot
from trader.gate import Decided, gate
from trader.ids import entry_id
from trader.resting_limits import REST_RULES

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

CASES: dict[str, tuple[str, Callable[[], Decided]]] = {
    "halted": ("halted", lambda: judged(halted="halted by the operator")),
    "scope": ("scope", lambda: judged(policy=replace(whole(), entries_for=frozenset({"ETH"})))),
    "account": ("account", lambda: judged(a_snap(account_problem="unified account"))),
    "orders unreadable": (
        "readable",
        lambda: judged(a_snap(holdings=holdings(orders=Unreadable("orders", "429")))),
    ),
    "history too long": ("readable", lambda: judged(a_snap(holdings=holdings(fills_complete=False)))),
    "clock": ("clock", lambda: judged(a_snap(local_ms=NOW_MS + 5_001))),
    "reduce only": (
        "trading",
        lambda: judged(with_view(market=replace(MARKET, trading=Trading.REDUCE_ONLY))),
    ),
    "the other leg is naked": (
        "cover",
        lambda: judged(
            a_snap(positions=held_leg(Leg.SHORT)[:1], fills=held_leg(Leg.SHORT)[1:2]),
        ),
    ),
    "a foreign position": (
        "position",
        lambda: judged(a_snap(positions=[a_position("-0.01", two_sided=True)])),
    ),
    "fills and position disagree": ("position", lambda: judged(a_snap(fills=[a_fill(leg=Leg.LONG)]))),
    "a position where one bar enters": (
        "position",
        lambda: waiting(replace(reading(held_leg()), lookups=LOOKED_UP)),
    ),
    "an order of another strategy": ("orders", lambda: judged(a_snap([OTHERS]))),
    "an order of another version": (
        "orders",
        lambda: judged(a_snap([replace(OTHERS, client_id=_next_version(LIVE.client_id or ""))])),
    ),
    "a rung that rests": ("one_each", lambda: judged(a_snap([as_order(a_rest())]))),
    "a rung that is placed twice": (
        "one_each",
        lambda: gate([a_rest(), a_rest()], a_snap(), whole(), None),
    ),
    "entered before": (
        "once",
        lambda: waiting(a_snap(lookups={FIRST_ID: _found(filled=dec("0.001"))})),
    ),
    "not looked up": ("once", lambda: waiting(a_snap(lookups={}))),
    "look-up failed": ("once", lambda: waiting(a_snap(lookups={FIRST_ID: Unreadable("order", "504")}))),
    "filled and stopped out": (
        "once",
        lambda: waiting(
            a_snap(
                fills=[
                    a_fill("0.01", 0, at_ms=CLOSE_MS + 1, leg=Leg.LONG),
                    a_fill("-0.01", "0.01", client_id=None, at_ms=CLOSE_MS + 2, fill_id="2", leg=Leg.LONG),
                ],
                lookups=LOOKED_UP,
            )
        ),
    ),
    "the stop is on the wrong side": ("stop", lambda: judged(rest=a_rest(stop=dec(99_500)))),
    "leverage unreadable": ("leverage", lambda: judged(with_view(leverage=Unreadable("leverage", "504")))),
    "leverage above the venue's": ("leverage", lambda: judged(policy=sized(leverage=41))),
    "leverage differs beside a position": (
        "same_leverage",
        lambda: judged(
            replace(reading(held_leg()), markets={"BTC": replace(VIEW, leverage=Leverage(5, True))})
        ),
    ),
    "notional": ("notional", lambda: judged(policy=whole(notional_max=dec(994)))),
    "coin notional": ("coin_notional", lambda: judged(policy=whole(coin_notional_max=dec(994)))),
    "coin notional with a position": (
        "coin_notional",
        lambda: judged(reading(held_leg(Leg.SHORT)), whole(coin_notional_max=dec(1_994))),
    ),
    "gross notional with what rests": (
        "gross_notional",
        lambda: judged(a_snap([LIVE]), whole(gross_notional_max=dec(1_984))),
    ),
    "positions": ("positions", lambda: judged(reading(held_leg(Leg.SHORT)), whole(positions_max=1))),
    "positions when what rests fills": (
        "positions",
        lambda: judged(a_snap([as_order(a_rest(Leg.SHORT))]), whole(positions_max=1)),
    ),
    "margin": (
        "margin",
        lambda: judged(a_snap(holdings=holdings(account=Account(dec(1000), dec(669), dec(0))))),
    ),
    "naked resting": ("naked_resting", lambda: judged(policy=whole(naked="994.9"))),
    "naked resting with what rests": ("naked_resting", lambda: judged(a_snap([LIVE]), whole(naked=1_984))),
    "liquidation": ("liquidation", lambda: judged(a_snap(holdings=holdings(account=THIN)))),
    "liquidation with what rests": (
        "liquidation",
        lambda: judged(
            a_snap(
                [replace(LIVE, size=dec("0.5"))],
                holdings=holdings(orders=[replace(LIVE, size=dec("0.5"))]),
            )
        ),
    ),
    "liquidation at isolated margin": (
        "liquidation",
        lambda: judged(policy=sized(leverage=40, cross=False)),
    ),
}


def _found(**changes: Any) -> Found:
    return Found(as_order(an_entry(), 0, **changes), Status.CANCELLED, NOW_MS)


def _next_version(client_id: str) -> str:
    """The same digits under a version this program does not know."""
    value = int(client_id, 16)
    return f"{value & ~(0xF << 116) | 2 << 116:032x}"


@pytest.mark.parametrize("case", CASES)
def test_each_rule_stops_it_on_its_own(case: str) -> None:
    rule, decide = CASES[case]
    decided = decide()
    assert [r.rule for r in decided.refused] == [rule], decided.refused
    assert decided.refused[0].reason


def test_every_rule_has_a_case() -> None:
    assert {rule for rule, _ in CASES.values()} == set(REST_RULES)


@pytest.mark.parametrize("case", CASES)
def test_without_its_rule_it_would_pass(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case fails for the rule it names and for nothing else: removing a rule is noticed."""
    rule, decide = CASES[case]
    kept = {name: check for name, check in REST_RULES.items() if name != rule}
    monkeypatch.setattr("trader.gate.REST_RULES", kept)
    assert decide().refused == ()


def test_plain_ones_pass_every_rule() -> None:
    assert judged().refused == waiting().refused == ()
    assert judged(reading(held_leg())).refused == (), "a grid goes on beside what it holds"
    ladder = diffed(a_grid(a_ladder(6)), a_snap()).rests
    rich = a_snap(holdings=holdings(account=Account(dec(1_000_000), dec(0), dec(0))))
    decided = gate(ladder, rich, whole(), None)
    assert decided.refused == () and [a.action for a in decided.approved] == list(ladder)


def test_one_that_was_called_off_unfilled_may_rest_again() -> None:
    assert waiting(a_snap(lookups={FIRST_ID: _found()})).refused == ()


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
    assert rules(whole(), Account(dec(1000), dec(0), dec(940))) == ["liquidation"]
    assert rules(whole(naked=1_500), rich) == ["naked_resting"]


def test_what_is_held_on_its_leg_counts_for_liquidation_and_the_other_leg_does_not() -> None:
    account = Account(dec(1000), dec(0), dec(920))
    held = reading(held_leg(Leg.LONG, "0.02"), account=account)
    assert [r.rule for r in judged(held).refused] == ["liquidation"]
    assert judged(reading(held_leg(Leg.SHORT, "0.02"), account=account)).refused == ()


def test_a_high_tier_asks_for_more_margin() -> None:
    tiers = (MarginTier(dec(0), 40), MarginTier(dec(200), 2))
    thin = holdings(account=Account(dec(1000), dec(0), dec(950)))
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
