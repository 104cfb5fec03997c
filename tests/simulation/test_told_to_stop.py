"""A run that is told to stop, or whose venue falls silent, at any request: it verifies and leaves in time."""

import pytest

from tests.support.healing import undisturbed
from tests.support.judged import Judged
from tests.support.kill_cases import CASES, HALF_HOUR_S
from tests.support.scenes import code, entries_filled
from trader.clock import Deadline
from trader.core.actions import Enter
from trader.core.report import Exit
from trader.core.wire import Request
from trader.guard import STOP_GRACE_S
from trader.rehearsal import Stage
from trader.sim.faults import Fault

DEADLINE_S = 90


def tell_to_stop_at(made: Stage, request: int) -> None:
    """What the signal's handler does, just before this request of the next run."""
    first = made.host.mount.requests + request

    def told(number: int, _request: Request) -> None:
        if number < first or made.host.stop_requested:
            return
        made.host.stop_requested = True
        deadline = made.host.last_env.deadline if made.host.last_env else None
        assert isinstance(deadline, Deadline)
        deadline.shorten(STOP_GRACE_S)

    made.host.mount.before_request = told


@pytest.mark.parametrize("name", ["signal", "stop moves", "early close", "naked"])
def test_told_to_stop_at_any_request_it_verifies_and_enters_nothing_more(name: str) -> None:
    tick = undisturbed(CASES[name])
    for request in sorted({*tick.boundaries, *tick.write_numbers}):
        made = CASES[name].begin()
        judged = Judged(made)
        judged.begin()
        began_ms = made.clock.elapsed_ms()
        tell_to_stop_at(made, request)
        ran = made.host.run()
        assert ran is not None and ran.verified is not None
        assert (code(ran), judged.judge(0, ran, disturbed=True)) == (Exit.OK, []), (
            f"told at request {request}"
        )
        assert made.clock.elapsed_ms() - began_ms < (STOP_GRACE_S + 5) * 1000
        entered = [d for d in ran.done if isinstance(d.action, Enter)]
        is_too_late = name == "signal" and request >= tick.write_numbers[-1]
        assert bool(entered) == is_too_late, f"told at request {request}"


@pytest.mark.parametrize("kind", ["T3", "T8", "T15", "T16", "T17"])
@pytest.mark.parametrize("name", ["signal", "stop moves"])
def test_when_nothing_answers_from_some_request_on_the_run_ends_in_time_and_says_so(
    kind: str, name: str
) -> None:
    """A connection, a name or a handshake that hangs for ever; the next run meets a lock that is free."""
    tick = undisturbed(CASES[name])
    for request in tick.boundaries:
        made = CASES[name].begin()
        judged = Judged(made)
        judged.begin()
        began_ms = made.clock.elapsed_ms()
        made.faults(Fault(kind, call=request, times=0))
        ran = made.host.run()
        assert made.clock.elapsed_ms() - began_ms <= DEADLINE_S * 1000, f"silent from request {request}"
        assert code(ran) is Exit.UNREADABLE
        assert judged.judge(int(code(ran)), ran, disturbed=True) == []
        made.faults()
        made.pass_time(HALF_HOUR_S)
        judged.begin()
        ran = made.host.run()
        assert (code(ran), judged.judge(0, ran)) == (Exit.OK, [])
        assert entries_filled(made, "BTC") <= 1
