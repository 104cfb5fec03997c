"""The text of a plan says what could stand without a stop when entries wait on the venue."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import dec
from tests.support.resting_scenes import (
    TWO_SIDED,
    a_grid,
    a_rung,
    a_snap,
    as_order,
    diffed,
    held_leg,
)
from trader.core.actions import Cancel, Rest
from trader.core.market import Leg
from trader.core.report import Refused, Verdict
from trader.core.snapshot import Snapshot
from trader.core.target import Stay
from trader.sinks.plan_text import diff_lines

FIRST, SECOND = diffed(a_grid([a_rung(Leg.LONG, 1), a_rung(Leg.LONG, 2)]), a_snap()).rests
SECOND_LINE = "  filled, they stand without a stop until a run; limits.naked_resting_notional_max bounds them"


def worst(*approved: Any, refused: tuple[Rest, ...] = (), snapshot: Snapshot | None = None) -> list[str]:
    whole = tuple(Refused(one, "naked_resting", "why") for one in refused)
    lines = diff_lines(Verdict({"BTC": Stay("why")}, approved, whole), snapshot or a_snap())
    return lines[[line.startswith("  worst case") for line in lines].index(True) :] if _told(lines) else []


def _told(lines: list[str]) -> bool:
    return any(line.startswith("  worst case") for line in lines)


def test_what_waits_and_what_is_placed_add_up() -> None:
    live = a_snap([as_order(FIRST)])
    assert worst(SECOND, snapshot=live) == [
        "  worst case: 1,985.00 USD wait on the venue",
        SECOND_LINE,
    ]


def test_what_is_refused_is_told_apart() -> None:
    assert worst(FIRST, refused=(SECOND,))[0] == (
        "  worst case: 995.00 USD wait on the venue; with what is refused 1,985.00 USD"
    )


@pytest.mark.parametrize(
    "snapshot",
    [
        a_snap(),
        a_snap([held_leg()[2]]),
        a_snap([replace(as_order(FIRST), client_id=None)]),
        a_snap([as_order(FIRST)], abilities=replace(TWO_SIDED, attach="pro_rata")),
    ],
)
def test_nothing_is_said_where_nothing_of_ours_would_be_naked(snapshot: Snapshot) -> None:
    assert worst(snapshot=snapshot) == []


def test_what_is_cancelled_does_not_count() -> None:
    order = as_order(FIRST)
    assert worst(Cancel.of(order, "why"), snapshot=a_snap([order])) == []
    assert order.size * order.level == dec(995)
