"""What counts as a stop, rule by rule."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import ABILITIES, TAG, a_position, a_stop, a_target, dec
from trader.core.abilities import Abilities
from trader.core.market import Leg, Side
from trader.core.orders import Kind, Order
from trader.core.policy import StopRules
from trader.core.snapshot import Position
from trader.cover import Covered, Uncovered, clear_of, judge, overtaken

RULES = StopRules("mark", None, 0.05)


def judged(*orders: Order, position: Position | None = None, size: object = "0.01") -> Covered | Uncovered:
    return judge(position or a_position(), dec(size), orders, RULES, TAG, ABILITIES)


def test_a_live_stop_of_full_size_covers() -> None:
    found = judged(a_stop())
    assert isinstance(found, Covered)
    assert found.level == 96_000
    assert not found.by_foreign


FLAWS = {
    "wrong side": a_stop(side=Side.BUY),
    "not reduce-only": a_stop(reduce_only=False),
    "never armed": a_stop(is_armed=False),
    "too small": a_stop(size="0.00999"),
    "beyond mark": a_stop(100_000, price=dec(90_000)),
    "a limit without room": a_stop(price=dec(95_000)),
    "a stop-limit": a_stop(is_market=False),
    "another trigger source": a_stop(trigger_source="last"),
    "a target": a_target(96_000),
    "farther than it was asked to stand": a_stop(asked=dec(97_000)),
    "no trigger": replace(a_stop(), trigger=None),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_stop_does_not_cover(flaw: str) -> None:
    assert isinstance(judged(FLAWS[flaw]), Uncovered)


def test_no_order_at_all_is_uncovered() -> None:
    assert judged() == Uncovered("no stop is live")


def test_sizes_of_several_stops_add_up() -> None:
    assert isinstance(judged(a_stop(96_000, "0.006"), a_stop(95_000, "0.004")), Covered)
    assert isinstance(judged(a_stop(96_000, "0.006"), a_stop(95_000, "0.003")), Uncovered)


def test_a_position_bound_stop_covers_whatever_the_size() -> None:
    assert isinstance(judged(a_stop(size=0, position_bound=True), size=5), Covered)


def test_a_short_is_covered_from_above() -> None:
    short = a_position("-0.01")
    above = a_stop(104_000, side=Side.BUY, price=dec(114_400))
    assert isinstance(judged(above, position=short), Covered)
    assert isinstance(judged(a_stop(96_000, side=Side.BUY), position=short), Uncovered)


@pytest.mark.parametrize(
    ("liquidation", "covered"),
    [(None, True), (94_999, True), (95_000, True), (95_001, False), (96_500, False)],
)
def test_a_stop_must_act_well_before_liquidation(liquidation: int | None, covered: bool) -> None:
    """The margin is a quarter of the stop distance: 4,000 below entry asks for 1,000 more."""
    position = a_position(liquidation=None if liquidation is None else Decimal(liquidation))
    found = judged(a_stop(), position=position)
    assert isinstance(found, Covered) is covered
    if isinstance(found, Uncovered):
        assert found.overtaken


@pytest.mark.parametrize(
    ("source", "mark", "covered"),
    [
        pytest.param("mark", 96_001, True, id="mark has not reached it"),
        pytest.param("mark", 96_000, False, id="mark has"),
        pytest.param("last", 94_081, True, id="another price may be a little behind mark"),
        pytest.param("last", 94_080, False, id="and no more than that"),
    ],
)
def test_a_live_stop_on_another_price_may_have_mark_a_little_beyond_it(
    source: str, mark: int, covered: bool
) -> None:
    found = judge(
        a_position(mark=dec(mark)),
        dec("0.01"),
        [a_stop(96_000, trigger_source=source)],
        replace(RULES, trigger=source),
        TAG,
        ABILITIES,
    )
    assert isinstance(found, Covered) is covered


def test_the_margin_is_at_least_half_a_percent_of_price() -> None:
    near = a_stop(99_900, price=dec(89_000))
    assert isinstance(judged(near, position=a_position(liquidation=dec(99_400))), Covered)
    assert isinstance(judged(near, position=a_position(liquidation=dec(99_401))), Uncovered)


def test_a_foreign_stop_counts_and_is_named_foreign() -> None:
    found = judged(a_stop(client_id=None))
    assert isinstance(found, Covered)
    assert found.by_foreign


@pytest.mark.parametrize(
    ("own", "others", "covered"),
    [
        pytest.param("0.004", "0", True, id="ours alone"),
        pytest.param("0", "0.006", False, id="it fires for the part of its owner"),
        pytest.param("0", "0.010", True, id="of the whole position"),
        pytest.param("0.003", "0.006", False, id="ours is short, and theirs does not help"),
        pytest.param("0.003", "0.007", True, id="theirs goes beyond their part"),
    ],
)
def test_beside_a_part_of_somebody_else_his_stops_guard_that_part_first(
    own: str, others: str, covered: bool
) -> None:
    """0.004 of 0.01 is ours."""
    theirs = [a_stop(95_000, others, client_id=None)] if dec(others) else []
    mine = [a_stop(96_000, own)] if dec(own) else []
    assert isinstance(judged(*mine, *theirs, size="0.004"), Covered) is covered


def test_the_liquidation_of_the_other_leg_overtakes_no_stop_of_this_one() -> None:
    """On cross margin both legs show one price; beyond mark on the winning side it is the other's."""
    stop = a_stop(96_000)
    hedged = a_position("0.01", liquidation=dec(140_000), two_sided=True)
    assert not overtaken(stop, hedged, RULES)
    assert overtaken(stop, replace(hedged, liquidation=dec(96_500)), RULES)
    assert overtaken(stop, replace(hedged, two_sided=False), RULES)


REJECTS = replace(ABILITIES, oversized_exit="rejects")
UNKNOWN = replace(ABILITIES, oversized_exit=None)
CLOSING = a_stop(101_000, kind=Kind.LIMIT, client_id=None, order_id="by hand")


@pytest.mark.parametrize("abilities", [REJECTS, UNKNOWN])
@pytest.mark.parametrize(
    ("orders", "covered"),
    [
        ([a_stop()], True),
        ([a_stop(size="0.011")], False),
        ([a_stop(size="0.006"), a_stop(95_000, "0.004")], True),
        ([a_stop(size=0, position_bound=True)], True),
        ([a_stop(), CLOSING], False),
        ([a_stop(size=0, position_bound=True), CLOSING], True),
        ([a_stop(), replace(CLOSING, reduce_only=False)], True),
        ([a_stop(), replace(CLOSING, side=Side.BUY)], True),
        ([a_stop(), a_target()], True),
    ],
    ids=[
        *("of its size", "too large", "two that fit", "bound", "a resting close holds it", "bound beside it"),
        *("an order that opens holds nothing", "nor one of the other side", "nor a target that waits"),
    ],
)
def test_a_stop_must_be_accepted_when_it_fires(
    abilities: Abilities, orders: list[Order], covered: bool
) -> None:
    found = judge(a_position(), dec("0.01"), orders, RULES, TAG, abilities)
    assert isinstance(found, Covered) is covered
    assert isinstance(judged(*orders), Covered), "where the venue trims it acts all the same"


def test_a_market_trigger_without_a_limit_leg_has_room_enough() -> None:
    assert isinstance(judged(a_stop(price=None)), Covered)


@given(
    end=st.integers(50_000, 150_000),
    entry=st.integers(60_000, 140_000),
    leg=st.sampled_from(Leg),
    fraction=st.sampled_from([None, 0.01]),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_farthest_clear_level_is_the_border_of_what_liquidation_overtakes(
    end: int, entry: int, leg: Leg, fraction: float | None
) -> None:
    """On either side of the entry price; a stop a touch farther is overtaken, one a touch nearer is not."""
    rules = StopRules("mark", fraction, 0.05)
    size = "0.01" if leg is Leg.LONG else "-0.01"
    position = a_position(size, entry_price=dec(entry), liquidation=dec(end), mark=dec(100_000))
    level = clear_of(dec(end), position, rules)
    touch = dec("0.001") * leg.sign
    nearer, farther = (replace(a_stop(), trigger=level + step) for step in (touch, -touch))
    assert not overtaken(nearer, position, rules)
    assert overtaken(farther, position, rules)
