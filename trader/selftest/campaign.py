"""Plays many scripts over worker processes and adds up what they showed.

Rules: scripts are handed out in their order and whatever was handed out is played to its end, so what a
budget of time allowed is always the first so many scripts of each tier, and naming that many plays them
again. The tally knows no order of arrival, so it is the same for any number of workers. One script in a
hundred is played twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from trader.core.ports import Clock
from trader.selftest.played import Played
from trader.selftest.script import Script
from trader.selftest.tally import Tally
from trader.selftest.workers import Answer, Crew, Job, Play

TWICE_EVERY = 100
FAILED_EPISODES_MAX = 100  # a program this broken is better told now than in an hour


@dataclass(frozen=True, slots=True)
class Share:
    """A tier's part of a campaign. `scripts` may be endless; `episodes_max`: how many of them at most;
    `size`: how many there are, None where there is no end of them."""

    tier: str
    scripts: Iterable[Script]
    episodes_max: int | None = None
    size: int | None = None


@dataclass(slots=True)
class Campaign:
    """A tally, and how it came about. `memory_kb`: the most that a worker held, by episodes so far."""

    tally: Tally = field(default_factory=Tally)
    elapsed_ms: int = 0
    workers: int = 1
    memory_kb: dict[int, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # of the tiers that have an end
    out_of_time: set[str] = field(default_factory=set)  # tiers that had more scripts than time
    not_played: dict[str, str] = field(default_factory=dict)  # tiers that this machine cannot play, and why
    ended_early: str | None = None
    was_interrupted: bool = False

    @property
    def episodes_per_second(self) -> float:
        return self.tally.total() * 1000 / self.elapsed_ms if self.elapsed_ms else 0.0


Hear = Callable[[Campaign], None]


class Runner:
    """One campaign on its way."""

    def __init__(self, clock: Clock, *, workers: int, seconds: float | None, hear: Hear) -> None:
        """`seconds`: what all tiers may take together; each gets an equal part of what the others left."""
        self.campaign = Campaign(workers=workers)
        self._clock = clock
        self._began_ms = clock.elapsed_ms()
        self._limit_ms = None if seconds is None else round(seconds * 1000)
        self._hear = hear
        self._first: dict[tuple[str, int], Played] = {}

    def play(self, shares: Sequence[Share], play: Play, *, tiers_after: int = 0) -> Campaign:
        """Play all shares one after the other; an interruption ends with what is known so far."""
        try:
            with Crew(play, self.campaign.workers, self._clock) as crew:
                for answer in crew.answers(self._jobs(shares, tiers_after)):
                    self._take(answer)
        except KeyboardInterrupt as ended:
            self._interrupted(ended)
        self._note_time()
        return self.campaign

    def add(self, tier: str, played: Iterator[Played]) -> Campaign:
        """Episodes that are played elsewhere, such as those of real processes."""
        if self.campaign.was_interrupted:
            return self.campaign
        try:
            for number, one in enumerate(played):
                self.campaign.tally.add(number, tier, one)
                self._told()
                if self._is_hopeless():
                    break
        except KeyboardInterrupt as ended:
            self._interrupted(ended)
        return self.campaign

    def share_of_time_s(self, tiers: int) -> float | None:
        """What the next of so many tiers may take; None where there is no limit."""
        if self._limit_ms is None:
            return None
        return max(0, self._limit_ms - (self._clock.elapsed_ms() - self._began_ms)) / 1000 / tiers

    def _jobs(self, shares: Sequence[Share], tiers_after: int) -> Iterator[Job]:
        self.campaign.sizes = {share.tier: share.size for share in shares if share.size is not None}
        for place, share in enumerate(shares):
            limit_s = self.share_of_time_s(len(shares) - place + tiers_after)
            until_ms = None if limit_s is None else self._clock.elapsed_ms() + limit_s * 1000
            for number, script in enumerate(islice(share.scripts, share.episodes_max)):
                if until_ms is not None and self._clock.elapsed_ms() >= until_ms:
                    self.campaign.out_of_time.add(share.tier)
                    break
                if self._is_hopeless():
                    return
                yield Job(number, share.tier, script, twice=number % TWICE_EVERY == 0)

    def _take(self, answer: Answer) -> None:
        job, tally = answer.job, self.campaign.tally
        if job.twice or job.again:
            self._compare(job, answer.played)
        if job.again:
            return
        tally.add(job.number, job.tier, answer.played)
        total = tally.total()
        sampled = 1 << (total.bit_length() - 1)
        held = self.campaign.memory_kb
        held[sampled] = max(held.get(sampled, 0), answer.memory_kb)
        self._told()

    def _compare(self, job: Job, played: Played) -> None:
        """With the other of the two, whichever came first."""
        other = self._first.pop((job.tier, job.number), None)
        if other is None:
            self._first[job.tier, job.number] = played
        else:
            self.campaign.tally.repeat(job.number, job.tier, other, played)

    def _is_hopeless(self) -> bool:
        if len(self.campaign.tally.failures) < FAILED_EPISODES_MAX:
            return False
        self.campaign.ended_early = f"{FAILED_EPISODES_MAX} episodes had failed"
        return True

    def _interrupted(self, by: KeyboardInterrupt) -> None:
        self.campaign.was_interrupted = True
        self.campaign.ended_early = f"somebody interrupted it ({type(by).__name__})"

    def _told(self) -> None:
        self._note_time()
        self._hear(self.campaign)

    def _note_time(self) -> None:
        self.campaign.elapsed_ms = self._clock.elapsed_ms() - self._began_ms
