"""How long entries wait, those of one bar, what they carry, and when they are withdrawn."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import (
    CLOSE_MS,
    FRAME_MS,
    NOW_MS,
    SIGNAL_MS,
    TAG,
    an_identity,
    dec,
)
from tests.support.resting_scenes import (
    BOLLINGER,
    TWO_SIDED,
    a_grid,
    a_grid_policy,
    a_ladder,
    a_rung,
    a_snap,
    a_waiting,
    after,
    an_entry_want,
    as_order,
    diffed,
    rested,
    whole,
)
from trader.core.identity import Identity, Role, decode, encode
from trader.core.market import Leg
from trader.core.orders import Found, Kind, Status, Unreadable
from trader.core.snapshot import Snapshot
from trader.ids import entry_id
from trader.resting import Resting
from trader.resting_orders import withdraw

EXPIRING = replace(TWO_SIDED, resting_expiry_min_s=600)
BOLL = whole(a_grid_policy(strategy_number=BOLLINGER, both_legs=False))
LIFE_MS = 14_400_000


def nothing(found: Resting) -> bool:
    return (found.cancels, found.rests) == ((), ())


def at(snapshot: Snapshot, moment_ms: int) -> Snapshot:
    return replace(snapshot, holdings=replace(snapshot.holdings, at_ms=moment_ms))


def _identity(client_id: str) -> Identity:
    found = decode(client_id)
    assert isinstance(found, Identity)
    return found


class TestLife:
    """Where the venue ends orders by itself they do not outlive their trader."""

    def test_rungs_end_after_the_configured_life_and_are_renewed_before(self) -> None:
        want, now = a_grid(a_ladder(2)), a_snap(abilities=EXPIRING)
        first = diffed(want, now)
        assert {r.expires_ms for r in first.rests} == {(NOW_MS + LIFE_MS) // 1000 * 1000}
        live = after(first, now)
        writes = [len(diffed(want, at(live, NOW_MS + n * FRAME_MS)).rests) for n in range(8)]
        assert writes == [0, 0, 0, 0, 0, 0, 4, 4]
        renewed = diffed(want, at(live, NOW_MS + 6 * FRAME_MS))
        assert {c.reason for c in renewed.cancels} == {"it ends soon"}
        assert not {r.client_id for r in renewed.rests} & {r.client_id for r in first.rests}

    def test_where_post_only_cannot_end_by_itself_ending_goes_first(self) -> None:
        want = a_grid([a_rung(Leg.LONG, 1)])
        for can, post_only in ((False, False), (True, True)):
            abilities = replace(EXPIRING, post_only_expires=can)
            assert [r.post_only for r in diffed(want, a_snap(abilities=abilities)).rests] == [post_only]

    def test_a_rung_that_filled_in_part_is_left_to_end(self) -> None:
        want, now = a_grid([a_rung(Leg.LONG, 1)]), a_snap(abilities=EXPIRING)
        (placed,) = diffed(want, now).rests
        part = as_order(placed, size=dec("0.004"), filled=dec("0.006"))
        assert nothing(diffed(want, at(a_snap([part], abilities=EXPIRING), NOW_MS + LIFE_MS - 1)))

    def test_an_entry_of_one_bar_ends_with_it_or_as_soon_as_the_venue_lets_it(self) -> None:
        want = a_waiting(an_entry_want())
        (placed,) = diffed(want, a_snap(abilities=EXPIRING), BOLL).rests
        assert placed.expires_ms == CLOSE_MS + FRAME_MS
        late = at(a_snap(abilities=EXPIRING), CLOSE_MS + FRAME_MS - 60_000)
        (placed,) = diffed(want, late, BOLL).rests
        assert placed.expires_ms == CLOSE_MS + FRAME_MS + 600_000
        live = at(a_snap([as_order(placed)], abilities=EXPIRING), CLOSE_MS + FRAME_MS - 30_000)
        assert nothing(diffed(want, live, BOLL))


class TestWaiting:
    """The entries of a bar."""

    def test_a_stop_entry_is_set_off_at_its_level_and_bounded_beyond_it(self) -> None:
        (long,) = diffed(a_waiting(an_entry_want()), a_snap(), BOLL).rests
        assert (long.trigger, long.price, long.post_only) == (dec(101_000), dec("101303.0"), False)
        assert long.size == dec("0.009") and long.role is Role.ENTRY and long.signal_ms == SIGNAL_MS
        assert long.client_id == entry_id(
            account=TAG, coin="BTC", strategy=BOLLINGER, leg=Leg.LONG, signal_ms=SIGNAL_MS
        )
        short = an_entry_want(Leg.SHORT, 99_000.0, stop=101_000.0)
        (placed,) = diffed(a_waiting(short), a_snap(), BOLL).rests
        assert (placed.trigger, placed.price) == (dec(99_000), dec("98703.0"))

    def test_one_that_mark_has_reached_is_left_out_and_told(self) -> None:
        found = diffed(a_waiting(an_entry_want(price=100_000.0)), a_snap(), BOLL)
        assert found.rests == () and "would fill at once (long)" in found.notes[0]

    def test_another_level_replaces_it_under_the_next_signal(self) -> None:
        before = rested(a_waiting(an_entry_want()), BOLL)
        assert nothing(diffed(a_waiting(an_entry_want()), before, BOLL))
        moved = a_waiting(an_entry_want(price=102_000.0), signal_ms=CLOSE_MS)
        found = diffed(moved, at(before, NOW_MS + FRAME_MS), BOLL)
        assert len(found.cancels) == len(found.rests) == 1
        assert _identity(found.rests[0].client_id).signal_ms == CLOSE_MS

    def test_none_wanted_is_none_left(self) -> None:
        before = rested(a_waiting(an_entry_want()), BOLL)
        assert len(diffed(a_waiting(), before, BOLL).cancels) == 1

    def test_another_kind_at_the_same_level_replaces_it(self) -> None:
        limit = an_entry_want(price=99_000.0, is_stop_entry=False, post_only=True)
        before = rested(a_waiting(limit), BOLL)
        (live,) = before.holdings.orders_of("BTC")
        assert live.kind is Kind.LIMIT
        stop_entry = replace(limit, is_stop_entry=True, leg=Leg.LONG)
        assert len(diffed(a_waiting(stop_entry), before, BOLL).cancels) == 1

    def test_one_that_was_called_off_rests_again_under_its_next_number(self) -> None:
        (placed,) = diffed(a_waiting(an_entry_want()), a_snap(), BOLL).rests
        gone = Found(as_order(placed), Status.CANCELLED, NOW_MS)
        (again,) = diffed(a_waiting(an_entry_want()), a_snap(lookups={placed.client_id: gone}), BOLL).rests
        assert _identity(again.client_id).attempt == 2


class TestAttaching:
    """A stop goes along where the venue attaches one that can only reduce."""

    @pytest.mark.parametrize(
        ("attach", "two_sided", "stands", "carries"),
        [
            ("none", True, False, False),
            ("whole", True, False, True),
            ("whole", False, False, False),
            ("whole", False, True, True),
            ("pro_rata", False, True, True),
            ("pro_rata", False, False, False),
        ],
    )
    def test_where_it_is_safe(self, attach: Any, two_sided: bool, stands: bool, carries: bool) -> None:
        said = {"attach": attach, "two_sided": two_sided, "attached_stands": stands, "stop_first": None}
        abilities = replace(TWO_SIDED, **said)
        (placed,) = diffed(a_grid([a_rung(Leg.LONG, 2)]), a_snap(abilities=abilities)).rests
        assert (placed.stop_id is not None) is carries
        assert placed.stop == dec(96_500) and placed.stop_bound < placed.stop
        if placed.stop_id is not None:
            assert _identity(placed.stop_id) == replace(_identity(placed.client_id), role=Role.STOP)


class TestWithdraw:
    """What goes when the strategy wants nothing."""

    def test_entries_go_and_rungs_stay_until_they_are_old(self) -> None:
        (rung,) = diffed(a_grid([a_rung(Leg.LONG, 1)]), a_snap()).rests
        live = a_snap([as_order(rung)])
        assert withdraw("BTC", live, whole()) == []
        assert withdraw("BTC", at(live, NOW_MS + LIFE_MS - 1), whole()) == []
        assert len(withdraw("BTC", at(live, NOW_MS + LIFE_MS), whole())) == 1
        entry = rested(a_waiting(an_entry_want()), BOLL)
        assert [c.reason for c in withdraw("BTC", entry, BOLL)] == ["no entry is to rest any more"]

    def test_nothing_goes_that_is_not_of_this_strategy_or_cannot_be_read(self) -> None:
        entry = rested(a_waiting(an_entry_want()), BOLL)
        assert withdraw("BTC", entry, whole()) == []
        assert withdraw("ETH", entry, BOLL) == []
        blind = replace(entry, holdings=replace(entry.holdings, orders=Unreadable("orders", "429")))
        assert withdraw("BTC", blind, BOLL) == []
        foreign = an_identity(Role.ENTRY, account=TAG ^ 1, strategy=BOLLINGER)
        order = replace(entry.holdings.orders_of("BTC")[0], client_id=encode(foreign))
        assert withdraw("BTC", a_snap([order]), BOLL) == []
