"""`trader replay`: decide a recorded tick again, from the record alone, and compare."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from trader.config.stored import from_stored
from trader.core.codec import to_json
from trader.core.identity import account_tag
from trader.core.report import Exit, Verdict
from trader.core.text import printable, utc
from trader.policies import policy_of
from trader.run import decide
from trader.sinks.journal_reading import Recorded, load_tick

SCHEMA = "trader.replay/1"
_LINE_MAX = 2000


@click.command("replay")
@click.argument("place", metavar="FILE[:LINE]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing when the decision is the same.")
def command(place: str, as_json: bool, quiet: bool) -> int:
    """Decide a recorded tick again and compare: 0 when it is the same, 70 when it differs.

    \b
    trader replay ~/.local/state/trader/.../journal/2026-01-31.jsonl:17
    trader replay 2026-01-31.jsonl            # the last decision of that day
    """
    recorded = load_tick(*parsed(place))
    differences = compared(recorded.verdict, decided(recorded))
    if as_json:
        told = {"schema": SCHEMA, "line": recorded.number, "same": not differences}
        click.echo(json.dumps({**told, "differences": differences}, indent=2))
    elif differences or not quiet:
        when = utc(recorded.snapshot.venue_ms)
        click.echo(f"line {recorded.number}, {when}: {_summary(differences)}")
        for line in differences:
            click.echo(printable(line, length_max=_LINE_MAX))
    return int(Exit.BROKEN if differences else Exit.OK)


def parsed(place: str) -> tuple[Path, int | None]:
    """A path, and the line behind its last colon if that is a number and no such file is there."""
    path, colon, line = place.rpartition(":")
    if colon and line.isdecimal() and not Path(place).exists():
        return Path(path), int(line)
    return Path(place), None


def decided(recorded: Recorded) -> Verdict:
    """What this version decides of what was seen then."""
    settings = from_stored(recorded.settings)
    entries_for = recorded.entries_for if recorded.entries_for is not None else frozenset(settings.markets)
    tag = account_tag(recorded.snapshot.account_id)
    policy = policy_of(settings, account_tag=tag, entries_for=entries_for, resumed_ms=recorded.resumed_ms)
    return decide(recorded.snapshot, policy, recorded.halted).verdict()


def compared(recorded: Verdict, now: Verdict) -> list[str]:
    """The lines in which they differ: "-" recorded, "+" now.

    An approved action that was held back while acting is recorded as refused too: no part of the decision.
    """
    extra = recorded.refused[len(now.refused) :]
    held_back = [r for r in extra if r.action in recorded.approved]
    refused = recorded.refused[: len(now.refused)] if len(held_back) == len(extra) else recorded.refused
    was = _lines(replace(recorded, refused=refused))
    is_now = _lines(now)
    names = [*was, *(name for name in is_now if name not in was)]
    lines = []
    for name in names:
        if was.get(name) != is_now.get(name):
            lines += [
                f"{sign} {name}: {side[name]}" for sign, side in (("-", was), ("+", is_now)) if name in side
            ]
    return lines


def _lines(verdict: Verdict) -> dict[str, str]:
    """Each part of a verdict under its name, as text that shows every digit."""
    written: dict[str, Any] = to_json(verdict)
    lines = {f"want of {coin}": json.dumps(want) for coin, want in sorted(written["wants"].items())}
    lines |= {f"tripped {rule}": json.dumps(why) for rule, why in sorted(written["tripped"].items())}
    for part in ("approved", "refused", "notes"):
        lines |= {f"{part} {i}": json.dumps(item) for i, item in enumerate(written[part], start=1)}
    return lines


def _summary(differences: list[str]) -> str:
    if not differences:
        return "the same decision"
    return "ANOTHER decision (- recorded, + now)"
