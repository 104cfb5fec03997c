"""`trader sim serve`: the embedded exchange as a server on this machine."""

from decimal import Decimal
from pathlib import Path

import click

from trader.parts import NAMES


@click.group("sim")
def command() -> None:
    """The embedded exchange: the real wire protocol, paper money, loopback only."""


@command.command("serve")
@click.option(
    "--venue", default="hyperliquid", show_default=True, type=click.Choice(NAMES), help="Whose wire."
)
@click.option("--port", default=0, show_default="a free one", help="The port on 127.0.0.1.")
@click.option("--equity", default="1000", show_default=True, help="What an account starts with.")
@click.option("--file", "database", type=click.Path(path_type=Path), help="Keep the exchange in this file.")
@click.option("--account", default="main", show_default=True, help="The paper account it knows.")
@click.option("--delay-ms", default=0.0, show_default=True, help="Add this to every answer.")
@click.option(
    "--weight",
    type=click.IntRange(min=1),
    help="Request weight a minute before it refuses (default: the venue's own).",
)
def serve(
    venue: str,
    port: int,
    equity: str,
    database: Path | None,
    account: str,
    delay_ms: float,
    weight: int | None,
) -> int:
    """Serve until Ctrl-C. Point a client's base URL, or `paper.url`, at the address it prints."""
    from trader.clock import SystemClock
    from trader.parts.serving import ServeOptions
    from trader.parts.serving import serve as run_server

    options = ServeOptions(
        label=account,
        equity=Decimal(equity),
        database=database,
        port=port,
        delay_ms=delay_ms,
        venue=venue,
        weight=weight,
    )
    run_server(options, SystemClock(), tell=click.echo)
    return 0
