"""`trader config`: what a person and a program are told, and the exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.builders import a_fill, a_policy
from tests.support.configurations import MINIMAL, write
from tests.support.reports import NOON_MS, a_long, held
from trader.commands.config import command, left_open
from trader.core.errors import ConfigError


def called(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def said(*arguments: str) -> Any:
    result = called(*arguments, "--json")
    return json.loads(result.stdout)


def test_a_right_file_is_told_with_what_its_ticks_cost(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    result = called("check", "--config", str(path))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{path}: ok: paper, hyperliquid, account main, BTC breakout",
        "a tick asks about 242 of 1200 points of weight a minute; 600 may be planned",
    ]
    assert called("check", "--config", str(path), "--quiet").output == ""


def test_each_fault_is_a_line_with_its_place_and_the_exit_code_is_78(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "stops: {fallback: 5}\naccount: no\n")
    result = called("check", "--config", str(path), "--quiet")
    assert result.exit_code == 78
    assert [line.split(": ")[:2] for line in result.stdout.splitlines()] == [
        [f"{path}:5:9", "stops.fallback"],
        [f"{path}:6:10", "account"],
    ]
    found = said("check", "--config", str(path))
    assert (found["schema"], len(found["faults"])) == ("trader.config.check/1", 2)


def test_what_has_no_effect_here_is_said_and_is_no_fault(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "paper: {url: 'http://127.0.0.1:8900', equity: 5}\n")
    result = called("check", "--config", str(path))
    warning = f"{path}:5:39: paper.equity: no effect: the running exchange decides"
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, warning)
    assert said("check", "--config", str(path))["warnings"][0] == warning


def test_a_coin_with_a_position_of_ours_may_not_leave_the_file() -> None:
    fill = a_fill("0.01", at_ms=NOON_MS - 3_600_000)
    (fault,) = left_open(held(a_long(), fills=(fill,)), a_policy(), ["ETH"])
    assert fault.startswith("markets: BTC is not named, and a position of ours is open in it (0.01)")
    assert "trader flatten --coin BTC" in fault
    assert left_open(held(a_long(), fills=(fill,)), a_policy(), ["BTC"]) == ()
    assert left_open(held(a_long()), a_policy(), ["ETH"]) == ()


def test_a_venue_that_does_not_answer_is_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + 'paper: {url: "http://127.0.0.1:1"}\n')
    result = called("check", "--config", str(path))
    assert result.exit_code == 0
    assert "open positions were not compared with the file" in result.stdout


def test_the_credentials_are_looked_at_where_a_run_would_need_them(tmp_path: Path) -> None:
    key_file = tmp_path / "key.env"
    text = MINIMAL + f"credentials: {{file: {key_file}}}\n"
    assert called("check", "--config", str(write(tmp_path, text))).exit_code == 0
    for needing in (text.replace("paper", "testnet"), text + "heartbeat: {run: 'secret:BEAT'}\n"):
        result = called("check", "--config", str(write(tmp_path, needing)))
        assert (result.exit_code, result.stdout.count("\n")) == (78, 1)
        assert result.stdout.startswith(f"credentials {key_file}: no such file")
    key_file.write_text("BEAT=https://hc.example/quiet\n")
    key_file.chmod(0o600)
    assert called("check", "--config", str(write(tmp_path, needing))).exit_code == 0


def test_every_value_is_shown_with_its_source(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "limits: {notional_max: 500.50}\nsizing: {leverage: 2}\n")
    arguments = ("show", "--config", str(path), "--set", "sizing.leverage=4")
    lines = {line.split()[0]: line.split(maxsplit=1)[1] for line in called(*arguments).stdout.splitlines()}
    assert lines["limits.notional_max"].split(maxsplit=1) == ["500.5", f"{path} line 5\n".strip()]
    assert lines["sizing.leverage"].split() == ["4", "--set"]
    assert lines["stops.liquidation_margin"].split() == ["auto", "default"]
    assert lines["limits.positions_max"].split() == ["not", "set", "default"]
    found = said(*arguments)
    assert found["schema"] == "trader.config.show/1"
    assert found["settings"]["limits.notional_max"] == {"value": "500.5", "source": f"{path} line 5"}
    assert found["settings"]["markets.BTC.params.trail_min_move"] == {"value": 0.001, "source": "default"}
    assert set(found["settings"]) == set(lines)


def test_of_a_program_for_the_key_only_its_path_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "credentials: {command: [/usr/bin/pass, show, quiet-word]}\n")
    shown = called("show", "--config", str(path)).stdout
    assert "[/usr/bin/pass, ...]" in shown
    assert "quiet-word" not in shown
    assert said("show", "--config", str(path))["settings"]["credentials.command"]["value"] == [
        "/usr/bin/pass",
        "...",
    ]


def test_secrets_are_shown_as_scheme_and_host(tmp_path: Path) -> None:
    text = MINIMAL + "heartbeat: {run: 'https://user:quiet@hc.example/quiet?quiet'}\n"
    text += "notify: {urls: ['tgram://quiet/quiet', 'https://hc.example/quiet', 'secret:NAME']}\n"
    text += "credentials: {file: /srv/key.env}\n"
    path = write(tmp_path, text)
    for extra in ((), ("--json",)):
        output = called("show", "--config", str(path), *extra).output
        assert "quiet" not in output
        for shown in ("https://hc.example", "tgram://...", "secret:NAME"):
            assert shown in output


def test_without_a_file_the_built_in_one_must_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = called("show")
    assert isinstance(refused.exception, ConfigError)
    assert "no configuration; tried" in str(refused.exception)
    assert said("show", "--paper")["path"] == "built-in"
    assert called("check", "--paper").stdout.startswith("built-in: ok: paper")
