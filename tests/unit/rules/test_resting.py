"""Each rule for entries that wait stops one on its own, and its removal is noticed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.builders import (
    CLOSE_MS,
    NOW_MS,
    a_fill,
    a_position,
    dec,
    holdings,
)
from tests.support.resting_gate import (
    FIRST_ID,
    LIVE,
    LOOKED_UP,
    OTHERS,
    THIN,
    a_lookup,
    a_rest,
    judged,
    reading,
    sized,
    waiting,
    with_view,
)
from tests.support.resting_scenes import (
    MARKET,
    VIEW,
    a_snap,
    as_order,
    held_leg,
    whole,
)
from trader.core.market import Leg, Trading
from trader.core.orders import Unreadable
from trader.core.snapshot import Account, Leverage
from trader.gate import Decided, gate
from trader.rules.resting import REST_RULES

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
        lambda: waiting(a_snap(lookups={FIRST_ID: a_lookup(filled=dec("0.001"))})),
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
    "mark is beyond the stop": ("stop", lambda: judged(rest=a_rest(mark=dec(96_900)))),
    "a limit beyond the venue's band": (
        "band",
        lambda: judged(
            with_view(market=replace(MARKET, limit_band=dec("0.01"))), rest=a_rest(mark=dec(98_400))
        ),
    ),
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
