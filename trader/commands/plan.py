"""`trader plan`: the same decision as a tick, with nothing sent."""

import json

import click

from trader.clock import SystemClock
from trader.commands.options import Call, account_options
from trader.commands.session import halted_why, reading
from trader.core.policy import Policy
from trader.core.ports import FILLS_BACK_MS
from trader.run import decide, scope_of
from trader.wiring import Connection, Wired, policy_for


@click.command("plan")
@click.option("--coin", "coins", multiple=True, help="Consider entries only for this coin (repeatable).")
@account_options
def command(call: Call, coins: tuple[str, ...]) -> int:
    """Show what a tick would do now: wanted against live orders, with reasons; nothing is sent."""

    def plan(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        policy = policy_for(wired, coins)
        snapshot = connection.venue.observe(scope_of(clock.now_ms(), policy, FILLS_BACK_MS))
        verdict = decide(snapshot, policy, halted_why(wired)).verdict()
        if call.as_json:
            from trader.sinks.run_json import plan_json

            click.echo(json.dumps(plan_json(wired.realm, verdict, snapshot), indent=2))
        else:
            from trader.sinks.plan_text import diff_lines

            click.echo(f"{wired.realm} {wired.account.venue} {wired.settings.account}: nothing is sent")
            for line in diff_lines(verdict, snapshot):
                click.echo(line)
        return 0

    return reading(call, plan)
