"""SIGKILL of the real process at each write of a stop move and a close, then one clean tick.

The exchange kills the client: when the request has come and was not worked on, or was worked on and not yet
answered. Kills at an entry and a repair stand in test_process_tier.py, and everywhere else in process
(tests/simulation/test_kill_matrix.py).
"""

import signal
from pathlib import Path

import pytest

from tests.support.healing import undisturbed
from tests.support.judged import Judged
from tests.support.kill_cases import CASES, TRAILING, picture
from tests.support.machine import ended
from tests.support.served import Held, Killer, Served, any_request, is_order, is_write
from trader.lock_record import parse_quarantine

AFTER_QUARANTINE_S = 25.0
OVERRIDES = {"stop moves": TRAILING}
BOUNDARIES = (
    ("stop moves", 1, False),
    ("stop moves", 1, True),
    ("stop moves", 2, False),
    ("stop moves", 2, True),
    ("early close", 1, False),
    ("early close", 1, True),
)


@pytest.mark.parametrize(("name", "write", "worked"), BOUNDARIES)
def test_a_process_killed_at_a_write_is_healed_by_the_next(
    name: str, write: int, worked: bool, tmp_path: Path
) -> None:
    case = CASES[name]
    wanted = undisturbed(case).end
    with Served(case.begin(), tmp_path) as served:
        judged = Judged(served.made)
        killer = Killer(served.line, is_write, nth=write, worked=worked)
        command = ["run", *(f"--set={override}" for override in OVERRIDES.get(name, ()))]
        victim = served.start(*command)
        killer.aim(victim)
        assert ended(victim).code == -signal.SIGKILL
        assert killer.has_killed
        assert not parse_quarantine(served.lock_file.read_bytes(), now_ms=served.clock.now_ms()).clean
        served.line.before = served.line.after = None
        served.pass_time(AFTER_QUARANTINE_S)
        judged.begin()
        healed = ended(served.start(*command))
        assert healed.code == 0, healed
        assert judged.judge(0) == []
        assert picture(served.made) == wanted, healed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_while_it_reads_it_enters_nothing_and_says_so(number: int, tmp_path: Path) -> None:
    with Served(CASES["signal"].begin(), tmp_path) as served:
        held = Held(served.line, any_request, nth=4)
        run = served.start("run")
        held.wait()
        run.send_signal(number)
        held.let_go()
        result = ended(run)
        assert result.code == 0, result
        assert "told to stop" in result.out
        assert "proof" in result.out
        assert picture(served.made) == {}
        assert parse_quarantine(served.lock_file.read_bytes(), now_ms=served.clock.now_ms()).clean


def test_told_to_stop_in_the_middle_of_its_entry_it_proves_the_stop(tmp_path: Path) -> None:
    with Served(CASES["signal"].begin(), tmp_path) as served:
        held = Held(served.line, is_order)
        run = served.start("run")
        held.wait()
        run.send_signal(signal.SIGTERM)
        held.let_go()
        result = ended(run)
        assert result.code == 0, result
        assert "BTC 0.00297 covered by its stop" in result.out
        assert picture(served.made) == undisturbed(CASES["signal"]).end
