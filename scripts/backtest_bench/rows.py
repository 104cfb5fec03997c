"""The table that a measurement prints: what was measured, against what, the goal, and whether it is met.

Rules: a goal that is missed is told as missed, and one that could not be measured is not called met. The
lines are those of a table in a document, so that they can be copied as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("what", "measured", "against", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `is_met` is None where there is no goal, or nothing was measured."""

    what: str
    measured: str
    against: str = ""
    ratio: float | None = None
    goal: str = ""
    is_met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        verdict = {True: "met", False: "MISSED", None: ""}[self.is_met]
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}" if self.ratio < 0.1 else f"{self.ratio:.2f}"
        return (self.what, self.measured, self.against, ratio, self.goal, verdict)


def at_most(what: str, *, ours: str, theirs: str, ratio: float, most: float) -> Row:
    """A line of which the ratio must not be larger."""
    return Row(what, ours, theirs, ratio, f"at most {most:g} times", ratio <= most)


def scaled(seconds: float, *, asked: int, whole: int) -> float:
    """What the whole would have taken, from what a part of it took."""
    return seconds * whole / asked


def table(rows: Sequence[Row]) -> str:
    """The lines, their columns one under the other."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(HEAD))]
    told = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([told[0], rule, *told[1:]])


def is_missed(rows: Sequence[Row]) -> bool:
    return any(row.is_met is False for row in rows)
