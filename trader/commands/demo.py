"""`trader demo`: four weeks of real prices through the whole pipeline, then a few days under faults.

Rules: the numbers come from the exchange's own books, never from what the trader believes. Cover is judged at
every instant, between ticks too.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from trader.commands.course import Course, of_file, usual
from trader.commands.named_path import NamedPath
from trader.config.template import STRATEGY_NAMES
from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.errors import Broken
from trader.core.orders import Unreadable
from trader.core.report import Exit
from trader.core.text import plural, signed_usd, usd, utc_day
from trader.drill import Tally, four_weeks, under_faults
from trader.parts import NAMES
from trader.rehearsal import Stage
from trader.report.tables import drawn
from trader.report.trade_table import trade_json, trade_table
from trader.report.trades import Trade, rebuild
from trader.sim.bundle import BUNDLE_START_MINUTE

SCHEMA = "trader.demo/1"
START_MS = BUNDLE_START_MINUTE * MINUTE_MS
DAYS = 28
FAULTY_DAYS = 3
Advance = Callable[[], None]


@click.command("demo")
@click.option(
    "--config",
    "config_path",
    type=NamedPath(),
    help="Trade what this file says, from backtest.equity on.",
)
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Override one setting of it.")
@click.option(
    "--venue",
    default="hyperliquid",
    show_default=True,
    type=click.Choice(NAMES),
    help="Whose wire, without --config.",
)
@click.option(
    "--strategy",
    default="breakout",
    show_default=True,
    type=click.Choice(STRATEGY_NAMES),
    help="Which one, without --config.",
)
@click.option(
    "--days", default=DAYS, show_default=True, type=click.IntRange(1, DAYS), help="How many days to trade."
)
@click.option("--seed", default=7, show_default=True, help="Which faults the second run meets.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.option("--quiet", is_flag=True, help="Show no progress bar.")
def command(
    config_path: Path | None,
    overrides: tuple[str, ...],
    venue: str,
    strategy: str,
    days: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """Trade 28 days of recorded prices on the embedded exchange, tick by tick.

    Nothing leaves this machine: no key, no account, no network. Every tick is a cold start through the real
    pipeline and the exchange's real wire protocol, on a virtual clock. What is counted as covered comes from
    the exchange's own books; exit 20 when any tick left a position uncovered.
    """
    _refuse_what_nothing_reads(config_path, overrides)
    course = usual(venue, strategy) if config_path is None else of_file(config_path, overrides)
    faulty_days = min(days, FAULTY_DAYS)
    ticks = course.pace.ticks(days) + course.pace.ticks(faulty_days)
    with _progress(ticks, shown=not quiet and not as_json and sys.stderr.isatty()) as advance:
        stage = course.stage(START_MS)
        tally = _run(four_weeks(stage, course.pace, start_ms=START_MS, days=days), advance)
        trades = _trades(stage, days)
        # The last days: every strategy has seen enough history there to trade.
        late_ms = START_MS + (DAYS - faulty_days) * DAY_MS
        faults = under_faults(
            course.stage(late_ms), course.pace, start_ms=late_ms, days=faulty_days, seed=seed
        )
        faulty = _run(faults, advance)
    if as_json:
        click.echo(json.dumps(_document(course, stage, tally, trades, faulty, days, seed), indent=2))
    else:
        _show(course, stage, tally, trades, faulty, days, faulty_days)
    return int(Exit.OK if _all_covered(tally) and _all_covered(faulty) else Exit.NAKED)


def _refuse_what_nothing_reads(config_path: Path | None, overrides: tuple[str, ...]) -> None:
    """A file names its own venue and strategies, and without a file there is nothing to override."""
    context = click.get_current_context()
    if config_path is None and overrides:
        raise click.UsageError("--set overrides a setting of a file: name the file with --config")
    for name in ("venue", "strategy"):
        if config_path is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name}: the file of --config names it: leave one of the two out")


def _all_covered(tally: Tally) -> bool:
    return tally.ticks_covered == tally.ticks_with_position


def _run(ticks: Iterator[Tally], advance: Advance) -> Tally:
    tally = Tally()
    for after in ticks:
        tally = after
        advance()
    return tally


def _trades(stage: Stage, days: int) -> list[Trade]:
    """Rebuilt as `trader trades` does, from what the exchange tells over its wire."""
    venue = stage.host.env().venue
    holdings = venue.inspect((days + 1) * DAY_MS)
    payments = venue.funding(START_MS)
    if isinstance(holdings.fills, Unreadable) or isinstance(payments, Unreadable):
        raise Broken("the embedded exchange did not answer with its fills and funding")
    return rebuild(holdings.fills, payments, stage.tag)


@contextmanager
def _progress(ticks: int, *, shown: bool) -> Iterator[Advance]:
    if not shown:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("ticks"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("ticks", total=ticks)
        yield lambda: bar.advance(task)


def _account(stage: Stage) -> dict[str, Decimal]:
    """Where the money went, in the exchange's own books; the parts add up to the equity."""
    view = stage.model.account(stage.user)
    fills, paid = stage.model.fills(stage.user), stage.model.funding(stage.user)
    return {
        "start": stage.settings.backtest.equity,
        "equity": view.total.account_value,
        "realised": sum((f.closed_pnl for f in fills), Decimal(0)),
        "unrealised": sum((p.unrealized for p in view.positions), Decimal(0)),
        "fees": sum((f.fee for f in fills), Decimal(0)),
        "funding": sum((row.usdc for row in paid), Decimal(0)),
    }


def _document(
    course: Course, stage: Stage, tally: Tally, trades: list[Trade], faulty: Tally, days: int, seed: int
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "realm": "paper",
        "venue": course.settings.venue,
        "strategy": course.strategies,
        "days": days,
        "ticks": tally.ticks,
        "ticks_with_position": tally.ticks_with_position,
        "ticks_covered": tally.ticks_covered,
        "checks": tally.checks,
        "naked_seconds": tally.naked_ms / 1000,
        "naked_seconds_longest": tally.naked_ms_longest / 1000,
        "exits": dict(sorted(tally.exits.items())),
        "trades": [trade_json(t) for t in trades],
        "account": {name: str(value) for name, value in _account(stage).items()},
        "faults": {
            "seed": seed,
            "ticks": faulty.ticks,
            "ticks_with_position": faulty.ticks_with_position,
            "ticks_covered": faulty.ticks_covered,
            "injected": faulty.faults.total(),
            "kinds": dict(sorted(faulty.faults.items())),
            "kills": faulty.kills,
            "naked_seconds": faulty.naked_ms / 1000,
            "naked_seconds_longest": faulty.naked_ms_longest / 1000,
            "exits": dict(sorted(faulty.exits.items())),
        },
    }


def _show(
    course: Course,
    stage: Stage,
    tally: Tally,
    trades: list[Trade],
    faulty: Tally,
    days: int,
    faulty_days: int,
) -> None:
    first, last = utc_day(START_MS), utc_day(START_MS + days * DAY_MS - 1)
    title = f"paper: {course.text}, prices of {first} to {last} (UTC)"
    click.echo(drawn(trade_table(trades, title=title)), nl=False)
    money = _account(stage)
    click.echo(
        f"account: {usd(money['start'])} USD at the start, {usd(money['equity'])} at the end; realised "
        f"{signed_usd(money['realised'])}, open {signed_usd(money['unrealised'])}, "
        f"fees {signed_usd(-money['fees'])}, funding {signed_usd(money['funding'])}"
    )
    click.echo(f"{_covered(tally)}; naked seconds {tally.naked_ms / 1000:g}{_longest(tally)}")
    click.echo(
        f"under faults, {plural(faulty_days, 'day')}: {_covered(faulty)}; "
        f"faults injected {faulty.faults.total()}, kills {faulty.kills}, "
        f"naked seconds {faulty.naked_ms / 1000:g}"
    )
    click.echo("Recorded prices on a simulated exchange: a demonstration of the machine, not of a profit.")
    click.echo("next: `trader run` does one such tick now; `trader init` writes a configuration of your own")


def _longest(tally: Tally) -> str:
    return f", at most {tally.naked_ms_longest / 1000:g} at once" if tally.naked_ms else ""


def _covered(tally: Tally) -> str:
    """Cover as the exchange's own books tell it."""
    held, covered = tally.ticks_with_position, tally.ticks_covered
    return f"ticks {tally.ticks:,}, with a position {held:,}, covered {covered:,}"
