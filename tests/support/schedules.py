"""Reads the schedules that the project ships: a crontab, and unit files of systemd."""

import re
from dataclasses import dataclass
from pathlib import Path

FIELDS = {"minute": 59, "hour": 23, "day": 31, "month": 12, "weekday": 7}
_FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?")


@dataclass(frozen=True, slots=True)
class CronLine:
    """When, in sets of numbers, and what the shell is given."""

    minutes: frozenset[int]
    hours: frozenset[int]
    command: str


def parse_field(text: str, *, highest: int) -> frozenset[int]:
    """The numbers of one field, as cron reads it; ValueError for anything else."""
    numbers: set[int] = set()
    for part in text.split(","):
        if not _FIELD.fullmatch(part):
            raise ValueError(f"{text!r} is not a field of a crontab")
        span, _, step = part.partition("/")
        first, _, last = ("0", "", str(highest)) if span == "*" else span.partition("-")
        if not last:
            last = str(highest) if step else first
        if int(last) > highest or int(first) > int(last):
            raise ValueError(f"{text!r} is out of range")
        numbers.update(range(int(first), int(last) + 1, int(step or 1)))
    return frozenset(numbers)


def parse_crontab(path: Path) -> tuple[dict[str, str], list[CronLine]]:
    """The variables and the lines; ValueError where cron would refuse the file or cut a command short."""
    variables: dict[str, str] = {}
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if equals and re.fullmatch(r"[A-Z_]+", name):
            variables[name] = value
            continue
        *fields, command = line.split(None, 5)
        if len(fields) != len(FIELDS) or "%" in command:
            raise ValueError(f"{line!r} is not a line of a crontab")
        minutes, hours, *_ = (
            parse_field(f, highest=top) for f, top in zip(fields, FIELDS.values(), strict=True)
        )
        lines.append(CronLine(minutes, hours, command))
    return variables, lines


def parse_unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Sections of a unit file, each key with all its values; ValueError for a line that is none of these."""
    sections: dict[str, dict[str, list[str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            sections[line[1:-1]] = {}
            continue
        key, equals, value = line.partition("=")
        if not equals or not sections or not key.isalnum():
            raise ValueError(f"{path.name}: {line!r} is not a line of a unit file")
        sections[list(sections)[-1]].setdefault(key, []).append(value)
    return sections
