"""The day on which Binance moved conditional orders: every stop was refused with -4120, a number of that day.

An order that the venue takes elsewhere now, and any number that this program does not know, says that the
venue has changed. Then nothing is entered for the rest of the run, and what is held is covered by the next
stop that is taken, or closed. Whole runs, in an account with one side and with two.
"""

import pytest

from tests.support.scenes import cancel_stops, code, stops
from tests.support.way_cases import leg_of, way_stage
from trader.core.actions import Close, Enter, PlaceExit
from trader.core.identity import Role
from trader.core.orders import Accepted, Refusal, Rejected
from trader.core.report import Exit, Naked, Protected
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

MARKETS = "markets={BTC: {strategy: breakout}, ETH: {strategy: breakout}}"
WAYS = ("stop first", "stop first, two sides")
MOVED = {
    "code": -4120,
    "text": "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
}
UNHEARD = {"code": -7_777, "text": "Something that nobody has written down."}
CHANGES = [MOVED, UNHEARD]
WORDS = ["-4120", "-7777"]
UNHEARD_BY = {"POST order": UNHEARD, "trade/order": {"code": "59999", "text": UNHEARD["text"]}}


def refusing(what: str, change: dict[str, object], times: int = 0) -> Fault:
    return Fault("V1", what=what, is_write=True, times=times, params=change)


def refused_stops(ran: Ran | None) -> list[Refusal]:
    assert ran is not None
    outcomes = [done.outcome for done in ran.done if isinstance(done.action, PlaceExit)]
    return [outcome.code for outcome in outcomes if isinstance(outcome, Rejected)]


def entered(ran: Ran | None) -> list[str]:
    assert ran is not None
    return [d.action.coin for d in ran.done if isinstance(d.action, Enter)]


def holding(way: str, *waiting: str) -> Stage:
    """A position whose stop somebody has taken off since, and coins that still wait for their entry."""
    made = way_stage(way, ("BTC", *waiting), (MARKETS,))
    assert code(made.host.run(["BTC"])) is Exit.OK
    assert made.size("BTC", leg_of(way, "long")) > 0
    made.pass_time(120)
    cancel_stops(made, "BTC")
    return made


@pytest.mark.parametrize("change", CHANGES, ids=WORDS)
@pytest.mark.parametrize("way", WAYS)
def test_while_every_stop_is_refused_nothing_is_entered(way: str, change: dict[str, object]) -> None:
    made = way_stage(way)
    made.faults(refusing("POST algoOrder", change))
    ran = made.host.run()
    assert ran is not None
    assert entered(ran) == []
    assert refused_stops(ran) == [Refusal.UNFAMILIAR]
    assert made.coins_held() == []
    assert list(made.model.open_orders(made.user)) == []
    assert any(str(change["code"]) in word for word in ran.unfamiliar)


@pytest.mark.parametrize("change", CHANGES, ids=WORDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_position_without_cover_is_closed_when_no_stop_is_taken(
    way: str, change: dict[str, object]
) -> None:
    made = holding(way)
    made.faults(refusing("POST algoOrder", change))
    ran = made.host.run()
    assert code(ran) is Exit.EMERGENCY
    assert ran is not None
    assert made.coins_held() == []
    assert set(refused_stops(ran)) == {Refusal.UNFAMILIAR}
    closes = [(d.action.role, type(d.outcome)) for d in ran.done if isinstance(d.action, Close)]
    assert closes == [(Role.CLOSE_EMERGENCY, Accepted)]
    assert entered(ran) == []


@pytest.mark.parametrize("times", [0, 1])
@pytest.mark.parametrize("way", WAYS)
def test_a_position_is_covered_by_the_next_stop_that_is_taken_and_nothing_is_entered(
    way: str, times: int
) -> None:
    """Another coin has its signal: without the refusal it is entered."""
    made = holding(way, "ETH")
    made.faults(*[refusing("POST algoOrder", MOVED, times=1)] * times)
    ran = made.host.run()
    assert ran is not None and ran.verified is not None
    assert refused_stops(ran) == [Refusal.UNFAMILIAR] * times
    assert {type(proof) for proof in ran.verified.proofs} == {Protected}
    assert len(stops(made, "BTC", leg_of(way, "long"))) == 1
    assert made.watch.covered(made.user, "BTC", leg_of(way, "long"))
    assert entered(ran) == ([] if times else ["ETH"])


@pytest.mark.parametrize("way", WAYS)
def test_where_no_close_is_taken_either_it_is_called_naked(way: str) -> None:
    made = holding(way)
    made.faults(refusing("POST algoOrder", MOVED), refusing("POST order", UNHEARD))
    ran = made.host.run()
    assert code(ran) is Exit.NAKED
    assert ran is not None and ran.verified is not None
    assert [type(proof) for proof in ran.verified.proofs] == [Naked]
    made.faults()
    made.pass_time(61)
    assert code(made.host.run()) in (Exit.OK, Exit.EMERGENCY)
    held = made.size("BTC", leg_of(way, "long"))
    assert held == 0 or made.watch.covered(made.user, "BTC", leg_of(way, "long"))


@pytest.mark.parametrize("way", ["stop first", "stop first, two sides", "attached", "attached, two sides"])
def test_an_entry_whose_answer_nobody_knows_is_looked_up(way: str) -> None:
    """The words may be those of another answer: this entry had filled all the same."""
    made = way_stage(way)
    what = "POST order" if way.startswith("stop first") else "trade/order"
    made.faults(Fault("V26", what=what, params={**UNHEARD_BY[what], "applied": True}))
    ran = made.host.run()
    assert ran is not None
    outcomes = [d.outcome for d in ran.done if isinstance(d.action, Enter)]
    assert [type(outcome) for outcome in outcomes] == [Accepted]
    # An envelope's code that nobody knows says nothing of the order on OKX: it is settled like a lost answer.
    assert code(ran) is (Exit.MALFORMED if way in WAYS else Exit.OK)
    assert made.size("BTC", leg_of(way, "long")) > 0
    assert made.watch.covered(made.user, "BTC", leg_of(way, "long"))


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_that_was_refused_in_unknown_words_stays_refused(way: str) -> None:
    made = way_stage(way)
    made.faults(Fault("V26", what="POST order", params=UNHEARD))
    ran = made.host.run()
    assert ran is not None
    outcomes = [d.outcome for d in ran.done if isinstance(d.action, Enter)]
    assert [o.code for o in outcomes if isinstance(o, Rejected)] == [Refusal.UNFAMILIAR]
    assert code(ran) is Exit.MALFORMED
    assert made.coins_held() == []
    assert made.host.word.dirty_since_ms is not None, "the next entry waits until this one cannot arrive"
