"""Attacks with generated flaws: episodes of a fixed set, and for what outlives them the tests of its file.

The set is every row's own episode and a mix of episodes without faults and of the quick tier. For each file
those come first that noticed its last flaws. Tests that fail on the program as it is notice nothing. Only how
far it gets depends on time.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tests.mutants.attack import broken_in
from tests.mutants.by_tests import noticed_by_tests
from tests.mutants.candidates import VENUES, candidates, make_accounts
from tests.mutants.forked import Ended, each_forked
from tests.mutants.generated import FILES, Made, every_made, sample
from tests.mutants.grafting import graft, ready
from tests.mutants.page import RESULT, samples
from tests.mutants.row import every_row
from tests.mutants.sound_accounts import keep_accounts, sound_accounts
from trader.selftest.checkout import code_name

DRAWN = 240  # episodes of the set beside those of the rows
EPISODES_S = 200.0  # of computing: many times what the whole set takes
HOW = (
    "The sample is one in {every} of the {all} changes that the operators of "
    "`tests/mutants/generated.py` make in {files} files of commit `{commit}`. The set is "
    "{episodes} episodes; of a file of one venue's adapter those of that venue."
)


@dataclass(slots=True)
class Toll:
    """What became of every flaw, and by name what noticed it."""

    by_episode: list[Made] = field(default_factory=list)
    by_test: list[Made] = field(default_factory=list)
    survived: list[Made] = field(default_factory=list)
    noticed: dict[str, str] = field(default_factory=dict)


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
        toll.noticed[made.name] = why
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
    if not left or time.monotonic() > until_s:
        return
    for made, why in noticed_by_tests(left, at_once=at_once):
        (toll.survived if why is None else toll.by_test).append(made)
        toll.noticed |= {} if why is None else {made.name: why}
        print(f"{made.name}: {'SURVIVED' if why is None else why}", flush=True)


def _keep(toll: Toll, every: int, episodes: int, files: Sequence[str]) -> None:
    """Write the sample down for the page, in the place of an earlier one of as many changes.

    Why a change was let through, and how the sample went on, is said there by hand.
    """
    earlier = samples()
    known = {one["name"]: one for found in earlier for one in found["survivors"]}
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
        "how": HOW.format(
            every=every, all=every_one, files=len(files), episodes=episodes, commit=code_name()
        ),
        "every": every,
        "all": every_one,
        "planted": planted,
        "first": planted - survived,
        "killed": planted - survived,
        "files": rows,
        "noticed": dict(sorted(toll.noticed.items())),
        "survivors": [
            {"name": made.name, "same": False, "why": "", **known.get(made.name, {})}
            for made in sorted(toll.survived, key=lambda one: one.name)
        ],
    }
    others = [found for found in earlier if (found["every"], found["all"]) != (every, every_one)]
    RESULT.write_text(json.dumps([*others, kept], indent=1) + "\n", encoding="utf-8")
