"""A stop that came with an entry and is not marked as reducing: it does not outlive its turn, and what it
opened where it did is not left alone."""

import pytest

from tests.support.scenes import code
from tests.support.way_cases import way_stage
from trader.core.actions import Cancel
from trader.core.report import Exit
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.run import Ran
from trader.selftest.episode import Episode, play
from trader.selftest.script import script_of
from trader.sim.faults import Fault

HIDDEN = Fault("V8", what="trade/orders-algo-pending", times=0)
FLIPS = (
    "v1;venue=okx;sides=one-way;margin=cross;strategy=breakout;start=signal;seed=0x7;runs=4;pauses=5,1800,70;"
    "plan=1.9:V8-stops*;moves=1:gap"
)

DIED_BEFORE = (
    "v1;venue=okx;sides=one-way;margin=cross;strategy=breakout;start=signal;seed=0x7;runs=3;pauses=70;"
    "plan=1.63:kill"
)


def could_open(made: Stage) -> list[int]:
    """Stops that stand and are neither bound to the position nor marked as reducing."""
    return [
        o.oid
        for o in made.model.open_orders(made.user, "BTC")
        if o.trigger is not None
        and o.trigger.kind is Trigger.STOP
        and not (o.reduce_only or o.follows_position)
    ]


def cancels(ran: Ran | None) -> list[Cancel]:
    assert ran is not None
    return [d.action for d in ran.done if isinstance(d.action, Cancel)]


def test_what_another_stop_has_replaced_goes_though_the_list_hides_both() -> None:
    made = way_stage("attached")
    made.faults(HIDDEN)
    ran = made.host.run()
    assert code(ran) is Exit.UNREADABLE
    assert made.is_covered("BTC")
    assert could_open(made) == []
    assert [c.reason for c in cancels(ran)] == ["replaced by a newer exit, and not listed"]


def test_it_stays_while_nothing_calls_the_other_one_live() -> None:
    """Two stops may open something, none lets a loss run."""
    made = way_stage("attached")
    made.faults(HIDDEN, Fault("V9", what="trade/order-algo", times=0))
    ran = made.host.run()
    assert code(ran) is Exit.UNREADABLE
    assert cancels(ran) == []
    assert len(could_open(made)) == 1


def test_a_run_that_sees_everything_looks_nothing_up() -> None:
    made = way_stage("attached")
    ran = made.host.run()
    assert code(ran) is Exit.OK
    assert could_open(made) == []
    assert [c.reason for c in cancels(ran)] == ["replaced by a newer exit"]


@pytest.mark.parametrize(
    ("then", "codes"),
    [("", (None, 0, 0)), (",2.1:V8-stops*", (None, 20, 0)), (",2.1:V18-stops*", (None, 23, 0))],
    ids=["everything is seen", "the list hides both", "the list is refused"],
)
def test_a_later_run_takes_off_what_the_run_that_replaced_it_died_before(
    then: str, codes: tuple[int | None, ...]
) -> None:
    """The first run that is told the truth about stops; until then none leaves as if all were well."""
    episode = Episode(script_of(DIED_BEFORE + then))
    played = episode.played()
    assert ("kill", "trade/cancel-algos#1") in played.met
    assert played.codes == codes
    assert played.violations == ()
    assert could_open(episode.stage) == []
    assert episode.stage.is_covered("BTC")


def test_what_such_a_stop_opened_is_closed_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both stand when price jumps past them: the second one fires on a flat slot."""
    monkeypatch.setattr("trader.verify.unlisted", lambda _env, _policy, holdings, _done: ([], holdings))
    played = play(script_of(FLIPS))
    assert {violation.invariant for violation in played.violations} == {"I6"}
    assert played.codes == (Exit.UNREADABLE, Exit.EMERGENCY, Exit.OK, Exit.OK)
