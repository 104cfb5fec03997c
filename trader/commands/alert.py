"""`trader alert test`: does a message arrive where the configuration says that people are told?"""

import json

import click

from trader import guard
from trader.commands.options import Call, account_options
from trader.commands.session import told_faults
from trader.commands.telling import with_secrets_of
from trader.core.report import Exit
from trader.core.text import printable
from trader.settings import Settings
from trader.sinks.trial import TRIAL_S, Tried, tried
from trader.wiring import Wired, wire

SCHEMA = "trader.alert/1"


@click.group("alert")
def command() -> None:
    """Try whether alerts arrive."""


@command.command("test", short_help="Send one message to each address and one ping to each heartbeat.")
@account_options
@click.pass_context
def test(context: click.Context, call: Call) -> None:
    """Send one message to each address of notify.urls and one ping to each heartbeat; say which arrived.

    A ping is a sign of life: a monitor takes it for a run that went well. Exit 10 when one was lost, 78 when
    there is none to try.
    """
    guard.harden()
    loaded = call.load("protection")
    wired = wire(loaded)
    guard.arm(TRIAL_S)
    ends = tried_all(wired, with_secrets_of(wired))
    lost = any(one.problem is not None for one in ends)
    code = Exit.UNAVAILABLE if lost else Exit.OK if ends else Exit.CONFIG
    _tell(call, ends, code)
    context.exit(int(code) or told_faults(loaded))


def tried_all(wired: Wired, settings: Settings) -> tuple[Tried, ...]:
    """One message and one ping to everybody who is told; the settings hold the addresses as they are."""
    label = f"{wired.realm} {printable(settings.account)}"
    body = f"A message to try the way from {label} on {wired.account.venue}. Nothing is wrong.\n"
    return tried(settings.notify.urls, settings.heartbeat.given, title=f"{label}: a test", body=body)


def _tell(call: Call, ends: tuple[Tried, ...], code: Exit) -> None:
    if call.as_json:
        tries = [{"address": one.what, "problem": one.problem} for one in ends]
        click.echo(json.dumps({"schema": SCHEMA, "exit_code": int(code), "tried": tries}, indent=2))
        return
    if not ends:
        click.echo("nothing to try: neither notify.urls nor a heartbeat is set")
    for one in ends:
        if one.problem is not None:
            click.echo(f"LOST  {one.what}: {printable(one.problem)}")
        elif not call.quiet:
            click.echo(f"ok    {one.what} took it; look whether it arrived")
