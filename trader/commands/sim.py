"""`trader sim serve`: the embedded exchange as a server on this machine."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from trader.commands.named_path import NamedPath
from trader.parts import NAMES, parts_of


def _amount(_context: click.Context, option: click.Parameter, text: str) -> Decimal:
    """Money above zero."""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise click.BadParameter(f"{text!r} is not an amount", param=option) from error
    if not amount.is_finite() or amount <= 0:
        raise click.BadParameter(f"{text} must be above 0", param=option)
    return amount


@click.group("sim")
def command() -> None:
    """The embedded exchange: the real wire protocol, paper money, loopback only."""


@command.command("serve")
@click.option(
    "--venue", default="hyperliquid", show_default=True, type=click.Choice(NAMES), help="Whose wire."
)
@click.option("--port", default=0, show_default="a free one", help="The port on 127.0.0.1.")
@click.option(
    "--equity", default="1000", show_default=True, callback=_amount, help="What the account starts with."
)
@click.option(
    "--sides",
    type=click.Choice(["one", "two"]),
    help="One position a coin, or both legs apart, as a grid needs (default: what is usual at the venue).",
)
@click.option("--file", "database", type=NamedPath(), help="Keep the exchange in this file.")
@click.option("--account", default="main", show_default=True, help="The paper account it knows.")
@click.option("--delay-ms", default=0.0, show_default=True, help="Add this to every answer.")
@click.option(
    "--weight",
    type=click.IntRange(min=1),
    help="Request weight a minute before it refuses (default: the venue's own).",
)
@click.option("--facts", type=NamedPath(), help="Behave as `trader probe` found the venue to (its file).")
def serve(
    venue: str,
    port: int,
    equity: Decimal,
    sides: str | None,
    database: Path | None,
    account: str,
    delay_ms: float,
    weight: int | None,
    facts: Path | None,
) -> int:
    """Serve until Ctrl-C. Point a client's base URL, or `paper.url`, at the address it prints."""
    from trader.clock import SystemClock
    from trader.parts.serving import ServeOptions
    from trader.parts.serving import serve as run_server

    options = ServeOptions(
        label=account,
        equity=equity,
        two_sided=parts_of(venue).two_sided_usual if sides is None else sides == "two",
        database=database,
        port=port,
        delay_ms=delay_ms,
        venue=venue,
        weight=weight,
        switches=None if facts is None else _found(facts, venue, equity, weight),
    )
    run_server(options, SystemClock(), tell=click.echo)
    return 0


def _found(path: Path, venue: str, equity: Decimal, weight: int | None) -> Any:
    """The switches of strangers' clients, changed where the venue was asked."""
    from trader.probe import facts as files
    from trader.probe.tables import switches_from

    found = files.read(path)
    if found is None:
        raise click.BadParameter(f"{path} does not exist: `trader probe` writes it", param_hint="--facts")
    if found.venue != venue:
        raise click.BadParameter(f"{path} tells of {found.venue}, not of {venue}", param_hint="--facts")
    return switches_from(found, parts_of(venue).open_switches(equity=equity, weight=weight))
