"""`trader why COIN`: what the last closed bar was asked, what it answered, and what follows."""

import json
from typing import Any

import click

from trader.clock import SystemClock
from trader.commands.options import Call, account_options
from trader.commands.plan import observed
from trader.commands.session import halted_why, reading
from trader.core.actions import Action
from trader.core.codec import to_json
from trader.core.policy import Policy
from trader.core.target import Want
from trader.core.text import printable, utc
from trader.report.tables import Table, drawn
from trader.run import decide_seen
from trader.sinks.wording import action_text, want_text
from trader.why import Explained, explain
from trader.wiring import Connection, Wired, policy_for

SCHEMA = "trader.why/1"
_LINE_MAX = 1000


@click.command("why")
@click.argument("coin", metavar="COIN")
@account_options
def command(call: Call, coin: str) -> int:
    """Explain the last closed bar of COIN: each condition, its numbers, and what follows; nothing is sent.

    \b
    trader why BTC
    trader why BTC --json | jq '.conditions[] | select(.passed == false)'
    """

    def why(wired: Wired, policy: Policy, connection: Connection, clock: SystemClock) -> int:
        policy_for(wired, (coin,))  # is it a coin of the configuration?
        halted = halted_why(wired)
        seen = observed(connection, policy, clock)
        snapshot, _ = decide_seen(seen, policy, halted, connection.venue)
        found = explain(snapshot, policy, coin, halted)
        if call.as_json:
            head = {
                "schema": SCHEMA,
                "realm": wired.realm,
                "venue": wired.account.venue,
                "account": wired.settings.account,
                "venue_ms": snapshot.venue_ms,
            }
            click.echo(json.dumps({**head, **why_json(found)}, indent=2))
        elif found.reason is None or not call.quiet:
            place = f"{wired.realm} {wired.account.venue} {wired.settings.account}"
            click.echo(why_text(found, place), nl=False)
        return 0

    return reading(call, why, need="all")


def why_json(found: Explained) -> dict[str, Any]:
    """The explanation for scripts; `reason` is null where something would be sent."""
    return {
        "coin": found.coin,
        "strategy": found.strategy,
        "bar_ms": found.bar_ms,
        "bar_close_ms": found.bar_ms + found.frame_ms,
        "conditions": [{"name": c.name, "passed": c.passed, "told": c.told} for c in found.conditions],
        "want": to_json(found.want, Want),
        "reason": found.reason,
        "approved": [to_json(action, Action) for action in found.approved],
        "refused": [
            {"action": to_json(one.action, Action), "rule": one.rule, "reason": one.reason}
            for one in found.refused
        ],
        "notes": list(found.notes),
    }


def why_text(found: Explained, place: str) -> str:
    """A row for each condition, then what follows from them."""
    span = f"bar {_minute(found.bar_ms)} to {_minute(found.bar_ms + found.frame_ms)[11:]} UTC"
    title = f"{place}: {found.coin} by {found.strategy}, {span}; nothing is sent"
    rows = tuple((c.name, "yes" if c.passed else "no", c.told) for c in found.conditions)
    lines = [f"would be sent: {action_text(a)}" for a in found.approved]
    lines += [f"refused: {action_text(r.action)}" for r in found.refused]
    lines += [f"note: {note}" for note in found.notes]
    if found.reason is not None:
        lines.append(f"nothing is done: {found.reason}")
    else:
        lines.append(f"because: {want_text(found.want)}")
    shown = tuple(printable(line, length_max=_LINE_MAX) for line in lines)
    return drawn(Table(title, ("condition", "holds", "what was seen"), rows, shown))


def _minute(moment_ms: int) -> str:
    return utc(moment_ms)[:16]
