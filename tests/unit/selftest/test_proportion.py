"""Lists that are told side by side, each as far as the others."""

from collections import Counter
from itertools import islice

from trader.selftest.proportion import in_proportion


def test_whatever_is_told_first_is_a_sample_of_all() -> None:
    told = in_proportion(
        {"A": (iter(range(100)), 0, 100), "B": (iter(range(50)), 0, 50), "D": (iter("xyz"), 0, 3)}
    )
    counts = Counter(name for name, _ in islice(told, 51))
    assert (counts["A"], counts["B"], counts["D"]) == (33, 17, 1)
    assert Counter(name for name, _ in told) == {"A": 67, "B": 33, "D": 2}


def test_who_was_told_before_waits_for_the_others() -> None:
    """And a list that ends early keeps nobody waiting."""
    told = [name for name, _ in in_proportion({"A": (iter("abcd"), 6, 10), "C": (iter("ab"), 0, 10)})]
    assert told == ["C", "C", "A", "A", "A", "A"]
