"""`trader backtest`: the file's strategies on recorded bars, under three fill models at once.

Rules: nothing leaves this machine and no key is read. One number is never the answer: the three bands are
always there, and whatever was assumed is said. Whatever cannot be used ends with 78 and a fix.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trader.commands.named_path import NamedPath
from trader.commands.options import Call, account_options
from trader.commands.published import PUBLISHED
from trader.commands.recorded import Recorded, recorded_options, study_from, unrepeated
from trader.commands.recorded_wire import wire_of
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.report import Exit
from trader.core.text import plural
from trader.exchange.fill_model import BANDS

if TYPE_CHECKING:
    from trader.backtest.answer import Answered
    from trader.backtest.audit.telling import Audit
    from trader.backtest.engines import Engine
    from trader.backtest.replay.wired import Wire
    from trader.backtest.study import Fees, Run, Study


@frozen
class Audited:
    """Whether an audit is wanted, and of what."""

    wanted: bool
    published: str | None
    tries: int
    seed: int


@click.command("backtest")
@recorded_options
@click.option(
    "--engine",
    type=click.Choice(("fast", "replay")),
    help="fast: compiled. replay: the program itself, bar by bar. [default: fast where it can answer]",
)
@click.option("--wire", is_flag=True, help="Replay through the venue's own adapter and bytes.")
@click.option("--fills", type=click.Choice(BANDS), help="Whose trades are told. [default: the file's, base]")
@click.option("--out", type=NamedPath(), help="A folder for Parquet, JSON and returns.csv.")
@click.option("--html", type=NamedPath(is_file=True), help="One page to look at, offline.")
@click.option("--audit", is_flag=True, help="Take assumptions back one by one; foresight, luck, parameters.")
@click.option(
    "--as-published", "published", type=click.Choice(tuple(PUBLISHED)), help="Audit a published system."
)
@click.option("--tries", default=0, type=click.IntRange(0, 10**9), help="Variants tried before this audit.")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**62), help="Of an audit's draws."
)
@account_options
def command(
    call: Call,
    recorded: Recorded,
    engine: "Engine | None",
    wire: bool,
    fills: str | None,
    out: Path | None,
    html: Path | None,
    audit: bool,
    published: str | None,
    tries: int,
    seed: int,
) -> int:
    """Trade recorded bars as the file says, and tell what is left under kind, base and harsh fills.

    \b
    trader backtest --config FILE --candles BTC=btc.parquet --funding BTC=btc-funding.parquet
    trader backtest --config FILE --candles BTC=btc.csv.gz --funding BTC=0.0001 --fills harsh
    trader backtest --config FILE --candles BTC=btc.csv.gz --fills kind --set fills.slippage_bps=1 --json
    trader backtest --config FILE --candles BTC=btc.parquet --funding BTC=0.0001 --wire
    trader backtest --audit --as-published okx-bb --candles ETH=eth.parquet --funding ETH=eth-funding.csv

    Without --funding only `kind` can be run. What each model assumes: docs/backtest.md.
    """
    unrepeated(call.overrides, fills=fills)
    audited = Audited(audit or published is not None, published, tries, seed)
    if tries and not audited.wanted:
        raise ConfigError("--tries: only an audit counts tries; add --audit, or leave it out")
    told: list[str] = []
    if wire:
        engine = _replayed(engine, audited)
    study, fills_name, usual = study_from(_call(call, recorded, fills, audited), recorded, told.append)
    study = _as_claimed(study, audited)
    if not call.quiet:
        _tell_of_compiling(study, engine)
    line = wire_of(call, study, told.append) if wire else None
    answered = _answered(study, fills_name, engine, told, moves=html is not None, wire=line)
    found = _audited(study, usual, engine, audited, shown=not call.quiet) if audited.wanted else None
    if out is not None:
        from trader.backtest.files import write

        write(out, answered)
    if html is not None:
        _write_page(html, answered, found)
    _show(answered, found, call)
    if not answered.trades:
        raise ConfigError(_empty(answered, recorded))
    return int(Exit.OK)


def _call(call: Call, recorded: Recorded, fills: str | None, audited: Audited) -> Call:
    """The call with what its options come to as settings. A published system brings its own."""
    more = () if fills is None else (f"fills.preset={fills}",)
    if audited.published is None:
        return call.with_overrides(*more)
    if fills is not None:
        raise ConfigError("--fills and --as-published: a published system has its own fills; leave one out")
    on_paper = replace(call, paper=True)  # it needs no file
    return on_paper.with_overrides(before=PUBLISHED[audited.published].overrides(recorded.candles))


def _replayed(engine: "Engine | None", audited: Audited) -> "Engine":
    """The engine behind a wire."""
    if engine == "fast":
        raise ConfigError("--engine fast and --wire: only the replay has a wire; leave one of them out")
    if audited.wanted:
        raise ConfigError("--audit and --wire: an audit is many runs, of fills alone; leave one of them out")
    return "replay"


def _tell_of_compiling(study: "Study", engine: "Engine | None") -> None:
    """The first use on a machine takes a while, and whoever waits should know for what."""
    if engine == "replay" or any(market.both_legs for market in study.policy.markets.values()):
        return
    from trader.backtest.fast.compiling import is_compiled

    if not is_compiled():
        click.echo("compiling the fast engine, once on this machine: about a minute", err=True)


def _as_claimed(study: "Study", audited: Audited) -> "Study":
    if audited.published is None:
        return study
    return replace(study, unreal=PUBLISHED[audited.published].unreal)


def _answered(
    study: "Study",
    fills: str,
    engine: "Engine | None",
    told: Sequence[str],
    *,
    moves: bool,
    wire: "Wire | None",
) -> "Answered":
    from trader.backtest.answer import Answered, notes_of
    from trader.backtest.bands import banded
    from trader.backtest.engines import play

    def answer(one: "Study") -> "Run":
        return play(one, engine=engine, moves=moves, explains=True, wire=wire)

    found = banded(study, answer, name=fills)
    return Answered(study, fills, found, notes_of(study, found, told))


def _audited(
    study: "Study", usual: "Fees", engine: "Engine | None", audited: Audited, *, shown: bool
) -> "Audit":
    from trader.backtest.audit.telling import audit_of
    from trader.backtest.engines import play

    claim = () if audited.published is None else PUBLISHED[audited.published].told
    with _counted(shown=shown and sys.stderr.isatty()) as count:

        def answer(one: "Study") -> "Run":
            count()
            return play(one, engine=engine)

        return audit_of(study, usual, answer, seed=audited.seed, tries=audited.tries, claim=claim)


@contextmanager
def _counted(*, shown: bool) -> Iterator[Callable[[], None]]:
    """An audit is many whole runs; on a terminal they are counted."""
    if not shown:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("audit, run {task.completed:.0f}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("audit", total=None)
        yield lambda: progress.advance(task)


def _write_page(path: Path, answered: "Answered", found: "Audit | None") -> None:
    from trader.backtest.audit.telling import audit_tables, page_steps
    from trader.backtest.page import page_of
    from trader.report.page.render import html_of

    steps = () if found is None else page_steps(found)
    more = () if found is None else tuple(audit_tables(found))
    try:
        path.write_text(html_of(page_of(answered, audit=steps, more=more)), encoding="utf-8")
    except OSError as error:
        why = error.strerror or error
        raise ConfigError(f"--html {path}: cannot be written: {why}; name another file") from error


def _show(answered: "Answered", found: "Audit | None", call: Call) -> None:
    if call.as_json:
        from trader.backtest.answer import document
        from trader.backtest.audit.telling import audit_json

        more = {} if found is None else {"audit": audit_json(found)}
        click.echo(json.dumps({**document(answered), **more}, allow_nan=False))
    elif not call.quiet:
        from trader.backtest.audit.telling import audit_tables
        from trader.backtest.tables import tables
        from trader.report.tables import drawn

        shown = [*tables(answered), *(() if found is None else audit_tables(found))]
        click.echo("\n".join(drawn(table) for table in shown), nl=False)


def _empty(answered: "Answered", recorded: Recorded) -> str:
    """Why there is nothing to judge, as far as the bars tell it."""
    texts = []
    for coin, market in answered.study.policy.markets.items():
        opened, end_ms = answered.study.tapes[coin].bars.open_ms, answered.study.end_ms
        seen = len(opened) if end_ms is None else int((opened < end_ms).sum())
        until = "" if seen == len(opened) else " before --end"
        short = f", and {coin} needs {market.bars_needed} to decide" if seen < market.bars_needed else ""
        texts.append(f"{recorded.candles[coin]}: {plural(seen, 'bar')}{until}{short}")
    return (
        f"empty result, not one trade: {'; '.join(texts)}. Give more bars, another span or other parameters"
    )
