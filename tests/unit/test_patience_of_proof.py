"""How often a proof looks, tries and waits before it gives up: the numbers of verify and of what it asks.

Each is held on both sides of where it ends, as in test_patience.py, and each kind of failed read is provoked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from tests.support.builders import (
    ABILITIES,
    ENTRY_ID,
    NOW_MS,
    a_fill,
    a_market,
    a_policy,
    a_position,
    a_stop,
    dec,
    holdings,
)
from tests.support.scripted_venue import ScriptedVenue
from tests.unit.test_patience import FAILED, Silent, env_with
from trader.core.actions import Close, PlaceExit
from trader.core.errors import Malformed, TraderError
from trader.core.market import Market
from trader.core.orders import (
    Accepted,
    Found,
    Lookup,
    Outcome,
    Refusal,
    Rejected,
    Status,
    Unknown,
    Unreadable,
)
from trader.core.ports import ARRIVAL_MARGIN_MS, Env, Venue
from trader.core.report import ACCOUNT, Done, Naked, Proof, Unread, Verified
from trader.core.snapshot import Holdings
from trader.dressing import Worn, put_on
from trader.examine import examine
from trader.orphaned import proven_orphans
from trader.recall import recalled
from trader.repair import mend
from trader.unseen import close_unseen
from trader.verify import _just_filled

BARE = holdings([a_position()], [], [a_fill()])
TAKEN = Accepted("1")
BLIND = replace(BARE, orders=Unreadable("orders", "429"))


@pytest.mark.parametrize(("ago_ms", "is_just"), [(10_000, False), (9_999, True)])
def test_what_filled_within_ten_seconds_is_read_once_more(ago_ms: int, is_just: bool) -> None:
    fills = [a_fill("0.004"), a_fill("0.006", "0.004", fill_id="2", at_ms=NOW_MS - ago_ms)]
    reading = holdings([a_position()], [], fills)
    assert _just_filled(env_with(ScriptedVenue()), reading, a_policy()) is is_just


class TestOrphans:
    """orphaned.py: two readings five seconds apart, while fifteen are left."""

    LONELY = holdings(orders=[a_stop()])

    def proven(self, venue: ScriptedVenue, again: Holdings | None = LONELY, **time: float) -> list[str]:
        env = env_with(venue, **time)
        found, seen = proven_orphans(env, a_policy(), self.LONELY, [], lambda: again)
        assert seen in (self.LONELY, again)
        return [order.order_id for order in found]

    @pytest.mark.parametrize(("left_s", "pauses"), [(15.0, [5.0]), (14.999, [])])
    def test_without_time_for_the_second_nothing_is_proven(self, left_s: float, pauses: list[float]) -> None:
        venue = ScriptedVenue()
        assert self.proven(venue, left_s=left_s) == ["stop-96000"] * len(pauses)
        assert venue.clock.pauses_s == pauses

    @pytest.mark.parametrize("again", [None, holdings()])
    def test_what_the_second_does_not_show_is_none(self, again: Holdings | None) -> None:
        assert self.proven(ScriptedVenue(), again) == []

    @pytest.mark.parametrize(("early_ms", "is_orphan"), [(0, True), (1, False)])
    def test_a_stop_that_goes_first_waits_until_no_entry_can_arrive(
        self, early_ms: int, is_orphan: bool
    ) -> None:
        """At the very millisecond; and before it neither reading calls the stop lonely."""
        abilities = replace(ABILITIES, attach="none", stop_first=True)
        placed_ms = NOW_MS - abilities.write_expiry_ms - ARRIVAL_MARGIN_MS + early_ms
        reading = holdings(orders=[a_stop(placed_ms=placed_ms)])
        found, _ = proven_orphans(
            env_with(ScriptedVenue(abilities)), a_policy(), reading, [], lambda: reading
        )
        assert bool(found) is is_orphan


class TestUnseen:
    """unseen.py: so many readings two seconds apart, three closes, and fifteen seconds kept for them."""

    UNPROVEN = Verified((Unread(ACCOUNT, "429"),), (), ())
    POLICY = a_policy(flatten_after=2)

    def seen(
        self, outcome: Outcome = TAKEN, *errors: TraderError, **time: float
    ) -> tuple[Silent, Env, Verified]:
        """What came of an account whose orders are never shown, and which no close makes smaller."""
        abilities = replace(ABILITIES, exactly_once_nonce=False)
        venue = Silent(abilities, lambda _: outcome, [BLIND], errors=errors)
        env = env_with(venue, **time)
        return venue, env, close_unseen(env, self.POLICY, self.UNPROVEN)

    def test_after_so_many_readings_it_is_closed_three_times_with_a_look_after_each(self) -> None:
        venue, _, verified = self.seen()
        assert venue.clock.pauses_s == [2.0] * 5
        assert venue.kinds == [["Close"]] * 3
        sent = [d.action.client_id for d in verified.done if isinstance(d.action, Close)]
        assert len(set(sent)) == 3
        (left,) = verified.proofs
        assert isinstance(left, Naked) and left.size == dec("0.01")

    def test_a_close_that_is_refused_is_tried_again_at_once(self) -> None:
        venue, _, _ = self.seen(Rejected(Refusal.NOTHING_MATCHED, "no"))
        assert (venue.clock.pauses_s, venue.kinds) == ([2.0] * 2, [["Close"]] * 3)

    def test_a_close_that_nobody_can_tell_of_is_the_last(self) -> None:
        venue, _, verified = self.seen(Unknown("lost"))
        assert venue.kinds == [["Close"]]
        assert [type(proof) for proof in verified.proofs] == [Unread]

    @pytest.mark.parametrize("error", FAILED)
    def test_a_reading_that_fails_says_nothing_and_makes_the_next_later(self, error: TraderError) -> None:
        venue, env, _ = self.seen(Accepted("1"), error)
        assert venue.clock.pauses_s == [2.0, 4.0, 4.0, 2.0, 2.0, 2.0]
        assert env.trouble == [error]

    @pytest.mark.parametrize(("left_s", "pauses"), [(17.0, []), (17.001, [2.0])])
    def test_the_last_fifteen_seconds_are_for_the_close(self, left_s: float, pauses: list[float]) -> None:
        venue, _, verified = self.seen(left_s=left_s)
        assert (venue.clock.pauses_s, verified) == (pauses, self.UNPROVEN)


class TestRecall:
    """recall.py: sixty days, and what each failure leaves."""

    @pytest.mark.parametrize("error", FAILED)
    def test_older_fills_that_cannot_be_read_leave_all_unread(self, error: TraderError) -> None:
        venue = Silent(errors=(error,))
        found = recalled(cast(Venue, venue), holdings([a_position()]))
        assert found.fills == Unreadable("older fills", str(error), isinstance(error, Malformed))
        assert venue.asked_back_ms == 60 * 86_400_000


@dataclass
class Mute(ScriptedVenue):
    """Knows the coin's rules, and tells one thing of every order that is looked up."""

    told: Callable[[str], Lookup] = lambda client_id: Unreadable(client_id, "429")

    def market(self, _coin: str) -> Market:
        return a_market()

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        return {client_id: self.told(client_id) for client_id in ids}


def ended(placed_ms: int) -> Callable[[str], Found]:
    """Every order that is asked for was placed then, and has been cancelled."""
    return lambda i: Found(a_stop(client_id=i, placed_ms=placed_ms), Status.CANCELLED, NOW_MS, "by nobody")


class TestRepair:
    """repair.py: three tries, two deaths or two doubts, and how long a refused request is waited out."""

    def mended(self, venue: Mute, **time: float) -> tuple[list[Done], Proof | None]:
        (case,) = examine(BARE, a_policy(), ABILITIES)[1]
        return mend(env_with(venue, **time), a_policy(), case, a_market(), BARE)

    def venue(self, outcome: Outcome, **changes: Any) -> Mute:
        abilities = replace(ABILITIES, exactly_once_nonce=False)
        return Mute(abilities, lambda _: outcome, [BARE], **changes)

    @pytest.mark.parametrize(
        ("code", "pause_s"),
        [
            (Refusal.UNSENT, 1.0),
            (Refusal.BUDGET, 10.0),
            (Refusal.DUPLICATE, 0.25),
            (Refusal.EXPIRED, 0.25),
            (Refusal.DENIED, 0.25),
        ],
    )
    def test_a_refusal_of_the_request_is_waited_out_three_times_and_closes_nothing(
        self, code: Refusal, pause_s: float
    ) -> None:
        venue = self.venue(Rejected(code, "no"))
        done, proof = self.mended(venue)
        assert [type(d.action) for d in done] == [PlaceExit] * 3
        assert venue.clock.pauses_s == [pause_s] * 3
        assert isinstance(proof, Naked)

    def test_no_such_pause_takes_more_than_a_quarter_of_what_is_left(self) -> None:
        venue = self.venue(Rejected(Refusal.BUDGET, "no"))
        self.mended(venue, left_s=8)
        assert venue.clock.pauses_s == [2, 1.5, 1.125]

    def test_a_stop_that_is_refused_twice_is_no_stop_and_the_position_is_closed(self) -> None:
        done, _ = self.mended(self.venue(Rejected(Refusal.RULE, "no")))
        assert [type(d.action) for d in done] == [PlaceExit, PlaceExit, Close, Close, Close]

    @pytest.mark.parametrize(
        ("placed_ms", "closes"), [(NOW_MS - 1_999, 3), (NOW_MS - 2_000, 0)], ids=["this one", "an older one"]
    )
    def test_a_stop_is_known_dead_when_it_was_placed_two_seconds_ago_at_most(
        self, placed_ms: int, closes: int
    ) -> None:
        done, proof = self.mended(self.venue(Accepted("1"), told=ended(placed_ms)))
        assert [type(d.action) for d in done] == [PlaceExit] * 2 + [Close] * closes
        assert isinstance(proof, Naked if closes else Unread)

    def test_two_stops_that_nobody_can_tell_of_end_it_without_a_close(self) -> None:
        done, proof = self.mended(self.venue(Accepted("1")))
        assert [type(d.action) for d in done] == [PlaceExit] * 2
        assert isinstance(proof, Unread)


class TestDressing:
    """dressing.py: a second try where the first is known to have come to nothing, and no third."""

    FOLLOWS = replace(ABILITIES, attached_stands=False, bound_stops_max=1)
    COVERED = holdings([a_position()], [a_stop()], [a_fill(client_id=ENTRY_ID)])

    def sent(self, outcome: Outcome, told: Callable[[str], Lookup]) -> list[tuple[int, bool]]:
        """Of three looks: how many exits were sent, and whether another look is worth it."""
        venue, worn = Mute(self.FOLLOWS, lambda _: outcome, [self.COVERED], told=told), Worn()
        env = env_with(venue)
        looks = [put_on(env, a_policy(), self.COVERED, (), worn) for _ in range(3)]
        return [(len(done), again) for done, again in looks]

    @pytest.mark.parametrize(
        ("outcome", "told", "sent"),
        [
            (Accepted("1"), ended(NOW_MS), [(1, True), (1, True), (0, False)]),
            (Accepted("1"), lambda i: Unreadable(i, "429"), [(1, True), (0, False), (0, False)]),
            (Rejected(Refusal.DUPLICATE, "no"), ended(NOW_MS), [(1, True), (1, True), (0, False)]),
            (Rejected(Refusal.RULE, "no"), ended(NOW_MS), [(1, False), (0, False), (0, False)]),
        ],
        ids=["died", "not known", "its id was taken", "refused"],
    )
    def test_of_three_looks(
        self, outcome: Outcome, told: Callable[[str], Lookup], sent: Sequence[tuple[int, bool]]
    ) -> None:
        assert self.sent(outcome, told) == sent
