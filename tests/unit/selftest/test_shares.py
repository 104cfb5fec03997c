"""What a campaign plays of each tier, and in which order."""

from collections import Counter
from itertools import islice

import pytest

from trader.parts import NAMES
from trader.selftest import tiers
from trader.selftest.boundaries import COUNT
from trader.selftest.script import Script
from trader.selftest.shares import by_turns, share


def first(tier: str, count: int, *, seed: int = 1, full: bool = False) -> list[Script]:
    return list(islice(share(tier, None, ("hyperliquid", "binance"), seed=seed, full=full).scripts, count))


@pytest.mark.parametrize("tier", ["A", "B", "C", "F"])
def test_every_venue_has_its_turn_from_the_beginning(tier: str) -> None:
    found = Counter(script.cell.venue for script in first(tier, 8))
    assert found.keys() == {"hyperliquid", "binance"}


@pytest.mark.parametrize("tier", ["A", "C"])
def test_the_seed_draws_the_order(tier: str) -> None:
    assert first(tier, 6) == first(tier, 6)
    assert first(tier, 6) != first(tier, 6, seed=2)


def test_a_part_of_the_rotation_is_a_sample() -> None:
    """Thirty of some 4,900 single faults meet twenty-four kinds or more."""
    kinds = {event.what for script in first("A", 30) for event in script.events}
    assert len(kinds) >= 24


def test_the_rotation_is_as_large_as_is_said() -> None:
    """Which is what every change must pass: 7,020 or more."""
    whole = share("A", None, NAMES, seed=3)
    turns = [turn for venue in NAMES for turn in tiers.rotation(venue)]
    assert whole.size == len(turns) == sum(len(tiers.families(venue)) * 2 * COUNT for venue in NAMES)
    assert whole.size >= 7_020


def test_sizes_are_those_of_the_product() -> None:
    for tier, full in (("A", True), ("B", False)):
        whole = share(tier, None, ("hyperliquid",), seed=1, full=full)
        assert whole.size is not None and whole.size > 100_000
    assert share("C", 9, NAMES, seed=1).size is None


def test_seeds_follow_one_another() -> None:
    assert [script.seed for script in first("C", 5, seed=40)] == [40, 41, 42, 43, 44]


def test_turns_go_on_where_one_has_ended() -> None:
    assert list(by_turns([[1, 2, 3], [4], [5, 6]])) == [1, 4, 5, 2, 6, 3]
