"""`trader drift`: an account against the replay of its own window, cause by cause, to the cent."""

import json
from collections.abc import Callable

import click

from trader.clock import SystemClock
from trader.commands.data import require_columns
from trader.commands.options import Call, account_options
from trader.commands.session import reading
from trader.core.policy import Policy
from trader.report.drift_telling import Told, gap_table, json_of, pairs_table
from trader.report.tables import drawn
from trader.wiring import Connection, Wired


@click.command("drift")
@click.option("--days", default=14, show_default=True, type=click.IntRange(1, 90), help="How far back.")
@account_options
def command(call: Call, days: int) -> int:
    """How far this account is from what its own strategy did on the same bars, and why.

    Replays the account's window without slippage and splits the gap: missed signals, delay, slippage, fees,
    funding, partial fills, other sizes and exits. The lines sum to the gap. A measured slippage is a
    suggestion; no file is changed.
    """

    drift_of = _engine()

    def drift(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        title = (
            f"{wired.realm} {wired.account.venue} {wired.settings.account}: {days} days against their replay"
        )
        told = drift_of(connection.venue, policy, days=days, title=title)
        if call.as_json:
            click.echo(json.dumps(json_of(told), indent=2))
        elif not call.quiet:
            click.echo(drawn(gap_table(told)), nl=False)
            click.echo()
            click.echo(drawn(pairs_table(told)), nl=False)
        return 0

    return reading(call, drift)


def _engine() -> Callable[..., Told]:
    """The comparison, which needs packages that no tick does."""
    require_columns()
    from trader.backtest.drifting import drift_of

    return drift_of
