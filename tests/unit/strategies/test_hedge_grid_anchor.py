"""Where a grid stands: read from ids alone, and held back when following goes against a side."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.grid_scenes import ANCHOR, FRAME_MS, LAST_MS, a_rung, grid_of, held, params_of
from trader.core.market import Leg
from trader.strategies.hedge_grid_anchor import (
    distance_bps,
    live_anchor,
    may_follow,
    nearest_ticks,
    recentres_against,
)

legs = st.sampled_from(list(Leg))


def test_without_a_live_rung_there_is_no_anchor() -> None:
    assert live_anchor(grid_of()) is None
    assert live_anchor(grid_of(long=held(1.0, filled=((ANCHOR, 1),)))) is None


@given(st.permutations([(9_800, 3), (10_000, 1), (10_200, 2)]))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_of_several_anchors_the_newest_bar_holds(found: list[tuple[int, int]]) -> None:
    rungs = tuple(a_rung(Leg.LONG, n, anchor, bar_ms=LAST_MS - (10 - n) * FRAME_MS) for anchor, n in found)
    assert live_anchor(grid_of(rungs=rungs)) == 9_800


@pytest.mark.parametrize(("price", "ticks"), [(100.0, 10_000), (100.004, 10_000), (100.005, 10_001)])
def test_a_price_becomes_whole_ticks(price: float, ticks: int) -> None:
    assert nearest_ticks(price, 0.01) == ticks


def test_the_distance_is_of_the_anchor() -> None:
    assert distance_bps(102.0, 100.0) == pytest.approx(200.0)
    assert distance_bps(98.0, 100.0) == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("filled", "here", "count"),
    [
        ([10_000], 10_000, 0),
        ([10_000], 9_800, 1),
        ([10_000], 10_200, 0),
        ([10_000, 9_800], 9_600, 2),
        ([10_000, 9_800], 9_900, 1),
        ([10_000, 9_800, 9_900], 9_600, 2),
        ([10_000, 10_200, 9_900, 9_950], 9_800, 2),
        ([9_800, 9_800], 9_800, 0),
    ],
)
@pytest.mark.parametrize("leg", list(Leg))
def test_each_anchor_further_against_the_side_counts(
    leg: Leg, filled: list[int], here: int, count: int
) -> None:
    """For a short the same walk, mirrored."""

    def towards(anchor: int) -> int:
        return anchor if leg is Leg.LONG else 20_000 - anchor

    other = Leg.SHORT if leg is Leg.LONG else Leg.LONG
    facts = held(1.0, filled=tuple((towards(a), n) for n, a in enumerate(filled, 1)))
    grid = grid_of(long=facts) if leg is Leg.LONG else grid_of(short=facts)
    assert recentres_against(leg, grid, towards(here), params_of()) == count
    assert may_follow(leg, grid, towards(here), params_of()) is (count < 2)
    assert recentres_against(other, grid, towards(here), params_of()) == 0


@pytest.mark.parametrize(
    ("leg", "here", "count"),
    [
        (Leg.LONG, 9_900, 1),
        (Leg.LONG, 9_610, 1),
        (Leg.LONG, 9_600, 2),
        (Leg.LONG, 9_000, 5),
        (Leg.LONG, 10_900, 0),
        (Leg.SHORT, 10_390, 1),
        (Leg.SHORT, 10_410, 2),
        (Leg.SHORT, 11_000, 4),
        (Leg.SHORT, 9_100, 0),
    ],
)
def test_anchors_that_no_id_tells_of_any_more_count_as_far_as_they_fit(
    leg: Leg, here: int, count: int
) -> None:
    """The rungs of an anchor in between were called off when the grid moved on."""
    facts = held(1.0, filled=((10_000, 1),))
    grid = grid_of(long=facts) if leg is Leg.LONG else grid_of(short=facts)
    assert recentres_against(leg, grid, here, params_of()) == count
    assert recentres_against(leg, grid, here, params_of(recenter_bps=10_000.0)) == min(count, 1)
    assert recentres_against(leg, grid, 10_000, params_of(recenter_bps=0.001)) == 0


def test_live_rungs_of_the_side_count_too() -> None:
    older, newer = a_rung(Leg.LONG, 1, 9_900), a_rung(Leg.LONG, 2, 9_800, bar_ms=LAST_MS)
    grid = grid_of(long=held(1.0, filled=((10_000, 1),)), rungs=(newer, older, a_rung(Leg.SHORT, 1, 9_000)))
    assert recentres_against(Leg.LONG, grid, 9_800, params_of()) == 2


@given(legs, st.lists(st.integers(9_000, 11_000), max_size=6), st.integers(9_000, 11_000))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_flat_side_follows_always(leg: Leg, anchors: list[int], here: int) -> None:
    rungs = tuple(a_rung(leg, n + 1, anchor) for n, anchor in enumerate(anchors))
    grid = grid_of(rungs=rungs)
    assert recentres_against(leg, grid, here, params_of()) == 0
    assert may_follow(leg, grid, here, params_of(recenters_against_max=0))
