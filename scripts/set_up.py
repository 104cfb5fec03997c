"""Makes or updates the project's own environment in .venv, from a lock file with hashes.

Rules: standard library only; every word goes to stderr; of two at once the second waits and finds the work
done; what is unfinished is never marked ready, and an environment without a mark is made anew. uv is used
when present, else pip.

The project itself is not installed but put on the path by a .pth file: that needs no build tool, shows
every edit at once and is the cheapest form at start-up.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK_FILES = {
    "run": "requirements.lock",
    "backtest": "requirements-backtest.lock",
    "dev": "requirements-dev.lock",
    "attack": "requirements-attack.lock",
}
# Compiled when it is first imported, which for most of it is never: it is a third of all that is installed.
RARELY_IMPORTED = r"site-packages/(ccxt/(async_support|pro|prediction|test)/|pygments/lexers/|.+/tests/)"
EXIT_CONFIGURATION = 78

# Started by sh because a kernel refuses a first line that is long or holds a space; -I keeps PYTHONPATH and
# the working folder out of a program that holds keys.
LAUNCHER = """#!/bin/sh
'''exec' "{python}" -I "$0" "$@"
' '''
import sys

from trader.cli import main

if __name__ == "__main__":  # not where a worker process imports it again
    sys.exit(main())
"""

# Only in an environment for tests, and only when a test says so: a child started with -I is guarded too.
NETWORK_GUARD = (
    "import os; os.environ.get('TRADER_TEST_LOOPBACK_ONLY')"
    " and __import__('tests.support.loopback.loopback_only')\n"
)


class SetUpFailed(Exception):
    """The environment cannot be made; the text says what to do."""


def say(text: str) -> None:
    print(f"trader: {text}", file=sys.stderr, flush=True)


def child_environment() -> dict[str, str]:
    """What pip and uv see: the user's own settings (proxies, certificates, a mirror), but not Python's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    # uv brings certificates of its own and refuses a company's; the system's are the ones that pip takes too.
    # The newer uv knows the first name, the older the second.
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    environment.setdefault("UV_NATIVE_TLS", "1")
    return environment


def ran(*command: str | Path) -> bool:
    """Run with all output on stderr, because stdout belongs to the program that is started next."""
    return subprocess.run(command, stdout=sys.stderr, env=child_environment(), cwd=ROOT).returncode == 0


def make_environment() -> None:
    say(f"a new environment with Python {sys.version.split()[0]} ({sys.executable})")
    if not ran(sys.executable, "-I", "-m", "venv", "--clear", "--without-pip", VENV):
        raise SetUpFailed(f"{sys.executable} cannot make an environment in {VENV}: see above")


def options_for(level: str) -> tuple[str, ...]:
    """What is attacked with stands without a part of it that comes as source only (scripts/lock)."""
    options = ("--require-hashes", "--only-binary", ":all:")
    return (*options, "--no-deps") if level == "attack" else options


def installed_with_uv(level: str) -> bool:
    uv, lock_file = shutil.which("uv"), ROOT / LOCK_FILES[level]
    if uv is None:
        return False
    options = (*options_for(level), "--compile-bytecode", "--link-mode", "copy")
    if ran(uv, "pip", "install", "--quiet", *options, "--python", PYTHON, "--requirement", lock_file):
        return True
    say("uv could not install the packages; trying pip")
    return False


def install_with_pip(level: str) -> None:
    lock_file = ROOT / LOCK_FILES[level]
    pip = (PYTHON, "-I", "-m", "pip")
    ensured = subprocess.run((PYTHON, "-I", "-m", "ensurepip"), capture_output=True, text=True)
    if ensured.returncode != 0:
        advice = "install python3-venv (Debian, Ubuntu) or uv"
        raise SetUpFailed(f"{sys.executable} comes without pip: {advice}\n{ensured.stderr}")
    options = (*options_for(level), "--no-compile", "--quiet", "--quiet")
    if not ran(*pip, "install", *options, "--requirement", lock_file):
        raise SetUpFailed(
            f"pip could not install {lock_file.name}: see above; is the package index reachable?"
        )
    # All processors at once. A file that does not compile is some package's template for another Python.
    ran(PYTHON, "-I", "-m", "compileall", "-qq", "-j", "0", "-x", RARELY_IMPORTED, VENV / "lib")


def connect_project(level: str) -> None:
    """Put the project on the environment's path, its command into bin, and compile it."""
    (site_packages,) = (VENV / "lib").glob("python3.*/site-packages")
    (site_packages / "trader-source.pth").write_text(f"{ROOT}\n")
    if level == "dev":
        (site_packages / "trader-tests.pth").write_text(NETWORK_GUARD)
    launcher = VENV / "bin" / "trader"
    launcher.write_text(LAUNCHER.format(python=PYTHON))
    launcher.chmod(0o755)
    ran(PYTHON, "-I", "-m", "compileall", "-qq", "-j", "0", ROOT / "trader")


def compiling_kernels() -> subprocess.Popen[bytes] | None:
    """What backtests run compiled, once and not in front of whoever waits for the first of them.

    It takes one processor, while the other fetches the next level.
    """
    if not (ROOT / "trader" / "backtest").is_dir():
        return None
    say("compiling the fast backtest (half a minute, once)")
    command = (PYTHON, "-I", "-m", "trader.backtest.fast.warming")
    return subprocess.Popen(command, stdout=sys.stderr, env=child_environment(), cwd=ROOT)


def is_ready(level: str, key: str) -> bool:
    ready = VENV / f"ready-{level}"
    return ready.exists() and ready.read_text().rstrip("\n") == key and PYTHON.exists()


def mark_ready(level: str, key: str) -> None:
    unfinished = VENV / f"unfinished-{level}"
    unfinished.write_text(f"{key}\n")
    unfinished.replace(VENV / f"ready-{level}")


def install(level: str) -> None:
    say(f"setting up {VENV} from {LOCK_FILES[level]}")
    if not PYTHON.exists() or not any(VENV.glob("ready-*")):
        make_environment()
    # What is for tests stands on what is for running, never the other way round.
    for stale in VENV.glob("ready-*") if level == "run" else [VENV / f"ready-{level}"]:
        stale.unlink(missing_ok=True)
    if not installed_with_uv(level):
        install_with_pip(level)
    connect_project(level)


def set_up(keys: Mapping[str, str]) -> None:
    """The levels in their order; what an unreachable index keeps from the last leaves the others ready."""
    start = time.monotonic()
    kernels = None
    try:
        for level, key in keys.items():
            if is_ready(level, key):
                continue
            install(level)
            if level == "backtest" and (kernels := compiling_kernels()) is not None:
                continue
            mark_ready(level, key)
            say(f"{level}: ready after {time.monotonic() - start:.1f} s")
    finally:
        if kernels is not None:
            if kernels.wait() != 0:
                say("the fast backtest could not be compiled now; its first use will try again")
            mark_ready("backtest", keys["backtest"])
            say(f"backtest: ready after {time.monotonic() - start:.1f} s")


def taken(lock: IO[str]) -> bool:
    """Whether the lock could be taken at once."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main(*levels_and_keys: str) -> int:
    keys = dict(zip(levels_and_keys[::2], levels_and_keys[1::2], strict=True))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            if not taken(lock):
                say("another start is setting up; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            set_up(keys)
    except (SetUpFailed, OSError) as error:
        say(f"set-up failed: {error}")
        return EXIT_CONFIGURATION
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
