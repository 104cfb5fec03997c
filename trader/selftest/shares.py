"""The scripts of each tier in the order in which a campaign plays them.

Rules: venues take turns, so that a campaign that is cut short has seen something of each. The order follows
from the seed and the tier alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, zip_longest

from trader.selftest import tiers
from trader.selftest.campaign import Share
from trader.selftest.played import Played
from trader.selftest.script import Script

ENDLESS = frozenset("CF")
REAL = frozenset("DE")  # real processes: not played by a worker


def share(tier: str, episodes: int | None, venues: Sequence[str], *, seed: int, full: bool = False) -> Share:
    """One tier of a campaign. `full`: all of tier A instead of its rotation."""
    return Share(tier, _scripts(tier, venues, seed, full), episodes)


def real_episodes(
    tier: str, venues: Sequence[str], *, seed: int, episodes: int | None, seconds: float | None
) -> Iterator[Played]:
    """Episodes of real processes."""
    from trader.selftest.processes.tier import process_tier

    return process_tier(venues, seed=seed, seconds=seconds, episodes=episodes, strace=tier == "E")


def _scripts(tier: str, venues: Sequence[str], seed: int, full: bool) -> Iterable[Script]:
    match tier:
        case "A":
            return by_turns([(tiers.tier_a_full if full else tiers.tier_a)(venue) for venue in venues])
        case "B":
            return by_turns([tiers.tier_b(venue) for venue in venues])
        case "C":
            return _drawn(seed, venues)
        case "F":
            return (tiers.soak(number, venue) for number in count(seed) for venue in venues)
    raise ValueError(f"tier {tier}: not played in this process")


def _drawn(seed: int, venues: Sequence[str]) -> Iterator[Script]:
    """Seed after seed, without end."""
    batch = 1000
    for first in count(seed, batch):
        yield from tiers.seeds(first, batch, venues)


def by_turns(several: Sequence[Iterable[Script]]) -> Iterator[Script]:
    """The first of each, the second of each, and so on."""
    for turn in zip_longest(*several):
        yield from (script for script in turn if script is not None)
