"""`trader trades`: closed trades rebuilt from the venue's fills."""

import json
from decimal import Decimal

import click

from trader.clock import SystemClock
from trader.commands.options import Call, account_options
from trader.commands.session import reading
from trader.core.candles import DAY_MS
from trader.core.errors import Malformed
from trader.core.market import exact
from trader.core.orders import Unreadable
from trader.core.policy import Policy
from trader.report.levels import inferring
from trader.report.tables import drawn
from trader.report.trade_table import trade_table, trades_json
from trader.report.trades import rebuild
from trader.settings import Settings
from trader.wiring import Connection, Wired


@click.command("trades")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 3650), help="How far back.")
@account_options
def command(call: Call, days: int) -> int:
    """Trades with entry, exit, reason, and profit after fees and funding, from the venue's own records."""

    def trades(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        holdings = connection.venue.inspect(days * DAY_MS)
        payments = connection.venue.funding(clock.now_ms() - days * DAY_MS)
        for part in (holdings.fills, payments):
            if isinstance(part, Unreadable):
                raise Malformed(
                    f"{part.what} could not be read: {part.why}; nothing is shown rather than a part"
                )
        fills = () if isinstance(holdings.fills, Unreadable) else holdings.fills
        paid = () if isinstance(payments, Unreadable) else payments
        history = connection.venue.history()
        known = () if isinstance(history, Unreadable) else history
        near = inferring(known, policy.account_tag, lambda coin: tolerance_of(wired.settings, coin))
        rebuilt = rebuild(fills, paid, policy.account_tag, inferred=near)
        if call.as_json:
            document = trades_json(rebuilt) | {"realm": wired.realm, "complete": holdings.fills_complete}
            click.echo(json.dumps(document, indent=2))
            return 0
        if not call.quiet:
            title = f"{wired.realm} {wired.account.venue} {wired.settings.account}: the last {days} days"
            click.echo(drawn(trade_table(rebuilt, title=title)), nl=False)
        if not holdings.fills_complete:
            click.echo(f"older fills of these {days} days do not fit two pages and are not shown", err=True)
        return 0

    return reading(call, trades)


def tolerance_of(settings: Settings, coin: str) -> Decimal:
    """How near to a level an exit without an id of ours must be to count as its work."""
    market = settings.markets.get(coin)
    return exact((settings.entries if market is None else market.entries).exit_tolerance)
