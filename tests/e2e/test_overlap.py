"""Incident D1 with the real command: whoever starts it from wherever, one enters and nothing is doubled."""

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.machine import Machine, all_but, ended, wait_until_it_waits
from tests.support.scenes import entries_filled, stage, stops
from tests.support.served import Held, Served, any_request
from trader.clock import SystemClock
from trader.lock import Held as HeldLock
from trader.lock import acquire, lock_path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A signal is pending."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with Served(stage(("BTC",)), home) as one:
        yield one


def test_d1_of_many_runs_at_once_one_enters(served: Served, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    second = served.machine.configure(served.configuration("sizing: {position_ratio: 0.2}\n"), "second.yaml")
    login = {
        "HOME": str(elsewhere),
        "XDG_STATE_HOME": str(elsewhere / "state"),
        "XDG_CONFIG_HOME": str(elsewhere / "config"),
        "TMPDIR": str(elsewhere),
        "PATH": os.environ["PATH"],
        "USER": "somebody",
        "LANG": "de_DE.UTF-8",
        "TZ": "Pacific/Apia",
    }
    systemd = {"INVOCATION_ID": "1", "STATE_DIRECTORY": str(elsewhere), "RUNTIME_DIRECTORY": str(elsewhere)}
    held = Held(served.line, any_request)
    runs = [
        served.start("run"),
        served.start("run", env=login, cwd=elsewhere),
        served.start("run", "--json", env=systemd, cwd=Path("/")),
        served.start("run", "--config", str(second), env={"TZ": "UTC"}),
        served.start("run", "--quiet"),
    ]
    held.wait()
    (holder,) = all_but(runs, count=1)
    held.let_go()
    others = [ended(process) for process in runs if process is not holder]
    assert [one.code for one in others] == [0] * 4, others
    busy = f"the account's lock is held by `trader run` (pid {holder.pid}); nothing was sent"
    told = [one.text for one in others if one.text]
    assert all(busy in text for text in told), "but for a quiet one, each names the holder"
    assert len(told) >= 3
    assert ended(holder).code == 0
    assert entries_filled(served.made, "BTC") == 1
    assert len(stops(served.made, "BTC")) == 1
    assert not list(elsewhere.iterdir())


@pytest.fixture
def lasting_home() -> Iterator[Path]:
    """A home that is no place for temporary files: there no account with money is locked."""
    home = pwd.getpwuid(os.geteuid()).pw_dir  # HOME may be a temporary folder itself
    with TemporaryDirectory(dir=home, prefix=".trader-test-") as folder:
        yield Path(folder)


def test_d1_a_second_label_for_the_same_account_meets_the_same_lock(lasting_home: Path) -> None:
    """Two files, two labels, one account at the venue: the second run finds the first one's lock."""
    machine = Machine(lasting_home)
    account = "0x" + "ab" * 20
    credentials = lasting_home / "key.env"
    credentials.write_text(f"HYPERLIQUID_ACCOUNT={account}\nHYPERLIQUID_AGENT_KEY=0x{'17' * 32}\n")
    credentials.chmod(0o600)
    text = f"venue: hyperliquid\nmode: testnet\ncredentials: {{file: {credentials}}}\naccount: "
    files = [machine.configure(text + label, f"{label}.yaml") for label in ("one", "two")]
    path = lock_path(
        venue="hyperliquid",
        network="testnet",
        account_id=account,
        lock_dir=lasting_home / ".local/state/trader/locks",
    )
    holder = acquire(path, command="run", wait_s=0, clock=SystemClock())
    assert isinstance(holder, HeldLock)
    with holder:
        for file in files:
            busy = machine.run("run", "--config", str(file))
            assert busy.code == 0
            assert f"held by `trader run` (pid {os.getpid()})" in busy.said


def test_check_sl_waits_for_a_run_and_then_checks(served: Served) -> None:
    held = Held(served.line, any_request)
    run = served.start("run")
    held.wait()
    check = served.start("check-sl", options=["announce"])
    wait_until_it_waits(check)
    held.let_go()
    assert ended(run).code == 0
    result = ended(check)
    assert result.code == 0
    assert "covered by its stop" in result.out


def test_check_sl_that_has_waited_a_minute_names_the_holder(served: Served) -> None:
    held = Held(served.line, any_request)
    run = served.start("run")
    held.wait()
    check = served.start("check-sl", options=["announce"], haste=100)
    plain = served.start("protect", "--coin", "BTC", "--stop", "0.1", "--yes", "--json", haste=100)
    wait_until_it_waits(check)
    result = ended(check)
    assert result.code == 75
    assert f"held by `trader run` (pid {run.pid}); nothing was sent" in result.said
    said = ended(plain)
    assert said.code == 75
    assert json.loads(said.out)["exit_code"] == 75
    held.let_go()
    assert ended(run).code == 0


def test_a_run_waits_for_check_sl_and_then_enters(served: Served) -> None:
    held = Held(served.line, any_request)
    check = served.start("check-sl")
    held.wait()
    run = served.start("run", options=["announce"])
    wait_until_it_waits(run)
    held.let_go()
    assert ended(check).code == 0
    assert ended(run).code == 0
    assert entries_filled(served.made, "BTC") == 1


def test_a_run_that_waits_too_long_for_check_sl_leaves_with_0_and_says_so(served: Served) -> None:
    held = Held(served.line, any_request)
    check = served.start("check-sl")
    held.wait()
    result = ended(served.start("run", "--quiet", haste=50))
    assert result.code == 0
    assert f"held by `trader check-sl` (pid {check.pid})" in result.said
    held.let_go()
    assert ended(check).code == 0
