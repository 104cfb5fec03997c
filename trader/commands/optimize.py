"""`trader optimize`: many settings on the same candles, ranked by the worst of their fill models.

Rules: a ranking of what was tried on one stretch of history is a ranking of luck too, and the table says how
much of it: what the best of as many blind tries would show. Nothing is written to a configuration.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from trader.commands.options import Call, account_options
from trader.commands.recorded import Recorded, recorded_options
from trader.commands.search_options import Wanted, search_options
from trader.commands.searching import Searching, searching, short, tries_text
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.core.text import plural, signed_usd

if TYPE_CHECKING:
    from trader.backtest.search.rows import Row

SCHEMA = "trader.optimize/1"


@click.command("optimize")
@recorded_options
@search_options
@click.option("--top", default=10, show_default=True, type=click.IntRange(1), help="How many rows to show.")
@account_options
def command(call: Call, recorded: Recorded, wanted: Wanted, top: int) -> int:
    """Try many settings on the same candles.

    \b
    trader optimize --config FILE --candles BTC=btc.parquet --funding BTC=btc-funding.parquet \\
        --vary markets.BTC.params.range_bars=24:96:12 --vary markets.BTC.params.trend=cross,ema

    The best of many tries on one history is lucky as well as good: `trader walkforward` tells what choosing
    so would have earned on what came after. Nothing is applied.
    """
    with searching(call, recorded, wanted) as at:
        at.progress.expect(wanted.tries(at.space))
        sampling = wanted.sampling
        if sampling is None:
            rows = at.search.grid(at.space)
        else:
            rows = at.search.sample(at.space, wanted.objective, sampling)
        if at.store is not None:
            from trader.backtest.search.rows import Task

            at.store.finish([(Task(row.number, row.combination), row) for row in rows])
    if all(row.fault is not None for row in rows):
        raise ConfigError(f"--vary: the configuration refuses every combination; the first: {rows[0].fault}")
    if call.as_json:
        click.echo(json.dumps(document(rows, at, wanted), allow_nan=False))
    elif not call.quiet:
        click.echo(_table(rows, at, wanted, top), nl=False)
    return int(Exit.OK)


def document(rows: "list[Row]", at: Searching, wanted: Wanted) -> dict[str, Any]:
    """Every combination with its summary under each model, in the order tried."""
    from trader.backtest.search.figures import chance_of
    from trader.backtest.search.sampler import REFUSED
    from trader.backtest.search.table import record_of

    def scored(row: "Row") -> dict[str, Any]:
        score = wanted.objective.score(row)
        return {**record_of(row), "score": None if score == REFUSED else score}

    best, chance = wanted.objective.ranked(rows)[0], chance_of(rows, wanted.objective)
    return {
        "schema": SCHEMA,
        "objective": wanted.objective_name,
        "fills": list(wanted.fills),
        "sampler": wanted.sampler,
        "possible": at.space.size,
        "combinations": [scored(row) for row in rows],
        "best": None if scored(best)["score"] is None else dict(best.combination),
        "luck": None if chance is None else asdict(chance),
        "notes": list(at.notes),
    }


def _table(rows: "list[Row]", at: Searching, wanted: Wanted, top: int) -> str:
    from trader.backtest.search.sampler import REFUSED
    from trader.report.tables import Table, drawn

    paths = [axis.path for axis in at.space.axes]
    heads = [short(path, paths) for path in paths] + ["score>"]
    for name in wanted.fills:
        heads += [f"{name} net>", f"{name} worst fall>", f"{name} trades>"]
    ranked = [row for row in wanted.objective.ranked(rows) if wanted.objective.score(row) != REFUSED]
    cells = []
    for row in ranked[:top]:
        line = [value for _, value in row.combination] + [f"{wanted.objective.score(row):.3f}"]
        for name in wanted.fills:
            found = row.figures[name]
            line += [signed_usd(found.net), f"{found.drawdown_fraction_max:.1%}", f"{found.trades:,}"]
        cells.append(tuple(line))
    refused = sum(row.fault is not None for row in rows)
    few = sum(row.fault is None for row in rows) - len(ranked)
    fills = ", ".join(wanted.fills)
    notes = [
        f"{tries_text(len(rows), refused)}; score: {wanted.objective_name}, the worst of {fills}",
        *([f"{few:,} had fewer than {wanted.trades_min} trades and no score"] if few else []),
        *_luck(rows, wanted),
        *at.notes,
        "next: `trader walkforward` with the same options tells what choosing so earned on what came after",
    ]
    return drawn(Table("Settings, best first", tuple(heads), tuple(cells), tuple(notes)))


def _luck(rows: "list[Row]", wanted: Wanted) -> list[str]:
    """What blind tries would have shown."""
    from trader.backtest.search.figures import chance_of

    found = chance_of(rows, wanted.objective)
    if found is None or found.probability is None:
        return []
    told = (
        f"luck: the best of {plural(found.tries, 'blind draw')} shows a daily Sharpe ratio of about "
        f"{found.by_chance:.3f}, this one {found.sharpe:.3f}: above zero in truth with a probability of "
        f"{found.probability:.0%} (deflated Sharpe ratio)"
    )
    return [told]
