"""`trader backtest`: the file's strategies on recorded bars, under three fill models at once.

Rules: nothing leaves this machine and no key is read. One number is never the answer: the three bands are
always there, and whatever was assumed is said. Whatever cannot be used ends with 78 and a fix.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trader.commands.options import Call, account_options
from trader.commands.recorded import Recorded, recorded_options, tapes_of, unrepeated
from trader.core.errors import ConfigError
from trader.core.report import Exit
from trader.core.text import plural
from trader.exchange.fill_model import BANDS
from trader.settings import Settings

if TYPE_CHECKING:
    from trader.backtest.answer import Answered
    from trader.backtest.engines import Engine
    from trader.backtest.study import Study


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of the answer beside telling it."""

    engine: "Engine | None"
    out: Path | None
    html: Path | None


@click.command("backtest")
@recorded_options
@click.option(
    "--engine",
    type=click.Choice(("fast", "replay")),
    help="fast: compiled. replay: the program itself, bar by bar. [default: fast where it can answer]",
)
@click.option("--fills", "fills", type=click.Choice(BANDS), help="Whose trades are told. [default: base]")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for Parquet, JSON and returns.csv.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="One page to look at, offline.")
@account_options
def command(
    call: Call,
    recorded: Recorded,
    engine: "Engine | None",
    fills: str | None,
    out: Path | None,
    html: Path | None,
) -> int:
    """Trade recorded bars as the file says, and tell what is left under kind, base and harsh fills.

    \b
    trader backtest --config FILE --candles BTC=btc.parquet --funding BTC=btc-funding.parquet
    trader backtest --config FILE --candles BTC=btc.csv.gz --funding BTC=0.0001 --fills harsh
    trader backtest --config FILE --candles BTC=btc.csv.gz --fills kind --set fills.slippage_bps=1 --json

    Without --funding only `kind` can be run. What each model assumes: docs/backtest.md.
    """
    unrepeated(call.overrides, fills=fills)
    settings = _with_fills(call, fills).load("all").settings
    told: list[str] = []
    study = _study(settings, recorded, told)
    answered = _answered(study, settings.fills.preset, engine, told, moves=html is not None)
    _leave(answered, Wanted(engine, out, html))
    _show(answered, call)
    if answered.trades:
        return int(Exit.OK)
    raise ConfigError(_empty(answered, recorded))


def _with_fills(call: Call, fills: str | None) -> Call:
    return call if fills is None else call.with_overrides(f"fills.preset={fills}")


def _study(settings: Settings, recorded: Recorded, told: list[str]) -> "Study":
    from trader.backtest.setup import fees_of, study_of, with_coins
    from trader.parts.markets import shipped

    traded = with_coins(settings, recorded.candles, option="--candles")
    left_out = [coin for coin in settings.markets if coin not in traded.markets]
    if left_out:
        told.append(
            f"no candles of {', '.join(left_out)} were given: the file trades them, this backtest not"
        )
    tapes = tapes_of(traded, recorded, told.append)
    tables = shipped(settings.venue, {coin: float(tape.bars.close[0]) for coin, tape in tapes.items()})
    fees = fees_of(settings, maker=tables.maker_rate, taker=tables.taker_rate)
    return study_of(traded, tapes, markets=tables.markets, fees=fees, span=recorded.span)


def _answered(
    study: "Study", fills: str, engine: "Engine | None", told: Sequence[str], *, moves: bool
) -> "Answered":
    from trader.backtest.answer import Answered, notes_of
    from trader.backtest.bands import banded
    from trader.backtest.engines import play

    found = banded(study, lambda one: play(one, engine=engine, moves=moves), name=fills)
    return Answered(study, fills, found, notes_of(study, found, told))


def _leave(answered: "Answered", wanted: Wanted) -> None:
    """The files that were asked for."""
    if wanted.out is not None:
        from trader.backtest.files import write

        write(wanted.out, answered)
    if wanted.html is not None:
        from trader.backtest.page import page_of
        from trader.report.page.render import html_of

        try:
            wanted.html.write_text(html_of(page_of(answered)), encoding="utf-8")
        except OSError as error:
            why = error.strerror or error
            raise ConfigError(f"--html {wanted.html}: cannot be written: {why}; name another file") from error


def _show(answered: "Answered", call: Call) -> None:
    if call.as_json:
        from trader.backtest.answer import document

        click.echo(json.dumps(document(answered), allow_nan=False))
    elif not call.quiet:
        from trader.backtest.tables import tables
        from trader.report.tables import drawn

        click.echo("\n".join(drawn(table) for table in tables(answered)), nl=False)


def _empty(answered: "Answered", recorded: Recorded) -> str:
    """Why there is nothing to judge, as far as the bars tell it."""
    texts = []
    for coin, market in answered.study.policy.markets.items():
        bars = answered.study.tapes[coin].bars
        short = f", and {coin} needs {market.bars_needed} to decide" if len(bars) < market.bars_needed else ""
        texts.append(f"{recorded.candles[coin]}: {plural(len(bars), 'bar')}{short}")
    return (
        f"empty result, not one trade: {'; '.join(texts)}. Give more bars, another span or other parameters"
    )
