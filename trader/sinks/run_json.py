"""The run as JSON for `--json`: a stable form with a schema, apart from the journal's own.

Rules: fields are added, never renamed or retyped within a schema number. Money and prices are text, times are
milliseconds, a value that was not read is null. Unions carry their kind under "is".
"""

from typing import Any

from trader.core.actions import Action
from trader.core.codec import to_json
from trader.core.orders import Outcome, Unreadable
from trader.core.report import Proof, Report, Verdict
from trader.core.snapshot import Position, Snapshot
from trader.core.target import Want
from trader.sinks.wording import newest_holdings

SCHEMA = "trader.run/1"
PLAN_SCHEMA = "trader.plan/1"


def to_run_json(report: Report) -> dict[str, Any]:
    """What a script may rely on."""
    held = newest_holdings(report)
    verdict, verified = report.verdict, report.verified
    return {
        "schema": SCHEMA,
        "realm": report.realm,
        "command": report.command,
        "venue": report.venue,
        "account": report.account,
        "started_ms": report.started_ms,
        "ended_ms": report.ended_ms,
        "venue_ms": held.at_ms if held else None,
        "exit_code": int(report.exit_code),
        "exit_codes": sorted(int(c) for c in report.codes),
        "equity": str(held.account.equity) if held else None,
        "positions": [_position(p) for p in held.positions] if held else None,
        "wants": {c: to_json(w, Want) for c, w in verdict.wants.items()} if verdict else None,
        "approved": [to_json(a, Action) for a in verdict.approved] if verdict else None,
        "refused": [_refused(r.action, r.rule, r.reason) for r in verdict.refused] if verdict else None,
        "tripped": dict(verdict.tripped) if verdict else None,
        "done": [
            {
                "action": to_json(d.action, Action),
                "outcome": to_json(d.outcome, Outcome),
                "sent_ms": d.sent_ms,
                "settled_ms": d.settled_ms,
            }
            for d in report.done
        ],
        "proofs": [to_json(p, Proof) for p in verified.proofs] if verified else None,
        "naked_ms": verified.naked_ms if verified else None,
        "standing": to_json(report.standing) if report.standing else None,
        "halted": report.halted,
        "halted_since_ms": report.halted_since_ms,
        "problems": list(report.problems),
        "notes": [*(verdict.notes if verdict else ()), *report.notes],
        "requests": dict(report.requests),
    }


def _refused(action: Action, rule: str, reason: str) -> dict[str, Any]:
    return {"action": to_json(action, Action), "rule": rule, "reason": reason}


def _position(position: Position) -> dict[str, Any]:
    return {
        "coin": position.coin,
        "leg": position.leg.value if position.size else None,
        "size": str(position.size),
        "entry_price": str(position.entry_price),
        "mark": str(position.mark),
        "notional": str(position.notional),
        "liquidation": None if position.liquidation is None else str(position.liquidation),
        "leverage": position.leverage,
        "margin": "cross" if position.cross else "isolated",
        "unrealised": str(position.unrealised),
    }


def plan_json(realm: str, verdict: Verdict, snapshot: Snapshot) -> dict[str, Any]:
    """A decision that was not sent, with the live orders that it was made against."""
    orders = snapshot.holdings.orders
    return {
        "schema": PLAN_SCHEMA,
        "realm": realm,
        "venue": snapshot.venue,
        "venue_ms": snapshot.venue_ms,
        "equity": str(snapshot.holdings.account.equity),
        "positions": [_position(p) for p in snapshot.holdings.positions],
        "orders": None if isinstance(orders, Unreadable) else [to_json(o) for o in orders],
        "wants": {c: to_json(w, Want) for c, w in verdict.wants.items()},
        "approved": [to_json(a, Action) for a in verdict.approved],
        "refused": [_refused(r.action, r.rule, r.reason) for r in verdict.refused],
        "tripped": dict(verdict.tripped),
        "notes": list(verdict.notes),
    }
