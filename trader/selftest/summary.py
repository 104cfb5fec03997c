"""A campaign as a person reads it, and as a program does.

Rules: nothing is claimed that was not counted. The sentence of the promise stands only where nothing was
found, names the number of episodes and says whose model it is; a bound on a rate is given for episodes drawn
from seeds alone, because the others are chosen and not drawn.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from trader.core.frozen import frozen
from trader.core.text import plural
from trader.parts import parts_of
from trader.selftest.campaign import Campaign
from trader.selftest.script import Script, text_of
from trader.selftest.sometimes import SOMETIMES
from trader.selftest.tally import Failure, Spread, Tally

SCHEMA = "trader.selftest/1"
DRAWN = "C"
_LINES_MAX = 20
_TITLE = 23
_CURVE = 3
_DIGEST_SHOWN = 16
_NAMES_MAX = 6


@frozen
class Asked:
    """What the campaign was asked for, and of which code. `tiers`: each letter with its words."""

    seed: int
    code: str
    tiers: Mapping[str, str]


@frozen
class Found:
    """A failure, and the smallest script that still fails so: the whole one where no smaller was found."""

    failure: Failure
    script: Script


def replay_line(script: Script, code: str) -> str:
    """The command that plays this episode again."""
    version, rest = text_of(script).split(";", 1)
    return f"trader selftest --replay '{version};commit={code};{rest}'"


def unseen(tally: Tally) -> list[str]:
    """What a whole campaign must see and this one has not."""
    return [name for name in SOMETIMES if not tally.sometimes[name]]


def attached(venue: str) -> str:
    """How an entry's stop arms there."""
    return parts_of(venue).abilities.attach


def document(campaign: Campaign, asked: Asked, found: Collection[Found]) -> dict[str, Any]:
    """What `--json` prints. Everything that depends on the machine stands under `here`, but the speed."""
    told = campaign.tally.to_json()
    return {
        "schema": SCHEMA,
        "episodes": told.pop("episodes"),
        "violations": told.pop("violations"),
        "episodes_per_second": round(campaign.episodes_per_second, 1),
        "seed": asked.seed,
        "commit": asked.code,
        **told,
        "tiers_asked": dict(asked.tiers),
        "tiers_wanted": dict(sorted(campaign.wanted.items())),
        "tiers_sizes": dict(sorted(campaign.sizes.items())),
        "tiers_out_of_time": sorted(campaign.out_of_time),
        "tiers_not_played": dict(sorted(campaign.not_played.items())),
        "ended_early": campaign.ended_early,
        "never_seen": unseen(campaign.tally),
        "attach": {venue: attached(venue) for venue in sorted(campaign.tally.requests)},
        "claim": claim(campaign.tally),
        "failures": [found_json(one, asked.code) for one in found],
        "here": {
            "seconds": round(campaign.elapsed_ms / 1000, 1),
            "workers": campaign.workers,
            "episodes_per_second_and_worker": round(campaign.episodes_per_second / campaign.workers, 1),
            "memory_kb_by_episodes": {str(n): kb for n, kb in sorted(campaign.memory_kb.items())},
        },
    }


def found_json(one: Found, code: str) -> dict[str, Any]:
    """One failure for a program."""
    return {
        "tier": one.failure.tier,
        "number": one.failure.number,
        "violations": [str(violation) for violation in one.failure.violations],
        "replay": replay_line(one.script, code),
        "as_found": text_of(one.failure.script),
    }


def claim(tally: Tally, *, mended: int = 0, drawn: int | None = None, in_parts: bool = False) -> str:
    """What may be said of it. `mended`: episodes that broke a promise when they were first played; `drawn`:
    those of seeds that were played with the same code, where not all were."""
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
    if mended:
        said += (
            f", save in {plural(mended, 'episode')} that broke a promise when first played and keep it with "
            "the code of the last part"
        )
    drawn = tally.total(DRAWN) if drawn is None else drawn
    of_the_last = " with the code of the last part" if in_parts else ""
    bound = f"; for the {drawn:,} drawn from seeds{of_the_last}: below 3/{drawn:,}" if drawn else ""
    return f"{said}{bound}; under this model, which is ours"


def text(
    campaign: Campaign, asked: Asked, found: Collection[Found], said: str | None = None
) -> Iterator[str]:
    """The lines that a person reads: what was done, what was measured, what broke, what may be said."""
    tally = campaign.tally
    yield (
        f"{tally.total():,} episodes, {tally.codes.total():,} runs of the trader in "
        f"{_duration(campaign.elapsed_ms / 1000)}: {campaign.episodes_per_second:.1f} episodes a second with "
        f"{plural(campaign.workers, 'worker')}; seed {asked.seed}"
    )
    before = ""
    for title, words in _rows(campaign, asked):
        yield f"  {'' if title == before else title:<{_TITLE}}{words}"
        before = title
    yield from _failures(found, asked)
    yield ""
    yield f"{said or claim(tally)}."


def _rows(campaign: Campaign, asked: Asked) -> Iterator[tuple[str, str]]:
    tally = campaign.tally
    yield from _played(campaign, asked)
    for tier, why in sorted(campaign.not_played.items()):
        yield "NOT PLAYED", f"{tier} ({asked.tiers[tier]}): {why}"
    if campaign.ended_early is not None:
        yield "ended early", campaign.ended_early
    yield "runs ended with", _counts(tally.codes)
    yield from _faults(tally)
    yield from _sometimes(tally)
    yield from _naked(tally)
    yield from _spreads("requests, clean run", tally.requests)
    yield from _spreads("seconds of a run", tally.took, unit=1000)
    same = f"{tally.differed} NOT THE SAME" if tally.differed else "the same bytes each time"
    yield "played twice", f"{plural(tally.repeated, 'episode')}, {same}" if tally.repeated else "none"
    yield "digest of all sent", f"{tally.digest:064x}"[:_DIGEST_SHOWN]
    curve = sorted(campaign.memory_kb.items())[-_CURVE:]
    shown = ", ".join(f"{kb / 1024:.0f} MB from episode {number:,} on" for number, kb in curve)
    yield "largest worker", shown or "not measured"


def _played(campaign: Campaign, asked: Asked) -> Iterator[tuple[str, str]]:
    tally = campaign.tally
    for tier in sorted({tier for tier, _ in tally.episodes}):
        venues = [venue for which, venue in sorted(tally.episodes) if which == tier]
        counts = ", ".join(f"{venue} {tally.episodes[tier, venue]:,}" for venue in venues)
        wanted = f", of {campaign.wanted[tier]:,} asked for" if tier in campaign.wanted else ""
        size = f"{wanted}, of {campaign.sizes[tier]:,}" if tier in campaign.sizes else wanted
        cut = "; then the time was over" if tier in campaign.out_of_time else ""
        yield "episodes", f"{tier} ({asked.tiers[tier]}): {counts}{size}{cut}"


def _faults(tally: Tally) -> Iterator[tuple[str, str]]:
    """What fired, and what was planned and never did."""
    for venue in sorted({venue for venue, _ in tally.planned}):
        planned = {what for where, what in tally.planned if where == venue}
        never = tally.matrix.never(venue, planned)
        fired, pairs = tally.matrix.pairs(venue)
        lacking = f"; never: {', '.join(never)}" if never else ""
        kinds = f"{len(planned) - len(never)} of {len(planned)} kinds"
        met = f"{fired:,} of {pairs:,} pairs of kind and request"
        yield "faults that fired", f"{venue}: {kinds}, {met}{lacking}"


def _sometimes(tally: Tally) -> Iterator[tuple[str, str]]:
    """A campaign that never met these proves little."""
    missing = unseen(tally)
    shown = missing[:_NAMES_MAX] + [f"{len(missing) - _NAMES_MAX} more (--json)"] * (
        len(missing) > _NAMES_MAX
    )
    lacking = f"; not yet: {', '.join(shown)}" if missing else ""
    yield "must be seen", f"{len(SOMETIMES) - len(missing)} of {len(SOMETIMES)} situations{lacking}"


def _naked(tally: Tally) -> Iterator[tuple[str, str]]:
    clean_ms = sum(
        value * count for spread in tally.bare_clean.values() for value, count in spread.counts.items()
    )
    yield "seconds without cover", f"nothing disturbed: {clean_ms / 1000:g}"
    for cause, by_venue in (("faults", tally.bare), ("hands on the account", tally.bare_by_hand)):
        for venue, spread in sorted(by_venue.items()):
            middle, high, most = (ms / 1000 for ms in (spread.at(0.5), spread.at(0.99), spread.largest))
            words = f"{plural(spread.total(), 'time')}, p50 {middle:g}, p99 {high:g}, longest {most:g}"
            yield "seconds without cover", f"{cause}, {venue} (stop attached: {attached(venue)}): {words}"


def _spreads(title: str, by_venue: Mapping[str, Spread], unit: int = 1) -> Iterator[tuple[str, str]]:
    if not by_venue:
        return
    shown = (
        f"{venue} p50 {spread.at(0.5) / unit:g}, most {spread.largest / unit:g}"
        for venue, spread in sorted(by_venue.items())
    )
    yield title, "; ".join(shown)


def _failures(found: Collection[Found], asked: Asked) -> Iterator[str]:
    """The smallest line that replays each, and what it breaks."""
    if not found:
        return
    yield ""
    for one in list(found)[:_LINES_MAX]:
        for violation in one.failure.violations[:3]:
            yield f"{violation}"
        yield f"  {replay_line(one.script, asked.code)}"
    if len(found) > _LINES_MAX:
        yield f"and {len(found) - _LINES_MAX} more: --json lists all"


def _counts(codes: Mapping[str, int]) -> str:
    ordered = sorted(codes.items(), key=lambda item: (not item[0].isdigit(), len(item[0]), item[0]))
    return ", ".join(f"{code} ({count:,})" for code, count in ordered) or "none"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
