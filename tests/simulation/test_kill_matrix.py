"""A kill before every request of every kind of tick, each followed by one clean tick that heals.

Boundaries between which neither the exchange nor the quarantine word changes are one: the next run meets
the same. The clean tick comes a second later, while a dead write may still arrive, or half an hour later.
"""

from dataclasses import replace

import pytest

from tests.support.healing import MINUTE_S, Healing, killed, left_behind, undisturbed
from tests.support.kill_cases import CASES, HALF_HOUR_S
from trader.core.report import Exit
from trader.rehearsal import Stage
from trader.sim.faults import Fault

ARRIVALS: tuple[dict[str, object], ...] = (
    {"until": "run_end"},
    {"until": "next_run_write"},
    {"until": "next_run", "n": 0},
    {"until": "next_run", "n": 8},
    {"until": "next_run", "n": 17},
    {"until": "next_run", "n": 19},
)
WRITES_LATE = 3  # of three signals the entries, and not the leverage before them
CALM, CROWDED = (Exit.OK,), (Exit.OK, Exit.UNAVAILABLE, Exit.UNREADABLE)


@pytest.mark.parametrize("name", CASES)
def test_a_kill_anywhere_is_healed_by_one_clean_tick_soon_after(name: str) -> None:
    case = CASES[name]
    tick = undisturbed(case)
    found: list[str] = []
    for request in tick.boundaries:
        made = killed(case, request)
        assert made is not None and left_behind(made) == tick.left[request - 1]
        healing = Healing(made, after_s=case.soon_s)
        healing.tick()
        healing.must_hold(tick.end, levels=case.same_levels)
        healing.must_have_waited()
        healing.must_be_quiet(never_naked=case.never_naked)
        found += [f"killed before request {request}: {line}" for line in healing.found]
    assert found == []
    assert len(tick.boundaries) > len(tick.write_numbers)


@pytest.mark.parametrize("name", CASES)
def test_a_kill_anywhere_is_healed_by_the_tick_half_an_hour_later(name: str) -> None:
    """By then the signal is over: what was entered is covered, what was not stays flat."""
    case = CASES[name]
    tick = undisturbed(case)
    found: list[str] = []
    for request in tick.boundaries[1:]:
        made = killed(case, request)
        assert made is not None
        healing = Healing(made, after_s=HALF_HOUR_S)
        healing.tick()
        healing.must_hold_in_part(tick.end)
        healing.must_be_quiet(never_naked=False)
        found += [f"killed before request {request}: {line}" for line in healing.found]
    assert found == []


def late_by(name: str, number: int, request: int, arrival: dict[str, object]) -> Stage:
    """The run died after it had sent this write, which the network has kept."""
    late = Fault("T11", is_write=True, nth=number, params=arrival)
    made = killed(replace(CASES[name], faults=(late,)), request + 1)
    assert made is not None
    return made


@pytest.mark.parametrize("after_s", [1, 25])
@pytest.mark.parametrize("name", ["signal", "three signals", "stop moves", "early close", "naked"])
def test_a_write_of_a_dead_run_that_arrives_in_the_next_one_does_no_harm(name: str, after_s: int) -> None:
    case = CASES[name]
    tick = undisturbed(case)
    found: list[str] = []
    for number, request in list(enumerate(tick.write_numbers, 1))[-WRITES_LATE:]:
        for arrival in ARRIVALS:
            healing = Healing(late_by(name, number, request, arrival), after_s=after_s)
            # Three coins read in whole for the fourth time in a minute are more than the venue answers.
            healing.tick(CROWDED if name == "three signals" else CALM)
            healing.made.pass_time(MINUTE_S)
            healing.tick()
            healing.must_hold(tick.end, levels=case.same_levels)
            healing.must_be_quiet(never_naked=case.never_naked)
            found += [f"write {number} late, {arrival}: {line}" for line in healing.found]
    assert found == []
