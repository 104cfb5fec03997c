"""`trader sim serve`: the embedded exchange as a server on this machine."""

from decimal import Decimal
from pathlib import Path

import click


@click.group("sim")
def command() -> None:
    """The embedded exchange: the real wire protocol, paper money, loopback only."""


@command.command("serve")
@click.option("--port", default=0, show_default="a free one", help="The port on 127.0.0.1.")
@click.option("--equity", default="1000", show_default=True, help="What an account starts with.")
@click.option("--file", "database", type=click.Path(path_type=Path), help="Keep the exchange in this file.")
@click.option("--account", default="main", show_default=True, help="The paper account it knows.")
@click.option("--delay-ms", default=0.0, show_default=True, help="Add this to every answer.")
@click.option(
    "--weight", default=1200, show_default=True, help="Request weight a minute before it answers 429."
)
def serve(port: int, equity: str, database: Path | None, account: str, delay_ms: float, weight: int) -> int:
    """Serve until Ctrl-C. Point a client's base URL, or `paper.url`, at the address it prints."""
    from trader.clock import SystemClock
    from trader.sim.hyperliquid.switches import Switches
    from trader.sim.serve import ServeOptions
    from trader.sim.serve import serve as run_server

    options = ServeOptions(
        label=account,
        equity=Decimal(equity),
        database=database,
        port=port,
        delay_ms=delay_ms,
        switches=Switches(ip_weight_per_minute=weight),
    )
    run_server(options, SystemClock(), tell=click.echo)
    return 0
