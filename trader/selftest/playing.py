"""Plays a campaign as it was asked for: all of it, or its next part.

Rules: whole, the tiers of worker processes come first, then those of real processes with what time is left.
In parts, what failed before is played again first; then all tiers come along together, each as far as the
others for its size, so that whatever was played by then is a sample of the whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from trader.core.ports import Clock
from trader.oracle.seen import Violation
from trader.selftest import shares
from trader.selftest.campaign import Campaign, Effort, Hear, Runner
from trader.selftest.findings import played_twice
from trader.selftest.parts import Parts
from trader.selftest.played import Played
from trader.selftest.processes import play as of_processes
from trader.selftest.processes.ground import Ground
from trader.selftest.processes.tier import CannotTrace, why_not
from trader.selftest.script import Script
from trader.selftest.workers import Crew, Play

PROCESSES = "D"


def play_tiers(
    wanted: Sequence[tuple[str, int | None]],
    venues: Sequence[str],
    play: Play,
    clock: Clock,
    effort: Effort,
    hear: Hear,
    *,
    seed: int,
    full: bool,
) -> Campaign:
    """All tiers, one after the other, each with how many of its episodes are wanted."""
    runner = Runner(clock, effort, hear)
    simulated = [(tier, number) for tier, number in wanted if tier not in shares.REAL]
    chosen = [shares.share(tier, number, venues, seed=seed, full=full) for tier, number in simulated]
    real = [(tier, number) for tier, number in wanted if tier in shares.REAL]
    campaign = runner.play(chosen, play, tiers_after=len(real)) if chosen else runner.campaign
    for place, (tier, number) in enumerate(real):
        left_s = runner.share_of_time_s(len(real) - place)
        try:
            runner.add(tier, shares.real_episodes(tier, venues, seed=seed, episodes=number, seconds=left_s))
        except CannotTrace as error:
            campaign.not_played[tier] = str(error)
    return campaign


def play_part(
    parts: Parts, numbers: Mapping[str, int], play: Play, clock: Clock, effort: Effort, hear: Hear
) -> Campaign:
    """The next part. `numbers`: how many episodes of each tier the whole campaign has."""
    campaign, wants = parts.campaign, parts.wants
    runner = Runner(clock, effort, hear, campaign)
    with _real_ones(campaign, numbers) as here:
        if any(parts.failed_before()):
            with Crew(play, 1, clock) as crew:
                parts.play_again(partial(_again, crew, here))
        chosen = [
            shares.share(
                tier,
                number,
                wants["venues"],
                seed=wants["seed"],
                full=wants["full"],
                first=campaign.handed_out.get(tier, 0),
            )
            for tier, number in numbers.items()
            if tier not in campaign.not_played
        ]
        return runner.play_together(chosen, play, here)


def _again(crew: Crew, here: Mapping[str, Play], script: Script, twice: bool) -> tuple[Violation, ...]:
    if not of_processes.is_of_processes(script):
        return (played_twice(crew, script) if twice else crew.one(script)).violations
    if PROCESSES not in here:
        raise ValueError("this machine plays no real processes")
    return here[PROCESSES](script).violations


@contextmanager
def _real_ones(campaign: Campaign, numbers: Mapping[str, int]) -> Iterator[dict[str, Play]]:
    """What plays the tier of real processes, which stays in this process."""
    why = why_not() if PROCESSES in numbers else None
    if why is not None:
        campaign.not_played[PROCESSES] = why
    if PROCESSES not in numbers or why is not None:
        yield {}
        return
    with Ground() as ground:

        def play(script: Script) -> Played:
            return of_processes.play(script, ground)

        yield {PROCESSES: play}
