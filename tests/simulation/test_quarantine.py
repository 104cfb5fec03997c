"""A write of a dead run may still arrive: no entry before that is over, and none on what was read before."""

import pytest

from tests.support.healing import killed, undisturbed
from tests.support.kill_cases import CASES
from tests.support.scenes import code, entries_filled
from trader.core.actions import Enter
from trader.core.report import Exit
from trader.rehearsal import Stage
from trader.sim.faults import Fault


def killed_before_its_entry() -> Stage:
    """The word says dirty: leverage was set, the entry was about to be sent."""
    made = killed(CASES["signal"], undisturbed(CASES["signal"]).write_numbers[-1])
    assert made is not None
    assert made.host.word.dirty_since_ms is not None
    return made


def test_the_next_run_waits_until_nothing_can_arrive_and_then_enters() -> None:
    made = killed_before_its_entry()
    dirty_since_ms = made.host.word.dirty_since_ms or 0
    made.pass_time(1)
    assert code(made.host.run()) is Exit.OK
    assert entries_filled(made, "BTC") == 1
    assert made.model.fills(made.user)[0].at_ms > dirty_since_ms + 20_000


@pytest.mark.parametrize("kind", ["H1", "T2", "H15"])
def test_what_was_read_before_the_wait_is_not_entered_on(kind: str) -> None:
    """The wait is over, but the account cannot be read again: a late order may have filled meanwhile."""
    made = killed_before_its_entry()
    made.pass_time(1)
    made.faults(Fault(kind, what="frontendOpenOrders", nth=2, times=0))
    ran = made.host.run()
    assert ran is not None
    assert [d for d in ran.done if isinstance(d.action, Enter)] == []
    assert entries_filled(made, "BTC") == 0
    assert code(ran) is not Exit.OK


def test_protection_does_not_wait() -> None:
    made = CASES["naked"].begin()
    made.host.word.mark_dirty(made.clock.now_ms())
    began_ms = made.clock.elapsed_ms()
    made.host.check()
    assert made.is_covered("BTC")
    assert made.clock.elapsed_ms() - began_ms < 5_000


def test_a_check_that_repairs_does_not_vouch_for_a_dead_run() -> None:
    """It settles its own writes; those of the dead run may still arrive, and the next run must know."""
    made = CASES["naked"].begin()
    made.pass_time(60)
    died_ms = made.clock.now_ms()
    made.host.word.mark_dirty(died_ms)
    made.pass_time(1)
    made.host.check()
    assert made.is_covered("BTC")
    since_ms = made.host.word.dirty_since_ms
    assert since_ms is not None and since_ms >= died_ms


def test_the_word_is_clean_again_once_nothing_can_arrive() -> None:
    made = CASES["naked"].begin()
    made.host.word.mark_dirty(made.clock.now_ms())
    made.pass_time(60)
    made.host.check()
    assert made.is_covered("BTC")
    assert made.host.word.dirty_since_ms is None
