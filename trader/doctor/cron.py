"""Reads crontabs as far as they start this program.

Rules: a line that is not understood starts nothing as far as we know; it is never an error, because it is
somebody else's line. What cron does with it (its own PATH, the owner's home as folder, % as end) is kept in
mind, because that is where it differs from a shell.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from trader.core.frozen import frozen

PROGRAM = "trader"
CRON_PATH = "/usr/bin:/bin"
"""What cron sets when the crontab does not."""
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_FIELD = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")
_NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_HIGHEST = (59, 23)
_ENDS = frozenset({";", "&&", "||", "|", "&"})
_AWAY = frozenset({">", ">>", "<", ">&", "&>", "2>", "2>>"})


@frozen
class Job:
    """One scheduled start of this program.

    `command` is the program's own (run, check-sl, doctor) and `words` all of its command line. `minutes` are
    those of a day at which it starts, empty where that could not be read; `every_day` is false for one that
    leaves days out. `second`: when within the minute, None where nothing says it. `path` is the PATH that it
    has, None where the system gives its own. `config` is the file that it names. `user` is None for the owner
    of the crontab.
    """

    place: str
    command: str
    words: tuple[str, ...]
    minutes: tuple[int, ...]
    second: int | None
    path: str | None
    config: str | None
    user: str | None = None
    every_day: bool = True

    @property
    def on_paper(self) -> bool:
        return "--paper" in self.words


def jobs_in(text: str, place: str, *, has_users: bool = False) -> list[Job]:
    """Every start of this program in a crontab; `has_users`: the lines name a user, as the system's do."""
    found: list[Job] = []
    variables: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        variable = _VARIABLE.fullmatch(stripped)
        if variable is not None:
            variables[variable[1]] = variable[2].strip().strip("\"'")
            continue
        found += _jobs_of_line(stripped, f"{place} line {number}", variables, has_users=has_users)
    return found


def _jobs_of_line(line: str, place: str, variables: Mapping[str, str], *, has_users: bool) -> Iterator[Job]:
    if line.startswith("@"):
        name, _, rest = line.partition(" ")
        line = f"{_NAMED[name]} {rest.strip()}" if name in _NAMED else ""
    parts = line.split(None, 6 if has_users else 5)
    if len(parts) != (7 if has_users else 6):
        return
    minutes = _minutes(parts[0], parts[1])
    command = re.split(r"(?<!\\)%", parts[-1])[0].replace(r"\%", "%")
    for start in starts_in(command):
        yield Job(
            place,
            start.command,
            start.words,
            minutes,
            start.sleep_s,
            variables.get("PATH", CRON_PATH),
            start.config or variables.get("TRADER_CONFIG"),
            parts[5] if has_users else None,
            every_day=all(field == "*" for field in parts[2:5]),
        )


@frozen
class Start:
    """One start of this program inside a shell's line, and the sleep before it."""

    command: str
    words: tuple[str, ...]
    config: str | None
    sleep_s: int | None


def starts_in(command: str) -> Iterator[Start]:
    """Every start of this program in a line of the shell."""
    sleep_s: int | None = None
    for words in _pieces(command):
        if words[0] == "exec":
            words = words[1:]
        if words[:1] == ["sleep"] and len(words) == 2 and words[1].isdecimal():
            sleep_s = int(words[1])
            continue
        settings = [word for word in words if _VARIABLE.fullmatch(word)]
        place = next((i for i, word in enumerate(words) if Path(word).name == PROGRAM), None)
        if place is None:
            continue
        own = next((word for word in words[place + 1 :] if not word.startswith("-")), None)
        if own is not None:
            yield Start(own, tuple(w for w in words if w not in settings), _config(words, settings), sleep_s)


def _pieces(command: str) -> Iterator[list[str]]:
    """The commands between ; and && and |, without what leads their output away."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        words = list(lexer)
    except ValueError:
        return
    piece: list[str] = []
    for word in [*words, ";"]:
        if word in _ENDS:
            cut = next((i for i, w in enumerate(piece) if w in _AWAY), len(piece))
            if piece[:cut]:
                yield piece[:cut]
            piece = []
        else:
            piece.append(word)


def _config(words: list[str], settings: list[str]) -> str | None:
    for index, word in enumerate(words):
        if word == "--config" and index + 1 < len(words):
            return words[index + 1]
        if word.startswith("--config="):
            return word.removeprefix("--config=")
    named = (word.partition("=") for word in settings)
    return next((value for name, _, value in named if name == "TRADER_CONFIG"), None)


def _minutes(minute: str, hour: str) -> tuple[int, ...]:
    """The minutes of a day at which it starts; empty for a field that is not read here."""
    fields = [numbers(text, highest=top) for text, top in zip((minute, hour), _HIGHEST, strict=True)]
    minutes, hours = fields
    if minutes is None or hours is None:
        return ()
    return tuple(sorted(60 * h + m for h in hours for m in minutes))


def numbers(text: str, *, highest: int) -> frozenset[int] | None:
    """The numbers of one field; None for one that is written in a way that is not read here."""
    found: set[int] = set()
    for part in text.split(","):
        match = _FIELD.fullmatch(part)
        if match is None:
            return None
        first, _, last = ("0", "", str(highest)) if match[1] == "*" else match[1].partition("-")
        if not last:
            last = str(highest) if match[2] else first
        if int(last) > highest or int(first) > int(last) or match[2] == "0":
            return None
        found.update(range(int(first), int(last) + 1, int(match[2] or 1)))
    return frozenset(found)
