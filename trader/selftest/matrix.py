"""Which fault met which request, on which venue: the measured part of the space, with its holes.

Rules: a pair counts once for each episode in which the fault really fired there. A boundary is what was asked
and how often before in that run; the columns of a venue are all boundaries at which anything fired on it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Matrix:
    """How often each (venue, fault, boundary) fired."""

    fired: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, venue: str, met: Iterable[tuple[str, str]]) -> None:
        self.fired.update((venue, fault, boundary) for fault, boundary in set(met))

    def merge(self, other: "Matrix") -> None:
        self.fired.update(other.fired)

    def venues(self) -> list[str]:
        return sorted({venue for venue, _, _ in self.fired})

    def faults(self, venue: str) -> list[str]:
        return sorted({fault for where, fault, _ in self.fired if where == venue})

    def boundaries(self, venue: str) -> list[str]:
        return sorted({boundary for where, _, boundary in self.fired if where == venue})

    def never(self, venue: str, planned: Collection[str]) -> list[str]:
        """Faults that scripts asked for on this venue and that no request ever met."""
        return sorted(set(planned) - set(self.faults(venue)))

    def pairs(self, venue: str) -> tuple[int, int]:
        """How many pairs of the venue's faults and boundaries fired, and how many there are."""
        faults, boundaries = self.faults(venue), self.boundaries(venue)
        fired = sum((venue, fault, boundary) in self.fired for fault in faults for boundary in boundaries)
        return fired, len(faults) * len(boundaries)

    def to_json(self) -> dict[str, Any]:
        return {
            venue: {
                fault: {
                    boundary: self.fired[venue, fault, boundary]
                    for boundary in self.boundaries(venue)
                    if self.fired[venue, fault, boundary]
                }
                for fault in self.faults(venue)
            }
            for venue in self.venues()
        }


def matrix_of(document: Mapping[str, Mapping[str, Mapping[str, int]]]) -> Matrix:
    """A matrix from what `to_json` wrote."""
    return Matrix(
        Counter(
            {
                (venue, fault, boundary): count
                for venue, faults in document.items()
                for fault, boundaries in faults.items()
                for boundary, count in boundaries.items()
            }
        )
    )


def tables(matrix: Matrix) -> Iterator[str]:
    """A Markdown table for each venue, under its name."""
    for venue in matrix.venues():
        yield from ("", f"## {venue}", "")
        yield from table(matrix, venue)


def table(matrix: Matrix, venue: str) -> Iterator[str]:
    """A fault a row, what was asked a column, how often it fired or a dash; requests that ask the same in one
    run share a column."""
    counts: Counter[tuple[str, str]] = Counter()
    for (where, fault, boundary), count in matrix.fired.items():
        if where == venue:
            counts[fault, boundary.rpartition("#")[0] or boundary] += count
    asked = sorted({what for _, what in counts})
    yield f"| fault | {' | '.join(asked)} |"
    yield "|---" * (len(asked) + 1) + "|"
    for fault in matrix.faults(venue):
        cells = (counts[fault, what] for what in asked)
        yield f"| {fault} | {' | '.join(str(count) if count else '-' for count in cells)} |"
