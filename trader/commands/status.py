"""`trader status`: what the venue holds now."""

import json
from dataclasses import replace

import click

from trader import halt
from trader.clock import SystemClock
from trader.commands.options import Call, account_options
from trader.commands.session import halted_why, reading
from trader.core.policy import Policy
from trader.core.ports import Scope
from trader.recall import recalled
from trader.wiring import Connection, Wired


@click.command("status")
@account_options
def command(call: Call) -> int:
    """Account, positions, stops and orders as the venue holds them now; sends nothing."""

    def status(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        from trader.report.status import is_well, status_json, status_text

        seen = connection.venue.observe(Scope())
        snapshot = replace(seen, holdings=recalled(connection.venue, seen.holdings))
        halted = halted_why(wired)
        if call.as_json:
            since_ms = getattr(halt.read(wired.folders.halt), "since_ms", None)
            click.echo(json.dumps(status_json(wired.realm, snapshot, policy, halted, since_ms), indent=2))
        elif not (call.quiet and is_well(snapshot)):
            click.echo(status_text(wired.realm, snapshot, policy, halted))
        return 0

    return reading(call, status)
