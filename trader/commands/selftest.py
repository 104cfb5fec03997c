"""`trader selftest`: simulated episodes of faults and kills, judged by the exchange's own books.

Rules: nothing leaves this machine. What is printed is what was counted; each failure comes with the one line
that plays it again, as small as it could be made.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trader.clock import SystemClock
from trader.commands.named_path import NamedPath
from trader.core.report import Exit
from trader.parts import NAMES
from trader.selftest.campaign import Campaign, Effort, Hear

if TYPE_CHECKING:
    from trader.selftest.parts import Parts
    from trader.selftest.summary import Asked

TIERS = {
    "A": "each fault at each request",
    "B": "pairs of faults",
    "C": "drawn from seeds",
    "D": "real processes",
    "E": "kills at system calls",
    "F": "thirty days",
}
USUAL = ("A", "C")
SECONDS = 60.0
_TIER = re.compile(r"([A-F])(?:=([1-9][0-9]{0,8}))?")
_INTERRUPTED = 130

Wanted = tuple[str, int | None]  # a tier, and how many of its episodes at most


def _tiers(_context: click.Context, option: click.Parameter, words: tuple[str, ...]) -> tuple[Wanted, ...]:
    found: dict[str, int | None] = {}
    for word in words or USUAL:
        match = _TIER.fullmatch(word)
        if match is None or match[1] in found:
            raise click.BadParameter(
                f"{word!r}: expected {', '.join(TIERS)}, each at most once, alone or with the number of its "
                "episodes, as in C=2000",
                param=option,
            )
        found[match[1]] = int(match[2]) if match[2] else None
    return tuple(found.items())


@click.command("selftest")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    help=f"Begin no episode after this time; 0 is no limit. [default: {SECONDS:g}, or no limit where the "
    "number of episodes is given]",
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**62), help="What is drawn.")
@click.option(
    "--venue",
    "venues",
    multiple=True,
    type=click.Choice(NAMES),
    help="Whose wire; repeatable. [default: all]",
)
@click.option(
    "--tier",
    "tiers",
    multiple=True,
    callback=_tiers,
    metavar="LETTER[=N]",
    help=f"{'; '.join(f'{letter}: {words}' for letter, words in TIERS.items())}. At most N episodes of it; "
    f"repeatable. [default: {' and '.join(USUAL)}]",
)
@click.option("--episodes", type=click.IntRange(min=1), help="At most so many of each tier.")
@click.option("--full", is_flag=True, help="All of tier A: each start, mode and strategy, not in rotation.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes. [default: one for each core]")
@click.option("--replay", "line", metavar="LINE", help="Play one episode twice, and tell all of it.")
@click.option("--out", type=NamedPath(is_file=True), help="Keep the summary as JSON in this file.")
@click.option(
    "--go-on",
    is_flag=True,
    help="Play what the campaign in --out has not played yet, all tiers side by side, kept every minute.",
)
@click.option("--matrix", is_flag=True, help="Tell which fault met which request, too, as Markdown tables.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="No progress bar, and no word where nothing was found.")
def command(
    seconds: float | None,
    seed: int,
    venues: tuple[str, ...],
    tiers: tuple[Wanted, ...],
    episodes: int | None,
    full: bool,
    workers: int | None,
    line: str | None,
    out: Path | None,
    go_on: bool,
    matrix: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Attack the trader in simulated episodes, and judge each by the exchange's own books.

    An episode is a few runs on an embedded exchange, with lost and late answers, lies of the venue, kills,
    other hands and other hosts. Nothing leaves this machine: no key, no account, no network. Exit 70 when a
    promise was broken; each failure ends with the line that plays it again.
    """
    if line is not None:
        return _replay(line, as_json=as_json)
    wanted = tuple((tier, own or episodes) for tier, own in tiers)
    limit_s = _limit(seconds, wanted)
    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"--out: {out.parent} is no folder: make it first")
    chosen = tuple(venue for venue in NAMES if not venues or venue in venues)
    asked = _asked(wanted, seed)
    parts = _parts(out, wanted, chosen, seed=seed, full=full) if go_on else None
    effort = Effort(workers or _cores(), limit_s)
    with _progress(limit_s, shown=not quiet and sys.stderr.isatty()) as hear:
        if parts is None or out is None:
            campaign = _played(wanted, chosen, effort, hear, seed=seed, full=full)
        else:
            campaign = _played_on(parts, wanted, effort, _saving(parts, asked, out, hear))
    _show(campaign, asked, parts, out=out, as_json=as_json, quiet=quiet)
    if matrix and not as_json:
        from trader.selftest.matrix import tables

        click.echo("\n".join(tables(campaign.tally.matrix)))
    if campaign.tally.violations:
        return int(Exit.BROKEN)
    if campaign.was_interrupted:
        return _INTERRUPTED
    return int(Exit.CONFIG if campaign.not_played else Exit.OK)


def _limit(seconds: float | None, wanted: tuple[Wanted, ...]) -> float | None:
    """Seconds, or None for no limit, which an endless tier without a number of episodes cannot have."""
    from trader.selftest.shares import ENDLESS

    if seconds is None:
        return SECONDS if any(number is None for _, number in wanted) else None
    if seconds:
        return seconds
    endless = [tier for tier, number in wanted if number is None and tier in ENDLESS]
    if endless:
        raise click.UsageError(
            f"--seconds 0: tier {endless[0]} has no end: say how many episodes of it, as in {endless[0]}=2000"
        )
    return None


def _cores() -> int:
    """Those that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def _parts(
    out: Path | None, wanted: tuple[Wanted, ...], venues: Sequence[str], *, seed: int, full: bool
) -> "Parts":
    """The campaign that is to be gone on with."""
    from trader.selftest.parts import parts_of

    without = [tier for tier, number in wanted if number is None or tier == "E"]
    if out is None or without:
        told = f"tier {without[0]}" if without else "no --out"
        raise click.UsageError(
            f"--go-on: {told}: expected --out FILE and the number of episodes of each tier, as in A=400000, "
            "and no tier E"
        )
    try:
        return parts_of(out, {"seed": seed, "full": full, "venues": list(venues)})
    except ValueError as error:
        raise click.UsageError(f"--go-on: {error}") from error


def _played(
    wanted: Sequence[Wanted], venues: Sequence[str], effort: Effort, hear: Hear, *, seed: int, full: bool
) -> Campaign:
    from trader.selftest.episode import play
    from trader.selftest.playing import play_tiers

    return play_tiers(wanted, venues, play, SystemClock(), effort, hear, seed=seed, full=full)


def _played_on(parts: "Parts", wanted: Sequence[Wanted], effort: Effort, hear: Hear) -> Campaign:
    from trader.selftest.episode import play
    from trader.selftest.playing import play_part

    numbers = {tier: number for tier, number in wanted if number is not None}
    return play_part(parts, numbers, play, SystemClock(), effort, hear)


def _saving(parts: "Parts", asked: "Asked", out: Path, hear: Hear) -> Hear:
    from trader.selftest.saving import saving

    return saving(parts, asked, out, SystemClock(), hear)


def _asked(wanted: tuple[Wanted, ...], seed: int) -> "Asked":
    from trader.selftest.checkout import code_name
    from trader.selftest.summary import Asked

    return Asked(seed=seed, code=code_name(), tiers={tier: TIERS[tier] for tier, _ in wanted})


def _show(
    campaign: Campaign, asked: "Asked", parts: "Parts | None", *, out: Path | None, as_json: bool, quiet: bool
) -> None:
    from trader.selftest.episode import play
    from trader.selftest.findings import SECONDS_MAX, findings
    from trader.selftest.saving import write
    from trader.selftest.summary import document, text

    failures = campaign.tally.failures.values()
    seconds = 0 if campaign.was_interrupted else SECONDS_MAX
    if failures and seconds and not quiet and sys.stderr.isatty():
        click.echo(f"making what failed smaller, for {seconds} s at most", err=True)
    found = findings(failures, play, SystemClock(), seconds_max=seconds)
    told = document(campaign, asked, found) if parts is None else parts.to_json(asked, found)
    if out is not None:
        write(out, told)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    elif found or not quiet:
        click.echo("\n".join(text(campaign, asked, found, told["claim"])))


def _replay(line: str, *, as_json: bool) -> int:
    """Play the episode of one line twice; whatever differs between the two is a violation too."""
    from trader.selftest.known import require_known
    from trader.selftest.retelling import retell, retold_json, retold_text
    from trader.selftest.script import script_of

    try:
        script = script_of(line)
        require_known(script)
    except ValueError as error:
        raise click.UsageError(f"--replay: {error}") from error
    retold = retell(script)
    click.echo(json.dumps(retold_json(retold), indent=2) if as_json else "\n".join(retold_text(retold)))
    return int(Exit.BROKEN if retold.violations else Exit.OK)


@contextmanager
def _progress(limit_s: float | None, *, shown: bool) -> Iterator[Hear]:
    """On a terminal: how far the time has come, or how many episodes were played where time has no limit."""
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    words = TextColumn("{task.fields[episodes]:,} episodes, {task.fields[violations]} violations")
    columns = (words, BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("episodes", total=limit_s, episodes=0, violations=0)

        def hear(campaign: Campaign) -> None:
            tally = campaign.tally
            bar.update(
                task,
                completed=campaign.elapsed_ms / 1000,
                episodes=tally.total(),
                violations=tally.violations.total(),
            )

        yield hear
