"""`trader init`: a file that loads, never over another, and crontab lines that cron can run."""

import hashlib
import json
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trader import config
from trader.commands.init import command, crontab_lines
from trader.core.errors import ConfigError


def called(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_the_file_is_ours_alone_and_loads() -> None:
    result = called()
    path = config.usual_path()
    assert result.exit_code == 0
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert config.load(path).settings.mode == "paper"
    assert config.find(None, {}).path == path
    assert "trader config check\n" in result.stdout


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "trader.yaml"
    for make in (lambda: path.write_text("mine"), lambda: path.symlink_to(tmp_path / "none")):
        path.unlink(missing_ok=True)
        make()
        result = called(str(path))
        assert isinstance(result.exception, ConfigError)
        assert str(result.exception) == f"{path}: is already there and was not changed; name another path"
        assert path.is_symlink() or path.read_text() == "mine"
    assert not (tmp_path / "none").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = called(str(tmp_path / "file" / "trader.yaml"))
    assert isinstance(result.exception, ConfigError)
    assert "cannot be written: " in str(result.exception)


def test_the_account_is_named_in_the_file_and_spreads_the_ticks(tmp_path: Path) -> None:
    path = tmp_path / "trader.yaml"
    found = json.loads(called(str(path), "--account", "second", "--json").stdout)
    assert (found["schema"], found["path"]) == ("trader.init/1", str(path))
    assert config.load(path).settings.account == "second"
    seconds = int(hashlib.sha256(b"second").hexdigest(), 16) % 20
    assert f" sleep {seconds}; " in found["crontab"][1]
    refused = called(str(tmp_path / "other.yaml"), "--account", "a b")
    assert isinstance(refused.exception, ConfigError)
    assert not (tmp_path / "other.yaml").exists()


def test_quiet_prints_the_path_alone(tmp_path: Path) -> None:
    assert called(str(tmp_path / "x.yaml"), "--quiet").stdout == f"{tmp_path}/x.yaml\n"


def test_the_crontab_lines_need_nothing_from_the_environment() -> None:
    zone, tick, check, doctor = crontab_lines(
        Path("/srv/my 100%/trader.yaml"), account="main", every_minutes=30
    )
    assert zone == "CRON_TZ=UTC"
    assert (tick.split()[:5], check.split()[:5]) == (["0,30", *"****"], ["3-58/5", *"****"])
    assert doctor.split()[:5] == ["17", "6", *"***"]
    for line, name in ((tick, "run"), (check, "check-sl"), (doctor, "doctor")):
        assert line.replace(r"\%", "").count("%") == 0
        words = shlex.split(line.replace(r"\%", "%").rpartition("exec ")[2])
        assert words[:2] == [sys.executable, "-I"]
        assert Path(words[2]).is_absolute()
        assert words[3:] == [name, "--quiet", "--config", "/srv/my 100%/trader.yaml"]


@pytest.mark.parametrize(("every", "minutes"), [(15, "0,15,30,45"), (60, "0"), (20, "0,20,40")])
def test_the_minutes_follow_the_schedule(every: int, minutes: str) -> None:
    assert crontab_lines(Path("/x"), account="main", every_minutes=every)[1].split()[0] == minutes


def test_a_strategy_that_the_venue_cannot_carry_names_the_venues_that_can(tmp_path: Path) -> None:
    path = tmp_path / "trader.yaml"
    refused = called(str(path), "--venue", "hyperliquid", "--strategy", "hedge_grid")
    assert str(refused.exception) == (
        "hedge_grid holds both sides of a coin at once, and hyperliquid cannot do that; "
        "use --venue okx or binance"
    )
    assert not path.exists()
