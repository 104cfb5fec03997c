"""The order in which a decision is carried out, and what holds an entry back at the last moment."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    NOW_MS,
    a_fill,
    a_policy,
    a_position,
    a_snapshot,
    a_stop,
    an_entry,
    an_id,
    dec,
    holdings,
)
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader.act import Acted, act
from trader.core.actions import Action, Cancel, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Unavailable
from trader.core.identity import Role
from trader.core.market import Leg, Side
from trader.core.orders import (
    Absent,
    Accepted,
    Found,
    Kind,
    Lookup,
    Order,
    Outcome,
    Refusal,
    Rejected,
    Status,
    Unknown,
    Unreadable,
)
from trader.core.snapshot import Holdings
from trader.gate import _SEAL, Approved

FIRST = replace(ABILITIES, attach="none", stop_first=True, attaches_target=False)
NEITHER = replace(FIRST, stop_first=None)
ENTRY = an_entry()
RESTING = a_stop(kind=Kind.LIMIT, side=Side.BUY, reduce_only=False, order_id="7", client_id=an_id(rung=1))
OFF = Cancel.of(RESTING, "in the way")
REST = Rest(
    coin="BTC",
    leg=Leg.LONG,
    role=Role.ENTRY,
    size=dec("0.003"),
    price=dec(99_000),
    trigger=None,
    post_only=True,
    expires_ms=None,
    stop=dec(95_000),
    stop_bound=dec(85_500),
    client_id=an_id(rung=2),
    stop_id=None,
    signal_ms=ENTRY.signal_ms,
    mark=dec(100_000),
    reason="test",
)


def done_by(venue: ScriptedVenue, *actions: Action, before: Holdings | None = None, **env: Any) -> Acted:
    """Carry out these actions, as if the gate had let them pass."""
    snapshot = a_snapshot(before or holdings())
    return act(env_of(venue, **env), [_approved(a) for a in actions], snapshot, a_policy())


def _approved(action: Action) -> Approved:
    return Approved(action, _SEAL)


def held_back(acted: Acted) -> list[str]:
    return [refused.rule for refused in acted.held_back]


def live_stop() -> Order:
    return a_stop(ENTRY.stop, ENTRY.size, client_id=ENTRY.stop_id)


class TestStopsFirst:
    """Where the venue attaches nothing and takes a stop before its position."""

    def test_the_stop_is_read_back_before_anything_else_is_sent(self) -> None:
        venue = ScriptedVenue(FIRST, readings=[holdings(), holdings(orders=[live_stop()])])
        acted = done_by(venue, SetLeverage("BTC", 3, True, "file"), ENTRY)
        assert venue.kinds == [["PlaceExit"], ["SetLeverage"], ["Enter"]]
        assert venue.reads == 2
        (stop,) = venue.rounds[0]
        assert isinstance(stop, PlaceExit)
        assert (stop.size, stop.trigger, stop.client_id) == (ENTRY.size, ENTRY.stop, ENTRY.stop_id)
        assert acted.held_back == ()

    @pytest.mark.parametrize(
        ("outcome", "why"),
        [
            (Rejected(Refusal.DUPLICATE, "id exists"), "another host or an earlier run"),
            (Rejected(Refusal.MARGIN, "no"), "was refused: no"),
            (Accepted("9"), "not listed as live"),
        ],
    )
    def test_without_it_nothing_is_entered(self, outcome: Outcome, why: str) -> None:
        venue = ScriptedVenue(FIRST, lambda action: outcome)
        acted = done_by(venue, ENTRY)
        assert venue.kinds == [["PlaceExit"]]
        assert held_back(acted) == ["stop_first"]
        assert why in acted.held_back[0].reason

    def test_a_stop_that_nobody_can_tell_of_holds_the_entry(self) -> None:
        blind = {ENTRY.stop_id or "": Unreadable("order", "504")}
        venue = ScriptedVenue(
            replace(FIRST, exactly_once_nonce=False), lambda action: Unknown("lost"), found=blind
        )
        acted = done_by(venue, ENTRY)
        assert venue.kinds == [["PlaceExit"]]
        assert "is unknown" in acted.held_back[0].reason

    def test_a_stop_that_waits_for_a_parent_is_not_live(self) -> None:
        venue = ScriptedVenue(FIRST, readings=[holdings(orders=[replace(live_stop(), is_armed=False)])])
        assert held_back(done_by(venue, ENTRY)) == ["stop_first"]

    def test_a_halt_meanwhile_holds_the_entry_and_sends_no_stop(self) -> None:
        venue = ScriptedVenue(FIRST)
        assert held_back(done_by(venue, ENTRY, halted="by hand")) == ["last_look"]
        assert venue.kinds == []


class TestNakedWindow:
    """Where the operator has accepted that the stop follows."""

    def test_the_stop_follows_at_once(self) -> None:
        venue = ScriptedVenue(NEITHER, lambda action: Accepted("1", filled=dec("0.003")))
        done_by(venue, ENTRY)
        assert venue.kinds == [["Enter"], ["PlaceExit"]]
        assert venue.reads == 0

    @pytest.mark.parametrize(
        ("bound", "outcome", "sizes"),
        [
            (True, Accepted("1", filled=dec("0.001")), [None]),
            (False, Accepted("1", filled=dec("0.001")), [dec("0.001")]),
            (False, Accepted("1"), [ENTRY.size]),
            (False, Accepted("1", filled=dec(0)), []),
            (False, Rejected(Refusal.NOTHING_MATCHED, "no"), []),
        ],
    )
    def test_it_covers_what_filled(self, bound: bool, outcome: Outcome, sizes: list[Any]) -> None:
        venue = ScriptedVenue(replace(NEITHER, position_bound_stop=bound), lambda action: outcome)
        acted = done_by(venue, ENTRY)
        assert [d.action.size for d in acted.done if isinstance(d.action, PlaceExit)] == sizes


class TestCancelsFirst:
    """What takes the place of an order waits until that one is read back as gone."""

    before = holdings(orders=[RESTING])

    def test_it_is_sent_when_the_old_one_is_gone(self) -> None:
        shown = holdings(orders=[replace(RESTING, client_id=REST.client_id, order_id="8")])
        venue = ScriptedVenue(readings=[self.before, holdings(), shown])
        acted = done_by(venue, OFF, REST, before=self.before)
        assert venue.kinds == [["Cancel"], ["Rest"]]
        assert venue.reads == 3
        assert acted.held_back == ()

    def test_it_waits_while_the_old_one_is_listed(self) -> None:
        venue = ScriptedVenue(readings=[self.before])
        acted = done_by(venue, OFF, REST, ENTRY, before=self.before)
        assert venue.kinds == [["Cancel"]]
        assert held_back(acted) == ["cancel", "cancel"]

    def test_it_waits_when_the_old_one_filled_meanwhile(self) -> None:
        filled = holdings([a_position("0.003")], [], [a_fill("0.003", client_id=RESTING.client_id)])
        venue = ScriptedVenue(readings=[filled])
        acted = done_by(venue, OFF, REST, before=self.before)
        assert held_back(acted) == ["cancel"]
        assert "filled while" in acted.held_back[0].reason

    def test_a_fill_that_was_known_does_not_count(self) -> None:
        known = holdings([a_position("0.003")], [RESTING], [a_fill("0.003", client_id=RESTING.client_id)])
        after = replace(known, orders=())
        venue = ScriptedVenue(readings=[after])
        assert held_back(done_by(venue, OFF, REST, before=known)) == []

    def test_it_waits_where_nobody_can_tell_whether_the_old_one_is_gone(self) -> None:
        def no_answer() -> Holdings:
            raise Unavailable("openOrders", "504")

        venue = ScriptedVenue(reading=no_answer)
        acted = done_by(venue, OFF, REST, before=self.before)
        assert venue.kinds == [["Cancel"]]
        assert held_back(acted) == ["cancel"]
        assert "could not be read" in acted.held_back[0].reason

    def test_an_entry_of_another_coin_does_not_wait(self) -> None:
        venue = ScriptedVenue(readings=[self.before])
        done_by(venue, OFF, replace(REST, coin="ETH"), before=self.before)
        assert venue.kinds == [["Cancel"], ["Rest"]]


class TestRest:
    """Entries that wait on the venue."""

    def lookup(self, status: Status, filled: str = "0") -> Found:
        order = replace(RESTING, client_id=REST.client_id, filled=dec(filled))
        return Found(order, status, NOW_MS, "margin")

    def outcome(self, venue: ScriptedVenue) -> Outcome:
        (done,) = done_by(venue, REST).done
        return done.outcome

    def test_one_that_is_listed_or_has_filled_is_believed(self) -> None:
        listed = holdings(orders=[replace(RESTING, client_id=REST.client_id)])
        filled = holdings([a_position()], [], [a_fill(client_id=REST.client_id)])
        for reading in (listed, filled):
            venue = ScriptedVenue(readings=[holdings(), reading])
            assert self.outcome(venue) == Accepted("1")
            assert venue.reads == 2

    def test_one_that_was_taken_and_then_died_is_a_refusal(self) -> None:
        venue = ScriptedVenue(found={REST.client_id: self.lookup(Status.CANCELLED)})
        outcome = self.outcome(venue)
        assert isinstance(outcome, Rejected)
        assert "taken and then cancelled: margin" in outcome.reason

    @pytest.mark.parametrize("found", [("cancelled", "0.001"), ("filled", "0.003")])
    def test_nothing_else_is(self, found: tuple[str, str]) -> None:
        """What filled is told, so that its fills are waited for."""
        venue = ScriptedVenue(found={REST.client_id: self.lookup(Status(found[0]), found[1])})
        outcome = self.outcome(venue)
        assert isinstance(outcome, Accepted)
        assert (outcome.filled or 0) == dec(found[1])

    @pytest.mark.parametrize("is_off", [True, False])
    def test_one_that_rests_and_no_list_shows_is_called_off_again(self, is_off: bool) -> None:
        def answer(action: Action) -> Outcome:
            gone = isinstance(action, Cancel) and not is_off
            return Rejected(Refusal.GONE, "it has filled") if gone else Accepted("1")

        venue = ScriptedVenue(answer=answer, found={REST.client_id: self.lookup(Status.LIVE)})
        rested, off = done_by(venue, REST).done
        assert venue.kinds == [["Rest"], ["Cancel"]]
        assert isinstance(off.action, Cancel) and off.action.client_id == REST.client_id
        assert isinstance(rested.outcome, Rejected if is_off else Accepted)

    def test_of_two_under_one_id_ours_is_called_off(self) -> None:
        both = [replace(RESTING, client_id=REST.client_id, order_id=i) for i in ("1", "2")]
        venue = ScriptedVenue(readings=[holdings(), holdings(orders=both)])
        env = env_of(venue)
        rested, off = act(env, [_approved(REST)], a_snapshot(holdings()), a_policy()).done
        assert isinstance(off.action, Cancel) and off.action.order_id == "1"
        assert isinstance(rested.outcome, Rejected)
        assert env.others == ["BTC: another host or copy lets the same entry rest"]

    @pytest.mark.parametrize("found", [Absent(), Unreadable("order", "504")])
    def test_one_that_nothing_shows_is_unknown(self, found: Lookup) -> None:
        venue = ScriptedVenue(found={REST.client_id: found})
        env = env_of(venue)
        (done,) = act(env, [_approved(REST)], a_snapshot(holdings()), a_policy()).done
        assert isinstance(done.outcome, Unknown)
        assert env.unsettled == [REST], "its stop is not swept"

    def test_it_comes_after_the_entries_at_once(self) -> None:
        venue = ScriptedVenue()
        done_by(venue, REST, ENTRY)
        assert venue.kinds == [["Enter"], ["Rest"]]

    def test_nothing_rests_after_an_unknown_entry(self) -> None:
        def answer(action: Action) -> Outcome:
            return Unknown("lost") if isinstance(action, Enter) else Accepted("1")

        blind = {ENTRY.client_id: Unreadable("order", "504")}
        venue = ScriptedVenue(replace(ABILITIES, exactly_once_nonce=False), answer, found=blind)
        assert held_back(done_by(venue, ENTRY, REST)) == ["last_look"]
        assert venue.kinds == [["Enter"]]


class TestTooLate:
    """The gate let them pass, and then time went by."""

    def test_with_too_little_time_left_to_verify_nothing_is_entered(self) -> None:
        venue = ScriptedVenue()
        env = env_of(venue)
        venue.clock.sleep(61)
        acted = act(env, [_approved(ENTRY)], a_snapshot(holdings()), a_policy())
        assert venue.kinds == []
        assert "too little time is left" in acted.held_back[0].reason

    def test_a_signal_that_has_grown_old_meanwhile_is_not_entered(self) -> None:
        venue = ScriptedVenue()
        limit_s = a_policy().markets["BTC"].entries.max_signal_age_s
        old = replace(ENTRY, signal_close_ms=NOW_MS - limit_s * 1000 - 1)
        acted = done_by(venue, old)
        assert venue.kinds == []
        assert f"older than {limit_s} s" in acted.held_back[0].reason
