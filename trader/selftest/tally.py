"""What a campaign has seen so far: one value, in which the order of episodes leaves no trace.

Rules: whatever is added or merged first, the same episodes give the same tally, so it does not matter how
many workers played them. Durations are kept to three digits, rounded up, so that a million episodes take no
more memory than a thousand; the largest of each is kept exactly.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from trader.core.frozen import frozen
from trader.oracle.seen import Violation
from trader.selftest.matrix import Matrix
from trader.selftest.played import Played
from trader.selftest.script import Script

DIFFERS = "I16"
KILLED = "killed"
_MARKS = frozenset({"process", "check-sl"})  # events that say how a run is started: nothing happens in it
_HANDS = ("hand-", "bot", "manual_")
_DIGITS = 3
_DIGEST_BITS = 256


@frozen
class Failure:
    """An episode that broke a promise; `number` counts those of its tier from 0."""

    number: int
    tier: str
    script: Script
    violations: tuple[Violation, ...]


@dataclass(slots=True)
class Spread:
    """How whole numbers are spread."""

    counts: Counter[int] = field(default_factory=Counter)
    largest: int = 0

    def add(self, value: int) -> None:
        self.counts[_to_digits(value)] += 1
        self.largest = max(self.largest, value)

    def merge(self, other: "Spread") -> None:
        self.counts.update(other.counts)
        self.largest = max(self.largest, other.largest)

    def total(self) -> int:
        return self.counts.total()

    def at(self, fraction: float) -> int:
        """The smallest value that this fraction of all does not exceed; 0 where there is none."""
        left = fraction * self.total()
        for value in sorted(self.counts):
            left -= self.counts[value]
            if left <= 0:
                return min(value, self.largest)
        return self.largest

    def to_json(self) -> dict[str, int]:
        return {"count": self.total(), "p50": self.at(0.5), "p99": self.at(0.99), "max": self.largest}


@dataclass(slots=True)
class Tally:
    """Everything that is published of a campaign but its times, which depend on the machine."""

    episodes: Counter[tuple[str, str]] = field(default_factory=Counter)  # by tier and venue
    violations: Counter[str] = field(default_factory=Counter)  # by invariant
    failures: dict[tuple[str, int], Failure] = field(default_factory=dict)  # by tier and number
    codes: Counter[str] = field(default_factory=Counter)
    sometimes: Counter[str] = field(default_factory=Counter)
    planned: Counter[tuple[str, str]] = field(default_factory=Counter)  # by venue and event
    matrix: Matrix = field(default_factory=Matrix)
    bare: dict[str, Spread] = field(default_factory=dict)  # milliseconds, by venue
    bare_by_hand: dict[str, Spread] = field(default_factory=dict)  # of episodes in which somebody trades too
    bare_clean: dict[str, Spread] = field(default_factory=dict)
    requests: dict[str, Spread] = field(default_factory=dict)  # of clean runs, by venue
    took: dict[str, Spread] = field(default_factory=dict)  # milliseconds of a run's own clock, by venue
    repeated: int = 0
    differed: int = 0
    digest: int = 0

    def add(self, number: int, tier: str, played: Played) -> None:
        """One episode."""
        script, venue = played.script, played.script.cell.venue
        self.episodes[tier, venue] += 1
        self.codes.update(KILLED if code is None else str(int(code)) for code in played.codes)
        self.sometimes.update(played.sometimes)
        self.planned.update((venue, event.what) for event in script.events if event.what not in _MARKS)
        self.matrix.add(venue, played.met)
        disturbed = {event.run for event in script.events}
        for run, (code, asked) in enumerate(zip(played.codes, played.requests, strict=False), 1):
            if code == 0 and run not in disturbed:
                _spread(self.requests, venue).add(asked)
        for values, kept in (
            (played.bare_ms, self.bare_by_hand if _has_hands(script) else self.bare),
            (played.bare_clean_ms, self.bare_clean),
            (played.took_ms, self.took),
        ):
            for value in values:
                _spread(kept, venue).add(value)
        self._add_digest(f"{tier} {number} {played.digest}")
        if played.violations:
            self.fail(Failure(number, tier, script, played.violations))

    def repeat(self, number: int, tier: str, first: Played, second: Played) -> None:
        """The same script played twice: everything that it showed must be the same."""
        self.repeated += 1
        if first == second:
            return
        self.differed += 1
        said = f"digest {first.digest[:16]} and {second.digest[:16]}, codes {first.codes} and {second.codes}"
        violation = Violation(DIFFERS, 0, f"played twice, it was not the same: {said}")
        self.fail(Failure(number, tier, first.script, (violation,)))

    def merge(self, other: "Tally") -> None:
        """Another part of the same campaign, with other numbers."""
        for mine, theirs in (
            (self.episodes, other.episodes),
            (self.violations, other.violations),
            (self.codes, other.codes),
            (self.sometimes, other.sometimes),
            (self.planned, other.planned),
        ):
            mine.update(theirs)  # type: ignore[arg-type]
        self.failures |= other.failures
        self.matrix.merge(other.matrix)
        for kept, more in (
            (self.bare, other.bare),
            (self.bare_by_hand, other.bare_by_hand),
            (self.bare_clean, other.bare_clean),
            (self.requests, other.requests),
            (self.took, other.took),
        ):
            for venue, spread in more.items():
                _spread(kept, venue).merge(spread)
        self.repeated += other.repeated
        self.differed += other.differed
        self.digest = (self.digest + other.digest) % 2**_DIGEST_BITS

    def total(self, tiers: str = "") -> int:
        """How many episodes, of these tiers or of all."""
        return sum(count for (tier, _), count in self.episodes.items() if not tiers or tier in tiers)

    def to_json(self) -> dict[str, Any]:
        return {
            "episodes": self.total(),
            "runs": self.codes.total(),
            "violations": self.violations.total(),
            "failed_episodes": len(self.failures),
            "tiers": self._by_tier(),
            "violations_by_invariant": dict(sorted(self.violations.items())),
            "codes": dict(sorted(self.codes.items(), key=lambda item: (len(item[0]), item[0]))),
            "sometimes": dict(sorted(self.sometimes.items())),
            "faults": self._faults(),
            "naked_ms": {
                "clean": _json(self.bare_clean),
                "faults": _json(self.bare),
                "hands": _json(self.bare_by_hand),
                "all": _json(_together(self.bare, self.bare_by_hand)),
            },
            "requests_of_a_clean_run": _json(self.requests),
            "run_ms": _json(self.took),
            "played_twice": {"episodes": self.repeated, "differed": self.differed},
            "digest": f"{self.digest:064x}",
        }

    def fail(self, failure: Failure) -> None:
        """More violations of an episode that has failed already are added to it."""
        key = failure.tier, failure.number
        before = self.failures.get(key)
        violations = (*(before.violations if before is not None else ()), *failure.violations)
        self.failures[key] = replace(failure, violations=violations)
        self.violations.update(violation.invariant for violation in failure.violations)

    def _add_digest(self, text: str) -> None:
        """A sum knows no order."""
        self.digest += int.from_bytes(sha256(text.encode()).digest(), "big")
        self.digest %= 2**_DIGEST_BITS

    def _by_tier(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (tier, venue), count in sorted(self.episodes.items()):
            found.setdefault(tier, {})[venue] = count
        return found

    def _faults(self) -> dict[str, Any]:
        """By venue: what scripts planned, what never fired, and what fired where."""
        by_venue = {}
        for venue in sorted({venue for venue, _ in self.planned}):
            planned = {what: count for (where, what), count in self.planned.items() if where == venue}
            fired, pairs = self.matrix.pairs(venue)
            by_venue[venue] = {
                "planned": dict(sorted(planned.items())),
                "never_fired": self.matrix.never(venue, planned),
                "pairs_fired": fired,
                "pairs": pairs,
            }
        return {"by_venue": by_venue, "matrix": self.matrix.to_json()}


def _has_hands(script: Script) -> bool:
    """Whether somebody else takes a hand: what they leave bare, nobody sees before the next run."""
    names = (*(event.what for event in script.events), *(move.what for move in script.moves))
    return any(name.startswith(_HANDS) for name in names)


def _spread(kept: dict[str, Spread], venue: str) -> Spread:
    return kept.setdefault(venue, Spread())


def _together(*several: dict[str, Spread]) -> dict[str, Spread]:
    found: dict[str, Spread] = {}
    for kept in several:
        for venue, spread in kept.items():
            _spread(found, venue).merge(spread)
    return found


def _json(kept: dict[str, Spread]) -> dict[str, dict[str, int]]:
    return {venue: spread.to_json() for venue, spread in sorted(kept.items())}


def _to_digits(value: int) -> int:
    """Three digits, rounded up: a duration is never told shorter than it was."""
    unit = int(10 ** max(0, len(str(abs(value))) - _DIGITS))
    return -(-value // unit) * unit
