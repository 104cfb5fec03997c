"""What a person reads of an account with two sides, and of entries that wait: each leg by its name."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import a_position, a_stop
from tests.support.reports import NOON_MS, a_long, a_report, an_entry, held, seen
from trader.core.actions import AmendStop, Cancel, Rest, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, Side
from trader.core.orders import Accepted, Kind, Order
from trader.core.report import Done, Protected, Refused, Verdict
from trader.core.snapshot import Snapshot
from trader.core.target import Stay, WantGrid
from trader.sinks.plan_text import diff_lines
from trader.sinks.text import run_text
from trader.sinks.wording import proof_text


def done(action: Any, outcome: Any) -> Done:
    return Done(action, outcome, NOON_MS, NOON_MS + 300)


def plan(*approved: Any, snapshot: Snapshot | None = None) -> list[str]:
    return diff_lines(Verdict({"BTC": Stay("no break")}, approved, ()), snapshot or seen(held(a_long())))


def two_legs() -> Snapshot:
    """Both legs of a coin, each with its bound stop, and a rung that waits."""
    long = a_position("0.01", two_sided=True, liquidation=Decimal(68_000))
    short = a_position("-0.02", two_sided=True, liquidation=Decimal(68_000))
    orders = [
        a_stop(97_000, 0, leg=Leg.LONG, order_id="1", position_bound=True),
        a_stop(103_000, 0, leg=Leg.SHORT, order_id="2", position_bound=True, side=Side.BUY),
        Order("BTC", Side.SELL, Kind.LIMIT, Decimal("0.03"), Decimal(104_000), "3", None, 0, leg=Leg.SHORT),
    ]
    return replace(seen(replace(held(), positions=(short, long), orders=tuple(orders))), two_sided=True)


def test_a_plan_of_two_legs_names_them_and_counts_each_alone() -> None:
    cancel = Cancel("BTC", "3", None, "the caps", Kind.LIMIT, Leg.SHORT)
    move = AmendStop("BTC", Leg.SHORT, "2", "id", Decimal(102_000), Decimal(110_000), "trailed")
    own, other = "liquidation 68,000 (32.0 % away)", "liquidation only against the other leg"
    assert plan(cancel, move, snapshot=two_legs()) == [
        f"= BTC long stop sell whole position at 97,000; 970.00 USD, {own}; live, stays",
        f"= BTC short stop buy whole position at 103,000; 2,060.00 USD, {other}; live, stays",
        f"- BTC short limit sell 0.03 at 104,000; 3,120.00 USD, {other}; the caps",
        f"+ BTC move the stop of the short to 102,000; 2,040.00 USD, {other}; trailed",
    ]


@pytest.mark.parametrize(
    ("changes", "stop", "target"),
    [
        ({"attach": "whole", "attaches_target": True}, "attached to", "attached to"),
        ({"attach": "whole", "attaches_target": False}, "attached to", "when the entry has filled"),
        ({"attach": "none", "attaches_target": False}, "sent first", "when the entry has filled"),
    ],
)
def test_a_plan_says_how_the_exits_of_an_entry_come_to_be(
    changes: dict[str, Any], stop: str, target: str
) -> None:
    snapshot = seen(held())
    snapshot = replace(snapshot, abilities=replace(snapshot.abilities, **changes))
    _enter, its_stop, its_target = (line for line in plan(an_entry(), snapshot=snapshot) if line[0] == "+")
    assert stop in its_stop
    assert target in its_target


def test_a_leverage_moves_no_money_and_says_what_the_venue_has() -> None:
    line, *_ = plan(SetLeverage("BTC", 3, True, "the venue has 20x"))[1:] or [""]
    assert line == "+ BTC set leverage to 3x cross; the venue has 20x"


def test_a_run_names_the_leg_and_the_order_that_it_cancelled() -> None:
    snapshot = two_legs()
    gone = done(Cancel("BTC", "3", None, "the caps", Kind.LIMIT, Leg.SHORT), Accepted())
    elsewhere = done(Cancel("BTC", "77", None, "the caps", Kind.STOP, Leg.LONG), Accepted())
    text = run_text(a_report(snapshot=snapshot, done=(gone, elsewhere)))
    assert "did     BTC short cancel limit sell 0.03 at 104,000: accepted (the caps)" in text
    assert "did     BTC cancel long stop 77: accepted (the caps)" in text
    assert text.index("open    BTC long 0.01") < text.index("open    BTC short 0.02")


def test_a_liquidation_beyond_any_market_is_no_alarm() -> None:
    far = a_position("-0.01", liquidation=Decimal("555662222.222222222222"))
    assert "liquidation out of reach" in run_text(a_report(held(far)))
    near = a_position("-0.01", liquidation=Decimal(140_000))
    assert "liquidation 140,000 (40.0 % away)" in run_text(a_report(held(near)))


def test_a_proof_of_a_leg_has_no_second_sign() -> None:
    proof = Protected("BTC", Decimal("-0.02"), ("2",), Decimal(103_000), leg=Leg.SHORT)
    assert proof_text(proof) == "BTC short 0.02 covered by its stop at 103,000"
    assert proof_text(replace(proof, leg=None)) == "BTC -0.02 covered by its stop at 103,000"


def test_a_rung_says_what_its_coin_did_not() -> None:
    rest = Rest(
        "BTC",
        Leg.LONG,
        Role.RUNG,
        Decimal("0.01"),
        Decimal(99_000),
        None,
        True,
        None,
        Decimal(97_000),
        Decimal(90_000),
        "id",
        None,
        0,
        Decimal(100_000),
        "rung 1, anchor 100,000",
    )
    verdict = Verdict({"BTC": WantGrid(1000, (), None, None, (), "anchor 100,000")}, (rest,), ())
    text = run_text(a_report(verdict=verdict, done=(done(rest, Accepted()),)))
    assert "at 99,000: accepted (rung 1)\n" in text


def test_entries_that_may_not_wait_are_told_once_a_rule() -> None:
    rest = Rest(
        *("BTC", Leg.LONG, Role.RUNG, Decimal("0.01"), Decimal(99_000), None, True, None),
        *(Decimal(97_000), Decimal(90_000), "id", None, 0, Decimal(100_000), "rung 1"),
    )
    refused = [Refused(rest, rule, reason) for rule, reason in (("a", "one"), ("a", "two"), ("b", "three"))]
    verdict = Verdict({"BTC": WantGrid(1000, (), None, None, (), "anchor 100,000")}, (), tuple(refused))
    lines = [line for line in run_text(a_report(verdict=verdict)).splitlines() if line.startswith("BTC")]
    assert lines == [
        "BTC     anchor 100,000",
        "BTC     2 orders not placed, refused by a: one",
        "BTC     1 order not placed, refused by b: three",
    ]
