"""A kill before every request of a tick that puts or moves a stop in the way that a venue asks for.

Stops that go before their entries, exits that follow a fill, a bridge from one bound stop to the next, a stop
moved in place: between any two requests the position is covered, and the ticks after it complete the work.
"""

import pytest

from tests.support.healing import MINUTE_S, Healing, killed, undisturbed
from tests.support.way_cases import CASES

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
