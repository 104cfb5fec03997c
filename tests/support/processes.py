"""Real processes that run a few lines of Python against this checkout, in an environment of our choice."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

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
        close_fds=close_fds,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


def line_of(process: subprocess.Popen[bytes]) -> str:
    """Return the next line it prints; an end without one shows what it said on stderr."""
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    if line:
        return line.rstrip("\n")
    _out, said = process.communicate(timeout=10)
    raise AssertionError(f"the process ended with {process.returncode} and said: {said.decode()}")


def output_of(process: subprocess.Popen[bytes], *, timeout_s: float = 10) -> tuple[int, str, str]:
    """Wait for its end; return its code, output and errors."""
    out, said = process.communicate(timeout=timeout_s)
    return process.returncode, (out or b"").decode(), said.decode()
