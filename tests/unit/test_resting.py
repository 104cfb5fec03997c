"""The diff of entries that wait: minimal, empty of its own result, and never a second order for one place."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    FRAME_MS,
    NOW_MS,
    SIGNAL_MS,
    TAG,
    a_quote,
    dec,
)
from tests.support.resting_scenes import (
    ANCHOR,
    BOLLINGER,
    GRID,
    MARKET,
    STEP,
    TWO_SIDED,
    a_grid,
    a_grid_policy,
    a_ladder,
    a_rung,
    a_snap,
    after,
    as_order,
    cancelled,
    diffed,
    rested,
    whole,
)
from trader.core.identity import Identity, Role, decode, encode
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.snapshot import Snapshot
from trader.core.target import RestingWant
from trader.resting import Resting
from trader.resting_orders import own_resting

legs = st.sampled_from(list(Leg))
EXPIRING = replace(TWO_SIDED, resting_expiry_min_s=600)
BOLL = whole(a_grid_policy(strategy_number=BOLLINGER, both_legs=False))
LIFE_MS = 14_400_000


def nothing(found: Resting) -> bool:
    return (found.cancels, found.rests) == ((), ())


def at(snapshot: Snapshot, moment_ms: int) -> Snapshot:
    return replace(snapshot, holdings=replace(snapshot.holdings, at_ms=moment_ms))


class TestGrid:
    """Rungs, keyed by leg, number and anchor."""

    def test_an_unchanged_market_writes_nothing_with_twelve_rungs_a_side(self) -> None:
        want = a_grid(a_ladder(12))
        first = diffed(want, a_snap())
        assert (len(first.cancels), len(first.rests)) == (0, 24)
        assert nothing(diffed(want, after(first, a_snap())))
        later = at(after(first, a_snap()), NOW_MS + 40 * FRAME_MS)
        assert nothing(diffed(want, later))

    def test_each_rung_says_in_its_id_what_it_is(self) -> None:
        for placed in diffed(a_grid(a_ladder(3)), a_snap()).rests:
            identity = decode(placed.client_id)
            assert isinstance(identity, Identity)
            assert (identity.account, identity.strategy, identity.role) == (TAG, GRID, Role.RUNG)
            assert (identity.reference, identity.bar_ms, identity.attempt) == (ANCHOR, SIGNAL_MS, 1)
            assert placed.price == dec(100_000) - placed.leg.sign * identity.rung * dec(STEP)
            assert (placed.leg, placed.role) == (identity.leg, Role.RUNG)
            assert (placed.stop_id, placed.post_only, placed.expires_ms) == (None, True, None)

    def test_a_recentre_cancels_what_rests_and_places_the_new_ladder(self) -> None:
        before = rested(a_grid(a_ladder(12)))
        moved = a_grid(a_ladder(12, ANCHOR + 20_500), ANCHOR + 20_500)
        view = replace(before, markets=a_snap(quote=a_quote(102_050)).markets)
        found = diffed(moved, view)
        assert cancelled(found) == {o.order_id for o in before.holdings.orders_of("BTC")}
        assert {c.reason for c in found.cancels} == {"recentred"}
        assert len(found.rests) == 24 and nothing(diffed(moved, after(found, view)))

    def test_one_rung_that_changes_is_one_cancel_and_one_place(self) -> None:
        ladder = a_ladder(12)
        before = rested(a_grid(ladder))
        changed = [replace(r, size=0.02) if (r.leg, r.rung) == (Leg.SHORT, 7) else r for r in ladder]
        found = diffed(a_grid(changed), before)
        assert (len(found.cancels), len(found.rests)) == (1, 1)
        (one,) = found.rests
        identity = decode(one.client_id)
        assert isinstance(identity, Identity) and (identity.rung, identity.attempt) == (7, 2)

    @given(st.floats(-2e-4, 2e-4), st.floats(-0.02, 0.02))
    @settings(max_examples=100, deadline=None, derandomize=True)
    def test_what_is_near_enough_stays(self, price_off: float, size_off: float) -> None:
        market = replace(MARKET, lot=dec("0.00001"), tick=dec("0.01"))
        want = a_rung(Leg.LONG, 3, size=0.5)
        snapshot = a_snap(market=market)
        before = after(diffed(a_grid([want]), snapshot), snapshot)
        (live,) = before.holdings.orders_of("BTC")
        moved = replace(want, price=want.price * (1 + price_off), size=0.5 * (1 + size_off))
        found = diffed(a_grid([moved]), before)
        new = diffed(a_grid([moved]), snapshot).rests[0]
        near = abs(new.price - live.level) <= live.level * dec("0.0001")
        alike = abs(new.size - live.size) <= live.size * dec("0.01")
        assert nothing(found) is (near and alike)
        assert len(found.cancels) == len(found.rests) == (0 if near and alike else 1)

    def test_of_two_orders_on_one_rung_the_older_stays(self) -> None:
        (placed,) = diffed(a_grid([a_rung(Leg.LONG, 1)]), a_snap()).rests
        again = encode(replace(_identity(placed.client_id), attempt=2))
        older, younger = (
            as_order(placed, 1, placed_ms=NOW_MS - 10),
            as_order(placed, 2, client_id=again, placed_ms=NOW_MS - 5),
        )
        for orders in ([older, younger], [younger, older]):
            found = diffed(a_grid([a_rung(Leg.LONG, 1)]), a_snap(orders))
            assert cancelled(found) == {younger.order_id} and found.rests == ()

    def test_orders_of_others_are_not_touched(self) -> None:
        (placed,) = diffed(a_grid([a_rung(Leg.LONG, 1)]), a_snap()).rests
        live = as_order(placed)
        others = [
            replace(live, order_id="hand", client_id=None),
            replace(live, order_id="other", client_id=_renamed(placed.client_id, account=TAG ^ 1)),
            replace(live, order_id="strategy", client_id=_renamed(placed.client_id, strategy=1)),
            replace(live, order_id="stop", client_id=_renamed(placed.client_id, role=Role.STOP)),
            replace(live, order_id="exit", reduce_only=True),
        ]
        found = diffed(a_grid([]), a_snap(others))
        assert nothing(found)
        assert cancelled(diffed(a_grid([]), a_snap([*others, live]))) == {live.order_id}

    def test_a_rung_that_filled_in_part_stays_and_is_never_placed_again_beside_it(self) -> None:
        ladder = [a_rung(Leg.LONG, 1)]
        (placed,) = diffed(a_grid(ladder), a_snap()).rests
        part = as_order(placed, size=dec("0.004"), filled=dec("0.006"))
        assert nothing(diffed(a_grid(ladder), a_snap([part])))
        smaller = diffed(a_grid([replace(ladder[0], size=0.005)]), a_snap([part]))
        assert cancelled(smaller) == {part.order_id} and smaller.rests == ()

    @pytest.mark.parametrize("leg", list(Leg))
    def test_a_rung_that_would_fill_at_once_is_left_out_and_counted(self, leg: Leg) -> None:
        touch = 100_000 - leg.sign * 2 * STEP
        quote = a_quote(touch, bid=dec(touch), ask=dec(touch) + dec("0.1"))
        if leg is Leg.LONG:
            quote = replace(quote, bid=dec(touch) - dec("0.1"), ask=dec(touch))
        ladder = [a_rung(leg, n) for n in (1, 2, 3)]
        found = diffed(a_grid(ladder), a_snap(quote=quote))
        assert [abs(r.price - 100_000) for r in found.rests] == [3 * STEP]
        side = leg.value
        assert found.notes == (
            f"BTC: 2 resting entries not placed, they would fill at once ({side} 1, {side} 2)",
        )
        already = rested(a_grid(ladder))
        live = a_snap(already.holdings.orders_of("BTC"), quote=quote)
        assert nothing(diffed(a_grid(ladder), live)), "what rests is not judged again"

    def test_what_is_too_small_for_the_venue_is_left_out_and_counted(self) -> None:
        found = diffed(
            a_grid([a_rung(Leg.LONG, 1, size=0.0005), a_rung(Leg.SHORT, 2, size=0.002)]),
            a_snap(market=replace(MARKET, notional_min=dec(250))),
        )
        assert found.rests == ()
        assert found.notes == (
            "BTC: 2 resting entries not placed, they are below the venue's minimum (long 1, short 2)",
        )

    def test_a_run_that_is_narrowed_to_other_coins_changes_nothing(self) -> None:
        before = rested(a_grid(a_ladder(2)))
        narrow = replace(whole(), entries_for=frozenset({"ETH"}))
        assert nothing(diffed(a_grid([]), before, narrow))


def _identity(client_id: str) -> Identity:
    found = decode(client_id)
    assert isinstance(found, Identity)
    return found


def _renamed(client_id: str, **changes: Any) -> str:
    return encode(replace(_identity(client_id), **changes))


ladders = st.lists(
    st.builds(
        a_rung,
        legs,
        st.integers(1, 12),
        size=st.sampled_from([0.0001, 0.005, 0.01, 0.0333]),
    ),
    max_size=24,
    unique_by=lambda r: (r.leg, r.rung),
)
shifts = st.sampled_from([0, 1, 5, 20_000])


@given(ladders, ladders, shifts, st.integers(99_000, 101_000), st.booleans())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_diff_of_its_own_result_is_empty(
    old: list[RestingWant], new: list[RestingWant], shift: int, mark: int, expiring: bool
) -> None:
    abilities = EXPIRING if expiring else TWO_SIDED
    before = rested(a_grid(old), None, a_snap(abilities=abilities))
    moved = [replace(r, price=r.price + shift / 10) for r in new]
    want = a_grid(moved, ANCHOR + shift)
    now = a_snap(before.holdings.orders_of("BTC"), quote=a_quote(mark), abilities=abilities)
    found = diffed(want, now)
    live = after(found, now)
    assert nothing(diffed(want, live))
    _is_sound(live, found, want.rungs, mark)


def _is_sound(live: Snapshot, found: Resting, rungs: tuple[RestingWant, ...], mark: int) -> None:
    """One order a rung; nothing through the book; nothing that is not wanted; no id twice."""
    keys = [(i.leg, i.rung, i.reference) for _o, i in own_resting(live.holdings, "BTC", whole())]
    assert len(set(keys)) == len(keys)
    assert {(leg, rung) for leg, rung, _anchor in keys} <= {(r.leg, r.rung) for r in rungs}
    for placed in found.rests:
        assert (mark - placed.price) * placed.leg.sign > -1
    ids = [o.client_id for o in live.holdings.orders_of("BTC")]
    assert len(set(ids)) == len(ids)


@given(
    st.lists(st.sampled_from(["fill", "part", "cancel", "tick", "lost", "double"]), max_size=12), st.data()
)
@settings(max_examples=120, deadline=None, derandomize=True)
def test_whatever_happens_between_ticks_no_rung_gets_a_second_order(
    events: list[str], data: st.DataObject
) -> None:
    """Fills, parts of fills, cancels by hand, writes that were lost, and one that was doubled by another."""
    want, now = a_grid(a_ladder(3)), a_snap()
    for event in [*events, "tick"]:
        orders = list(now.holdings.orders_of("BTC"))
        if event == "tick":
            found = diffed(want, now)
            now = after(found, now)
            assert not {r.client_id for r in found.rests} & {o.client_id for o in orders}
            keys = [(i.leg, i.rung) for _o, i in own_resting(now.holdings, "BTC", whole())]
            assert len(set(keys)) == len(keys) <= 6
        elif orders:
            one = data.draw(st.sampled_from(orders))
            rest_of = [o for o in orders if o is not one]
            if event == "part" and one.filled == 0:
                half = replace(one, size=one.size / 2, filled=one.size / 2)
                rest_of = [*rest_of, half]
            elif event == "double":
                twin = _renamed(one.client_id or "", attempt=9)
                rest_of = [*orders, replace(one, order_id=one.order_id + "x", client_id=twin)]
            now = a_snap(rest_of)


def test_prices_that_could_not_be_read_change_nothing() -> None:
    before = rested(a_grid(a_ladder(2)))
    view = replace(before.markets["BTC"], quote=Unreadable("prices", "zero"))
    assert nothing(diffed(a_grid([]), replace(before, markets={"BTC": view})))
    assert nothing(diffed(a_grid([]), replace(before, markets={})))
