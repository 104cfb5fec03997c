"""`trader plan`: the same decision as a tick, with nothing sent."""

import json
from dataclasses import replace

import click

from trader.clock import SystemClock
from trader.commands.options import Call, account_options
from trader.commands.session import fills_back_ms, halted_why, reading
from trader.core.policy import Policy
from trader.core.snapshot import Snapshot
from trader.core.text import utc
from trader.observe import scope_of
from trader.recall import recalled
from trader.run import decide_seen
from trader.wiring import Connection, Wired, policy_for


@click.command("plan")
@click.option(
    "--coin", "coins", metavar="COIN", multiple=True, help="Consider entries only for this coin (repeatable)."
)
@account_options
def command(call: Call, coins: tuple[str, ...]) -> int:
    """Show what a tick would do now: wanted against live orders, with reasons; nothing is sent.

    \b
    + would be sent     = is live and stays
    - would be cancelled     ! was wanted and is refused
    """

    def plan(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        policy = policy_for(wired, coins)
        snapshot = observed(connection, policy, clock)
        halted = halted_why(wired)
        snapshot, decision = decide_seen(snapshot, policy, halted, connection.venue)
        verdict = decision.verdict()
        if call.as_json:
            from trader.sinks.run_json import plan_json

            click.echo(json.dumps(plan_json(wired.realm, verdict, snapshot), indent=2))
        elif verdict.approved or verdict.refused or not call.quiet:
            from trader.sinks.plan_text import diff_lines

            place = f"{wired.realm} {wired.account.venue} {wired.settings.account}"
            click.echo(f"{place}: plan at {utc(snapshot.venue_ms)}; nothing is sent")
            for line in (*diff_lines(verdict, snapshot), *([f"  {halted}"] if halted else ())):
                click.echo(line)
        return 0

    return reading(call, plan, need="all")


def observed(connection: Connection, policy: Policy, clock: SystemClock) -> Snapshot:
    """All that a tick would look at now; it does not wait for a bar that is late."""
    seen = connection.venue.observe(scope_of(clock.now_ms(), policy, fills_back_ms(policy)))
    return replace(seen, holdings=recalled(connection.venue, seen.holdings))
