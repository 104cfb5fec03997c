"""`trader log`: past ticks as people read them, from the journal."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from trader.clock import SystemClock
from trader.commands.named_path import NamedPath
from trader.commands.options import Call, account_options
from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS
from trader.core.errors import ConfigError
from trader.core.report import Exit, Report, Verdict
from trader.core.text import printable
from trader.sinks.journal_reading import Skipped, Tick, read_ticks

_AGE = re.compile(r"(\d{1,6})([mhd])")
_UNIT_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}


@click.command("log")
@click.option(
    "--since",
    metavar="WHEN",
    default="24h",
    show_default=True,
    help="An age (90m, 24h, 7d) or a UTC date and time.",
)
@click.option("--until", metavar="WHEN", default=None, help="The same; now when not given.")
@click.option("--coin", metavar="COIN", default=None, help="Only ticks that say something of this coin.")
@click.option(
    "--problems", is_flag=True, help="Only ticks that did not end well, and lines that are damaged."
)
@click.option(
    "--folder",
    type=NamedPath(is_folder=True),
    help="Read this journal instead of the configuration's.",
)
@account_options
def command(
    call: Call, since: str, until: str | None, coin: str | None, problems: bool, folder: Path | None
) -> int:
    """Print past ticks as a run prints itself, oldest first, each under its place for `trader replay`.

    With --json, one object a line.
    """
    now_ms = SystemClock().now_ms()
    since_ms = moment(since, now_ms)
    until_ms = now_ms + DAY_MS if until is None else moment(until, now_ms)
    place = folder if folder is not None else _folder(call)
    if not place.is_dir():
        raise ConfigError(f"no journal at {place}; it begins with the first run")
    for found in read_ticks(place, since_ms=since_ms, until_ms=until_ms):
        _print(found, call, coin, problems)
    return int(Exit.OK)


def moment(text: str, now_ms: int) -> int:
    """Milliseconds of an age before now or of a UTC date, with or without a time."""
    age = _AGE.fullmatch(text)
    if age is not None:
        return now_ms - int(age[1]) * _UNIT_MS[age[2]]
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        expected = "an age such as 90m, 24h, 7d, or a UTC time such as 2026-01-31T08:00"
        raise ConfigError(f"{printable(text)!r} is no time; expected {expected}") from error
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)


def _folder(call: Call) -> Path:
    """The journal's folder of the configuration, or the usual one of its account."""
    from trader.wiring import wire

    wired = wire(call.load("protection"))
    kept = wired.settings.journal.folder
    return Path(kept) if kept is not None else wired.folders.state / "journal"


def _print(found: Tick | Skipped, call: Call, coin: str | None, problems: bool) -> None:
    """One tick; a line that is not believed goes to stderr, and always."""
    place = f"{found.file}:{found.number}"
    if isinstance(found, Skipped):
        click.echo(f"{place}: skipped, {printable(found.why)}", err=True)
        return
    report = found.report
    if problems and report.exit_code is Exit.OK and not report.problems:
        return
    if coin is not None:
        narrowed = of_coin(report, coin)
        if narrowed is None:
            return
        report = narrowed
    if call.as_json:
        import json

        from trader.sinks.run_json import to_run_json

        click.echo(json.dumps({**to_run_json(report), "place": place}))
        return
    from trader.sinks.text import run_text

    text = run_text(report, quiet=call.quiet)
    if text:
        click.echo(f"# {place}\n{text}", file=sys.stdout)


def of_coin(report: Report, coin: str) -> Report | None:
    """The report with one coin's decisions, deeds and proofs, or None when there are none."""
    verdict, verified = report.verdict, report.verified
    done = tuple(d for d in report.done if d.action.coin == coin)
    if verdict is not None:
        wants = {name: want for name, want in verdict.wants.items() if name == coin}
        refused = tuple(r for r in verdict.refused if r.action.coin == coin)
        approved = tuple(a for a in verdict.approved if a.coin == coin)
        verdict = Verdict(wants, approved, refused)
    if verified is not None:
        verified = replace(verified, proofs=tuple(p for p in verified.proofs if p.coin == coin))
    says = done or (verdict is not None and verdict.wants) or (verified is not None and verified.proofs)
    return replace(report, verdict=verdict, verified=verified, done=done) if says else None
