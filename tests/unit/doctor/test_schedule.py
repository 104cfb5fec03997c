"""Whether what is scheduled is what should be: once, between, startable, in time."""

import sys
from pathlib import Path

import pytest

from trader.commands.init import crontab_lines, own_second
from trader.doctor import schedule
from trader.doctor.cron import Job, jobs_in
from trader.doctor.findings import Finding, State
from trader.doctor.schedule import Schedule


def scheduled(*lines: str, user: str = "you", unread: tuple[str, ...] = ()) -> Schedule:
    return Schedule(tuple(jobs_in("\n".join(lines), "crontab")), unread, user)


def spaced(*lines: str, every: int = 30, deadline_s: int = 90) -> Finding:
    return schedule.spaced(scheduled(*lines), every_minutes=every, deadline_s=deadline_s)


def startable(found: Schedule, *, has_money: bool = False) -> Finding:
    return schedule.startable(found, has_money=has_money)


RUN, CHECK = "0,30 * * * * trader run", "3-58/5 * * * * trader check-sl"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin/trader"
    path.parent.mkdir()
    path.touch(mode=0o755)
    return path


def test_what_init_prints_is_sound(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    program.with_name("python").touch(mode=0o755)
    found = scheduled(*crontab_lines(Path("/x.yaml"), account="main", every_minutes=30))
    assert [j.command for j in found.jobs] == ["run", "check-sl", "doctor"]
    findings = (
        schedule.scheduled(found),
        schedule.once(found),
        schedule.checked_between(found),
        startable(found),
        schedule.spaced(found, every_minutes=30, deadline_s=90),
        schedule.offset(found, own_s=own_second("main")),
        schedule.daily_doctor(found),
    )
    assert {f.state for f in findings} == {State.OK}


def test_nothing_that_is_scheduled_is_nothing_to_check() -> None:
    nothing = scheduled(unread=("there is no crontab",))
    assert schedule.scheduled(nothing).state is State.WARNING
    assert "there is no crontab" in schedule.scheduled(nothing).found
    findings = (
        schedule.once(nothing),
        schedule.checked_between(nothing),
        startable(nothing),
        schedule.spaced(nothing, every_minutes=30, deadline_s=90),
        schedule.offset(nothing, own_s=7),
        schedule.daily_doctor(nothing),
    )
    assert {f.state for f in findings} == {State.NOT_APPLICABLE}


def test_cron_and_a_timer_are_two_schedules() -> None:
    job = Job("/etc/systemd/system/t.timer", "run", ("/t/trader", "run"), (0, 30), 7, None, None)
    both = Schedule((*scheduled(RUN).jobs, job), (), "you")
    assert schedule.once(both).state is State.FAILED
    assert "crontab line 1 and /etc/systemd/system/t.timer" in schedule.once(both).found


def test_a_check_at_the_minute_of_a_tick_is_told() -> None:
    assert schedule.checked_between(scheduled(RUN, "*/5 * * * * trader check-sl")).state is State.OK
    meets = schedule.checked_between(scheduled(RUN, "0,10,20 * * * * trader check-sl"))
    assert meets.state is State.WARNING
    assert schedule.checked_between(scheduled(RUN)).state is State.FAILED
    assert "at most 5 minutes apart" in schedule.checked_between(scheduled(RUN, CHECK)).found


def test_a_program_that_cron_finds_may_start(program: Path, tmp_path: Path) -> None:
    sound = (
        f"0 * * * * {program} run",
        f"0 * * * * {program} run --config ~/x.yaml",
        f"PATH={tmp_path}/none:{program.parent}\n0 * * * * trader run",
        f"0 * * * * /bin/sh {program} run",
    )
    assert {startable(scheduled(line)).state for line in sound} == {State.OK}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 * * * * trader run", "trader is not on the PATH /usr/bin:/bin: set PATH"),
        ("0 * * * * bin/trader run", "depends on the folder it is started in"),
        ("0 * * * * /nowhere/trader run", "there is no program /nowhere/trader"),
        ("0 * * * * /bin/sh /nowhere/trader run", "there is no program /nowhere/trader"),
        ("0 * * * * {program} run --config x.yaml", "--config x.yaml depends on the folder"),
    ],
)
def test_what_cron_cannot_start_is_said(program: Path, line: str, said: str) -> None:
    found = startable(scheduled(line.format(program=program)))
    assert found.state is State.FAILED
    assert said in found.found


def test_a_script_that_nobody_may_run_is_no_program(program: Path) -> None:
    program.chmod(0o644)
    assert startable(scheduled(f"0 * * * * {program} run")).state is State.FAILED
    assert startable(scheduled(f"0 * * * * /bin/sh {program} run")).state is State.OK


def test_another_user_s_run_takes_another_lock(program: Path) -> None:
    jobs = tuple(jobs_in(f"0 * * * * root {program} run", "/etc/crontab", has_users=True))
    assert "runs as root" in startable(Schedule(jobs, (), "you")).found
    assert startable(Schedule(jobs, (), "root")).state is State.OK


@pytest.mark.parametrize(
    ("finding", "state", "said"),
    [
        (spaced(RUN), State.OK, "every 30 minutes"),
        (spaced(RUN, every=15), State.FAILED, "every 30 minutes, and schedule.every_minutes says 15"),
        (spaced("0,20 * * * * trader run"), State.FAILED, "every 20 to 40 minutes"),
        (spaced("0,30 * * * 1-5 trader run"), State.FAILED, "leaves days out"),
        (spaced("0 */4 * * * trader run", every=240), State.OK, "every 240 minutes"),
        (
            spaced("* * * * * trader run", every=1, deadline_s=40),
            State.FAILED,
            "the next one comes after 60 s",
        ),
        (spaced("* * * * * trader run", every=1, deadline_s=30), State.OK, "every 1 minutes"),
        (spaced("x * * * * trader run"), State.WARNING, "a form that is not read here"),
    ],
)
def test_the_interval(finding: Finding, state: State, said: str) -> None:
    assert finding.state is state
    assert said in finding.found


def test_the_second_of_the_start() -> None:
    def offset(line: str, own_s: int) -> State:
        return schedule.offset(scheduled(line), own_s=own_s).state

    assert offset(RUN, 7) is State.WARNING
    assert offset(RUN, 0) is State.OK  # the account's own second is the first
    assert offset("0,30 * * * * sleep 3; trader run", 7) is State.OK
    assert offset("0,30 * * * * sleep 45; trader run", 7) is State.WARNING


def test_a_run_with_real_money_says_so_on_its_line_and_no_other_does(program: Path) -> None:
    said, unsaid = (scheduled(f"0 * * * * {program} run {flag}") for flag in ("--live", ""))
    assert startable(said, has_money=True).state is startable(unsaid).state is State.OK
    assert "it lacks --live" in startable(unsaid, has_money=True).found
    assert "it says --live" in startable(said).found
    check = scheduled(f"0 * * * * {program} check-sl")
    assert startable(check, has_money=True).state is State.OK
