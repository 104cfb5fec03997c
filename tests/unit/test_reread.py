"""What another reading could still tell."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW_MS, a_fill, a_policy, a_position, holdings
from trader.core.market import Slot
from trader.reread import JUST_MS, is_lasting

BTC = Slot("BTC", None)


@pytest.mark.parametrize(("ago_ms", "expected"), [(JUST_MS, True), (JUST_MS - 1, False)])
def test_a_beginning_that_is_out_of_sight_is_looked_for_again_beside_a_fill_of_this_moment(
    ago_ms: int, expected: bool
) -> None:
    added = replace(a_fill("0.01", "0.02"), at_ms=NOW_MS - ago_ms)
    reading = replace(holdings([a_position("0.03")], [], [added]), at_ms=NOW_MS)
    assert is_lasting(reading, BTC, a_policy()) is expected


def test_positions_and_fills_that_disagree_may_agree_in_the_next_reading() -> None:
    assert not is_lasting(holdings([a_position("0.03")], [], [a_fill("0.02")]), BTC, a_policy())
    assert not is_lasting(holdings([a_position()], [], [a_fill()]), BTC, a_policy())
