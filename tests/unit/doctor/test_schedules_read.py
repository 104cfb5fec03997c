"""What cron and systemd start, read off lines as people write them, and the shipped ones."""

import pytest

from tests.support.source_tree import ROOT
from trader.doctor.cron import jobs_in, numbers
from trader.doctor.units import jobs_of_units

TRADER = "/opt/t/bin/python -I /opt/t/bin/trader"


def read(line: str, *, has_users: bool = False) -> list[tuple[str, str | None, int | None]]:
    return [(j.command, j.config, j.second) for j in jobs_in(line, "crontab", has_users=has_users)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"0,30 * * * * sleep 7; exec {TRADER} run --quiet", [("run", None, 7)]),
        (f"0 * * * * {TRADER} run --config /x.yaml >> log 2>&1", [("run", "/x.yaml", None)]),
        (f"0 * * * * {TRADER} --help", []),
        (f"0 * * * * TRADER_CONFIG=/y.yaml {TRADER} run", [("run", "/y.yaml", None)]),
        (f"TRADER_CONFIG = /z.yaml\n0 * * * * {TRADER} run", [("run", "/z.yaml", None)]),
        ("*/30 * * * * python -m trader run --config=/x.yaml", [("run", "/x.yaml", None)]),
        (f"@hourly {TRADER} check-sl", [("check-sl", None, None)]),
        (f"@reboot {TRADER} check-sl", []),
        (f"0 * * * * cd /tmp && {TRADER} run | logger", [("run", None, None)]),
        (f"0 * * * * echo '{TRADER} run", []),
        (f"# 0 * * * * {TRADER} run", []),
        ("0 * * * * /usr/bin/backup run", []),
        (f"0 * * * {TRADER}", []),
        (
            f"0 * * * * sleep 1; {TRADER} run; sleep 2; {TRADER} check-sl",
            [("run", None, 1), ("check-sl", None, 2)],
        ),
    ],
)
def test_a_line_of_a_crontab(line: str, found: list[tuple[str, str | None, int | None]]) -> None:
    assert read(line) == found


def test_a_percent_sign_ends_the_command_unless_it_is_escaped() -> None:
    assert read(f"0 * * * * {TRADER} run --config /a\\%b.yaml%--config /c.yaml") == [
        ("run", "/a%b.yaml", None)
    ]


def test_the_system_s_lines_name_a_user() -> None:
    (job,) = jobs_in(f"0 * * * * alice {TRADER} run", "/etc/crontab", has_users=True)
    assert (job.user, job.command, job.place) == ("alice", "run", "/etc/crontab line 1")


def test_a_path_holds_for_the_lines_below_it() -> None:
    first, second = jobs_in("0 * * * * trader run\nPATH=/opt/t/bin\n1 * * * * trader run", "crontab")
    assert (first.path, second.path) == ("/usr/bin:/bin", "/opt/t/bin")


@pytest.mark.parametrize(
    ("line", "minutes", "every_day"),
    [
        ("0,30 1 * * * trader run", (60, 90), True),
        ("*/20 0 * * * trader run", (0, 20, 40), True),
        ("5-7 0 * * 1 trader run", (5, 6, 7), False),
        ("0 1-23/11 * * * trader run", (60, 720, 1380), True),
        ("x 0 * * * trader run", (), True),
    ],
)
def test_when_a_line_starts(line: str, minutes: tuple[int, ...], every_day: bool) -> None:
    (job,) = jobs_in(line, "crontab")
    assert (job.minutes, job.every_day) == (minutes, every_day)


@pytest.mark.parametrize("text", ["60", "5-3", "a", "*/0", "", "1,,2", "1-99"])
def test_a_field_that_is_not_read_has_no_numbers(text: str) -> None:
    assert numbers(text, highest=59) is None


def test_the_shipped_crontab_is_read_whole() -> None:
    jobs = jobs_in((ROOT / "crontab.example").read_text(), "crontab")
    assert [(j.command, j.second, len(j.minutes)) for j in jobs] == [
        ("run", 7, 48),
        ("check-sl", None, 12 * 24),
        ("doctor", None, 1),
    ]


def shipped(*, on: bool = True) -> dict[str, str]:
    folder = "/etc/systemd/system"
    units = {f"{folder}/{p.name}": p.read_text() for p in (ROOT / "scripts/systemd").iterdir()}
    timers = [name for name in units if name.endswith(".timer")]
    links = {name.replace("/system/", "/system/timers.target.wants/"): units[name] for name in timers}
    return {**units, **(links if on else {})}


def test_the_shipped_units_are_read_whole_where_they_are_on() -> None:
    jobs = {j.command: j for j in jobs_of_units(shipped())}
    assert {name: (j.second, len(j.minutes), j.user) for name, j in jobs.items()} == {
        "run": (7, 48, "you"),
        "check-sl": (0, 12 * 24, "you"),
        "doctor": (0, 1, "you"),
    }
    assert jobs["run"].place == "/etc/systemd/system/trader.timer"
    assert jobs_of_units(shipped(on=False)) == []


def test_a_timer_in_another_form_starts_at_unknown_minutes() -> None:
    units = {
        "/home/you/.config/systemd/user/t.timer": "[Timer]\nOnCalendar=Mon..Fri 9:00\nUnit=other.service\n",
        "/home/you/.config/systemd/user/timers.target.wants/t.timer": "",
        "/home/you/.config/systemd/user/other.service": f"[Service]\nExecStart={TRADER} run --config /x\n",
    }
    (job,) = jobs_of_units(units)
    assert (job.command, job.minutes, job.config, job.user) == ("run", (), "/x", None)
