"""What became of entries that the venue took to rest, where its lists do not show them.

Rules: each is looked up by its own id. One that nothing shows is unknown. One that rests all the same proves
that a list leaves something out, and is called off again: beside what else that list may hide, nobody could
say what all of it comes to when it fills.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trader.core.actions import Cancel, Rest
from trader.core.orders import Accepted, Found, Lookup, Refusal, Rejected, Status, Unknown
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.gate import gate_repair
from trader.reread import read_until
from trader.sending import take_off
from trader.settle import looked_up

HIDDEN = "taken, and in no list of the venue, so that what else rests there cannot be told: called off again"


def seen_resting(env: Env, policy: Policy, sent: Sequence[Done]) -> list[Done]:
    """What was sent, each entry with what became of it, and what was called off."""
    taken = {
        d.action.client_id: d for d in sent if isinstance(d.action, Rest) and isinstance(d.outcome, Accepted)
    }

    def missing(holdings: Holdings) -> list[str]:
        seen = {f.client_id for d in taken.values() for f in holdings.fills_of(d.action.coin)}
        seen |= {o.client_id for d in taken.values() for o in holdings.orders_of(d.action.coin)}
        return [client_id for client_id in taken if client_id not in seen]

    now = read_until(env, lambda holdings: not missing(holdings)) if taken else None
    lost = missing(now) if now is not None else list(taken)
    found = env.venue.find({i: taken[i].action.coin for i in lost}) if lost else {}
    told = {i: looked_up(taken[i], lookup) for i, lookup in found.items() if i in taken}
    env.unsettled.extend(d.action for d in told.values() if isinstance(d.outcome, Unknown))
    off = _called_off(env, policy, now, found) if now is not None else []
    cancelled = (one.action for one in off if isinstance(one.outcome, Accepted))
    gone = {action.client_id for action in cancelled if isinstance(action, Cancel)}
    told |= {i: replace(taken[i], outcome=Rejected(Refusal.OTHER, HIDDEN)) for i in taken if i in gone}
    return [*(told.get(d.action.client_id, d) if isinstance(d.action, Rest) else d for d in sent), *off]


def _called_off(env: Env, policy: Policy, now: Holdings, found: Mapping[str, Lookup]) -> list[Done]:
    resting = [f.order for f in found.values() if isinstance(f, Found) and f.status is Status.LIVE]
    cancels = [Cancel.of(order, "no list shows it") for order in resting]
    return take_off(env, gate_repair(cancels, now, policy, env.venue.abilities).approved)
