"""What every command says of the halt switch, of a faulty file and of a lock that is taken."""

from pathlib import Path

import pytest

from tests.support.configurations import MINIMAL, write
from trader import config, halt, lock
from trader.commands.options import Call
from trader.commands.session import _busy, _tell_halt, halted_why, told_faults
from trader.core.report import Exit
from trader.lock_record import Holder
from trader.run import Ran
from trader.wiring import Wired, wire

QUIET = Call(config_path=None, overrides=(), paper=True, as_json=False, quiet=True)


def wired(folder: Path) -> Wired:
    return wire(config.load(write(folder, MINIMAL)))


def told(account: Wired) -> Ran:
    ran = Ran(halted=halted_why(account))
    _tell_halt(account, ran)
    return ran


def test_a_halted_tick_says_so_and_a_running_one_does_not(tmp_path: Path) -> None:
    account = wired(tmp_path)
    assert told(account) == Ran()
    halt.write(account.folders.halt, why="look at ETH", now_ms=5)
    ran = told(account)
    assert ran.notes == [
        "halted: look at ETH (since 1970-01-01 00:00:00 UTC); `trader resume` allows entries"
    ]
    assert (ran.problems, ran.codes) == ([], set())


def test_a_halt_file_that_cannot_be_read_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    account = wired(tmp_path)
    account.folders.halt.write_text("garbage")
    ran = told(account)
    assert ran.codes == {Exit.CONFIG}
    assert "cannot be read" in ran.problems[0]
    assert "trader resume" in ran.problems[0]


def test_a_faulty_file_is_told_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = config.load(write(tmp_path, MINIMAL), need="protection")
    assert (told_faults(sound), capsys.readouterr().err) == (0, "")
    faulty = config.load(write(tmp_path, MINIMAL + "limitz: {}\n"), need="protection")
    assert told_faults(faulty) == Exit.CONFIG
    assert "limitz" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "holder", "says"),
    [("run", "run", False), ("run", "flatten", True), ("check-sl", "run", True)],
)
def test_only_a_run_beside_a_run_is_silent(
    command: str, holder: str, says: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    code = Exit.OK if command == "run" else Exit.BUSY
    busy = lock.Busy(Holder(pid=7, command=holder, started_ms=0))
    assert _busy(QUIET, command, busy, code) == code
    assert (f"`trader {holder}` (pid 7)" in capsys.readouterr().err) == says
