"""`trader report`: the account's trade log and running tally from its own fills: tables, a page, JSON."""

import json
import os
from decimal import Decimal
from pathlib import Path

import click

from trader.clock import SystemClock
from trader.commands.named_path import NamedPath
from trader.commands.options import Call, account_options
from trader.commands.session import reading
from trader.commands.trades import tolerance_of
from trader.core.errors import ConfigError
from trader.core.policy import Policy
from trader.report.own import apart_table, json_of, page_of
from trader.report.page.breakdown import by_coin, by_reason
from trader.report.page.render import html_of
from trader.report.story import Story, Whose, story_of
from trader.report.tables import drawn
from trader.report.trade_table import trade_table
from trader.wiring import Connection, Wired


@click.command("report")
@click.option("--days", default=28, show_default=True, type=click.IntRange(1, 3650), help="How far back.")
@click.option("--out", type=NamedPath(is_file=True), metavar="FILE", help="Write the page here.")
@account_options
def command(call: Call, days: int, out: Path | None) -> int:
    """The trade log and the running tally of this account, from the venue's own records.

    Prints tables; --out writes one HTML file that needs nothing else: prices with entries, stops, targets and
    exits, the tally with its drawdowns, months, and each trade. It names no account id and no key.
    """

    def report(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        whose = Whose(wired.realm, wired.account.venue, wired.settings.account)

        def tolerance(coin: str) -> Decimal:
            return tolerance_of(wired.settings, coin)

        story = story_of(connection.venue, policy, whose, days=days, tolerance=tolerance)
        if out is not None:
            write_page(out, html_of(page_of(story)))
        if call.as_json:
            click.echo(json.dumps(json_of(story), indent=2))
        elif not call.quiet:
            click.echo(told(story, days=days), nl=False)
            if out is not None:
                click.echo(f"the page is in {out}")
        return 0

    return reading(call, report)


def told(story: Story, *, days: int) -> str:
    """The log and its sums as text."""
    title = f"{story.realm} {story.venue} {story.account}: the last {days} days"
    page = page_of(story)
    tables = [trade_table(story.ours, title=title)]
    if page.deals:
        tables += [by_coin(page.deals), by_reason(page.deals)]
    tables.append(apart_table(story.trades))
    figures = ", ".join(f"{figure.label} {figure.value}" for figure in page.figures)
    return "\n".join([*(drawn(table) for table in tables), *page.notes, figures]) + "\n"


def write_page(path: Path, html: str) -> None:
    """The whole file or none: a reader, or a web server, never sees a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(html, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(
            f"--out {path}: {error.strerror}; name a file in a folder that can be written"
        ) from error
