"""What is read of this machine: its crontab by a real program, and the way to a host by a real handshake."""

from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.raw_server import Conversation, RawServer
from trader.doctor import machine


def a_crontab(folder: Path, script: str) -> str:
    folder.mkdir()
    program = folder / "crontab"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('[ "$1" = -l ] && echo "0 * * * * x"', "0 * * * * x\n"),
        ('echo "no crontab for you" >&2; exit 1', ""),
    ],
)
def test_our_crontab_is_read_and_may_be_empty(tmp_path: Path, script: str, found: str) -> None:
    assert machine.crontab(a_crontab(tmp_path / "bin", script)) == found


def test_a_crontab_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    refused = machine.crontab(a_crontab(tmp_path / "bin", 'printf "not allowed\\033[2J" >&2; exit 1'))
    assert str(refused) == "`crontab -l` failed: not allowed\\x1b[2J"
    assert "there is no program crontab" in str(machine.crontab(str(tmp_path / "none")))


def test_a_secret_of_ours_does_not_reach_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPERLIQUID_AGENT_KEY", "0xfade")
    assert "0xfade" not in str(machine.crontab(a_crontab(tmp_path / "bin", "env")))


def test_the_system_s_crontabs_and_units_are_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cron.d").mkdir()
    (tmp_path / "cron.d/trader").write_text("0 * * * * you /t/trader run\n")
    units = tmp_path / ".config/systemd/user"
    (units / "timers.target.wants").mkdir(parents=True)
    (units / "t.timer").write_text("[Timer]\nOnCalendar=*:03/5:00\n")
    (units / "t.service").write_text("[Service]\nExecStart=/t/trader check-sl\n")
    (units / "timers.target.wants/t.timer").symlink_to(units / "t.timer")
    monkeypatch.setattr(machine, "SYSTEM_CRONTABS", tmp_path / "cron.d")
    monkeypatch.setattr(machine, "SYSTEM_CRONTAB", tmp_path / "none")
    monkeypatch.setattr(machine, "SYSTEM_UNITS", tmp_path / "none")
    monkeypatch.setattr(machine, "crontab", lambda: "30 * * * * /t/trader doctor\n")
    jobs, unread = machine.every_job(tmp_path)
    assert [(j.command, j.user) for j in jobs] == [("doctor", None), ("run", "you"), ("check-sl", None)]
    assert unread == []


def silent(talk: Conversation) -> None:
    talk.request()


def test_a_host_with_a_trusted_certificate_has_a_way(tmp_path: Path) -> None:
    authority = Authority.made(tmp_path / "authority")
    with RawServer(silent, context=authority.server_context("localhost")) as host:
        assert machine.way_to(f"localhost:{host.port}", ca_file=authority.file) == []
        (untrusted,) = machine.way_to(f"localhost:{host.port}")
        assert "its certificate is not trusted" in untrusted
        (other,) = machine.way_to(f"127.0.0.1:{host.port}", ca_file=authority.file)
        assert "its certificate is not trusted" in other
        assert host.requests == []


def test_a_host_that_does_not_listen_or_speak_tls_has_none(tmp_path: Path) -> None:
    authority = Authority.made(tmp_path / "authority")
    with RawServer(lambda talk: talk.send(b"HTTP/1.1 400 no\r\n\r\n")) as plain:
        (said,) = machine.way_to(f"localhost:{plain.port}", ca_file=authority.file)
        assert "no connection" in said
    (said,) = machine.way_to(f"localhost:{plain.port}", ca_file=authority.file)
    assert "localhost: no connection" in said
