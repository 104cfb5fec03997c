"""Several lists told at once, each as far as the others: whatever is told first is a sample of all of them.

Rules: the next one is of the list of which the smallest part has been told; of several, of the first. A list
that ends early is left out from there on.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TypeVar

T = TypeVar("T")


def in_proportion(lists: Mapping[str, tuple[Iterator[T], int, int | None]]) -> Iterator[tuple[str, T]]:
    """Each list by its name, with how many of it were told before and how many are to be told at all."""
    told = {name: first for name, (_, first, _) in lists.items()}
    left = dict(lists)
    while left:
        name = min(left, key=lambda one: Fraction(told[one], left[one][2] or 1))
        found = next(left[name][0], None)
        if found is None:
            del left[name]
            continue
        told[name] += 1
        yield name, found
