"""Whether cron or systemd start this account's commands as they must be started.

Rules: these look at the jobs of one account, however many there are on the machine. Where nothing is
scheduled there is nothing to check: somebody may start the runs in a way that cannot be read here.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from trader.core.frozen import frozen
from trader.core.text import plural
from trader.doctor.cron import PROGRAM, Job
from trader.doctor.findings import Finding, absent, failed, sound, warned

DAY_MINUTES = 24 * 60
OVERSTAY_S = 30
"""A run that overstays its deadline is ended this much later."""
SLEEP_S_MAX = 20
SAYS_LIVE = "--live"
NOTHING = "nothing is scheduled here"


@frozen
class Schedule:
    """The jobs of this account, what could not be read, and who we are to cron."""

    jobs: tuple[Job, ...]
    unread: tuple[str, ...]
    user: str

    def of(self, command: str) -> list[Job]:
        return [job for job in self.jobs if job.command == command]


def scheduled(schedule: Schedule) -> Finding:
    """Whether anything starts a tick by itself."""
    runs = schedule.of("run")
    if runs:
        return sound(", ".join(job.place for job in runs))
    unread = "".join(f"; {why}" for why in schedule.unread)
    return warned(f"nothing that can be read here starts `trader run` for this account{unread}")


def once(schedule: Schedule) -> Finding:
    """Whether a command has two schedules."""
    for command in ("run", "check-sl"):
        jobs = schedule.of(command)
        if len(jobs) > 1:
            places = " and ".join(job.place for job in jobs)
            return failed(f"`trader {command}` is scheduled {len(jobs)} times for this account: {places}")
    return sound("each command once") if schedule.jobs else absent(NOTHING)


def checked_between(schedule: Schedule) -> Finding:
    """Whether cover is looked at between ticks."""
    runs, checks = schedule.of("run"), schedule.of("check-sl")
    if not runs:
        return absent(NOTHING)
    if not checks:
        return failed("`trader check-sl` is not scheduled for this account")
    both = set(runs[0].minutes) & set(checks[0].minutes)
    if both and len(both) < len(runs[0].minutes):
        return warned(
            f"{checks[0].place} checks at {plural(len(both), 'minute')} of the day at which a tick starts",
            cause="two schedules that meet: the check waits for the tick, or the tick for the check",
            fix="give check-sl minutes of its own, such as 3-58/5",
        )
    if not checks[0].minutes:
        return sound(checks[0].place)
    return sound(f"{checks[0].place}, at most {plural(_gap(checks[0].minutes), 'minute')} apart")


def startable(schedule: Schedule, *, has_money: bool) -> Finding:
    """Whether what is scheduled can start where it is scheduled, as this user, and would not be refused."""
    if not schedule.jobs:
        return absent(NOTHING)
    for job in schedule.jobs:
        why = _unstartable(job, schedule.user) or _refused(job, has_money=has_money)
        if why is not None:
            return failed(f"{job.place} (trader {job.command}): {why}")
    return sound("whole paths, programs that exist, this user")


def _unstartable(job: Job, user: str) -> str | None:
    if job.user is not None and job.user != user:
        return (
            f"runs as {job.user}, whose home and lock are not those of {user}: two runs could trade at once"
        )
    for word in _programs(job):
        if "/" not in word:
            why = _not_on(job.path, word)
        elif not word.startswith("/"):
            why = f"{word} depends on the folder it is started in; write the whole path"
        else:
            why = None if _is_program(Path(word), job) else f"there is no program {word}"
        if why is not None:
            return why
    if job.config is not None and not job.config.startswith(("/", "~/")):
        return f"--config {job.config} depends on the folder it is started in; write the whole path"
    return None


def _refused(job: Job, *, has_money: bool) -> str | None:
    """What can risk money says so on its own line, and says it of real money alone."""
    says = SAYS_LIVE in job.words
    if job.command != "run" or says is has_money:
        return None
    if has_money:
        return f"it lacks {SAYS_LIVE}, which a run with real money needs: each would end with exit 78"
    return f"it says {SAYS_LIVE}, and the configuration has no real money: each would end with exit 78"


def _programs(job: Job) -> list[str]:
    """What is started, and this program where an interpreter is told to start it."""
    place = next(i for i, word in enumerate(job.words) if Path(word).name == PROGRAM)
    by_name = job.words[place] == PROGRAM and place > 0
    return [job.words[0]] if by_name or place == 0 else [job.words[0], job.words[place]]


def _not_on(path: str | None, word: str) -> str | None:
    if path is None:
        return f"{word} is not a whole path, and a unit has no PATH of yours"
    folders = [Path(folder) for folder in path.split(":") if folder.startswith("/")]
    if any(_is_file(folder / word) and os.access(folder / word, os.X_OK) for folder in folders):
        return None
    return f"{word} is not on the PATH {path}: set PATH in the crontab, or write the whole path"


def _is_program(path: Path, job: Job) -> bool:
    """A script that an interpreter is given need not be executable."""
    return _is_file(path) and (str(path) != job.words[0] or os.access(path, os.X_OK))


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def spaced(schedule: Schedule, *, every_minutes: int, deadline_s: int) -> Finding:
    """Whether runs come as often as the file says, and can end before the next."""
    runs = schedule.of("run")
    if not runs:
        return absent(NOTHING)
    job = runs[0]
    if not job.minutes:
        return warned(
            f"{job.place}: when it starts is written in a form that is not read here",
            cause="an unusual form",
            fix="write minutes and hours as `trader init` prints them",
        )
    gaps = _gaps(job.minutes)
    if not job.every_day:
        return failed(f"{job.place} leaves days out, and schedule.every_minutes says {every_minutes}")
    if set(gaps) != {every_minutes}:
        told = f"{min(gaps)}" if len(set(gaps)) == 1 else f"{min(gaps)} to {max(gaps)}"
        return failed(
            f"{job.place} starts a tick every {told} minutes, and schedule.every_minutes says {every_minutes}"
        )
    if every_minutes * 60 < deadline_s + OVERSTAY_S:
        return failed(
            f"a run may take {deadline_s} s (schedule.deadline_s) and {OVERSTAY_S} s more to be ended, "
            f"and the next one comes after {every_minutes * 60} s"
        )
    return sound(f"every {every_minutes} minutes, at most {deadline_s} s each")


def _gaps(minutes: Sequence[int]) -> list[int]:
    """Minutes between one start and the next, round the day."""
    following = [*minutes[1:], minutes[0] + DAY_MINUTES]
    return [after - before for before, after in zip(minutes, following, strict=True)]


def _gap(minutes: Sequence[int]) -> int:
    return max(_gaps(minutes))


def offset(schedule: Schedule, *, own_s: int) -> Finding:
    """Whether ticks of several accounts start at the same second; `own_s` is this account's."""
    runs = schedule.of("run")
    if not runs:
        return absent(NOTHING)
    second = runs[0].second
    if second is None and own_s != 0:
        return warned(
            f"{runs[0].place} starts with the minute, when everybody else does",
            fix=f"put `sleep {own_s};` before the command: the second of this account",
        )
    if second is not None and second >= SLEEP_S_MAX:
        return warned(
            f"{runs[0].place} starts {second} s after the minute, which makes each signal older",
            cause=f"a long sleep: below {SLEEP_S_MAX} s is enough to keep accounts apart",
            fix=f"sleep {own_s}",
        )
    return sound(f"{second or 0} s after the minute")


def daily_doctor(schedule: Schedule) -> Finding:
    """Whether somebody hears of a key that ends."""
    if not schedule.jobs:
        return absent(NOTHING)
    jobs = schedule.of("doctor")
    return sound(jobs[0].place) if jobs else warned("`trader doctor` is not scheduled for this account")
