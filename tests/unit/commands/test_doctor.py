"""`trader doctor` as a command: what it prints, with what code it ends, and when it tells a fingerprint."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.builders import a_policy, a_snapshot
from tests.support.configurations import MINIMAL, write
from trader.commands import doctor as doctor_command
from trader.commands.options import Call
from trader.commands.patient import NONE_YET, Outside, _Parts, _prove, gather, hosts_of
from trader.config import load
from trader.core.access import Access
from trader.core.errors import ConfigError
from trader.core.fingerprint import fingerprint
from trader.doctor import machine
from trader.doctor.catalogue import CHECKS
from trader.doctor.cron import jobs_in
from trader.doctor.examination import examine
from trader.doctor.reading import Seen
from trader.parts import parts_of
from trader.wiring import Connection, wire

TRADER = "/t/bin/python -I /t/bin/trader"
LIVE = (
    "venue: hyperliquid\nmode: live\ncredentials: {{file: {key}}}\nmarkets:\n  BTC: {{strategy: breakout}}\n"
)


@pytest.fixture(autouse=True)
def no_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine really starts."""
    monkeypatch.setattr(machine, "crontab", lambda: "")
    for name in ("SYSTEM_CRONTAB", "SYSTEM_CRONTABS", "SYSTEM_UNITS"):
        monkeypatch.setattr(machine, name, Path("/nowhere"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path, MINIMAL)


def called(path: Path, *arguments: str) -> Result:
    words = ["--config", str(path), *arguments]
    return CliRunner().invoke(doctor_command.command, words, standalone_mode=False)


def test_a_paper_account_passes_with_a_line_for_each_check(path: Path) -> None:
    result = called(path)
    assert result.return_value == 0, result.exception
    lines = result.stdout.splitlines()
    assert lines[0].startswith("paper hyperliquid main: doctor at ")
    assert [line[:3] for line in lines[1 : len(CHECKS) + 1]] == [check.code for check in CHECKS]
    assert lines[-1] == "26 ok, 2 warnings, 12 not applicable"
    assert called(path, "--quiet").stdout == ""


def test_scripts_get_one_object(path: Path) -> None:
    said = json.loads(called(path, "--json").stdout)
    assert (said["schema"], said["realm"], said["venue"], said["account"], said["exit_code"]) == (
        *("trader.doctor/1", "paper", "hyperliquid", "main"),
        0,
    )
    assert [check["code"] for check in said["checks"]] == [check.code for check in CHECKS]
    assert said["fingerprint"] is None


def test_a_faulty_file_is_the_first_failure_and_stops_the_rest(path: Path) -> None:
    path.write_text(MINIMAL + "limitz: {}\n")
    result = called(path, "--quiet")
    assert result.return_value == 78
    assert "FAILED D01 configuration: " in result.stdout and "limitz is not a setting" in result.stdout
    path.write_text("}")
    assert called(path).return_value == 78
    assert called(path.with_name("none.yaml")).return_value == 78


def test_a_configuration_that_everybody_can_change_is_a_fault_of_its_own(path: Path) -> None:
    path.chmod(0o666)
    result = called(path, "--quiet")
    assert result.return_value == 78
    assert "FAILED D02" in result.stdout and "D01" not in result.stdout


@pytest.fixture
def live(tmp_path: Path) -> Callable[[str], Path]:
    """A file that calls its money real, with the key of an embedded account, and so much more."""
    keys = parts_of("hyperliquid").paper_keys("main")
    key = tmp_path / "main.env"
    names = {"ACCOUNT": keys.account_id, **keys.secrets}
    key.write_text("".join(f"HYPERLIQUID_{name}={value}\n" for name, value in names.items()))
    key.chmod(0o600)
    return lambda more: write(tmp_path, LIVE.format(key=key) + more)


def call(path: Path) -> Call:
    return Call(path, (), paper=False, as_json=False, quiet=False)


def test_the_fingerprint_is_asked_with_a_file_that_has_none_yet(live: Callable[[str], Path]) -> None:
    path = live("")
    without = gather(call(path), Outside(), live=False)
    assert "live.fingerprint is missing" in without.patient.faults[0]

    def answered(*_: object) -> Connection:
        raise ConfigError("asked")

    outside = Outside(connect=answered, way_to=lambda _host: [], jobs=lambda _home: ([], []))
    gathered = gather(call(path), outside, live=True)
    assert gathered.patient.has_money and gathered.patient.faults == ()
    assert gathered.patient.no_answer == "the venue: asked"
    failed = {r.check.code for r in examine(gathered.patient) if r.state.value == "failed"}
    assert "D21" in failed


def test_a_file_without_a_fingerprint_fails_no_check_for_it(live: Callable[[str], Path]) -> None:
    """The account that it names is compared all the same."""
    wired = wire(load(live(f'live: {{fingerprint: "{NONE_YET}"}}\n')))
    for owner, is_other in ((wired.keys.account_id, False), ("0xother", True)):
        parts = _Parts()
        connection = Connection(None, int, tuple, lambda: None, lambda owner=owner: owner, None)  # type: ignore[arg-type,misc]
        _prove(parts, wired, connection, Seen(Access(), a_snapshot(), None, (), 0, a_policy()))
        assert parts.fingerprint == fingerprint("hyperliquid", "live", owner)
        assert (parts.other_account is not None) is is_other


def test_a_fingerprint_is_of_real_money_alone(path: Path) -> None:
    result = called(path, "--live")
    assert isinstance(result.exception, ConfigError)
    assert "the configuration says mode: paper" in str(result.exception)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (f"0,30 * * * * {TRADER} run --config {{path}}", 1),
        (f"0,30 * * * * {TRADER} run --paper --config {{path}}", 1),  # the file is on paper anyway
        (f"0,30 * * * * {TRADER} run --config {{other}}", 0),
        (f"0,30 * * * * {TRADER} run --config {{copy}}", 1),
        (f"0,30 * * * * {TRADER} run --config /nowhere.yaml", 0),
        (f"0,30 * * * * {TRADER} run", 0),
    ],
)
def test_a_job_is_of_this_account_whichever_file_it_names(
    path: Path, tmp_path: Path, line: str, count: int
) -> None:
    copy = write(tmp_path, MINIMAL, name="copy.yaml")
    other = write(tmp_path, MINIMAL + "account: other\n", name="other.yaml")
    text = line.format(path=path, copy=copy, other=other)
    outside = Outside(jobs=lambda _home: (jobs_in(text, "crontab"), []))
    schedule = gather(call(path), outside).patient.schedule
    assert schedule is not None
    assert len(schedule.jobs) == count


@pytest.mark.parametrize(
    ("venue", "more", "hosts"),
    [
        ("hyperliquid", "", ()),
        ("okx", "paper: {url: 'http://127.0.0.1:8900'}\n", ()),
        ("binance", "paper: {feed: venue}\n", ("fapi.binance.com",)),
    ],
)
def test_the_hosts_are_those_that_a_run_speaks_to(
    tmp_path: Path, venue: str, more: str, hosts: tuple[str, ...]
) -> None:
    text = MINIMAL.replace("hyperliquid", venue) + more
    assert hosts_of(wire(load(write(tmp_path, text)))) == hosts


def test_the_fingerprint_of_whoever_answers_is_kept_and_another_account_is_a_failure(
    live: Callable[[str], Path],
) -> None:
    wired = wire(load(live('live: {fingerprint: "1a2b3c4d"}\n')))
    seen = Seen(Access(), a_snapshot(), None, (), 0, a_policy())
    account = wired.keys.account_id

    def proven(owner: Callable[[], str], seen: Seen = seen) -> _Parts:
        parts = _Parts()
        connection = Connection(None, int, tuple, lambda: None, owner, None)  # type: ignore[arg-type]
        _prove(parts, wired, connection, seen)
        return parts

    mine = proven(lambda: account)
    assert mine.fingerprint == fingerprint("hyperliquid", "live", account)
    assert "fingerprint is " + mine.fingerprint in str(mine.other_account)
    assert "signs for account 0xother" in str(proven(lambda: "0xother").other_account)

    def denied() -> str:
        raise ConfigError("no")

    assert proven(denied).other_account == "no"
    refused = Seen(Access(key_problem="deleted"), a_snapshot(), None, (), 0, a_policy())
    assert proven(denied, refused).other_account is None  # the key has a check of its own
