"""Attacks with generated flaws: episodes of a fixed set, and for what outlives them the tests of its file.

The set is every row's own episode and a mix of episodes without faults and of the quick tier. For each file
those come first that noticed its last flaws. Tests that fail on the program as it is notice nothing. Only how
far it gets depends on time.
"""

import argparse
import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

import pytest

from tests.mutants.attack import broken_in
from tests.mutants.candidates import VENUES, candidates, make_accounts
from tests.mutants.forked import Ended, each_forked
from tests.mutants.generated import FILES, Made, every_made, sample
from tests.mutants.grafting import Sources, graft, ready
from tests.mutants.page import RESULT, result
from tests.mutants.row import every_row
from tests.mutants.sound_accounts import keep_accounts, sound_accounts
from tests.support.source_tree import ROOT, modules

DRAWN = 240  # episodes of the set beside those of the rows
EPISODES_S, TESTS_S = 40.0, 240.0  # of computing
WHOLE_RUNS = (
    *("repair_rules", "incidents_stops", "incidents_orders", "incidents_entries", "incidents_memory"),
    *("stop_ways", "first_stops", "hedge_grid", "liquidation_watch", "used_up_ids"),
)
HOW = (
    "The sample is one in {every} of the {all} changes that the operators of "
    "`tests/mutants/generated.py` make in {files} files. The set is {episodes} episodes; of a file of one "
    "venue's adapter those of that venue."
)


@dataclass(slots=True)
class Toll:
    """What became of every flaw."""

    by_episode: list[Made] = field(default_factory=list)
    by_test: list[Made] = field(default_factory=list)
    survived: list[Made] = field(default_factory=list)


def attack_generated(asked: argparse.Namespace) -> int:
    """`scripts/attack generated`."""
    began_s = time.monotonic()
    chosen = sample(asked.every, asked.file or FILES)
    ready()
    make_accounts(VENUES)
    lines = kill_set()
    print(
        f"{len(chosen)} flaws, {len(lines)} episodes, ready after {time.monotonic() - began_s:.0f} s",
        flush=True,
    )
    toll, until_s = Toll(), began_s + asked.seconds
    left = _by_episodes(chosen, lines, toll, until_s, asked.at_once)
    _by_tests(left, toll, until_s, asked.at_once)
    tried = len(toll.by_episode) + len(toll.by_test) + len(toll.survived)
    killed = tried - len(toll.survived)
    took_s = time.monotonic() - began_s
    print(f"{killed} of {tried} killed ({100 * killed / max(1, tried):.1f} %) in {took_s:.0f} s")
    if asked.keep:
        _keep(toll, asked.every, len(lines), asked.file or FILES)
    return 0 if killed >= 0.9 * tried else 1


def kill_set() -> list[str]:
    """The fixed set: what breaks nothing of the program as it is."""
    rows = [row.script for row in every_row() if row.script]
    some = [*rows, *islice(candidates(), DRAWN)]
    return [line for line in dict.fromkeys(some) if not broken_in(line)]


def _by_episodes(
    chosen: Sequence[Made], lines: Sequence[str], toll: Toll, until_s: float, at_once: int
) -> list[Made]:
    """Play the set on each; those that nothing noticed."""
    left: list[Made] = []
    last: dict[str, list[str]] = {}
    works = [_episodes(made, lines, last, until_s) for made in chosen]
    for place, ended in each_forked(works, limit_s=EPISODES_S, at_once=at_once):
        made = chosen[place]
        if ended.failure is None and ended.value is None:
            continue  # there was no time left for it
        why = _why(ended)
        print(f"{made.name}: {why or 'unnoticed by episodes'}", flush=True)
        if why is None:
            left.append(made)
            continue
        toll.by_episode.append(made)
        if ended.failure is None:
            last.setdefault(made.file, []).insert(0, ended.value[0])
    return left


def _ordered(made: Made, lines: Sequence[str], last: dict[str, list[str]]) -> list[str]:
    """Those that noticed flaws of this file first; of an adapter only those of its venue."""
    venue = made.file.split("/")[2] if made.file.count("/") == 3 else ""
    fitting = [line for line in lines if not venue or f"venue={venue};" in line]
    return list(dict.fromkeys([*last.get(made.file, ()), *fitting]))


def _why(ended: Ended) -> str | None:
    if ended.failure is not None:
        return ended.failure[:120]
    line, found = ended.value
    return None if line is None else f"{found[0][0]} in {line}"


def _episodes(
    made: Made, lines: Sequence[str], last: dict[str, list[str]], until_s: float
) -> Callable[[], object]:
    """Work for a child, which finds `last` as it is when the child begins."""

    def work() -> object:
        if time.monotonic() > until_s:
            return None
        sound = sound_accounts()
        graft({made.module: (made.file, made.source())})
        keep_accounts(sound)
        for line in _ordered(made, lines, last):
            found = broken_in(line)
            if found:
                return [line, found[:1]]
        return [None, []]

    return work


def _by_tests(left: Sequence[Made], toll: Toll, until_s: float, at_once: int) -> None:
    """Run the tests of its file on each that is left."""
    sound = _sound_files(left, at_once)
    open_ones = [made for made in left if time.monotonic() <= until_s]
    works = [_tests(made) for made in open_ones]
    for place, ended in each_forked(works, limit_s=TESTS_S, at_once=at_once):
        made = open_ones[place]
        is_killed = made.file in sound and (ended.failure is not None or ended.value != 0)
        (toll.by_test if is_killed else toll.survived).append(made)
        print(f"{made.name}: {'noticed by a test' if is_killed else 'SURVIVED'}", flush=True)


def _sound_files(left: Sequence[Made], at_once: int) -> set[str]:
    """The files whose tests pass, in this way of running them, on the program as it is."""
    files = sorted({made.file for made in left if tests_of(made.file)})
    ends = each_forked([_tests_on(file, {}) for file in files], limit_s=TESTS_S, at_once=at_once)
    sound = {files[place] for place, ended in ends if ended.failure is None and ended.value == 0}
    for file in sorted(set(files) - sound):
        print(f"{file}: its tests do not pass on the program as it is", flush=True)
    return sound


def _tests(made: Made) -> Callable[[], object]:
    return _tests_on(made.file, {made.module: (made.file, made.source())})


def _tests_on(file: str, flawed: Sources) -> Callable[[], object]:
    def work() -> object:
        if flawed:
            graft(flawed)
        words = io.StringIO()
        named = [str(ROOT / one) for one in tests_of(file)]
        with redirect_stdout(words), redirect_stderr(words):
            return int(pytest.main([*named, "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]))

    return work


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """The tests of a file, the likeliest first: those named after it, those of its venue, those
    that import it, and whole runs where it is the pipeline's."""
    module, name = file.removesuffix(".py").replace("/", "."), file.rpartition("/")[2].removesuffix(".py")
    ranked: list[tuple[int, str]] = []
    for test in modules(ROOT, "tests/unit"):
        own = test.name.rpartition("/")[2]
        if not own.startswith("test_"):
            continue
        if own.startswith((f"test_{name}.", f"test_{name}_")) and _is_beside(test.name, file):
            ranked.append((0, test.name))
        elif _is_of_venue(test.name, file):
            ranked.append((1, test.name))
        elif module in test.text:
            ranked.append((2, test.name))
    runs = () if module.startswith("trader.venues.") else WHOLE_RUNS
    return (*(test for _, test in sorted(ranked)), *(f"tests/simulation/test_{one}.py" for one in runs))


def _is_beside(test: str, file: str) -> bool:
    """Venues have files of one name."""
    return file.count("/") < 3 or _is_of_venue(test, file)


def _is_of_venue(test: str, file: str) -> bool:
    parts = file.split("/")
    return len(parts) == 4 and f"/venues/{parts[2]}/" in test


def _keep(toll: Toll, every: int, episodes: int, files: Sequence[str]) -> None:
    """Write the result down for the page; why a change was let through is said there by hand."""
    known = {one["name"]: one["why"] for one in result().get("survivors", [])}
    kinds: dict[str, Iterable[Made]] = {
        "episode": toll.by_episode,
        "test": toll.by_test,
        "survived": toll.survived,
    }
    counts = {kind: Counter(made.file for made in some) for kind, some in kinds.items()}
    rows: dict[str, Any] = {}
    for file in files:
        by_kind = {kind: counts[kind][file] for kind in kinds}
        rows[file] = {"planted": sum(by_kind.values()), **by_kind}
    planted, survived = sum(row["planted"] for row in rows.values()), len(toll.survived)
    every_one = sum(1 for _ in every_made(files))
    kept = {
        "how": HOW.format(every=every, all=every_one, files=len(files), episodes=episodes),
        "every": every,
        "all": every_one,
        "planted": planted,
        "killed": planted - survived,
        "files": rows,
        "survivors": [
            {"name": made.name, "why": known.get(made.name, "")}
            for made in sorted(toll.survived, key=lambda one: one.name)
        ],
    }
    RESULT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
