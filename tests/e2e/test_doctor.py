"""`trader doctor` as a process: beside a command that works, before a venue that is dead or hangs."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.lasting import lasting_home as lasting_home
from tests.support.machine import Ended, Machine, ended
from tests.support.raw_server import Conversation, RawServer
from tests.support.real_places import RealPlace
from tests.support.scenes import stage
from tests.support.served import Served, is_write
from trader.clock import SystemClock
from trader.lock import Held as HeldLock
from trader.lock import acquire
from trader.parts import NAMES

BOUND_S = 10.0
CONFIGURATION = (
    "venue: hyperliquid\nmode: paper\npaper: {{url: '{url}'}}\nmarkets:\n  BTC: {{strategy: breakout}}\n"
)


@pytest.fixture
def signalled(tmp_path: Path) -> Iterator[Served]:
    """A signal is pending."""
    made = stage(("BTC",))
    made.venue.ip_budget.limit = 1_000_000  # a test asks more in a minute than a day of cron does
    with Served(made, tmp_path) as one:
        yield one


def examined(machine: Machine, url: str, **options: Any) -> tuple[Ended, float]:
    """What doctor said of a machine whose exchange is there, and how long that took."""
    machine.configure(CONFIGURATION.format(url=url))
    began_s = time.monotonic()
    result = machine.run("doctor", **options)
    return result, time.monotonic() - began_s


def test_beside_a_command_that_works_it_waits_for_nothing_and_sends_nothing(signalled: Served) -> None:
    writes: list[bool] = []
    signalled.line.after = lambda request: writes.append(is_write(request))
    held = acquire(signalled.lock_file, command="flatten", wait_s=0, clock=SystemClock())
    assert isinstance(held, HeldLock)
    with held:
        began_s = time.monotonic()
        doctor = ended(signalled.start("doctor"))
        assert time.monotonic() - began_s < BOUND_S
    assert doctor.code == 0, doctor
    assert f"held by `trader flatten` (pid {os.getpid()})" in doctor.out
    assert writes and not any(writes)


def test_a_venue_that_is_dead_ends_with_its_code(tmp_path: Path) -> None:
    result, took_s = examined(Machine(tmp_path), "http://127.0.0.1:9")
    assert (result.code, took_s < BOUND_S) == (10, True)
    assert "FAILED D21 venue" in result.out and "not checked because of it: " in result.out


def silent(talk: Conversation) -> None:
    talk.request()
    talk.hang()


def test_a_venue_that_hangs_does_not_hold_it_up(tmp_path: Path) -> None:
    with RawServer(silent) as server:
        result, took_s = examined(Machine(tmp_path), f"http://127.0.0.1:{server.port}", haste=10)
    assert (result.code, took_s < BOUND_S) == (10, True)
    assert "FAILED D21 venue" in result.out


def test_what_this_machine_sent_itself_is_no_other_host_s(signalled: Served) -> None:
    assert ended(signalled.start("run")).code == 0
    assert signalled.made.coins_held() == ["BTC"]
    doctor = ended(signalled.start("doctor"))
    assert doctor.code == 0, doctor.out
    assert "1 order of ours in the last day, each sent from here" in doctor.out


# Nobody would be told of anything; and the end of an API wallet without a name is told nowhere.
FAILING = {"hyperliquid": (11, ["D17", "D26"]), "okx": (78, ["D17"]), "binance": (78, ["D17"])}


@pytest.mark.parametrize("venue", NAMES)
def test_with_real_money_it_prints_the_fingerprint_that_the_file_still_lacks(
    lasting_home: Path, venue: str
) -> None:
    with RealPlace(venue, lasting_home) as place:
        place.configure()
        file = lasting_home / ".config/trader/config.yaml"
        lines = [line for line in file.read_text().splitlines() if not line.startswith("live:")]
        file.write_text("\n".join(lines) + "\n")
        assert place.run("run", "--live").code == 78
        result = place.run("doctor", "--live")
        failed = [line.split()[1] for line in result.out.splitlines() if line.startswith("FAILED")]
        assert (result.code, failed) == FAILING[venue], result.out
        assert result.out.endswith(f'live: {{fingerprint: "{place.fingerprint}"}}\n')
        assert place.writes == [] and place.requests != []
