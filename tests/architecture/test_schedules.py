"""The crontab and the systemd units that people copy: one lock for all, minutes apart, little in reach."""

import shlex
from pathlib import Path

import pytest

from tests.support.schedules import parse_crontab, parse_field, parse_unit
from tests.support.source_tree import ROOT, plant

UNITS = ROOT / "scripts" / "systemd"
FOLDER = "/home/you/trader"
PROGRAM = [f"{FOLDER}/.venv/bin/python", "-I", f"{FOLDER}/.venv/bin/trader"]

TICKS = frozenset({0, 30})
CHECKS = frozenset(range(3, 59, 5))
MORNING = 6, 17
SERVICES = {"trader": "run", "trader-check-sl": "check-sl", "trader-doctor": "doctor"}
INTERVAL_S = {"run": 30 * 60, "check-sl": 5 * 60, "doctor": 24 * 3600}

HARDENING = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "read-only",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "MemoryDenyWriteExecute": "yes",
    "UMask": "0077",
    "Type": "oneshot",
    "User": "you",
}


def test_the_crontab_ticks_each_half_hour_and_checks_between() -> None:
    variables, (tick, check, doctor) = parse_crontab(ROOT / "crontab.example")
    assert variables["CRON_TZ"] == "UTC"
    assert variables["PATH"].split(":")[-2:] == ["/usr/bin", "/bin"]
    assert (tick.minutes, len(tick.hours)) == (TICKS, 24)
    assert (check.minutes, len(check.hours)) == (CHECKS, 24)
    assert TICKS.isdisjoint(CHECKS)
    assert (set(doctor.minutes), set(doctor.hours)) == ({MORNING[1]}, {MORNING[0]})
    assert doctor.minutes.isdisjoint(TICKS | CHECKS)


def test_the_crontab_commands_need_nothing_from_the_environment() -> None:
    _, (tick, check, doctor) = parse_crontab(ROOT / "crontab.example")
    waits, _, run = tick.command.partition("; ")
    assert waits.split()[0] == "sleep"
    assert 0 < int(waits.split()[1]) < 20
    assert shlex.split(run) == ["exec", *PROGRAM, "run", "--quiet"]
    assert shlex.split(check.command) == ["exec", *PROGRAM, "check-sl", "--quiet"]
    assert shlex.split(doctor.command) == ["exec", *PROGRAM, "doctor", "--quiet"]


@pytest.mark.parametrize(("name", "command"), SERVICES.items())
def test_a_service_is_hardened_and_ends(name: str, command: str) -> None:
    service = parse_unit(UNITS / f"{name}.service")
    assert shlex.split(service["Service"]["ExecStart"][0]) == [*PROGRAM, command, "--quiet"]
    assert {key: service["Service"][key][0] for key in HARDENING} == HARDENING
    assert service["Service"]["SystemCallFilter"][0] == "@system-service"
    assert service["Service"]["ReadWritePaths"] == ["/home/you/.local/state/trader -/home/you/.cache/trader"]
    assert "DynamicUser" not in service["Service"]
    assert int(service["Service"]["TimeoutStartSec"][0]) < INTERVAL_S[command]
    failed = service["Unit"]["OnFailure"][0].replace("%n", "")
    assert (UNITS / failed).is_file()


def test_what_tells_of_a_failure_reaches_the_log_and_nothing_else() -> None:
    service = parse_unit(UNITS / "trader-failed@.service")["Service"]
    told = HARDENING | {"ProtectHome": "yes", "RestrictAddressFamilies": "AF_UNIX", "PrivateNetwork": "yes"}
    del told["User"]
    assert {key: service[key][0] for key in told} == told
    assert service["DynamicUser"] == ["yes"]


def test_all_services_are_confined_alike() -> None:
    tick, check, doctor = (parse_unit(UNITS / f"{name}.service")["Service"] for name in SERVICES)
    for key in ("ExecStart", "TimeoutStartSec"):
        del tick[key], check[key], doctor[key]
    assert tick == check == doctor


@pytest.mark.parametrize(("name", "minutes"), [("trader", TICKS), ("trader-check-sl", CHECKS)])
def test_a_timer_keeps_the_minutes_of_the_crontab(name: str, minutes: frozenset[int]) -> None:
    timer = parse_unit(UNITS / f"{name}.timer")
    every = {"AccuracySec": ["1s"], "RandomizedDelaySec": ["0"], "Persistent": ["false"]}
    assert {key: timer["Timer"][key] for key in every} == every
    date, clock, zone = timer["Timer"]["OnCalendar"][0].split()
    hour, minute, _second = clock.split(":")
    assert (date, hour, zone) == ("*-*-*", "*", "UTC")
    assert parse_field(minute, highest=59) == minutes
    assert timer["Install"]["WantedBy"] == ["timers.target"]
    assert (UNITS / f"{name}.service").is_file()


def test_the_timer_of_the_doctor_keeps_the_morning_of_the_crontab() -> None:
    timer = parse_unit(UNITS / "trader-doctor.timer")
    assert timer["Timer"]["OnCalendar"] == [f"*-*-* {MORNING[0]:02}:{MORNING[1]:02}:00 UTC"]
    assert timer["Timer"]["Persistent"] == ["true"]
    assert timer["Install"]["WantedBy"] == ["timers.target"]


@pytest.mark.parametrize(
    "line", ["0,60 * * * * x", "* * * * x", "0 * * * * date +%H", "a * * * * x", "5-3 * * * * x"]
)
def test_a_line_that_cron_would_refuse_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"crontab|out of range|invalid"):
        parse_crontab(plant(tmp_path, "crontab.example", f"{line}\n") / "crontab.example")


@pytest.mark.parametrize("text", ["Type=oneshot\n", "[Service]\nType oneshot\n"])
def test_a_line_that_systemd_would_refuse_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="unit file"):
        parse_unit(plant(tmp_path, "one.service", text) / "one.service")
