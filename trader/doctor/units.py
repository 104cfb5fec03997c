"""Reads the timers of systemd as far as they start this program.

Rules: only a timer that is switched on counts, which its link in a `.wants` folder says. Times are read in
the form of the shipped units; another form is a job whose minutes are not known.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from trader.doctor.cron import Job, numbers, starts_in

_CALENDAR = re.compile(
    r"(?:\*-\*-\* )?(?P<hour>[\d,*/.-]+):(?P<minute>[\d,*/.-]+)(?::(?P<second>\d+))?(?: UTC)?"
)
_HOURLY = {"hourly": "*:00:00", "daily": "00:00:00", "minutely": "*:*:00"}


def jobs_of_units(units: Mapping[str, str]) -> list[Job]:
    """Every start of this program by a timer that is on; `units` maps the path of a unit file to its text."""
    on = {PurePosixPath(path).name for path in units if ".wants/" in path and path.endswith(".timer")}
    jobs: list[Job] = []
    for path, text in sorted(units.items()):
        place = PurePosixPath(path)
        if ".wants/" in path or place.suffix != ".timer" or place.name not in on:
            continue
        timer = _keys(text)
        service = timer.get("Unit", [f"{place.stem}.service"])[-1]
        started = units.get(str(place.with_name(service)))
        if started is not None:
            jobs += _jobs(path, timer, _keys(started), is_system="/user/" not in path)
    return jobs


def _jobs(
    place: str, timer: Mapping[str, list[str]], service: Mapping[str, list[str]], *, is_system: bool
) -> Iterator[Job]:
    calendar = [_moment(text) for text in timer.get("OnCalendar", [])]
    known = [moment for moment in calendar if moment is not None]
    minutes = sorted(m for moment, _ in known for m in moment) if len(known) == len(calendar) else []
    environment = dict(
        part.partition("=")[::2] for line in service.get("Environment", []) for part in line.split()
    )
    for line in service.get("ExecStart", []):
        for start in starts_in(line):
            yield Job(
                place,
                start.command,
                start.words,
                tuple(minutes),
                next((second for _, second in known), None),
                environment.get("PATH"),
                start.config or environment.get("TRADER_CONFIG"),
                service.get("User", ["root"])[-1] if is_system else None,
            )


def _keys(text: str) -> dict[str, list[str]]:
    """Every key with its values, whichever its section: those that are read here stand in one only."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";")):
            found.setdefault(key.strip(), []).append(value.strip())
    return found


def _moment(text: str) -> tuple[tuple[int, ...], int] | None:
    """Minutes of the day, and the second, of one OnCalendar; None for a form that is not read here."""
    match = _CALENDAR.fullmatch(_HOURLY.get(text, text))
    if match is None:
        return None
    hours, minutes = numbers(match["hour"], highest=23), numbers(match["minute"], highest=59)
    if hours is None or minutes is None:
        return None
    return tuple(60 * h + m for h in hours for m in minutes), int(match["second"] or 0)
