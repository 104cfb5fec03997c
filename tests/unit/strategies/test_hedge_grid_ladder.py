"""The ladder: spacing and sizes, and that every step after it only takes away."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.grid_scenes import (
    ANCHOR,
    NOW_MS,
    TICK,
    a_rung,
    grid_of,
    held,
    params_of,
)
from trader.core.market import Leg
from trader.core.target import FundingFacts
from trader.strategies.hedge_grid_ladder import (
    Rung,
    before_stop,
    by_policy,
    capped,
    funding_factor,
    guarded,
    in_lots,
    ladder,
    paying,
    unfilled,
)
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.hedge_grid_regime import Regime

MINUTE_MS = 60_000
regimes = st.sampled_from(list(Regime))
policies = st.sampled_from(["throttled-counter", "core-and-scalp"])
levels = st.integers(0, 12)


def sizes(rungs: Sequence[Rung], leg: Leg) -> list[float]:
    return [round(r.size, 9) for r in rungs if r.leg is leg]


def is_part_of(fewer: Sequence[Rung], more: Sequence[Rung]) -> bool:
    """True when every rung is there in the other list, at the same price and at least as large."""
    found = {(r.leg, r.number): r for r in more}
    return all(
        (r.leg, r.number) in found
        and r.price == found[r.leg, r.number].price
        and r.size <= found[r.leg, r.number].size * (1 + 1e-12)
        for r in fewer
    )


def test_rungs_stand_evenly_on_both_sides_and_grow_outwards() -> None:
    rungs = ladder(ANCHOR, TICK, params_of(levels_long=3, levels_short=2))
    assert [(r.leg.value, r.number, round(r.price, 9)) for r in rungs] == [
        ("long", 1, 99.5),
        ("long", 2, 99.0),
        ("long", 3, 98.5),
        ("short", 1, 100.5),
        ("short", 2, 101.0),
    ]
    assert sizes(rungs, Leg.LONG) == [0.1, 0.105, 0.11025]


@given(st.integers(1_000, 10_000_000), levels, levels, st.floats(10.0, 1000.0))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_long_rungs_lie_below_the_anchor_and_short_ones_above(
    anchor_ticks: int, long: int, short: int, step_bps: float
) -> None:
    rungs = ladder(anchor_ticks, TICK, params_of(levels_long=long, levels_short=short, step_bps=step_bps))
    assert all((anchor_ticks * TICK - r.price) * r.leg.sign > 0 for r in rungs)
    assert all(float(f"{r.price:.2f}") == r.price for r in rungs), "on ticks"
    assert len({(r.leg, r.number) for r in rungs}) == len(rungs) == long + short - _below_zero(long, step_bps)


def _below_zero(levels: int, step_bps: float) -> int:
    return len([n for n in range(1, levels + 1) if ANCHOR - n * ANCHOR * step_bps / 1e4 < 0.5])


def test_the_throttled_policy_cuts_the_counter_side_alone() -> None:
    rungs = by_policy(ladder(ANCHOR, TICK, params_of()), Regime.UP, params_of(counter_levels=2))
    assert len(sizes(rungs, Leg.LONG)) == 6
    assert sizes(rungs, Leg.SHORT) == [0.05, 0.0525]
    assert sizes(by_policy(ladder(ANCHOR, TICK, params_of()), Regime.DOWN, params_of()), Leg.LONG) == [
        0.05,
        0.0525,
        0.055125,
        0.05788125,
    ]


def test_core_and_scalp_cuts_both_sides_and_scales_the_counter_side() -> None:
    params = params_of(policy="core-and-scalp", counter_levels=2)
    rungs = by_policy(ladder(ANCHOR, TICK, params), Regime.UP, params)
    assert sizes(rungs, Leg.LONG) == [0.1, 0.105]
    assert sizes(rungs, Leg.SHORT) == [0.05, 0.0525]


@given(policies, levels, st.floats(0, 1))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_sideways_the_policy_changes_nothing(policy: str, count: int, scale: float) -> None:
    params = params_of(policy=policy, counter_levels=count, counter_scale=scale)
    rungs = ladder(ANCHOR, TICK, params)
    assert by_policy(rungs, Regime.SIDEWAYS, params) == rungs


@pytest.mark.parametrize(
    ("minutes_left", "rate_bps", "factor"),
    [
        (61, 50, 1.0),
        (60, 50, 1.0),
        (59, 50, 0.8),
        (48, 50, 0.8),
        (47, 50, 0.6),
        (25, -50, 0.4),
        (12, 50, 0.2),
        (11, 50, 0.0),
        (0, 50, 0.0),
        (5, 12, 1.0),
        (5, -12, 1.0),
        (5, 12.1, 0.0),
    ],
)
def test_the_guard_goes_down_in_fifths(minutes_left: int, rate_bps: float, factor: float) -> None:
    funding = FundingFacts(rate_bps / 1e4, NOW_MS + minutes_left * MINUTE_MS, 8 * 60 * MINUTE_MS)
    assert funding_factor(funding, NOW_MS, params_of()) == factor
    assert paying(funding) is (Leg.LONG if rate_bps > 0 else Leg.SHORT)


@given(regimes, policies, st.floats(0, 1), st.floats(-0.01, 0.01), st.integers(1, 200))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_policy_and_guard_never_add_quantity(
    regime: Regime, policy: str, scale: float, rate: float, minutes: int
) -> None:
    params = params_of(policy=policy, counter_scale=scale)
    whole = ladder(ANCHOR, TICK, params)
    after_policy = by_policy(whole, regime, params)
    funding = FundingFacts(rate, NOW_MS + minutes * MINUTE_MS, 60 * MINUTE_MS)
    factor = funding_factor(funding, NOW_MS, params)
    after_guard = guarded(after_policy, paying(funding), factor)
    assert 0.0 <= factor <= 1.0
    assert is_part_of(after_policy, whole) and is_part_of(after_guard, after_policy)
    assert all(r.size > 0.0 for r in after_guard)


def test_a_rung_that_filled_here_is_not_wanted_again_unless_its_rest_still_rests() -> None:
    rungs = ladder(ANCHOR, TICK, params_of())
    spent = held(0.2, filled=((ANCHOR, 1), (ANCHOR, 2), (9_000, 3)))
    left = unfilled(rungs, grid_of(long=spent), ANCHOR)
    assert [r.number for r in left if r.leg is Leg.LONG] == [3, 4, 5, 6]
    assert len(sizes(left, Leg.SHORT)) == 6
    resting = grid_of(long=spent, rungs=(a_rung(Leg.LONG, 2),))
    assert [r.number for r in unfilled(rungs, resting, ANCHOR) if r.leg is Leg.LONG] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("leg", list(Leg))
def test_a_rung_at_or_beyond_the_stop_is_left_out(leg: Leg) -> None:
    rungs = ladder(ANCHOR, TICK, params_of())
    stop = next(r.price for r in rungs if r.leg is leg and r.number == 4)
    left = before_stop(rungs, {leg: stop})
    assert [r.number for r in left if r.leg is leg] == [1, 2, 3]
    assert len([r for r in left if r.leg is not leg]) == 6


def test_quantities_go_down_to_the_lot_and_small_ones_vanish() -> None:
    kept, gone = in_lots(ladder(ANCHOR, TICK, params_of(base_qty=0.0503)), grid_of(notional_min=5.0))
    assert sizes(kept, Leg.LONG) == [0.052, 0.055, 0.058, 0.061, 0.064]
    assert [(r.leg, r.number) for r in gone] == [(Leg.LONG, 1)]
    assert sizes(kept, Leg.SHORT)[0] == 0.05
    assert in_lots(ladder(ANCHOR, TICK, params_of(base_qty=0.0005)), grid_of(notional_min=0.0))[0] == []


@pytest.mark.parametrize(("base", "lot", "size"), [(0.57, 0.01, 0.57), (0.3, 0.1, 0.3), (1.1, 0.1, 1.1)])
def test_a_whole_number_of_lots_stays_whole(base: float, lot: float, size: float) -> None:
    params = params_of(base_qty=base, levels_long=1, levels_short=0)
    kept, _gone = in_lots(ladder(ANCHOR, TICK, params), grid_of(lot=lot))
    assert [r.size for r in kept] == [size]


caps = st.floats(1.0, 400.0)
positions = st.floats(0.0, 3.0)


@given(caps, caps, caps, positions, positions, st.floats(90, 110), levels, levels)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_caps_hold_however_much_of_it_fills(
    side: float, gross: float, net: float, long: float, short: float, mark: float, below: int, above: int
) -> None:
    params = params_of(
        side_notional_max=side,
        gross_notional_max=gross,
        net_notional_max=net,
        levels_long=below,
        levels_short=above,
    )
    grid = grid_of(long=held(long) if long else held(0.0), short=held(short) if short else held(0.0))
    rungs = ladder(ANCHOR, TICK, params)
    kept, gone = capped(rungs, grid, mark, params)
    assert is_part_of(kept, rungs) and sorted(map(str, (*kept, *gone))) == sorted(map(str, rungs))
    resting = {leg: sum(r.notional for r in kept if r.leg is leg) for leg in Leg}
    value = {Leg.LONG: long * mark, Leg.SHORT: short * mark}
    for leg, other in ((Leg.LONG, Leg.SHORT), (Leg.SHORT, Leg.LONG)):
        far = max((r.number for r in kept if r.leg is leg), default=0)
        assert all(r.number > far for r in gone if r.leg is leg), "trimmed from the far end"
        if resting[leg]:
            assert value[leg] + resting[leg] <= side + 1e-6
            assert value[leg] - value[other] + resting[leg] <= net + 1e-6
    if kept:
        assert sum(value.values()) + sum(resting.values()) <= gross + 1e-6


@given(caps, caps, caps, positions, positions)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_trim_takes_no_more_than_it_must(
    side: float, gross: float, net: float, long: float, short: float
) -> None:
    """The last rung trimmed would have broken a cap; and wide caps trim nothing."""
    params = params_of(side_notional_max=side, gross_notional_max=gross, net_notional_max=net)
    grid = grid_of(long=held(long), short=held(short))
    kept, gone = capped(ladder(ANCHOR, TICK, params), grid, 100.0, params)
    assume(gone)
    assert _breaks([*kept, gone[-1]], long, short, params)
    free = params_of(side_notional_max=1e9, gross_notional_max=1e9, net_notional_max=1e9)
    assert capped(ladder(ANCHOR, TICK, free), grid, 100.0, free)[1] == []


def _breaks(rungs: Sequence[Rung], long: float, short: float, params: HedgeGridParams) -> bool:
    below = sum(r.notional for r in rungs if r.leg is Leg.LONG)
    above = sum(r.notional for r in rungs if r.leg is Leg.SHORT)
    value = {Leg.LONG: long * 100.0, Leg.SHORT: short * 100.0}
    side = max(value[Leg.LONG] + below, value[Leg.SHORT] + above)
    net = max(
        value[Leg.LONG] - value[Leg.SHORT] + below if below else 0.0,
        value[Leg.SHORT] - value[Leg.LONG] + above if above else 0.0,
    )
    gross = sum(value.values()) + below + above
    return (
        side > params.side_notional_max or net > params.net_notional_max or gross > params.gross_notional_max
    )
