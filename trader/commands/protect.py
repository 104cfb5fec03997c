"""`trader protect`: put a stop behind a position by hand."""

import sys
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import click

from trader.closing import Wish, protect
from trader.commands.options import Call, account_options
from trader.commands.session import Session, under_lock
from trader.core.market import Leg
from trader.run import Ran

_WHOLE = 100  # percent


@click.command("protect")
@click.option("--coin", metavar="COIN", required=True, help="The coin whose position gets the stop.")
@click.option(
    "--stop", "stop", required=True, metavar="PRICE|FRACTION", help="61000, or 5% or 0.05 from entry."
)
@click.option("--leg", type=click.Choice(["long", "short"]), help="Which one, where both legs are open.")
@click.option("--loosen", is_flag=True, help="Allow a stop further away than the live one (terminal only).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@account_options
def command(call: Call, coin: str, stop: str, leg: str | None, loosen: bool, yes: bool) -> int:
    """Put a stop behind one position, ours or not. Shows what it will do; cannot do anything but protect.

    \b
    trader protect --coin ETH --stop 5%
    trader protect --coin BTC --stop 61000 --yes
    """
    wish = replace(wish_of(coin, stop, loosen=loosen), leg=Leg(leg) if leg else None)
    if loosen and not sys.stdin.isatty():
        raise click.UsageError("--loosen needs a terminal: nothing moves a stop away from price unattended")
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on; add --yes")

    def confirm(preview: str) -> bool:
        click.echo(preview, err=True)
        return yes or click.confirm("Place it?", err=True)

    def work(session: Session) -> Ran:
        return protect(session.env, session.policy, wish, confirm)

    return under_lock(call, "protect", work)


def wish_of(coin: str, stop: str, *, loosen: bool) -> Wish:
    """What was written: `5%` is a fraction, a number below 1 usually is one, and any other a price."""
    is_percent = stop.endswith("%")
    try:
        value = Decimal(stop.removesuffix("%").strip())
    except InvalidOperation as error:
        raise click.BadParameter(
            f"{stop!r} is neither a price nor a fraction: expected 61000, 5% or 0.05", param_hint="--stop"
        ) from error
    if not value.is_finite() or value <= 0 or (is_percent and value >= _WHOLE):
        told = "must be above 0 and below 100 %" if is_percent else "must be above 0 and finite"
        raise click.BadParameter(f"{stop} {told}", param_hint="--stop")
    if is_percent:
        return Wish(coin, None, value / _WHOLE, loosen)
    if value < 1:
        return Wish(coin, None, value, loosen, may_be_price=True)
    return Wish(coin, value, None, loosen)
