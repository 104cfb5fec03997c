"""A stop that the venue shows farther from price than this process asked: waited for once, then put right."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from tests.support.builders import (
    ABILITIES,
    a_fill,
    a_market,
    a_policy,
    a_position,
    a_stop,
    an_entry,
    an_id,
    dec,
    holdings,
)
from tests.support.resting_gate import a_rest
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader.core.actions import Action, AmendStop, Cancel, Close, PlaceExit
from trader.core.identity import Role
from trader.core.market import Leg, Market
from trader.core.orders import Accepted, Order, Outcome, Refusal, Rejected
from trader.core.report import Protected, Unread
from trader.core.snapshot import Holdings
from trader.examine import superseded
from trader.gate import _SEAL, Approved, gate_repair
from trader.sending import send
from trader.verify import verify

OURS = an_id(Role.STOP, bar_minute=1, reference=1)
MOVED = AmendStop("BTC", Leg.LONG, "stop", OURS, dec(97_000), dec(87_300), "x")
PLACED = PlaceExit("BTC", Leg.LONG, Role.PROTECT, None, dec(97_000), dec(87_300), "placed", "x")
CLOSED = Close("BTC", Leg.LONG, Role.CLOSE_EMERGENCY, dec("0.01"), dec(91_000), "closed", "x")


@dataclass
class Lists(ScriptedVenue):
    """One that knows the coin."""

    def market(self, _coin: str) -> Market:
        return a_market()


def held(*stops: Order) -> Holdings:
    return holdings([a_position()], stops, [a_fill()])


AT_96, AT_97 = held(a_stop(96_000, client_id=OURS)), held(a_stop(97_000, client_id=OURS))


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        (an_entry(stop=dec(96_500), stop_id=OURS), {OURS: dec(96_500)}),
        (a_rest(stop=dec(95_000), stop_id="rung"), {"rung": dec(95_000)}),
        (a_rest(stop=dec(95_000), stop_id=None), {}),
        (PLACED, {"placed": dec(97_000)}),
        (MOVED, {OURS: dec(97_000)}),
        (CLOSED, {}),
        (Cancel("BTC", "1", "cancelled", "x"), {}),
    ],
)
def test_only_what_the_venue_took_was_asked(action: Action, asked: dict[str, Decimal]) -> None:
    env = env_of(Lists(answer=lambda _: Rejected(Refusal.OTHER, "no")))
    send(env, [Approved(action, _SEAL)])
    assert env.asked == {}
    env = env_of(Lists())
    send(env, [Approved(action, _SEAL)])
    assert env.asked == asked


def test_a_list_that_trails_a_move_is_waited_for() -> None:
    venue = Lists(readings=[AT_96, AT_96, AT_97])
    env = env_of(venue)
    env.asked[OURS] = dec(97_000)
    (proof,) = verify(env, a_policy(), None).proofs
    assert isinstance(proof, Protected) and proof.level == 97_000
    assert (venue.rounds, venue.reads) == ([], 3)


def test_a_reading_handed_in_is_held_against_what_was_asked_too() -> None:
    venue = Lists(readings=[AT_97])
    env = env_of(venue)
    env.asked[OURS] = dec(97_000)
    assert verify(env, a_policy(), AT_96).proofs and venue.reads == 1


def test_one_that_stays_there_is_joined_by_another_where_it_was_asked() -> None:
    """And once the venue shows that one in its place, waited for no more, the position is covered."""
    venue = Lists()
    taken: list[Order] = []

    def reading() -> Holdings:
        return held(a_stop(96_000, client_id=OURS), *taken)

    def answer(action: Action) -> Outcome:
        if isinstance(action, PlaceExit):
            taken.append(a_stop(action.trigger, client_id=action.client_id, order_id="2"))
        return Accepted("2")

    venue.reading, venue.answer = reading, answer
    env = env_of(venue)
    env.asked[OURS] = dec(97_000)
    (proof,) = verify(env, a_policy(), None).proofs
    assert isinstance(proof, Protected) and proof.level == 97_000
    assert [a.trigger for a in venue.rounds[0] if isinstance(a, PlaceExit)] == [97_000]


def test_two_that_are_displaced_in_turn_prove_nothing() -> None:
    venue = Lists()
    taken: list[Order] = []

    def answer(action: Action) -> Outcome:
        if isinstance(action, PlaceExit):
            taken.append(a_stop(29_000, client_id=action.client_id, order_id=f"{len(taken) + 2}"))
        if isinstance(action, Cancel):
            taken[:] = [o for o in taken if o.order_id != action.order_id]
        return Accepted("2")

    venue.reading, venue.answer = lambda: held(a_stop(96_000, client_id=OURS), *taken), answer
    env = env_of(venue)
    env.asked[OURS] = dec(97_000)
    (proof,) = verify(env, a_policy(), None).proofs
    assert isinstance(proof, Unread)
    assert proof.why.startswith("stop 96000: it was asked to stand at 97000; stop 97000 was accepted")
    assert venue.kinds == [["PlaceExit"], ["PlaceExit"], ["Cancel", "Cancel"]], "the first acts before both"


ATTACHED = a_stop(8_000, client_id=OURS, order_id="attached", reduce_only=False, asked=dec(97_000))
BOUND = a_stop(
    29_000, client_id=an_id(Role.PROTECT), order_id="bound", position_bound=True, asked=dec(97_000)
)


def cleared(*stops: Order) -> list[str]:
    """What goes, in the gate's own judgement too."""
    reading, policy = held(*stops), a_policy()
    cancels = [Cancel.of(o, "x") for o in superseded(reading, policy, ABILITIES)]
    approved = gate_repair(cancels, reading, policy, ABILITIES).approved
    return [a.action.order_id for a in approved if isinstance(a.action, Cancel)]


def test_one_that_could_open_goes_where_one_that_acts_first_can_only_reduce_however_far_away() -> None:
    assert cleared(ATTACHED, BOUND) == ["attached"]
    assert cleared(replace(ATTACHED, trigger=dec(30_000)), BOUND) == []
    assert cleared(ATTACHED, replace(ATTACHED, order_id="twin", trigger=dec(9_000))) == []
