"""`trader walkforward`: would choosing settings by their past have paid on what came after?

Rules: only out-of-sample results count, joined over all folds and told beside those of the file as it is. A
change is suggested by a stated margin under every fill model, or not at all, and never applied.
"""

import json
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from trader.commands.options import Call, account_options
from trader.commands.recorded import Recorded, recorded_options
from trader.commands.search_options import Wanted, search_options
from trader.commands.searching import Searching, searching, short
from trader.core.candles import DAY_MS
from trader.core.report import Exit
from trader.core.text import plural, signed_usd, utc_day

if TYPE_CHECKING:
    from trader.backtest.search.rows import Row
    from trader.backtest.search.walk import Step, Walk
    from trader.report.tables import Table

SCHEMA = "trader.walkforward/1"


@click.command("walkforward")
@recorded_options
@search_options
@click.option(
    "--train-days", default=180, show_default=True, type=click.IntRange(1), help="What is learnt from."
)
@click.option(
    "--test-days", default=30, show_default=True, type=click.IntRange(1), help="What it is tried on."
)
@click.option(
    "--window",
    type=click.Choice(("rolling", "anchored")),
    default="rolling",
    show_default=True,
    help="Does what is learnt from move along, or grow from its beginning?",
)
@click.option(
    "--margin",
    default=0.02,
    show_default=True,
    type=click.FloatRange(0.0, 10.0),
    help="By how much choosing must have been better than the file as it is, as a fraction.",
)
@account_options
def command(
    call: Call,
    recorded: Recorded,
    wanted: Wanted,
    train_days: int,
    test_days: int,
    window: str,
    margin: float,
) -> int:
    """Choose settings on each stretch of the past, and try them on what follows.

    \b
    trader walkforward --config FILE --candles BTC=btc.parquet --funding BTC=btc-funding.parquet \\
        --vary markets.BTC.params.range_bars=24:96:12 --train-days 180 --test-days 30

    As a monthly line in cron it reports, and changes nothing.
    """
    from trader.backtest.search.folds import folds, left_out_ms
    from trader.backtest.search.walk import walked
    from trader.report.tables import drawn

    if not isfinite(margin):
        raise click.UsageError(f"--margin {margin}: expected a fraction from 0 to 10, for example 0.02")
    with searching(call, recorded, wanted) as at:
        found = folds(
            at.whole, train_ms=train_days * DAY_MS, test_ms=test_days * DAY_MS, anchored=window == "anchored"
        )
        at.progress.expect(len(found) * (wanted.tries(at.space) + 2))
        walk = walked(
            at.search,
            at.space,
            found,
            wanted.objective,
            models=wanted.fills,
            margin=margin,
            sampling=wanted.sampling,
        )
    left_ms = left_out_ms(at.whole, found)
    notes = at.notes if not left_ms else (*at.notes, f"the last {left_ms / DAY_MS:.1f} days fill no fold")
    if call.as_json:
        click.echo(json.dumps(document(walk, wanted, margin, notes), allow_nan=False))
    elif not call.quiet or walk.advice.change:
        click.echo("\n".join(drawn(table) for table in tables(walk, at, wanted, margin, notes)), nl=False)
    return int(Exit.OK)


def document(walk: "Walk", wanted: Wanted, margin: float, notes: tuple[str, ...]) -> dict[str, Any]:
    """Every fold, what they come to together, and what is suggested."""
    from trader.backtest.search.sampler import REFUSED
    from trader.backtest.search.table import record_of
    from trader.backtest.search.walk import stability

    def told(step: "Step") -> dict[str, Any]:
        return {
            "train": asdict(step.fold.train),
            "test": asdict(step.fold.test),
            "tried": step.tried,
            "chosen": None if step.chosen is None else dict(step.chosen),
            "score": None if step.score == REFUSED else step.score,
            "neighbours": step.neighbours,
            "out_of_sample": None if step.test is None else record_of(step.test)["bands"],
            "as_is": record_of(step.as_is)["bands"],
        }

    return {
        "schema": SCHEMA,
        "objective": wanted.objective_name,
        "fills": list(wanted.fills),
        "margin": margin,
        "folds": [told(step) for step in walk.steps],
        "out_of_sample": {name: asdict(joined) for name, joined in walk.joined.items()},
        "as_is": {name: asdict(joined) for name, joined in walk.as_is.items()},
        "stability": stability(walk.steps),
        "suggestion": dict(walk.advice.change) or None,
        "why": walk.advice.why,
        "notes": list(notes),
    }


def tables(
    walk: "Walk", at: Searching, wanted: Wanted, margin: float, notes: tuple[str, ...]
) -> "list[Table]":
    """Folds, their sum, how stable the choices were, and the suggestion."""
    return [_folds(walk, at, wanted), _sums(walk), _choices(walk), _suggestion(walk, margin, notes)]


def _folds(walk: "Walk", at: Searching, wanted: Wanted) -> "Table":
    from trader.report.tables import Table

    paths = [axis.path for axis in at.space.axes]
    heads = ["test from", "to", *(short(path, paths) for path in paths), "in training>", "neighbours>"]
    for name in wanted.fills:
        heads += [f"{name}>", f"as it is, {name}>"]
    rows = []
    for step in walk.steps:
        chosen = ["none"] * len(paths) if step.chosen is None else [value for _, value in step.chosen]
        row = [utc_day(step.fold.test.start_ms), utc_day(step.fold.test.end_ms), *chosen]
        row += ["" if step.chosen is None else f"{step.score:.2f}"]
        row += ["" if step.neighbours is None else f"{step.neighbours:.2f}"]
        for name in wanted.fills:
            row += [_earned(step.test, name), _earned(step.as_is, name)]
        rows.append(tuple(row))
    fills = ", ".join(wanted.fills)
    notes = (
        f"in training: {wanted.objective_name}, the worst of {fills}; neighbours: the same one step aside",
        "returns of test windows: from flat with the file's equity, and what is open at the end is closed",
    )
    return Table(
        "Each fold: chosen by what lies before, tried on what follows", tuple(heads), tuple(rows), notes
    )


def _earned(row: "Row | None", name: str) -> str:
    figures = None if row is None else row.figures.get(name)
    return "" if figures is None else f"{figures.return_fraction:+.2%}"


def _sums(walk: "Walk") -> "Table":
    from trader.report.tables import Table

    heads = ("", "return>", "windows won>", "trades>", "net>", "fees>", "funding>")
    rows = []
    for name in walk.joined:
        for title, joined in (
            (f"chosen, {name}", walk.joined[name]),
            (f"as it is, {name}", walk.as_is[name]),
        ):
            rows.append(
                (
                    title,
                    f"{joined.return_fraction:+.2%}",
                    f"{joined.windows_won} of {joined.windows}",
                    f"{joined.trades:,}",
                    signed_usd(joined.net),
                    signed_usd(-joined.fees),
                    signed_usd(joined.funding),
                )
            )
    return Table("Out of sample, joined", heads, tuple(rows))


def _choices(walk: "Walk") -> "Table":
    from trader.backtest.search.walk import stability
    from trader.report.tables import Table

    rows = []
    for path, counts in stability(walk.steps).items():
        rows.append((path, ", ".join(f"{value} ({count}x)" for value, count in counts.items())))
    return Table(f"Choices in {plural(len(walk.steps), 'fold')}", ("field", "values chosen"), tuple(rows))


def _suggestion(walk: "Walk", margin: float, notes: tuple[str, ...]) -> "Table":
    from trader.report.tables import Table

    rows = tuple((path, value) for path, value in walk.advice.change)
    title = "Suggested change (not applied)" if rows else "No change is suggested"
    more = (f"a change needs {margin:.2%} more than the file as it is, and a gain, under every model",)
    return Table(title, ("field", "value"), rows, (walk.advice.why, *more, *notes))
