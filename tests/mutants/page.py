"""Writes docs/mutants.md from the rows, the planted flaws and the kept samples of the generated ones."""

import json
from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Any

from tests.mutants.row import TABLES, Row, every_row
from tests.simulation.test_planted_flaws import ELSEWHERE, ROWS
from tests.simulation.test_planted_flaws_by_venue import ROWS as BY_VENUE
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs" / "mutants.md"
RESULT = ROOT / "tests" / "mutants" / "generated.json"
INVARIANTS = tuple(f"I{number}" for number in range(18))
TITLES = {
    "incidents": "The published incidents, as they stood",
    "cover": "What cover means, how it is proven and restored",
    "entries": "What is entered, how often, how large, in which order",
    "runs": "What a run says, how long it takes, what it lets out",
    "venues": "The adapters",
    "stranger": "By somebody who had not read the judge",
}
HEAD = """# Mutants: the judge under attack

A judge that finds nothing proves nothing until it is seen to find something. Here the program is broken on
purpose, and the judge (`trader/oracle`) has to notice in an episode on the embedded exchange.

* **By hand**: each row changes the source of the program as a person would get it wrong, and names the
  invariant that is to notice and one episode (the line after `script:`) in which it does. The same episode on
  the program as it is breaks nothing. `tests/simulation/test_oracle_attack.py` plays all of them in every
  continuous integration. The rows stand beside `tests/mutants/row.py` as differences to the source, and
  a row whose lines are gone from the source is an error.
* **Generated**: a mutation tool (cosmic-ray) makes every small change of its kinds in the same files. One
  counts as killed when an episode of a fixed set breaks something, or when a test of that file fails that
  passes on the program as it is.

| command | does |
|---|---|
| `scripts/attack rows` | plays every row on its episode, and on the sound program |
| `scripts/attack show NAME` | prints the change and the episode |
| `scripts/attack find NAME` | looks for an episode that shows a row |
| `scripts/attack generated --every 10` | attacks with each tenth generated change; all of them: `--every 1` |
| `scripts/attack page` | writes this page |

A flaw of an adapter needs its venue; the others show on whichever venue their episode names. `alone` means
that nothing but this invariant is broken in that episode: without it the flaw would pass.
"""


def page() -> str:
    rows = every_row()
    parts = [HEAD, *_score(rows), *_by_invariant(rows), *_tables(rows), *_by_incident(rows), *_generated()]
    return "\n".join(parts).rstrip() + "\n"


def _score(rows: tuple[Row, ...]) -> Iterator[str]:
    yield "## Score\n"
    yield "| flaws | planted | noticed |"
    yield "|---|---|---|"
    for table in dict.fromkeys(row.table for row in rows):
        count = sum(row.table == table for row in rows)
        yield f"| by hand: {TITLES[table][0].lower()}{TITLES[table][1:]} | {count} | {count} |"
    yield f"| **by hand, in all** | {len(rows)} | {len(rows)} (100 %: the test fails otherwise) |"
    for found in samples():
        first, killed, planted = found["first"], found["killed"], found["planted"]
        least, most = (100 * end for end in interval(first, planted))
        said = f"{_share(first, planted)}; of all {least:.0f} to {most:.0f} %"
        sample = f"generated: {_called(found)}"
        yield f"| {sample}, at the first look | {planted} | {first} ({said}) |"
        other = planted - sum(one["same"] for one in found["survivors"])
        same = "the same, with the tests that it led to", "the same, without those that change nothing"
        for words, count in zip(same, (planted, other), strict=True):
            yield f"| {words} | {count} | {killed} ({_share(killed, count)}) |"
    yield ""


def _called(sample: dict[str, Any]) -> str:
    """Which changes it is of; `drawn` where time allowed only the beginning of what was drawn."""
    told, planted = f"one in {sample['every']} of {sample['all']}", sample["planted"]
    drawn = sample.get("drawn", planted)
    return told if drawn == planted else f"{planted} of the {drawn} that are {told}"


def _share(killed: int, planted: int) -> str:
    return f"{100 * killed / planted:.1f} %"


def interval(killed: int, planted: int) -> tuple[float, float]:
    """Between which shares the share of all changes lies, in nineteen samples of twenty (Wilson's). Only a
    sample that nobody has worked on yet says something of all."""
    share, z = killed / planted, 1.96
    middle = share + z * z / (2 * planted)
    half = z * sqrt(share * (1 - share) / planted + z * z / (4 * planted * planted))
    below = 1 + z * z / planted
    return (middle - half) / below, (middle + half) / below


def _by_invariant(rows: tuple[Row, ...]) -> Iterator[str]:
    yield "## Which invariant notices which\n"
    yield "| invariant | flaws | those that it alone notices |"
    yield "|---|---|---|"
    for invariant in sorted({row.notices for row in rows} | set(INVARIANTS), key=_order):
        mine = [row for row in rows if row.notices == invariant]
        alone = [f"`{row.name}`" for row in mine if row.is_alone]
        yield f"| {invariant} | {len(mine)} | {', '.join(alone) or '-'} |"
    yield ""


def _order(invariant: str) -> tuple[int, str]:
    digits = "".join(c for c in invariant if c.isdigit())
    return int(digits), invariant


def _tables(rows: tuple[Row, ...]) -> Iterator[str]:
    for table in TABLES:
        mine = [row for row in rows if row.table == table]
        if not mine:
            continue
        yield f"## {TITLES[table]}\n"
        yield "| flaw | what it does | in | noticed by | incident |"
        yield "|---|---|---|---|---|"
        for row in mine:
            files = dict.fromkeys(patch.file.removeprefix("trader/") for patch in row.patches)
            where = ", ".join(f"`{file}`" for file in files)
            alone = " alone" if row.is_alone else ""
            told = ", ".join(row.incidents) or "-"
            yield f"| `{row.name}` | {row.what} | {where} | {row.notices}{alone} | {told} |"
        yield ""


def _by_incident(rows: tuple[Row, ...]) -> Iterator[str]:
    yield "## The incidents\n"
    yield (
        "Beside each incident of [incidents.md](incidents.md) what brings it back: the rows above, the flaws "
        "of `tests/simulation/test_planted_flaws.py` that its own test must notice, or the test that plants "
        "its flaw where no trading episode could show it.\n"
    )
    yield "| incident | rows | planted in its own test |"
    yield "|---|---|---|"
    for incident in incidents():
        mine = [f"`{row.name}`" for row in rows if incident in row.incidents]
        planted = dict.fromkeys(
            f"`{one.flaw.__name__}`" for one in (*ROWS, *BY_VENUE) if one.incident == incident
        )
        told = list(planted) or ([f"`{ELSEWHERE[incident]}`"] if incident in ELSEWHERE else [])
        yield f"| {incident} | {', '.join(mine) or '-'} | {', '.join(told) or '-'} |"
    yield ""


def incidents() -> Iterable[str]:
    """Every incident of the page of incidents."""
    for line in (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8").splitlines():
        first = line.partition("|")[2].partition("|")[0].strip()
        if line.startswith("| ") and first[:1] in ("D", "A", "G") and first[1:2].isdigit():
            yield from (one.strip() for one in first.split(","))


def samples() -> list[dict[str, Any]]:
    """What each sample of generated flaws came to, the oldest first."""
    if not RESULT.exists():
        return []
    found: list[dict[str, Any]] = json.loads(RESULT.read_text(encoding="utf-8"))
    return found


def _generated() -> Iterator[str]:
    kept = samples()
    if kept:
        yield "## Generated\n"
    for found in reversed(kept):
        yield f"### {_called(found)[0].upper()}{_called(found)[1:]}\n"
        yield found["how"] + "\n"
        if found.get("story"):
            yield found["story"] + "\n"
        yield "| file | planted | killed by an episode | killed by a test | survived |"
        yield "|---|---|---|---|---|"
        for file, counts in found["files"].items():
            if counts["planted"]:
                told = " | ".join(str(counts[key]) for key in ("planted", "episode", "test", "survived"))
                yield f"| `{file}` | {told} |"
        yield ""
        yield from _survivors(found["survivors"])


def _survivors(survivors: list[dict[str, Any]]) -> Iterator[str]:
    if survivors:
        yield "Survivors, and why:\n"
        yield "| change | changes nothing | why |"
        yield "|---|---|---|"
        for one in survivors:
            same = "yes" if one["same"] else "no"
            yield f"| `{one['name']}` | {same} | {one['why'] or 'not judged yet'} |"
        yield ""
