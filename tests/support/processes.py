"""Real processes that run a few lines of Python against this checkout, in an environment of our choice."""

import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.support import canaries

ROOT = Path(__file__).resolve().parents[2]
PREAMBLE = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"


def start(
    code: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    close_fds: bool = True,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start an isolated Python; without `env` it gets nothing at all, as under `env -i`."""
    return subprocess.Popen(
        [sys.executable, "-I", "-c", PREAMBLE + code, *arguments],
        env=dict(env or {}),
        cwd=cwd,
        bufsize=0,  # a line left in a buffer of ours would not wake a poll
        close_fds=close_fds,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def line_of(process: subprocess.Popen[bytes], *, timeout_s: float = 30) -> str:
    """Return the next line it prints; an end or a silence without one shows what it said on stderr."""
    assert process.stdout is not None
    poll = select.poll()
    poll.register(process.stdout, select.POLLIN)
    if not poll.poll(timeout_s * 1000):
        process.kill()
    line = process.stdout.readline().decode()
    canaries.refuse(line, "what a process printed")
    if line:
        return line.rstrip("\n")
    _out, said = process.communicate(timeout=10)
    raise AssertionError(f"the process ended with {process.returncode} and said: {said.decode()}")


def output_of(process: subprocess.Popen[bytes], *, timeout_s: float = 30) -> tuple[int, str, str]:
    """Wait for its end; return its code, output and errors. One that outlives its time is killed."""
    try:
        out, said = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        out, said = process.communicate()
    for printed in (out or b"", said or b""):
        canaries.refuse(printed, "what a process printed")
    return process.returncode, (out or b"").decode(), said.decode()
