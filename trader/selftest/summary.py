"""A campaign as a person reads it, and as a program does.

Rules: nothing is claimed that was not counted. The sentence of the promise stands only where nothing was
found, names the number of episodes and says whose model it is; a bound on a rate is given for episodes drawn
from seeds alone, because the others are chosen and not drawn.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trader.core.text import plural
from trader.selftest.campaign import Campaign
from trader.selftest.script import Script, text_of
from trader.selftest.tally import Failure, Spread, Tally

SCHEMA = "trader.selftest/1"
TIERS = {
    "A": "each fault at each request",
    "B": "pairs of faults",
    "C": "drawn from seeds",
    "D": "real processes",
    "E": "kills at system calls",
    "F": "thirty days",
}
DRAWN = "C"
_LINES_MAX = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the campaign was asked for, and what must be seen in a whole one."""

    seed: int
    commit: str
    tiers: tuple[str, ...]
    must_see: Collection[str]
    attach: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A failure, and the smallest script that still fails so: the whole one where no smaller was found."""

    failure: Failure
    script: Script


def replay_line(script: Script, commit: str) -> str:
    """The command that plays this episode again."""
    version, rest = text_of(script).split(";", 1)
    return f"trader selftest --replay '{version};commit={commit};{rest}'"


def unseen(tally: Tally, asked: Asked) -> list[str]:
    return sorted(name for name in asked.must_see if not tally.sometimes[name])


def document(campaign: Campaign, asked: Asked, found: Collection[Found]) -> dict[str, Any]:
    """What `--json` prints. Everything that depends on the machine stands under `here`, but the speed."""
    told = campaign.tally.to_json()
    return {
        "schema": SCHEMA,
        "episodes": told.pop("episodes"),
        "violations": told.pop("violations"),
        "episodes_per_second": round(campaign.episodes_per_second, 1),
        "seed": asked.seed,
        "commit": asked.commit,
        **told,
        "tiers_asked": list(asked.tiers),
        "tiers_out_of_time": sorted(campaign.out_of_time),
        "ended_early": campaign.ended_early,
        "never_seen": unseen(campaign.tally, asked),
        "attach": dict(asked.attach),
        "claim": claim(campaign.tally),
        "failures": [
            {
                "tier": one.failure.tier,
                "number": one.failure.number,
                "violations": [str(violation) for violation in one.failure.violations],
                "replay": replay_line(one.script, asked.commit),
                "as_found": text_of(one.failure.script),
            }
            for one in found
        ],
        "here": {
            "seconds": round(campaign.elapsed_ms / 1000, 1),
            "workers": campaign.workers,
            "episodes_per_second_and_worker": round(campaign.episodes_per_second / campaign.workers, 1),
            "memory_kb_by_episodes": {str(n): kb for n, kb in sorted(campaign.memory_kb.items())},
        },
    }


def claim(tally: Tally) -> str:
    """What may be said of it."""
    if tally.violations:
        broken = ", ".join(f"{name} {count}" for name, count in sorted(tally.violations.items()))
        return (
            f"{plural(tally.violations.total(), 'violation')} in {plural(len(tally.failures), 'episode')} "
            f"of {tally.total():,}: {broken}"
        )
    if not tally.total():
        return "no episode was played, so nothing was shown"
    said = (
        f"in {tally.total():,} simulated episodes of the faults listed no run ended uncovered with exit 0, "
        "and no signal was entered twice from one host"
    )
    drawn = tally.total(DRAWN)
    bound = f"; for the {drawn:,} drawn from seeds: below 3/{drawn:,}" if drawn else ""
    return f"{said}{bound}; under this model, which is ours"


def text(campaign: Campaign, asked: Asked, found: Collection[Found]) -> Iterator[str]:
    """The lines that a person reads."""
    tally = campaign.tally
    seconds = campaign.elapsed_ms / 1000
    yield (
        f"{tally.total():,} episodes, {tally.codes.total():,} runs of the trader in {_duration(seconds)}, "
        f"{campaign.episodes_per_second:.0f} episodes a second with {plural(campaign.workers, 'worker')}; "
        f"seed {asked.seed}"
    )
    yield from _tiers(campaign)
    yield f"runs ended with: {_counts(tally.codes)}"
    yield from _faults(tally)
    yield from _unseen(tally, asked)
    yield from _naked(tally, asked)
    yield _spreads("requests of a clean run", tally.requests)
    yield _spreads("seconds of a run", tally.took, unit=1000)
    yield f"played twice: {tally.repeated}, not the same: {tally.differed}"
    yield _memory(campaign)
    yield from _failures(found, asked)
    yield ""
    yield f"{claim(tally)}."


def _tiers(campaign: Campaign) -> Iterator[str]:
    tally = campaign.tally
    venues = sorted({venue for _, venue in tally.episodes})
    for tier in sorted({tier for tier, _ in tally.episodes}):
        counts = ", ".join(f"{venue} {tally.episodes[tier, venue]:,}" for venue in venues)
        cut = " (the time was over before all were played)" if tier in campaign.out_of_time else ""
        yield f"  tier {tier}, {TIERS.get(tier, tier)}: {counts}{cut}"
    if campaign.ended_early is not None:
        yield f"  ended early: {campaign.ended_early}"


def _faults(tally: Tally) -> Iterator[str]:
    """What fired, and what was planned and never did."""
    for venue in sorted({venue for venue, _ in tally.planned}):
        planned = {what for where, what in tally.planned if where == venue}
        never = tally.matrix.never(venue, planned)
        fired, pairs = tally.matrix.pairs(venue)
        lacking = f"; never fired: {', '.join(never)}" if never else ""
        yield (
            f"faults, {venue}: {len(planned) - len(never)} of {len(planned)} fired, "
            f"at {fired} of {pairs} pairs of fault and request{lacking}"
        )


def _unseen(tally: Tally, asked: Asked) -> Iterator[str]:
    missing = unseen(tally, asked)
    seen = len(asked.must_see) - len(missing)
    lacking = f"; not yet: {', '.join(missing)}" if missing else ""
    yield f"seen of what a whole campaign must see: {seen} of {len(asked.must_see)}{lacking}"


def _naked(tally: Tally, asked: Asked) -> Iterator[str]:
    clean_ms = sum(
        value * count for spread in tally.bare_clean.values() for value, count in spread.counts.items()
    )
    yield f"seconds without cover where nothing disturbed: {clean_ms / 1000:g}"
    for venue, spread in sorted(tally.bare.items()):
        yield (
            f"seconds without cover under faults, {venue} (stop attached: {asked.attach.get(venue, '?')}): "
            f"{plural(spread.total(), 'interval')}, p50 {_seconds(spread.at(0.5))}, "
            f"p99 {_seconds(spread.at(0.99))}, longest {_seconds(spread.largest)}"
        )


def _spreads(title: str, by_venue: Mapping[str, Spread], unit: int = 1) -> str:
    shown = (
        f"{venue} p50 {spread.at(0.5) / unit:g}, most {spread.largest / unit:g}"
        for venue, spread in sorted(by_venue.items())
    )
    return f"{title}: {'; '.join(shown) or 'none'}"


def _memory(campaign: Campaign) -> str:
    """The curve of the largest worker, from the hundredth episode on or so: before it caches fill."""
    curve = sorted(campaign.memory_kb.items())
    if not curve:
        return "memory of a worker: not measured"
    shown = ", ".join(f"{kb / 1024:.0f} MB from episode {number:,}" for number, kb in curve[-4:])
    return f"memory of the largest worker: {shown}"


def _failures(found: Collection[Found], asked: Asked) -> Iterator[str]:
    """The smallest line that replays each, and what it breaks."""
    if not found:
        return
    yield ""
    for one in list(found)[:_LINES_MAX]:
        for violation in one.failure.violations[:3]:
            yield f"{violation}"
        yield f"  {replay_line(one.script, asked.commit)}"
    if len(found) > _LINES_MAX:
        yield f"and {len(found) - _LINES_MAX} more: --json lists all"


def _counts(codes: Mapping[str, int]) -> str:
    ordered = sorted(codes.items(), key=lambda item: (not item[0].isdigit(), len(item[0]), item[0]))
    return ", ".join(f"{code} ({count:,})" for code, count in ordered) or "none"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s"
