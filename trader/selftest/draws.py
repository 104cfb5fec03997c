"""Choices that follow from a seed alone: named streams of numbers by sha256.

Rules: no state outside the object; a stream depends on its seed and its name, so that a new question under a
name of its own does not change the answers to the old ones.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """One stream of one seed."""

    def __init__(self, seed: int, name: str = "") -> None:
        self._seed = seed
        self._name = name
        self._drawn = 0

    def of(self, name: str) -> "Draws":
        """Another stream of the same seed, from its beginning."""
        return Draws(self._seed, f"{self._name}/{name}")

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, but not including, `limit`."""
        if limit < 1:
            raise ValueError(f"a draw below {limit}: expected a limit of 1 or more")
        text = f"{self._seed}:{self._name}:{self._drawn}"
        self._drawn += 1
        return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % limit

    def pick(self, among: Sequence[T]) -> T:
        """One of these."""
        return among[self.below(len(among))]

    def chance(self, numerator: int, denominator: int) -> bool:
        """True in `numerator` of `denominator` cases."""
        return self.below(denominator) < numerator
