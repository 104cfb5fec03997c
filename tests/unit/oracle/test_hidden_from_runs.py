"""What became of stops where a run could not see it: after its last look, or behind an old list."""

import pytest

from tests.support.judge_bench import Bench, bare, cancel_stops, covered
from trader.oracle.seen import World

ALARM = ("naked",)


@pytest.mark.parametrize(
    ("looked_after_ms", "world", "expected"),
    [(500, World(hand=True), set()), (500, World(), {"I1"}), (1_500, World(hand=True), {"I1"})],
)
def test_a_hand_after_the_last_look_is_not_the_runs_to_know(
    looked_after_ms: int, world: World, expected: set[str]
) -> None:
    bench = Bench(prepare=covered)
    looked_ms = bench.model.now_ms + looked_after_ms
    bench.run(lambda b: cancel_stops(b.model), world=world, disturbed=True, looked_ms=looked_ms)
    assert {name for name in bench.names if name != "I1e"} == expected


def test_an_old_list_hides_what_was_taken_away_while_nobody_ran() -> None:
    """Over any number of runs that are told the old one; a run that is told the truth has to know."""
    bench = Bench(prepare=covered)
    bench.run()
    cancel_stops(bench.model)
    bench.wait(world=World(hand=True))
    for _ in range(2):
        bench.run(world=World(venue_lied=True, old_stops=True), disturbed=True)
        assert bench.said == []
    bench.run(world=World(venue_lied=True), disturbed=True)
    assert bench.names == {"I1"}


def test_an_old_list_hides_nothing_that_a_run_was_there_for() -> None:
    """Neither its own doing, nor what stood when the account was met first, nor what it was told once."""
    old = World(venue_lied=True, old_stops=True)
    itself = Bench(prepare=covered)
    itself.run()
    itself.run(lambda b: cancel_stops(b.model), world=old, disturbed=True)
    at_first = Bench(prepare=bare)
    at_first.run(world=old, disturbed=True)
    told = Bench(prepare=covered)
    told.run()
    cancel_stops(told.model)
    told.wait(world=World(hand=True))
    told.run(code=23, alarms=ALARM, disturbed=True)
    assert told.said == []
    told.run(world=old, disturbed=True)
    assert [bench.names - {"I1e"} for bench in (itself, at_first, told)] == [{"I1"}] * 3
