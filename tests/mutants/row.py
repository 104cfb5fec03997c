"""Flaws written by hand: which lines of which file become which others, and the episode in which that shows.

One flaw is a block of lines:

    = its name
    what: what it does, in one sentence
    notices: the invariant that its episode breaks; `alone` after it where no other one is broken there
    incident: the published ones that it brings back, where it does
    script: the episode, a line as `trader selftest --replay` takes it
    @ file
    -a line of it
    +a line instead
     a line that stays

Rules: the old lines of a place stand in the file exactly once. A flaw whose lines are gone is an error and
never one that silently does nothing: whoever changes the program brings it along. A place follows another
where more than one layer has to be taken out. Lines that begin with `#` say something to the reader.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.support.source_tree import ROOT

FOLDER = ROOT / "tests" / "mutants" / "by_hand"
FIELDS = ("what", "notices", "incident", "script")
TABLES = ("incidents", "cover", "entries", "runs", "venues", "stranger")


@dataclass(frozen=True, slots=True)
class Patch:
    """One place of one file."""

    file: str
    old: str
    new: str

    @property
    def module(self) -> str:
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True, slots=True)
class Row:
    """One flaw. `table`: the file that it stands in; `script` is empty while none is known that shows it."""

    table: str
    name: str
    what: str
    notices: str
    is_alone: bool
    incidents: tuple[str, ...]
    script: str
    patches: tuple[Patch, ...]


def every_row() -> tuple[Row, ...]:
    """All of them; two of one name could not be told apart."""
    rows = tuple(row for table in TABLES for row in rows_in(table, _text(table)))
    twice = [name for name, times in Counter(row.name for row in rows).items() if times > 1]
    if twice:
        raise ValueError(f"two flaws have one name: {', '.join(twice)}")
    return rows


def row_named(name: str) -> Row:
    found = [row for row in every_row() if row.name == name]
    if not found:
        raise LookupError(f"there is no flaw {name!r} in {FOLDER}")
    return found[0]


def write_script(row: Row, script: str) -> None:
    """Write down the episode that shows it."""
    before = _text(row.table)
    head, found, rest = before.partition(f"= {row.name}\n")
    if not found or rest.count("script:") == 0:
        raise LookupError(f"{row.table}.flaws has no {row.name} with a script:")
    block, line, tail = rest.partition("\nscript:")
    after = tail.partition("\n")[2]
    text = f"{head}{found}{block}{line} {script}\n{after}"
    (FOLDER / f"{row.table}.flaws").write_text(text, encoding="utf-8")


def _text(table: str) -> str:
    return (FOLDER / f"{table}.flaws").read_text(encoding="utf-8")


def rows_in(table: str, text: str) -> Iterator[Row]:
    """The flaws of one file; ValueError says which one is not written as it should be."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("= "):
            blocks.append([line[2:].strip()])
        elif line and not line.startswith("#"):
            if not blocks:
                raise ValueError(f"{table}.flaws: {line!r} stands before the first flaw")
            blocks[-1].append(line)
    for name, *lines in blocks:
        try:
            yield _row(table, name, lines)
        except ValueError as error:
            raise ValueError(f"{table}.flaws, {name}: {error}") from error


def _row(table: str, name: str, lines: list[str]) -> Row:
    places = [at for at, line in enumerate(lines) if line.startswith("@ ")]
    if not places:
        raise ValueError("it changes nothing: expected a line that begins with '@ ' and names a file")
    told = dict(_field(line) for line in lines[: places[0]])
    lacking = [field for field in FIELDS if field not in told and field != "incident"]
    if lacking:
        raise ValueError(f"it lacks {', '.join(lacking)}")
    ends = [*places[1:], len(lines)]
    patches = tuple(_patch(lines[at:end]) for at, end in zip(places, ends, strict=True))
    invariant, _, alone = told["notices"].partition(" ")
    if alone not in ("", "alone"):
        raise ValueError(f"notices: {told['notices']}: expected an invariant, or one and the word alone")
    incidents = tuple(one.strip() for one in told.get("incident", "").split(",") if one.strip())
    return Row(table, name, told["what"], invariant, bool(alone), incidents, told["script"], patches)


def _field(line: str) -> tuple[str, str]:
    field, mark, value = line.partition(":")
    if not mark or field not in FIELDS:
        raise ValueError(f"{line!r} is no field: expected {', '.join(FIELDS)}")
    return field, value.strip()


def _patch(lines: list[str]) -> Patch:
    head, *body = lines
    wrong = next((line for line in body if line[0] not in "+- "), None)
    if wrong is not None:
        raise ValueError(f"{wrong!r}: a line of a place begins with -, + or a space")
    old = "".join(f"{line[1:]}\n" for line in body if line[0] in "- ")
    new = "".join(f"{line[1:]}\n" for line in body if line[0] in "+ ")
    return Patch(head[2:].strip(), old, new)


@cache
def source_of(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def sources(patches: tuple[Patch, ...]) -> dict[str, tuple[str, str]]:
    """Module to (file, flawed source); LookupError for lines that do not stand there once."""
    flawed: dict[str, tuple[str, str]] = {}
    for patch in patches:
        before = flawed[patch.module][1] if patch.module in flawed else source_of(patch.file)
        times = f"\n{before}".count(f"\n{patch.old}")
        if times != 1 or patch.old == patch.new:
            raise LookupError(
                f"{patch.file}: these lines stand there {times} times, expected once:\n{patch.old}"
            )
        after = f"\n{before}".replace(f"\n{patch.old}", f"\n{patch.new}")[1:]
        flawed[patch.module] = patch.file, after
    for file, text in flawed.values():
        ast.parse(text, file)
    return flawed
