"""Environments of other engines: each of its own, from pinned versions, in the user's cache.

Rules: nothing of it is in the program's environment; made once, and marked ready only when it is whole. What
cannot be had is NotMeasured with the reason, never a failure of what else is measured.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINS = Path(__file__).resolve().parent / "peers"
INSTALL_S = 900


class NotMeasured(Exception):
    """Why an engine could not be measured."""


def environment(name: str) -> Path:
    """The Python of an engine's own environment, made where it is not there yet. Raise NotMeasured."""
    pins = PINS / f"{name}.txt"
    key = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    home = cache / "trader" / f"bench-{name}-{key}"
    python, ready = home / "bin" / "python", home / "ready"
    if not ready.exists():
        print(f"installing {name} into {home} (once)", file=sys.stderr, flush=True)
        ran((sys.executable, "-m", "venv", "--clear", home), what="its environment", limit_s=INSTALL_S)
        install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins)
        ran(install, what="its installation", limit_s=INSTALL_S)
        ready.touch()
    return python


def ran(command: Sequence[str | Path], *, what: str, limit_s: int) -> None:
    """Run it, or raise NotMeasured with the last words of what went wrong."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=_plain(), capture_output=True, text=True, timeout=limit_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotMeasured(f"{what}: {error}") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise NotMeasured(f"{what} ended with {done.returncode}: {said[-1] if said else 'it said nothing'}")


def _plain() -> dict[str, str]:
    """The environment without what would lead Python elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
