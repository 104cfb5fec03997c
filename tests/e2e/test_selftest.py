"""`trader selftest` as a user starts it: a file without a name of a module, whose workers import it again."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.set_up import LAUNCHER

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def launcher(tmp_path: Path) -> list[str]:
    """The command that `scripts/set-up` writes, for this interpreter."""
    path = tmp_path / "trader"
    path.write_text(LAUNCHER.format(python=sys.executable), encoding="utf-8")
    return [sys.executable, str(path), "selftest"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def test_the_installed_command_plays_over_worker_processes(launcher: list[str]) -> None:
    command = [*launcher, "--tier", "C=2", "--venue", "hyperliquid", "--workers", "2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["episodes"], told["here"]["workers"]) == (2, 2)


def test_a_campaign_shows_how_far_it_is_and_an_interruption_ends_it(launcher: list[str]) -> None:
    """Ctrl-C reaches the workers too: no traceback, and no process that still holds the output."""
    ours, theirs = os.openpty()
    command = [*launcher, "--tier", "C", "--seconds", "600", "--venue", "hyperliquid", "--workers", "1"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, env=environment(), process_group=0
    )
    os.close(theirs)
    shown = b""
    while not re.search(rb"[1-9][0-9]* episodes, 0 violations", shown):
        shown += os.read(ours, 4096)
    os.killpg(running.pid, signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    os.close(ours)
    assert running.returncode == 130
    assert b"ended early" in said and b"Traceback" not in shown + said
