"""Which hidden stops that came with an entry go: those called live whose place another live one has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    ENTRY_ID,
    NOW_MS,
    a_fill,
    a_policy,
    a_position,
    a_stop,
    an_id,
    dec,
    holdings,
)
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader.core.abilities import Abilities
from trader.core.actions import Cancel, PlaceExit
from trader.core.first_stops import stop_id_of
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import (
    Absent,
    Accepted,
    Found,
    Lookup,
    Order,
    Outcome,
    Refusal,
    Rejected,
    Status,
    Unknown,
    Unreadable,
)
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.unlisted import unlisted

COMES_ALONG = replace(ABILITIES, attached_stands=False, bound_stops_max=1)
CAME_ID, NEWER_ID = stop_id_of(ENTRY_ID) or "", an_id(Role.PROTECT)
CAME = a_stop(order_id="came", client_id=CAME_ID, reduce_only=False)
NEWER = a_stop(order_id="newer", client_id=NEWER_ID, position_bound=True, size=0)
PLACE = PlaceExit("BTC", Leg.LONG, Role.PROTECT, None, dec(96_000), dec(86_400), NEWER_ID, "to stand")
FILL = a_fill(client_id=ENTRY_ID)
TAKEN = Accepted("newer")


@dataclass
class Asked(ScriptedVenue):
    """Remembers what it was asked for."""

    sought: list[dict[str, str]] = field(default_factory=list)

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        self.sought.append(dict(ids))
        return super().find(ids)


def live(order: Order, status: Status = Status.LIVE) -> Found:
    return Found(order, status, NOW_MS)


def placed(outcome: Outcome = TAKEN, **changes: Any) -> Done:
    return Done(replace(PLACE, **changes), outcome, NOW_MS, NOW_MS)


def found(
    *listed: Order,
    done: tuple[Done, ...] = (placed(),),
    looked_up: Mapping[str, Lookup] | None = None,
    abilities: Abilities = COMES_ALONG,
    reading: Holdings | None = None,
) -> tuple[list[str], Asked]:
    """The venue's numbers of the stops that go, and the venue."""
    told = {CAME_ID: live(CAME), NEWER_ID: live(NEWER)} if looked_up is None else looked_up
    venue = Asked(abilities, found=told)
    now = reading or holdings([a_position()], listed, [FILL])
    cancels, _ = unlisted(env_of(venue), a_policy(), now, done)
    return [cancel.order_id for cancel in cancels], venue


def test_it_goes_when_both_are_called_live() -> None:
    gone, venue = found()
    assert gone == ["came"]
    assert venue.sought == [{CAME_ID: "BTC", NEWER_ID: "BTC"}]


def test_what_is_listed_is_not_looked_up() -> None:
    gone, venue = found(NEWER)
    assert gone == ["came"]
    assert venue.sought == [{CAME_ID: "BTC"}]


def test_the_reading_is_shown_with_what_was_looked_up() -> None:
    venue, now = Asked(COMES_ALONG, found={CAME_ID: live(CAME)}), holdings([a_position()], [NEWER], [FILL])
    cancels, shown = unlisted(env_of(venue), a_policy(), now, [placed()])
    assert cancels == [Cancel.of(CAME, "replaced by a newer exit, and not listed")]
    assert shown == replace(now, orders=(NEWER, CAME))


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.LIVE])
def test_one_that_is_not_live_is_left(status: Status) -> None:
    assert found(NEWER, looked_up={CAME_ID: live(CAME, status)})[0] == []


@pytest.mark.parametrize(
    "newer", [Absent(), Unreadable("order", "429"), live(NEWER, Status.CANCELLED)], ids=str
)
def test_it_stays_while_nothing_calls_the_newer_one_live(newer: Lookup) -> None:
    assert found(looked_up={CAME_ID: live(CAME), NEWER_ID: newer})[0] == []


def test_one_that_can_only_reduce_stays() -> None:
    assert found(NEWER, looked_up={CAME_ID: live(replace(CAME, reduce_only=True))})[0] == []


@pytest.mark.parametrize(
    "done",
    [
        (),
        (placed(Rejected(Refusal.RULE, "no")),),
        (placed(role=Role.TARGET),),
        (placed(coin="ETH"),),
        (Done(Cancel.of(NEWER, "in the way"), Accepted(), NOW_MS, NOW_MS),),
        (placed(), Done(Cancel.of(CAME, "replaced"), Accepted(), NOW_MS, NOW_MS)),
    ],
    ids=["nothing", "a refused stop", "a target", "a stop elsewhere", "a cancel", "its own cancel"],
)
def test_nothing_is_looked_up_after(done: tuple[Done, ...]) -> None:
    gone, venue = found(done=done)
    assert (gone, venue.sought) == ([], [])


@pytest.mark.parametrize("outcome", [Accepted(), Unknown("lost")], ids=str)
def test_a_stop_that_may_stand_is_looked_up(outcome: Outcome) -> None:
    assert found(done=(placed(outcome),))[0] == ["came"]


def test_a_cancel_of_it_that_was_refused_does_not_count() -> None:
    refused = Done(Cancel.of(CAME, "replaced"), Rejected(Refusal.GONE, "no"), NOW_MS, NOW_MS)
    assert found(done=(placed(), refused))[0] == ["came"]


@pytest.mark.parametrize(
    "abilities",
    [
        replace(COMES_ALONG, attach="none"),
        replace(COMES_ALONG, attached_stands=True),
        replace(COMES_ALONG, attach="none", attached_stands=True),
    ],
)
def test_a_venue_whose_stops_do_not_come_along_or_stand_is_not_asked(abilities: Abilities) -> None:
    gone, venue = found(abilities=abilities)
    assert (gone, venue.sought) == ([], [])


@pytest.mark.parametrize(
    "reading",
    [
        holdings([a_position()], Unreadable("orders", "429"), [FILL]),
        holdings([a_position(two_sided=True)], [], [replace(FILL, leg=Leg.LONG)]),
        holdings([a_position()], [], [a_fill(client_id=None)]),
        holdings([a_position()], [], [a_fill(client_id=an_id(Role.STOP))]),
        holdings([], [], [FILL]),
        holdings([a_position()], [CAME], [FILL]),
    ],
    ids=["orders unread", "two sides", "somebody else's", "opened by an exit", "flat", "listed"],
)
def test_where_there_is_none_to_find_nothing_is_looked_up(reading: Holdings) -> None:
    gone, venue = found(reading=reading)
    assert (gone, venue.sought) == ([], [])


def test_the_second_position_is_looked_at_where_nothing_was_placed_behind_the_first() -> None:
    first, fill = a_position(coin="ETH"), a_fill(coin="ETH", fill_id="2")
    assert found(reading=holdings([first, a_position()], [], [fill, FILL]))[0] == ["came"]
