"""The scripts of each tier in the order in which a campaign plays them.

Rules: venues take turns, so that a campaign that is cut short has seen something of each. The order follows
from the seed and the tier alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import count, zip_longest
from typing import TypeVar

from trader.selftest import tiers
from trader.selftest.accounts import LEGAL
from trader.selftest.boundaries import COUNT
from trader.selftest.campaign import Share
from trader.selftest.played import Played
from trader.selftest.script import Script
from trader.selftest.starts import STARTS

T = TypeVar("T")

ENDLESS = frozenset("CF")
REAL = frozenset("DE")  # real processes: not played by a worker


def share(
    tier: str, episodes: int | None, venues: Sequence[str], *, seed: int, full: bool = False, first: int = 0
) -> Share:
    """One tier of a campaign. `full`: all of tier A instead of its rotation. `first`: so many of it were
    handed out before."""
    return Share(tier, _scripts(tier, venues, seed, full), episodes, _size(tier, venues, full), first)


def real_episodes(
    tier: str, venues: Sequence[str], *, seed: int, episodes: int | None, seconds: float | None
) -> Iterator[Played]:
    """Episodes of real processes."""
    from trader.selftest.processes.tier import process_tier

    return process_tier(venues, seed=seed, seconds=seconds, episodes=episodes, strace=tier == "E")


def _scripts(tier: str, venues: Sequence[str], seed: int, full: bool) -> Iterable[Script]:
    match tier:
        case "A" if full:
            return by_turns([tiers.tier_a_full(venue) for venue in venues])
        case "A":
            return _rotated(seed, venues)
        case "B":
            return by_turns([tiers.tier_b(venue) for venue in venues])
        case "C":
            return _drawn(seed, venues)
        case "D":
            from trader.selftest.processes.tier import tier_d

            return by_turns([tier_d(venue, seed) for venue in venues])
        case "F":
            return (tiers.soak(number, venue) for number in count(seed) for venue in venues)
    raise ValueError(f"tier {tier}: not played in this process")


def _size(tier: str, venues: Sequence[str], full: bool) -> int | None:
    """How many episodes it has; None where it has no end."""
    kinds = {venue: tiers.families(venue) for venue in venues}
    starts = {venue: len(STARTS) * sum(cell.venue == venue for cell in LEGAL) for venue in venues}
    places = 2 * COUNT
    match tier:
        case "A" if full:
            return sum(places * starts[v] * sum(map(len, kinds[v].values())) for v in venues)
        case "A":
            return sum(places * len(kinds[v]) for v in venues)
        case "B":
            one_of = COUNT * len(tiers.OUTCOMES)
            return sum(starts[v] * one_of * (one_of + 1) // 2 for v in venues)
    return None


def _rotated(seed: int, venues: Sequence[str]) -> Iterator[Script]:
    """The rotation of tier A, in an order that the seed draws: a part of it is a sample."""
    turns = list(by_turns([tiers.rotation(venue) for venue in venues]))
    for number in sorted(range(len(turns)), key=lambda number: sha256(f"{seed} {number}".encode()).digest()):
        one = turns[number]
        yield tiers.single(one.cell, one.start, one.name, one.boundary, lasts=one.lasts, turn=one.number)


def _drawn(seed: int, venues: Sequence[str]) -> Iterator[Script]:
    """Seed after seed, without end."""
    batch = 1000
    for first in count(seed, batch):
        yield from tiers.seeds(first, batch, venues)


def by_turns(several: Sequence[Iterable[T]]) -> Iterator[T]:
    """The first of each, the second of each, and so on."""
    for turn in zip_longest(*several):
        yield from (one for one in turn if one is not None)
