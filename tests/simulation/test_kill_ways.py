"""A kill before every request of a tick that puts or moves a stop in the way that a venue asks for.

Stops that go before their entries, exits that follow a fill, a bridge from one bound stop to the next, a stop
moved in place: between any two requests the position is covered, and the ticks after it complete the work.
"""

import pytest

from tests.support import kill_starts
from tests.support.grid_stage import rungs, to_next_bar
from tests.support.healing import MINUTE_S, Healing, killed, undisturbed
from tests.support.kill_cases import KillCase
from tests.support.way_cases import CASES
from trader.rehearsal import Stage

# A leg of an account with two sides moves its stop as a whole position does.
NAMES = [name for name in CASES if "two sides" not in name or name.endswith("entry")]


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_anywhere_leaves_cover_and_something_to_complete(name: str) -> None:
    _, case = CASES[name]
    tick = undisturbed(case)
    found: list[str] = []
    for request in tick.boundaries:
        made = killed(case, request)
        assert made is not None
        healing = Healing(made, after_s=1.0)
        healing.tick()
        made.pass_time(MINUTE_S)
        healing.tick()
        healing.must_hold_in_part(tick.end)
        healing.must_have_waited()
        healing.must_be_quiet(never_naked=True)
        found += [f"killed before request {request}: {line}" for line in healing.found]
    assert found == []
    assert len(tick.boundaries) > len(tick.write_numbers)


def as_it_would_be(case: KillCase) -> Stage:
    """The stage after a tick that nobody killed, and the next."""
    made = case.begin()
    for _ in range(2):
        made.host.run()
        to_next_bar(made)
    return made


@pytest.mark.parametrize("name", kill_starts.CASES)
def test_a_kill_beside_what_rests_or_another_leg_leaves_each_order_once(name: str) -> None:
    """Both legs and the whole ladder end as they would have, each rung and each exit once."""
    case = kill_starts.CASES[name]
    tick = undisturbed(case)
    wanted = rungs(as_it_would_be(case))
    found: list[str] = []
    for request in tick.boundaries[1:]:
        made = killed(case, request)
        assert made is not None
        healing = Healing(made, after_s=1.0)
        healing.tick()
        to_next_bar(made)
        healing.tick()
        healing.must_hold(tick.end, levels=case.same_levels)
        healing.must_be_quiet(never_naked=case.never_naked)
        if rungs(made) != wanted:
            healing.found.append(f"{rungs(made)} rest, expected {wanted}")
        found += [f"killed before request {request}: {line}" for line in healing.found]
    assert found == []
    assert len(tick.boundaries) > 1
