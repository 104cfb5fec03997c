"""`trader data`: market data for backtests, fetched and looked through."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from trader.commands.named_path import NamedPath
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.core.text import plural, printable, utc
from trader.parts import NAMES

if TYPE_CHECKING:
    from trader.backtest.data.findings import Finding, Inspection

CHECK_SCHEMA = "trader.data.check/1"
FETCH_SCHEMA = "trader.data.fetch/1"
KINDS = ("candles", "mark", "funding")


def _moment(_context: click.Context, option: click.Parameter, text: str | None) -> int | None:
    """UTC milliseconds of a date, or of a date and a time."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is no date like 2025-01-31T12:00", param=option) from error
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(zoned.timestamp() * 1000)


@click.group("data")
def command() -> None:
    """Market data for backtests: fetch it from a venue, look through files."""


@command.command("fetch")
@click.option("--venue", required=True, type=click.Choice(NAMES), help="Whose data; no key is needed.")
@click.option("--coin", "coins", required=True, multiple=True, help="BTC; repeatable.")
@click.option("--frame", default="1m", show_default=True, help="The length of a bar: 1m, 15m, 30m, 1h, ...")
@click.option("--kind", default="candles", show_default=True, type=click.Choice(KINDS), help="What to fetch.")
@click.option("--start", "start_ms", required=True, callback=_moment, help="The first bar's time, UTC.")
@click.option("--end", "end_ms", callback=_moment, show_default="now", help="Bars from here on are left out.")
@click.option(
    "--out",
    default=".",
    show_default=True,
    type=NamedPath(is_folder=True),
    help="Where to.",
)
@click.option("--url", help="Ask an embedded exchange on this machine instead (`trader sim serve`).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing when all is well (for cron).")
def fetch(
    venue: str,
    coins: tuple[str, ...],
    frame: str,
    kind: str,
    start_ms: int,
    end_ms: int | None,
    out: Path,
    url: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Complete VENUE-COIN-FRAME.parquet in a folder: what is there stays, what is missing is asked for.

    Ended in the middle, the same command goes on. A bar that has not closed is left out.
    """
    require_columns()
    from trader.backtest.data import fetching
    from trader.clock import SystemClock
    from trader.parts.history import FRAMES, history_of

    if frame not in FRAMES:
        raise click.UsageError(f"--frame {frame}: expected one of {', '.join(FRAMES)}")
    clock = SystemClock()
    end_ms = clock.now_ms() if end_ms is None else end_ms
    if end_ms <= start_ms:
        raise click.UsageError(f"--end {utc(end_ms)} is not after --start {utc(start_ms)}")
    frame_ms = 0 if kind == "funding" else FRAMES[frame]
    told: list[str] = []
    done = []
    paths = {coin: out / f"{file_name(venue, coin, kind, frame)}.parquet" for coin in coins}
    for coin, path in paths.items():
        source = history_of(venue, clock, coin=coin, kind=cast(Any, kind), frame=frame, url=url)
        order = fetching.Order(path, frame_ms, start_ms, end_ms)
        with _progress(coin, shown=not (as_json or quiet)) as advance:
            done.append(fetching.fetch(order, source, tell=told.append, advance=advance))
    if as_json:
        files = [{"path": str(each.path), "new": each.new, "rows": each.rows} for each in done]
        click.echo(json.dumps({"schema": FETCH_SCHEMA, "files": files, "notes": told}))
    elif not quiet:
        for line in (*told, *(fetching.said(each) for each in done)):
            click.echo(printable(line, length_max=1_000))
    return int(Exit.OK)


def file_name(venue: str, coin: str, kind: str, frame: str) -> str:
    if not coin.isalnum():
        raise click.UsageError(f"--coin {coin!r}: expected a name such as BTC")
    return "-".join((venue, coin, *{"candles": (frame,), "mark": ("mark", frame)}.get(kind, (kind,))))


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=NamedPath())
@click.option("--against", type=NamedPath(), help="Another frame, venue or mark of the coin.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="Print nothing when no file has a fault.")
def check(files: tuple[Path, ...], against: Path | None, as_json: bool, quiet: bool) -> int:
    """Look through files of bars, marks or funding: faults that a backtest refuses, and what to know.

    Ends with 0 when a backtest can read them all, with 78 when one has a fault.
    """
    require_columns()
    from trader.backtest.data.compare import compare
    from trader.backtest.data.findings import inspect

    seen = [inspect(path) for path in files]
    if against is not None:
        other = inspect(against)
        for each in seen:
            each.findings.extend(compare(each, other))
        seen.append(other)
    usable = all(each.is_usable for each in seen)
    if as_json:
        click.echo(json.dumps({"schema": CHECK_SCHEMA, "usable": usable, "files": [*map(_row, seen)]}))
    elif not (quiet and usable):
        _tell(seen)
    return int(Exit.OK if usable else Exit.CONFIG)


def _row(seen: "Inspection") -> dict[str, Any]:
    return {
        "path": str(seen.path),
        "holds": seen.holds,
        "rows": seen.rows,
        "frame_ms": seen.frame_ms,
        "first_ms": seen.first_ms,
        "last_ms": seen.last_ms,
        "findings": [asdict(finding) for finding in seen.findings],
    }


def _tell(seen: "list[Inspection]") -> None:
    from trader.backtest.data.frames import frame_name
    from trader.report.tables import Table, drawn

    rows = []
    for each in seen:
        frame = "" if each.frame_ms is None else frame_name(each.frame_ms)
        first, last = ("" if at_ms is None else utc(at_ms) for at_ms in (each.first_ms, each.last_ms))
        verdict = "usable" if each.is_usable else "FAULTS"
        rows.append((each.path.name, each.holds, frame, f"{each.rows:,}", first, last, verdict))
    heads = ("file", "holds", "frame", "rows>", "first", "last", "verdict")
    click.echo(drawn(Table("", heads, tuple(rows), spare=("holds", "first"))), nl=False)
    for each in seen:
        for finding in each.findings:
            click.echo(f"{each.path.name}: {_line(finding)}")


def _line(finding: "Finding") -> str:
    mark = "FAULT" if finding.is_fault else "note"
    return f"{mark}, {finding.kind}: {printable(finding.text, length_max=1_000)}"


def require_columns() -> None:
    """What reads columns is installed with the extra `backtest` alone."""
    from importlib.util import find_spec

    missing = [name for name in ("numpy", "polars") if find_spec(name) is None]
    if missing:
        what = f"{plural(len(missing), 'package')} not installed: {', '.join(missing)}"
        raise ConfigError(f"{what}; install trader with its extra `backtest`, or use scripts/trader")


@contextmanager
def _progress(coin: str, *, shown: bool) -> Iterator[Callable[[float], None]]:
    """A bar on stderr, where a person looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield lambda _share: None
        return
    columns = (TextColumn(coin), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(coin, total=1.0)
        yield lambda share: progress.advance(task, share)
