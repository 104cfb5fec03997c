"""A campaign over worker processes: the same tally for any number of them, and an answer for every script."""

from collections.abc import Callable

import pytest

from tests.support.campaign_plays import (
    DEADLY_SEED,
    campaign,
    dies,
    dies_as_it_answers,
    differs,
    fine,
    never_ends,
    raises,
    scripts,
)
from trader.clock import SystemClock
from trader.core.errors import Broken
from trader.oracle.seen import Violation
from trader.selftest.campaign import FAILED_EPISODES_MAX, Campaign, Effort, Runner, Share
from trader.selftest.played import Played
from trader.selftest.script import Script
from trader.selftest.workers import Crew


class HastyClock(SystemClock):
    """An hour passes with every look at it once a worker is at work."""

    def __init__(self) -> None:
        self.looks = 0
        self.is_at_work: Callable[[], bool] = lambda: False

    def elapsed_ms(self) -> int:
        self.looks += self.is_at_work()
        return self.looks * 3_600_000


def test_any_number_of_workers_gives_the_same_tally() -> None:
    shares = Share("A", list(scripts(150))), Share("C", scripts(), 60)
    one = campaign(fine, *shares)
    shares = Share("A", list(scripts(150))), Share("C", scripts(), 60)
    three = campaign(fine, *shares, workers=3)
    assert three.tally == one.tally
    assert three.tally.to_json() == one.tally.to_json()
    assert (one.tally.total("A"), one.tally.total("C"), one.tally.repeated) == (150, 60, 3)
    assert one.out_of_time == set() and one.ended_early is None
    assert min(one.memory_kb.values()) > 1_000


def test_scripts_are_the_first_ones_whatever_the_time() -> None:
    """What was handed out is played to its end, so naming the number of episodes plays the same again."""
    timed = campaign(fine, Share("C", scripts()), workers=2, seconds=0.3)
    count = timed.tally.total()
    assert timed.out_of_time == {"C"} and count > 0
    assert campaign(fine, Share("C", scripts(), count)).tally == timed.tally


def test_a_time_that_is_over_plays_nothing_more() -> None:
    played = campaign(fine, Share("A", scripts()), Share("C", scripts()), seconds=0.0)
    assert played.tally.total() == 0 and played.out_of_time == {"A", "C"}


@pytest.mark.parametrize(
    ("play", "says"),
    [
        (dies, "killed by signal 9 (SIGKILL)"),
        (dies_as_it_answers, "killed by signal 9 (SIGKILL)"),
        (raises, "ValueError at tests/support/campaign_plays.py:"),
    ],
)
def test_a_worker_that_dies_is_told_with_its_script(play: object, says: str) -> None:
    played = campaign(play, Share("C", scripts(30)), workers=2)  # type: ignore[arg-type]
    [failure] = played.tally.failures.values()
    assert failure.script == list(scripts(30))[DEADLY_SEED]
    assert says in failure.violations[0].text
    assert played.tally.violations == {"died": 1}
    assert played.tally.total() == 30


def test_a_script_that_never_ends_is_told() -> None:
    clock = HastyClock()
    with Crew(never_ends, 1, clock) as crew:
        clock.is_at_work = lambda: crew.is_ready
        played = crew.one(list(scripts(30))[DEADLY_SEED])
    assert [v.invariant for v in played.violations] == ["hung"]


def test_a_worker_that_cannot_start_ends_the_campaign() -> None:
    with pytest.raises(Broken, match="could not start"):
        campaign(Unfound(), Share("C", scripts(3)))


class Unfound:
    """Reaches a worker as the name of a function that is not there."""

    def __call__(self, script: Script) -> Played:
        raise AssertionError("never played")

    def __reduce__(self) -> tuple[object, ...]:
        return _gone, ()


def _gone() -> None:
    raise LookupError("it is not there")


def test_what_is_not_the_same_twice_is_a_violation() -> None:
    played = campaign(differs, Share("C", scripts(4)), workers=2)
    assert (played.tally.repeated, played.tally.differed) == (1, 1)
    assert played.tally.violations == {"I16": 1}


def test_a_broken_program_ends_the_campaign_early() -> None:
    """Also where the episodes were played elsewhere."""
    runner = Runner(SystemClock(), Effort(1, None), lambda _: None)
    violation = Violation("I1", 1, "BTC is bare")
    played = runner.add("D", (Played(script, (violation,), (0,)) for script in scripts()))
    assert played.tally.total("D") == FAILED_EPISODES_MAX
    assert played.ended_early == f"{FAILED_EPISODES_MAX} episodes had failed"


def test_an_interruption_keeps_what_was_played() -> None:
    def impatient(so_far: Campaign) -> None:
        if so_far.tally.total() == 5:
            raise KeyboardInterrupt

    runner = Runner(SystemClock(), Effort(1, None), impatient)
    played = runner.play([Share("C", scripts())], fine)
    assert played.tally.total() == 5 and played.was_interrupted
