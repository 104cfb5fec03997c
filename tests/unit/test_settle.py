"""What became of a write whose answer was lost: a table of what the venue then says, and what follows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from tests.support.builders import (
    ABILITIES,
    NOW_MS,
    a_fill,
    a_position,
    a_stop,
    an_entry,
    an_id,
    dec,
    holdings,
)
from tests.support.clocks import ManualClock
from trader.clock import Deadline
from trader.core.access import Budget
from trader.core.actions import Action, AmendStop, Cancel, Close, PlaceExit, Rest, SetLeverage
from trader.core.errors import Unavailable
from trader.core.identity import Role
from trader.core.market import Leg, Slot
from trader.core.orders import (
    Absent,
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
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.settle import settle, unconfirmed

ENTRY = an_entry()
STOP = PlaceExit("BTC", Leg.LONG, Role.PROTECT, None, dec(96_000), dec(86_400), an_id(Role.PROTECT), "why")
CLOSE = Close("BTC", Leg.LONG, Role.CLOSE_TIME, dec("0.01"), dec(95_000), an_id(Role.CLOSE_TIME), "why")
CANCEL = Cancel("BTC", "7", None, "why")
LOST = Unknown("no answer", resend=5)
EXPIRY_MS = 20_000
NOT_KNOWN = Unreadable("order", "429")


class Said:
    """A venue that says these things for ever; its clock is the test's."""

    abilities = replace(ABILITIES, write_expiry_ms=EXPIRY_MS)

    def __init__(
        self,
        clock: ManualClock,
        lookup: Lookup = NOT_KNOWN,
        again: Outcome = LOST,
        reading: Holdings | None = None,
        once: bool = True,
        limits: tuple[Budget, ...] = (),
    ) -> None:
        self.clock, self.lookup, self.again, self.reading = clock, lookup, again, reading
        self.abilities = replace(Said.abilities, exactly_once_nonce=once)
        self.resent_at_ms: list[int] = []
        self.limits = limits

    def budgets(self) -> tuple[Budget, ...]:
        return self.limits

    def venue_now_ms(self) -> int:
        return self.clock.now_ms()

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        return dict.fromkeys(ids, self.lookup)

    def resend(self, _unknown: Unknown) -> Outcome:
        self.resent_at_ms.append(self.clock.now_ms())
        return self.again

    def inspect(self, _back_ms: int) -> Holdings:
        if self.reading is None:
            raise Unavailable("no account")
        return self.reading


def settled(action: Action, soft_s: float = 90.0, **said: Any) -> tuple[Outcome, Said, float]:
    """The outcome, the venue, and how long it took."""
    clock = ManualClock(wall_ms=NOW_MS)
    venue = Said(clock, **said)
    deadline = Deadline(clock, soft_s=soft_s, reserve_s=1)
    env = cast(Env, _Env(venue, clock, deadline))
    outcome = settle(env, action, LOST, sent_ms=NOW_MS)
    return outcome, venue, clock.slept_s


class _Env:
    """The part of an Env that settling uses."""

    def __init__(self, venue: Said, clock: ManualClock, deadline: Deadline) -> None:
        self.venue, self.clock, self.deadline, self.fills_back_ms = venue, clock, deadline, 0


def found(status: Status, **changes: Any) -> Found:
    changes.setdefault("placed_ms", NOW_MS)
    return Found(a_stop(order_id="9", **changes), status, NOW_MS, detail="said so")


@pytest.mark.parametrize(
    ("action", "lookup", "outcome"),
    [
        (STOP, found(Status.LIVE), Accepted(order_id="9")),
        (STOP, found(Status.TRIGGERED), Accepted(order_id="9")),
        (STOP, found(Status.FILLED, size=dec(0)), Accepted(order_id="9")),
        (STOP, found(Status.CANCELLED), Accepted(order_id="9")),
        (STOP, found(Status.REJECTED), Rejected(Refusal.OTHER, "said so")),
        (ENTRY, found(Status.FILLED, size=dec(0)), Accepted(order_id="9", filled=ENTRY.size)),
        (CLOSE, found(Status.FILLED, size=dec(0)), Accepted(order_id="9", filled=CLOSE.size)),
        (ENTRY, found(Status.FILLED, size=dec("0.001")), Accepted(order_id="9")),
        (ENTRY, found(Status.CANCELLED, size=dec("0.001")), Accepted(order_id="9")),
        (ENTRY, found(Status.REJECTED), Rejected(Refusal.OTHER, "said so")),
    ],
)
def test_an_order_that_is_found_proves_its_outcome(action: Action, lookup: Lookup, outcome: Outcome) -> None:
    got, venue, took_s = settled(action, lookup=lookup)
    assert got == outcome
    assert venue.resent_at_ms == []
    assert took_s == 0


@pytest.mark.parametrize(
    ("action", "is_asked"), [(ENTRY, False), (STOP, True), (CLOSE, True), (CANCEL, True)]
)
def test_once_the_venue_limits_requests_only_protection_is_asked_for_again(
    action: Action, is_asked: bool
) -> None:
    used_up = Budget("weight", 1_200, 1_200, per_s=60)
    _, venue, _ = settled(action, lookup=Absent(), limits=(used_up,))
    assert bool(venue.resent_at_ms) is is_asked


@pytest.mark.parametrize(
    ("action", "again", "outcome"),
    [
        (ENTRY, Accepted(order_id="3"), Accepted(order_id="3")),
        (ENTRY, Rejected(Refusal.MARGIN, "no"), Rejected(Refusal.MARGIN, "no")),
        (CANCEL, Rejected(Refusal.GONE, "gone"), Accepted()),
        (CANCEL, Rejected(Refusal.DUPLICATE, "twice"), Accepted()),
        (SetLeverage("BTC", 3, True, "why"), Rejected(Refusal.DUPLICATE, "twice"), Accepted()),
    ],
)
def test_the_same_bytes_again_tell_what_became_of_them(
    action: Action, again: Outcome, outcome: Outcome
) -> None:
    got, venue, _ = settled(action, again=again)
    assert got == outcome
    assert len(venue.resent_at_ms) == 1


@pytest.mark.parametrize("action", [ENTRY, STOP, CLOSE])
def test_a_duplicate_says_that_it_landed_and_not_what_became_of_it(action: Action) -> None:
    got, _, _ = settled(action, again=Rejected(Refusal.DUPLICATE, "twice"))
    assert got == LOST


def test_nothing_is_sent_again_after_its_expiry_or_more_than_twice() -> None:
    _, venue, _ = settled(ENTRY, lookup=Absent(), reading=holdings())
    assert 0 < len(venue.resent_at_ms) <= 2
    assert max(venue.resent_at_ms) <= NOW_MS + EXPIRY_MS + 2_000


def test_nothing_is_sent_again_where_the_venue_would_count_it_twice() -> None:
    _, venue, _ = settled(ENTRY, lookup=Absent(), reading=holdings(), once=False)
    assert venue.resent_at_ms == []


def test_it_never_arrived_only_when_expired_with_no_order_and_no_fill() -> None:
    got, _, took_s = settled(ENTRY, lookup=Absent(), reading=holdings())
    assert isinstance(got, Rejected)
    assert got.code is Refusal.EXPIRED
    assert took_s > EXPIRY_MS / 1000


@pytest.mark.parametrize(
    "said",
    [
        {"lookup": NOT_KNOWN, "reading": holdings()},
        {"lookup": Absent(), "reading": None},
        {"lookup": Absent(), "reading": holdings(fills=Unreadable("fills", "429"))},
        {"lookup": Absent(), "reading": holdings(orders=Unreadable("orders", "429"))},
        {"lookup": Absent(), "reading": holdings(fills=[a_fill(client_id=ENTRY.client_id)])},
        {"lookup": Absent(), "reading": holdings(orders=[a_stop(client_id=ENTRY.client_id)])},
    ],
    ids=["look-up fails", "account fails", "fills fail", "orders fail", "a fill of it", "an order of it"],
)
def test_with_less_it_stays_unknown_and_others_get_their_turn(said: dict[str, Any]) -> None:
    got, _, took_s = settled(ENTRY, **said)
    assert got == LOST
    assert took_s < 35, "three of them must fit into one run"


def test_the_deadline_ends_it() -> None:
    got, _, took_s = settled(ENTRY, soft_s=5, lookup=Absent(), reading=holdings())
    assert got == LOST
    assert took_s < 5


@pytest.mark.parametrize("action", [ENTRY, CLOSE])
def test_what_was_called_filled_is_unconfirmed_until_its_fills_are_there(action: Any) -> None:
    done = [Done(action, Accepted("1", filled=dec("0.003")), NOW_MS, NOW_MS)]
    part = a_fill("0.002", client_id=action.client_id)
    rest = a_fill("0.001", "0.002", client_id=action.client_id, fill_id="2")
    assert unconfirmed(holdings(), done) == [Slot("BTC")]
    assert unconfirmed(holdings(fills=[part]), done) == [Slot("BTC")]
    assert unconfirmed(holdings(fills=[part, rest]), done) == []
    assert unconfirmed(holdings(), [replace(done[0], outcome=Accepted("1"))]) == []
    assert unconfirmed(holdings(), [replace(done[0], outcome=Rejected(Refusal.OTHER, "no"))]) == []


@pytest.mark.parametrize(
    ("action", "fills", "expected"),
    [(ENTRY, [], ["BTC"]), (ENTRY, [a_fill("0.003")], []), (CLOSE, [], []), (ENTRY, None, [])],
    ids=["an entry", "somebody traded", "a close", "flat"],
)
def test_a_position_without_fills_is_unconfirmed_beside_an_entry_that_was_taken(
    action: Any, fills: list[Any] | None, expected: list[str]
) -> None:
    read = holdings(fills=fills or [], positions=[] if fills is None else [a_position("0.003")])
    assert unconfirmed(read, [Done(action, Accepted("1"), NOW_MS, NOW_MS)]) == [Slot(c) for c in expected]


MOVE = AmendStop("BTC", Leg.LONG, "9", an_id(Role.STOP), dec(97_000), dec(87_300), "why")
OFF = Cancel("BTC", "9", an_id(Role.STOP), "why")


@pytest.mark.parametrize(
    ("status", "trigger", "outcome"),
    [
        (Status.LIVE, 97_000, Accepted(order_id="9")),
        (
            Status.LIVE,
            96_000,
            Rejected(Refusal.EXPIRED, "it never arrived: expired, with no order and no fill of it"),
        ),
        (Status.CANCELLED, 96_000, Rejected(Refusal.GONE, "the stop is cancelled")),
        (Status.FILLED, 97_000, Accepted(order_id="9")),
    ],
)
def test_a_move_in_place_is_read_off_the_stop_itself(status: Status, trigger: int, outcome: Outcome) -> None:
    got, venue, _ = settled(MOVE, lookup=Found(a_stop(trigger, order_id="9"), status, NOW_MS), once=False)
    assert got == outcome
    assert venue.resent_at_ms == []


def test_a_move_that_cannot_be_looked_up_stays_unknown() -> None:
    assert settled(MOVE, lookup=NOT_KNOWN, once=False)[0] == LOST
    assert settled(MOVE, lookup=Absent(), once=False)[0] == LOST


@pytest.mark.parametrize(
    ("status", "gone"),
    [(Status.CANCELLED, True), (Status.FILLED, True), (Status.LIVE, False), (Status.TRIGGERED, False)],
)
def test_a_cancel_is_done_when_its_order_is_over(status: Status, gone: bool) -> None:
    got, _, took_s = settled(OFF, lookup=found(status), once=False)
    assert isinstance(got, Accepted) is gone
    assert (took_s == 0) is gone


def test_a_resting_entry_that_filled_at_once_awaits_its_fills() -> None:
    rest = Rest(
        "BTC",
        Leg.LONG,
        Role.ENTRY,
        dec("0.003"),
        dec(99_000),
        None,
        False,
        None,
        dec(95_000),
        dec(1),
        an_id(),
        None,
        0,
        dec(100_000),
        "why",
    )
    got, _, _ = settled(rest, lookup=found(Status.FILLED, size=dec(0)))
    assert got == Accepted(order_id="9", filled=dec("0.003"))
    assert unconfirmed(holdings(), [Done(rest, got, NOW_MS, NOW_MS)]) == [Slot("BTC")]
