"""Incident D1, at the lock: of real processes from unlike environments exactly one goes on."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clocks import ManualClock
from tests.support.processes import line_of, output_of, start
from trader.lock import Busy, Held, acquire, lock_path

ASK = """
from pathlib import Path
from trader.clock import SystemClock
from trader.lock import Busy, acquire, lock_path
account, folder, command, wait_s = sys.argv[1:]
path = lock_path(
    venue="hyperliquid", network="mainnet", account_id=account,
    lock_dir=Path(folder) if folder else None, temporary_allowed=True,
)
print("ready", flush=True)
sys.stdin.readline()
give_way_to = {"run"} if command == "run" else ()
result = acquire(path, command=command, wait_s=float(wait_s), clock=SystemClock(), give_way_to=give_way_to)
if isinstance(result, Busy):
    print("busy", result.holder.pid, result.holder.command, flush=True)
else:
    print("held", flush=True)
    sys.stdin.readline()
"""

PATH_FROM_THE_ENVIRONMENT = """
import os
from pathlib import Path
from trader import lock
passwd = lock._home
lock._home = lambda: Path(os.environ["HOME"]) if "HOME" in os.environ else passwd()
"""


def ask(
    account: str,
    *,
    flaw: str = "",
    folder: str = "",
    command: str = "run",
    wait_s: float = 20,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    process = start(
        flaw + ASK, account, folder, command, str(wait_s), env=env, cwd=cwd, stdin=subprocess.PIPE
    )
    assert line_of(process) == "ready"
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def end(process: subprocess.Popen[bytes]) -> None:
    code, _out, said = output_of(process)
    assert (code, said) == (0, "")


@pytest.fixture
def account() -> Iterator[str]:
    """An account that nobody else has, whose lock file in the real home is taken away afterwards."""
    account_id = "0xtest" + secrets.token_hex(16)
    yield account_id
    lock_path(venue="hyperliquid", network="mainnet", account_id=account_id).unlink(missing_ok=True)


def said_by_three(account: str, tmp_path: Path, flaw: str = "") -> dict[int, str]:
    """What processes said, by pid, that asked at once: under `env -i`, in a shell, and as a service."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shell = {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_RUNTIME_DIR": str(tmp_path / "runtime"),
        "TMPDIR": str(elsewhere),
        "PATH": os.environ["PATH"],
        "LANG": "de_DE.UTF-8",
        "TZ": "Pacific/Apia",
    }
    systemd = {"INVOCATION_ID": "1", "STATE_DIRECTORY": str(elsewhere), "USER": "somebody"}
    runs = [
        ask(account, flaw=flaw),
        ask(account, flaw=flaw, env=shell, cwd=elsewhere),
        ask(account.upper().replace("0X", "0x"), flaw=flaw, env=systemd, cwd=Path("/")),
    ]
    for process in runs:
        go(process)
    said = {process.pid: line_of(process) for process in runs}
    for process in runs:
        end(process)
    return said


def test_d1_one_holds_whoever_asks_from_wherever(account: str, tmp_path: Path) -> None:
    said = said_by_three(account, tmp_path)
    holders = [pid for pid, line in said.items() if line == "held"]
    assert len(holders) == 1
    assert sorted(said.values()) == [f"busy {holders[0]} run"] * 2 + ["held"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere"]


def test_d1_a_path_from_the_environment_would_let_two_in(account: str, tmp_path: Path) -> None:
    """The flaw planted: with the lock found from HOME, as a shell and cron disagree on it, two hold it."""
    said = said_by_three(account, tmp_path, PATH_FROM_THE_ENVIRONMENT)
    assert list(said.values()).count("held") == 2


def test_d1_another_command_waits_its_turn_and_gets_it(tmp_path: Path) -> None:
    run = ask("1", folder=str(tmp_path / "locks"))
    go(run)
    assert line_of(run) == "held"
    check = ask("1", folder=str(tmp_path / "locks"), command="check-sl", wait_s=60)
    go(check)
    end(run)
    assert line_of(check) == "held"
    end(check)


def test_a_killed_holder_leaves_a_free_lock_and_a_dirty_word(tmp_path: Path) -> None:
    folder = tmp_path / "locks"
    run = ask("1", folder=str(folder))
    go(run)
    assert line_of(run) == "held"
    run.kill()
    assert output_of(run)[0] == -signal.SIGKILL
    path = lock_path(
        venue="hyperliquid", network="mainnet", account_id="1", lock_dir=folder, temporary_allowed=True
    )
    result = acquire(path, command="run", wait_s=0, clock=ManualClock(wall_ms=4_000_000_000_000))
    assert isinstance(result, Held)
    with result:
        assert not result.found.clean
        assert result.found.since_ms is not None
        assert result.found.since_ms < 4_000_000_000_000


WITH_CHILD = """
import os, signal, subprocess
from pathlib import Path
from trader.clock import SystemClock
from trader.lock import acquire
held = acquire(Path(sys.argv[1]), command="run", wait_s=0, clock=SystemClock())
if sys.argv[2] == "subprocess":  # it runs a little before the kernel has closed what it may not keep
    text = "import signal; print('child runs', flush=True); signal.pause()"
    child = subprocess.Popen([sys.executable, "-c", text], close_fds=False).pid
else:
    child = os.fork()
    if child == 0:
        print("child runs", flush=True)
        signal.pause()
print("child", child, flush=True)
signal.pause()
"""


@pytest.mark.parametrize("kind", ["subprocess", "fork"])
def test_a_child_does_not_keep_the_lock_of_its_dead_parent(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    holder = start(WITH_CHILD, str(path), kind)
    lines = {line_of(holder), line_of(holder)}
    child = next(int(line.split()[1]) for line in lines if line != "child runs")
    try:
        assert isinstance(acquire(path, command="run", wait_s=0, clock=ManualClock()), Busy)
        holder.kill()
        holder.wait(timeout=10)
        os.kill(child, 0)
        result = acquire(path, command="run", wait_s=0, clock=ManualClock())
        assert isinstance(result, Held)
        result.release()
    finally:
        os.kill(child, signal.SIGKILL)
        output_of(holder)
