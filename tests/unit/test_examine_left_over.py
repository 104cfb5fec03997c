"""What of ours is left over in a reading, and what in it says that somebody else was here."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from tests.support.builders import (
    NOW_MS,
    SIGNAL_MS,
    TAG,
    a_fill,
    a_policy,
    a_position,
    a_stop,
    a_target,
    an_id,
    holdings,
)
from trader.core.identity import Role
from trader.core.orders import Kind, Order, Unreadable
from trader.core.snapshot import Holdings
from trader.examine import orphans, others

BLIND = Unreadable("x", "429")
LATER_VERSION = f"{int(an_id(Role.STOP), 16) + (1 << 116):032x}"


def held(*orders: Order) -> Holdings:
    return holdings([a_position()], orders, [a_fill()])


def ids(orders: list[Order]) -> set[str]:
    return {o.order_id for o in orders}


class TestOrphans:
    """An exit goes when its coin reads flat and the fills account for that."""

    closed = (a_fill(), a_fill("-0.01", "0.01", client_id=None, fill_id="2", at_ms=NOW_MS - 1))

    def test_closed_by_a_fill_that_is_seen(self) -> None:
        assert ids(orphans(holdings([], [a_stop(), a_target()], self.closed), a_policy())) == {
            "stop-96000",
            "target-107000",
        }

    @pytest.mark.parametrize(
        "behind", [a_target(), a_stop(position_bound=True), a_stop(client_id=an_id(Role.TRAIL))]
    )
    @pytest.mark.parametrize(("late_ms", "is_over"), [(10_000, True), (10_001, False)])
    def test_what_was_put_behind_a_position_goes_only_where_a_fill_since_then_tells_of_its_end(
        self, behind: Order, late_ms: int, is_over: bool
    ) -> None:
        """A list of fills that is cut short shows those of before."""
        placed = replace(behind, placed_ms=self.closed[1].at_ms + late_ms)
        assert bool(orphans(holdings([], [placed], self.closed), a_policy())) is is_over
        assert orphans(holdings([], [placed]), a_policy()) == [placed], "on a side that was never held"

    def test_one_that_could_open_goes_like_any_other(self) -> None:
        """The stop that came with an entry is not marked as reducing on every venue."""
        came_along = a_stop(reduce_only=False)
        assert ids(orphans(holdings([], [came_along], self.closed), a_policy())) == {came_along.order_id}

    def test_an_entry_is_no_orphan(self) -> None:
        resting = a_stop(kind=Kind.LIMIT, reduce_only=False, client_id=an_id(Role.ENTRY))
        assert orphans(holdings([], [resting], self.closed), a_policy()) == []

    def test_never_filled_at_all(self) -> None:
        assert len(orphans(holdings([], [a_stop()]), a_policy())) == 1

    def test_behind_a_position_that_lost_all_our_ids_nothing_goes(self) -> None:
        """The fills call it a stranger's; the same fills without a word of our entry prove nothing."""
        unnamed = holdings([a_position()], [a_stop()], [a_fill(client_id=None)])
        assert orphans(unnamed, a_policy()) == []

    @pytest.mark.parametrize(
        "reading",
        [
            holdings([a_position()], [a_stop()], [a_fill()]),
            holdings([], [a_stop()], [a_fill()]),
            holdings([], [a_stop()], BLIND),
            holdings([], BLIND, []),
            holdings([], [a_stop()], [], fills_since_ms=SIGNAL_MS),
            holdings([], [a_stop(client_id=None)], closed),
            holdings([], [a_stop(client_id=LATER_VERSION)], closed),
            holdings([], [a_stop(reduce_only=False, client_id=an_id(Role.ENTRY))], closed),
        ],
        ids=[
            *("open", "the fills say open", "fills unread", "orders unread", "older than the fills"),
            *("foreign", "of another version", "a waiting entry"),
        ],
    )
    def test_everything_else_stays(self, reading: Holdings) -> None:
        assert orphans(reading, a_policy()) == []

    @pytest.mark.parametrize("left", [a_stop(), a_target()], ids=["stop", "target"])
    def test_behind_what_somebody_opened_after_ours_was_closed(self, left: Order) -> None:
        """It would close a position that is not ours."""
        again = a_fill("0.01", "0", client_id=None, fill_id="3", at_ms=NOW_MS)
        reading = holdings([a_position()], [left], [*self.closed, again])
        assert ids(orphans(reading, a_policy())) == {left.order_id}
        by_hand = replace(left, client_id=an_id(Role.PROTECT, strategy=0))
        for kept in (
            holdings([a_position()], [by_hand], [*self.closed, again]),  # put there by `trader protect`
            holdings([a_position()], [left], [again, a_fill("0.01", "0.01", fill_id="4", at_ms=NOW_MS)]),
            holdings([a_position()], [left], []),  # whose it is, nobody can say
        ):
            assert orphans(kept, a_policy()) == []
        adopted = a_policy(adopt={"BTC": 0.05})
        assert orphans(reading, adopted) == []

    def test_what_waits_for_an_entry_that_still_rests_is_not_left_over(self) -> None:
        stop = a_stop(is_armed=False)
        entry = replace(
            a_stop(client_id=an_id(Role.ENTRY)),
            kind=Kind.LIMIT,
            trigger=None,
            reduce_only=False,
            order_id="e",
        )
        other = replace(entry, client_id=an_id(Role.ENTRY, attempt=2))
        for waits in (stop, replace(stop, is_armed=True)):
            assert orphans(holdings([], [entry, waits]), a_policy()) == []
        for left in ([stop], [other, stop], [other, replace(stop, is_armed=True)]):
            assert ids(orphans(holdings([], left), a_policy())) == {"stop-96000"}


class TestOthers:
    """Orders and fills of our account that this process did not send."""

    def found(
        self,
        reading: Holdings,
        sent: Collection[str] = (),
        own: Mapping[str, str] | None = None,
        stood: Collection[str] = (),
    ) -> list[str]:
        return others(reading, sent=sent, entered=own or {}, stood=stood, since_ms=NOW_MS, account=TAG)

    late = replace(a_stop(), placed_ms=NOW_MS + 1)
    entered = a_fill(at_ms=NOW_MS + 1)

    def test_a_newer_order_that_we_did_not_send(self) -> None:
        assert len(self.found(held(self.late))) == 1
        assert self.found(held(self.late), {self.late.client_id or ""}) == []
        assert self.found(held(replace(self.late, placed_ms=NOW_MS))) == []
        assert self.found(held(replace(self.late, client_id=None))) == []

    def test_an_older_order_under_the_id_of_our_entry(self) -> None:
        entry = replace(self.late, client_id=an_id(Role.ENTRY), placed_ms=NOW_MS - 1)
        own = {entry.client_id or "": entry.order_id}
        assert self.found(held(entry), own, own) == []
        assert len(self.found(held(entry, replace(entry, order_id="first")), own, own)) == 1

    def test_a_newer_entry_or_close_that_we_did_not_send(self) -> None:
        reading = holdings([a_position()], [], [self.entered])
        assert len(self.found(reading)) == 1
        assert self.found(reading, {self.entered.client_id or ""}) == []

    def test_a_second_fill_of_our_entry_under_another_order(self) -> None:
        reading = holdings([a_position()], [], [self.entered])
        assert (
            len(self.found(reading, {self.entered.client_id or ""}, {self.entered.client_id or "": "12"}))
            == 1
        )
        assert (
            self.found(
                reading, {self.entered.client_id or ""}, {self.entered.client_id or "": self.entered.order_id}
            )
            == []
        )

    def test_a_stop_that_fires_meanwhile_is_nobody_else(self) -> None:
        fired = a_fill("-0.01", "0.01", client_id=an_id(Role.STOP), at_ms=NOW_MS + 1)
        assert self.found(holdings([], [], [a_fill(), fired])) == []

    def test_an_order_that_stood_before_and_fills_is_our_own(self) -> None:
        resting = replace(
            self.late, placed_ms=NOW_MS - 1, reduce_only=False, client_id=self.entered.client_id
        )
        filled = holdings([a_position()], [resting], [self.entered])
        assert len(self.found(filled)) == 1
        assert self.found(filled, stood=[self.entered.client_id or ""]) == []

    @pytest.mark.parametrize("role", [Role.ENTRY, Role.RUNG])
    def test_the_stop_that_came_with_a_resting_entry_is_listed_when_that_fills(self, role: Role) -> None:
        """Where stops are attached, it is an order of the moment in which the entry filled."""
        entry, stop = an_id(role), replace(self.late, client_id=an_id(Role.STOP))
        assert self.found(held(stop), stood=[entry]) == []
        assert self.found(held(stop), sent=[entry]) == []
        assert len(self.found(held(stop), stood=[an_id(role, attempt=2)])) == 1
        assert len(self.found(held(stop), stood=[an_id(Role.TARGET)])) == 1
