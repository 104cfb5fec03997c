"""The process guard, on real processes: a signal's disposition cannot be tried out in the test's own."""

import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.processes import PREAMBLE, line_of, output_of, start

HANG_IN_C = """
import ctypes, hashlib, os, signal, threading
from pathlib import Path
from trader import guard
from trader.clock import SystemClock
from trader.lock import acquire
held = acquire(Path(sys.argv[1]), command="run", wait_s=0, clock=SystemClock())
{blocked}
guard.arm(0.2, grace_s=0.1)
print("armed", flush=True)
{hang}
"""
HANGS = {
    "a C call that never returns": "hashlib.pbkdf2_hmac('sha256', b'x', b'y', 2**31 - 1)",
    "a C call that keeps the interpreter's lock": "ctypes.PyDLL(None).poll(None, 0, -1)",
    "a lock that nobody gives back": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "a loop that swallows everything": (
        "while True:\n    try:\n        hashlib.sha256(b'x')\n    except BaseException: ..."
    ),
}


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS.keys())
def test_a_hang_ends_at_deadline_plus_grace_and_the_lock_is_free(hang: str, tmp_path: Path) -> None:
    path = tmp_path / "locks" / "a.lock"
    process = start(HANG_IN_C.format(hang=hang, blocked=""), str(path))
    assert line_of(process) == "armed"
    began = time.monotonic()
    assert output_of(process)[0] == -signal.SIGALRM
    assert 0.1 < time.monotonic() - began < 2
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_blocked_or_handled_alarm_inherited_from_elsewhere_does_not_stop_the_guard(tmp_path: Path) -> None:
    blocked = (
        "signal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})"
    )
    code = HANG_IN_C.format(hang="signal.pause()", blocked=blocked)
    process = start(code, str(tmp_path / "locks" / "a.lock"))
    assert line_of(process) == "armed"
    assert output_of(process)[0] == -signal.SIGALRM


def test_only_the_guard_ends_a_process_that_goes_on() -> None:
    code = "import time\nfrom trader import guard\n{}\ntime.sleep(0.15)"
    assert output_of(start(code.format("")))[0] == 0
    assert output_of(start(code.format("guard.arm(0.05, grace_s=0.0)")))[0] == -signal.SIGALRM


LISTEN = """
import time
from trader import guard
from trader.clock import Deadline, SystemClock
deadline = Deadline.after(SystemClock(), soft_s=90, reserve_s=30)
stop = guard.listen_for_stop(deadline.shorten, grace_s=5)
print("listening", stop.is_set, flush=True)
while not stop.is_set:
    time.sleep(0.001)
print("noted", flush=True)
while sys.stdin.readline() == "more\\n":
    continue
print(stop.signal_name, deadline.remaining_s() <= 5, deadline.entry_remaining_s())
sys.exit(7)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_request_to_stop_sets_a_flag_and_shortens_the_deadline(number: signal.Signals) -> None:
    process = start(LISTEN, stdin=subprocess.PIPE)
    assert line_of(process) == "listening False"
    process.send_signal(number)
    assert line_of(process) == "noted"
    assert process.stdin is not None
    for again in (number, signal.SIGINT, signal.SIGINT):
        process.send_signal(again)
        process.stdin.write(b"more\n")
        process.stdin.flush()
    assert output_of(process)[:2] == (7, f"{number.name} True 0.0\n")


def test_a_hangup_that_nohup_ignored_stays_ignored() -> None:
    code = (
        "import os, signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nfrom trader import guard\n"
        "stop = guard.listen_for_stop(lambda seconds: None)\n"
        "os.kill(os.getpid(), signal.SIGHUP)\nprint(stop.is_set)"
    )
    assert output_of(start(code))[:2] == (0, "False\n")


def test_a_hardened_process_dumps_no_core_and_writes_private_files(tmp_path: Path) -> None:
    code = (
        "import ctypes, os, resource\nfrom pathlib import Path\nfrom trader import guard\nos.umask(0)\n"
        "guard.harden()\nPath(sys.argv[1]).write_text('x')\n"
        "dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == 'linux' else 0\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), dumpable)"
    )
    made = tmp_path / "made"
    assert output_of(start(code, str(made)))[1] == "(0, 0) 0\n"
    assert made.stat().st_mode & 0o777 == 0o600


CLOSED = """
import os
from trader import guard
guard.harden()
opened = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
print("this must not land in the lock file")
print("nor this", file=sys.stderr)
read = sys.stdin.read()
failed = guard.finish_output()
os.write(opened, f"{opened > 2} {read!r} {failed} {os.get_inheritable(1)}".encode())
"""


def test_closed_standard_descriptors_never_become_the_lock_file(tmp_path: Path) -> None:
    target = tmp_path / "opened"
    close_and_run = (
        "os.closerange(0, 3)\nos.execv(sys.executable, [sys.executable, '-I', '-c', *sys.argv[1:]])"
    )
    runner = start("import os\n" + close_and_run, PREAMBLE + CLOSED, str(target))
    assert output_of(runner)[0] == 0
    assert target.read_text() == "True '' None True"


PRINTS = """
from trader import guard
guard.harden()
sys.stdin.readline()
print("a report")
failed = guard.finish_output()
print("still here:", failed, file=sys.stderr)
print("and more")
sys.exit(21)
"""


def test_a_closed_pipe_neither_ends_the_run_nor_changes_its_code() -> None:
    process = start(PRINTS, stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.close()
    process.stdin.write(b"go\n")
    process.stdin.close()
    assert process.stderr is not None
    with process.stderr as stderr:
        said = stderr.read().decode()
    assert process.wait(timeout=10) == 21
    assert "still here: <stdout> could not be written: [Errno 32] Broken pipe" in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


@pytest.mark.parametrize("gone", [True, False])
def test_the_interpreter_alone_would_have_changed_the_code(gone: bool) -> None:
    """What `finish_output` is for: without it the same process ends with another code."""
    reading, writing = os.pipe()
    if gone:
        os.close(reading)
    process = start("print('a report'); sys.exit(21)", stdout=writing)
    os.close(writing)
    assert output_of(process)[0] == (120 if gone else 21)
    if not gone:
        os.close(reading)
