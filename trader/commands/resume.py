"""`trader resume`: allow entries again."""

import json
import time
from collections.abc import Iterator, Mapping

import click

from trader import guard, halt
from trader.commands.options import Call, account_options
from trader.commands.session import told_faults
from trader.commands.telling import journal_folder
from trader.core.text import printable, utc
from trader.sinks.journal_last import last_tripped
from trader.wiring import Wired, wire

COUNTED_ANEW = ("failures", "losing streak", "drawdown")
"""What looks back no further than this moment. A day's loss ends with its day, whoever resumes."""
SCHEMA = "trader.resume/1"


@click.command("resume")
@account_options
def command(call: Call) -> int:
    """Allow entries again: undoes halt and flatten, and what failures and losses have tripped.

    Failures (emergency closes, dead stops), the losing streak and the drawdown are counted from now; a daily
    loss that has tripped lasts until 00:00 UTC all the same.
    """
    guard.harden()
    loaded = call.load("protection")
    wired = wire(loaded)
    tripped = last_tripped(journal_folder(wired))
    before = halt.resume(wired.folders.halt, now_ms=time.time_ns() // 1_000_000)
    if call.as_json:
        said = {"schema": SCHEMA, "halted": False, "was_halted": _was(before), "counted_anew": COUNTED_ANEW}
        click.echo(json.dumps({**said, "tripped": dict(tripped)}))
    elif not call.quiet:
        click.echo("\n".join(_lines(wired, before, tripped)))
    return told_faults(loaded)


def _was(before: halt.Running | halt.Halted) -> str | None:
    return before.why if isinstance(before, halt.Halted) else None


def _lines(wired: Wired, before: halt.Running | halt.Halted, tripped: Mapping[str, str]) -> Iterator[str]:
    waits = " once what is named below has ended" if "daily_loss" in tripped else ""
    yield f"{wired.realm}: resumed; the next tick may enter{waits}"
    if isinstance(before, halt.Halted):
        since = "" if before.since_ms is None else f" since {utc(before.since_ms)}"
        yield f"  was halted{since}: {printable(before.why)}"
    else:
        yield "  nobody had halted it"
    yield f"  counted from now: {', '.join(COUNTED_ANEW)}"
    for rule, why in sorted(tripped.items()):
        ends = "; that lasts until 00:00 UTC" if rule == "daily_loss" else ""
        yield f"  had tripped at the last recorded decision: {printable(rule)}: {printable(why)}{ends}"
