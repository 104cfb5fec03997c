"""Plays episodes on a flawed program, each in a child of a process that has the sound one loaded.

What the judge reports comes back as (invariant, run, words). An episode that is played twice and sends other
bytes the second time breaks I16, which the judge of one episode cannot see.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from tests.mutants.forked import Ended, each_forked
from tests.mutants.grafting import graft, ready
from tests.mutants.row import Patch, Row, sources
from tests.mutants.sound_accounts import keep_accounts, sound_accounts

LIMIT_S = 60.0
WARM = tuple(f"v1;venue={venue};start=signal;seed=0x1;runs=2" for venue in ("hyperliquid", "okx", "binance"))

Broken = list[tuple[str, int, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of playing scripts on one flawed program: the first that showed it, and what it broke."""

    script: str | None
    broken: tuple[tuple[str, int, str], ...] = ()
    failure: str | None = None

    @property
    def invariants(self) -> frozenset[str]:
        return frozenset(invariant for invariant, _, _ in self.broken)


def broken_in(line: str) -> Broken:
    """What one episode of the program as this process has it breaks."""
    episode, script = import_module("trader.selftest.episode"), import_module("trader.selftest.script")
    played = episode.play(script.script_of(line))
    return [(one.invariant, one.run, one.text) for one in played.violations]


def broken_twice(line: str) -> Broken:
    """The same, and whether a second time comes to the same bytes."""
    episode, script = import_module("trader.selftest.episode"), import_module("trader.selftest.script")
    first, second = (episode.play(script.script_of(line)) for _ in range(2))
    found = [(one.invariant, one.run, one.text) for one in first.violations]
    if first.digest != second.digest:
        found.append(("I16", 0, f"{first.digest} and then {second.digest}"))
    return found


def warm_up() -> None:
    """Load everything, and play a little of every venue, so that children find it done."""
    for line in WARM:
        found = broken_in(line)
        if found:
            raise AssertionError(f"the program as it is breaks {found} in {line}")


def works_on(
    patches: tuple[Patch, ...], scripts: Sequence[str], *, is_twice: bool = False, accept: str = ""
) -> Callable[[], object]:
    """Work for a child: play these until one breaks something (`accept`: this very invariant)."""
    ready()
    flawed = sources(patches)
    play: Callable[[str], Broken] = broken_twice if is_twice else broken_in

    def work() -> object:
        sound = sound_accounts()
        graft(flawed)
        keep_accounts(sound)
        for line in scripts:
            found = play(line)
            if found and (not accept or any(invariant == accept for invariant, _, _ in found)):
                return [line, found]
        return [None, []]

    return work


def suits(row: Row, line: str) -> bool:
    """Whether an episode is played on a venue whose adapter the row breaks; on any where it breaks none."""
    venues = {patch.file.split("/")[2] for patch in row.patches if patch.file.count("/") == 3}
    return not venues or any(f"venue={venue};" in line for venue in venues)


def search_on(row: Row, lines: Sequence[str], seconds: float, wanted: str) -> Callable[[], object]:
    """Work for a child: where the first episode is that breaks what is wanted, and what else was broken."""
    ready()
    flawed = sources(row.patches)
    play: Callable[[str], Broken] = broken_twice if wanted == "I16" else broken_in

    def work() -> object:
        until_s = time.monotonic() + seconds
        sound = sound_accounts()
        graft(flawed)
        keep_accounts(sound)
        seen: list[tuple[int, list[str], str]] = []
        for place, line in enumerate(lines):
            if time.monotonic() > until_s:
                return [None, seen, place]
            found = play(line)
            invariants = sorted({invariant for invariant, _, _ in found})
            if found and all(invariants != known for _, known, _ in seen):
                seen.append((place, invariants, "; ".join(words for _, _, words in found)[:300]))
            if any(is_like(invariant, wanted) for invariant in invariants):
                return [place, seen, place + 1]
        return [None, seen, len(lines)]

    return work


def is_like(invariant: str, wanted: str) -> bool:
    """The very one, or a part of it: I1c of I1."""
    return invariant == wanted or invariant.rstrip("abcdefgh") == wanted


def sound(rows: Sequence[Row]) -> list[str]:
    """What the program as it is breaks in the episodes of these rows; it has to be nothing."""
    named: dict[str, list[str]] = {}  # several flaws may show in one episode
    for row in rows:
        named.setdefault(row.script, []).append(row.name)
    return [
        f"{', '.join(names)}: the program as it is breaks {found} in {script}"
        for script, names in named.items()
        if script
        for found in [broken_in(script)]
        if found
    ]


def outcome(ended: Ended) -> Shown:
    if ended.failure is not None:
        return Shown(None, failure=ended.failure)
    line, found = ended.value
    return Shown(line, tuple((invariant, run, words) for invariant, run, words in found))


def attacked(rows: Sequence[Row], *, at_once: int) -> Iterator[tuple[Row, Shown]]:
    """Each row on its own episode, in the order in which they end; first those whose lines are gone."""
    works: list[tuple[Row, Callable[[], object]]] = []
    for row in rows:
        try:
            works.append((row, works_on(row.patches, [row.script], is_twice=row.notices == "I16")))
        except LookupError as error:
            yield row, Shown(None, failure=str(error))
    for place, ended in each_forked([work for _, work in works], limit_s=LIMIT_S, at_once=at_once):
        yield works[place][0], outcome(ended)


def judged(row: Row, shown: Shown) -> str | None:
    """Why this does not show what the row says; None where it does."""
    if shown.failure is not None:
        return f"{row.name}: it could not be tried: {shown.failure}"
    if row.notices not in shown.invariants:
        said = "; ".join(words for _, _, words in shown.broken) or "nothing"
        return f"{row.name}: expected {row.notices}, and the judge says {said}\n  {row.script}"
    if row.is_alone and shown.invariants != {row.notices}:
        return f"{row.name}: expected {row.notices} alone, got {sorted(shown.invariants)}\n  {row.script}"
    return None
