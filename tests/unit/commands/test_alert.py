"""`trader alert test`: who is tried, what is shown, with what code it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.configurations import MINIMAL, write
from tests.support.raw_server import Conversation, RawServer, answer
from trader.commands import alert

pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
SECRET = "T0KEN-a1b2"


def taking(talk: Conversation) -> None:
    while talk.request():
        talk.send(answer(b"OK"))


def called(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(alert.command, ["test", "--config", str(path), *arguments])


def told_of(folder: Path, monitor: str) -> Path:
    """A configuration whose addresses are secrets in another file."""
    key = folder / "main.env"
    key.write_text(f"NOTIFY={monitor.replace('http', 'json')}/{SECRET}\nMONITOR={monitor}/{SECRET}\n")
    key.chmod(0o600)
    return write(
        folder,
        f"{MINIMAL}credentials: {{file: {key}}}\nnotify: {{urls: [secret:NOTIFY]}}\n"
        "heartbeat: {run: secret:MONITOR, flatten: secret:MONITOR}\n",
    )


def test_each_address_is_tried_once_and_no_secret_is_shown(tmp_path: Path) -> None:
    with RawServer(taking) as monitor:
        result = called(told_of(tmp_path, monitor.url))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "ok    address 1 (json) took it; look whether it arrived",
        "ok    heartbeat.run (http://127.0.0.1) took it; look whether it arrived",
        "ok    heartbeat.flatten (http://127.0.0.1) took it; look whether it arrived",
    ]
    assert len(monitor.requests) == 3
    assert all(b"Nothing is wrong" in request for request in monitor.requests)
    assert SECRET not in result.output


def test_what_is_lost_is_told_also_quietly_and_to_scripts(tmp_path: Path) -> None:
    path = told_of(tmp_path, "http://127.0.0.1:9")
    result = called(path, "--quiet")
    assert result.exit_code == 10
    assert [line[:6] for line in result.stdout.splitlines()] == ["LOST  "] * 3
    said = json.loads(called(path, "--json").stdout)
    assert (said["schema"], said["exit_code"], len(said["tried"])) == ("trader.alert/1", 10, 3)
    assert SECRET not in result.output


def test_nobody_to_tell_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    result = called(write(tmp_path, MINIMAL))
    assert (result.exit_code, "nothing to try" in result.stdout) == (78, True)
