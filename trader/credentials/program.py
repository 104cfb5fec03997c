"""What a program prints, for whoever keeps keys in a password store.

Rules: a list of arguments and never a shell; nothing of our environment, our standard input or our
descriptors reaches it; it has so long and may print so much, and it and what it started end then. What it
says on its standard error may hold the secret and is thrown away: run it by hand to read it.
"""

import os
import pwd
import select
import signal
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from trader.config.private import BYTES_MAX
from trader.core.errors import ConfigError

if TYPE_CHECKING:
    import subprocess

TIMEOUT_S = 15.0  # a card or an agent that has to be asked takes seconds
PATH = "/usr/local/bin:/usr/bin:/bin"


def output_of(arguments: Sequence[str], what: str, *, timeout_s: float = TIMEOUT_S) -> str:
    """Its standard output. Raise ConfigError, which quotes nothing that it said."""
    import subprocess

    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            close_fds=True,
            start_new_session=True,
            bufsize=0,
        )
    except OSError as error:
        raise ConfigError(f"{what}: cannot be started: {error.strerror}") from None
    try:
        content = _read(process, what, time.monotonic() + timeout_s, timeout_s)
    finally:
        _end(process)
    if process.returncode != 0:
        raise ConfigError(f"{what}: ended with {process.returncode}; run it by hand to see why")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{what}: did not print text; expected lines NAME=value in UTF-8") from None


def _environment() -> dict[str, str]:
    """What a login would have, from passwd; whoever needs more starts it through /usr/bin/env."""
    user = pwd.getpwuid(os.geteuid())
    return {"PATH": PATH, "HOME": user.pw_dir, "LANG": "C.UTF-8"}


def _read(process: "subprocess.Popen[bytes]", what: str, until_s: float, timeout_s: float) -> bytes:
    """Everything it prints, until it closes its output and ends, within its time."""
    late = ConfigError(f"{what}: did not end within {timeout_s:g} s; run it by hand to see what it waits for")
    stream = process.stdout
    content = b""
    while stream is not None:
        ready, _, _ = select.select([stream], [], [], max(0.0, until_s - time.monotonic()))
        if not ready:
            raise late
        part = os.read(stream.fileno(), BYTES_MAX)
        if not part:
            break
        content += part
        if len(content) > BYTES_MAX:
            raise ConfigError(f"{what}: printed more than {BYTES_MAX // 1024} kB; expected a few lines")
    if not _has_ended(process, until_s):
        raise late
    return content


def _has_ended(process: "subprocess.Popen[bytes]", until_s: float) -> bool:
    import subprocess

    try:
        process.wait(max(0.0, until_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Nothing that it started outlives it."""
    with process:  # which closes its output and waits for it
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
