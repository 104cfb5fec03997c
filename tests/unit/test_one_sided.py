"""A grid in an account that holds one position a coin: every run says so, and how to change it."""

import pytest

from tests.support import grid_stage
from tests.support.reports import a_report
from trader.core.report import Exit, worst
from trader.rehearsal import Stage
from trader.sim.feed import ScriptedFeed
from trader.sinks.text import run_text

HOW = "switch its position mode to hedge mode (long/short) in the venue's settings"


@pytest.mark.parametrize("venue", ["okx", "binance"])
@pytest.mark.parametrize("two_sided", [False, True])
def test_a_quiet_run_tells_of_an_account_with_one_side(venue: str, two_sided: bool) -> None:
    other = grid_stage.grid_stage(venue)
    assert isinstance(other.feed, ScriptedFeed)
    made = Stage(other.settings, other.feed, now_ms=grid_stage.NOW_MS, two_sided=two_sided)
    for ran in (made.host.run(), made.host.check()):
        assert ran is not None
        assert worst(ran.codes) is Exit.OK
        assert any(HOW in problem for problem in ran.problems) is not two_sided
        text = run_text(a_report(problems=tuple(ran.problems)), quiet=True)
        assert (HOW in text) is not two_sided
