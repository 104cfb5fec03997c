"""Plays many scripts over worker processes and adds up what they showed.

Rules: scripts are handed out in their order and whatever was handed out is played to its end, so what a
budget of time allowed is always the first so many scripts of each tier, and naming that many plays them
again. The tally knows no order of arrival, so it is the same for any number of workers. One script in a
hundred is played twice.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.selftest.played import Played
from trader.selftest.proportion import in_proportion
from trader.selftest.script import Script
from trader.selftest.tally import Tally
from trader.selftest.workers import Answer, Crew, Job, Play

TWICE_EVERY = 100
FAILED_EPISODES_MAX = 100  # a program this broken is better told now than in an hour


@frozen
class Share:
    """A tier's part of a campaign. `scripts` may be endless; `episodes_max`: how many of them at most;
    `size`: how many there are, None where nobody has counted them. `first`: so many of them were handed out
    before."""

    tier: str
    scripts: Iterable[Script]
    episodes_max: int | None = None
    size: int | None = None
    first: int = 0

    def numbered(self) -> Iterator[tuple[int, Script]]:
        """What is left to be handed out, each with its number in the tier."""
        return islice(enumerate(self.scripts), self.first, self.episodes_max)


@dataclass(slots=True)
class Campaign:
    """A tally, and how it came about. `memory_kb`: the most that a worker held, by episodes so far.
    `elapsed_ms`: of all parts, where it is played in parts; `earlier_ms`: of those before this one."""

    tally: Tally = field(default_factory=Tally)
    elapsed_ms: int = 0
    earlier_ms: int = 0
    workers: int = 1
    memory_kb: dict[int, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)  # of the tiers that have an end
    wanted: dict[str, int] = field(default_factory=dict)  # episodes, of the tiers that were asked for so many
    handed_out: dict[str, int] = field(default_factory=dict)  # by tier, in all parts
    out_of_time: set[str] = field(default_factory=set)  # tiers that had more scripts than time
    not_played: dict[str, str] = field(default_factory=dict)  # tiers that this machine cannot play, and why
    ended_early: str | None = None
    was_interrupted: bool = False

    @property
    def episodes_per_second(self) -> float:
        return self.tally.total() * 1000 / self.elapsed_ms if self.elapsed_ms else 0.0


Hear = Callable[[Campaign], None]


@frozen
class Effort:
    """What a campaign may take: worker processes, and seconds; None where there is no limit."""

    workers: int
    seconds: float | None


class Runner:
    """One campaign on its way."""

    def __init__(self, clock: Clock, effort: Effort, hear: Hear, campaign: Campaign | None = None) -> None:
        """`effort`: of all tiers together. `campaign`: one to go on with."""
        self.campaign = campaign or Campaign()
        self.campaign.workers = effort.workers
        self._clock = clock
        self._began_ms = clock.elapsed_ms()
        self._limit_ms = None if effort.seconds is None else round(effort.seconds * 1000)
        self._hear = hear
        self._first: dict[tuple[str, int], Played] = {}

    def play(self, shares: Sequence[Share], play: Play, *, tiers_after: int = 0) -> Campaign:
        """Play all shares one after the other, each for an equal part of the time that the others left."""
        return self._play(shares, play, self._jobs(shares, tiers_after))

    def play_together(self, shares: Sequence[Share], play: Play, here: Mapping[str, Play]) -> Campaign:
        """Play all shares at once, each as far as the others for its size. `here`: the tiers that are played
        in this process and not by a worker."""
        return self._play(shares, play, self._jobs_together(shares, here))

    def _play(self, shares: Sequence[Share], play: Play, jobs: Iterator[Job]) -> Campaign:
        """An interruption ends with what is known so far."""
        campaign = self.campaign
        campaign.sizes = {share.tier: share.size for share in shares if share.size is not None}
        campaign.wanted = {s.tier: s.episodes_max for s in shares if s.episodes_max is not None}
        try:
            with Crew(play, campaign.workers, self._clock) as crew:
                for answer in crew.answers(jobs):
                    self._take(answer)
        except KeyboardInterrupt as ended:
            self._interrupted(ended)
        self._note_time()
        return campaign

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
        for place, share in enumerate(shares):
            limit_s = self.share_of_time_s(len(shares) - place + tiers_after)
            until_ms = None if limit_s is None else self._clock.elapsed_ms() + limit_s * 1000
            for number, script in share.numbered():
                if until_ms is not None and self._clock.elapsed_ms() >= until_ms:
                    self.campaign.out_of_time.add(share.tier)
                    break
                if self._is_hopeless():
                    return
                yield self._job(number, share.tier, script)

    def _jobs_together(self, shares: Sequence[Share], here: Mapping[str, Play]) -> Iterator[Job]:
        tiers = {share.tier: (share.numbered(), share.first, share.episodes_max) for share in shares}
        for tier, (number, script) in in_proportion(tiers):
            if self._is_over():
                self.campaign.out_of_time.update(
                    share.tier for share in shares if self._handed_out_of(share) < (share.episodes_max or 0)
                )
                return
            if self._is_hopeless():
                return
            job = self._job(number, tier, script)
            if tier in here:
                self._take(Answer(replace(job, twice=False), here[tier](script), 0))
            else:
                yield job

    def _job(self, number: int, tier: str, script: Script) -> Job:
        self.campaign.handed_out[tier] = number + 1
        return Job(number, tier, script, twice=number % TWICE_EVERY == 0)

    def _handed_out_of(self, share: Share) -> int:
        return self.campaign.handed_out.get(share.tier, share.first)

    def _is_over(self) -> bool:
        return self._limit_ms is not None and self._clock.elapsed_ms() - self._began_ms >= self._limit_ms

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
        self.campaign.elapsed_ms = self.campaign.earlier_ms + self._clock.elapsed_ms() - self._began_ms
