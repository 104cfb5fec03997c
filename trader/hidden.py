"""What became of entries that the venue took to rest, where its lists do not show them.

Rules: each is looked up by its own id. One that nothing shows is unknown. One that rests all the same proves
that a list leaves something out, and is called off again: beside what else that list may hide, nobody could
say what all of it comes to when it fills. So is one beside which another host lets the same entry rest, and
each of a coin in which an older entry of ours rests that the decision had not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trader.core.actions import Cancel, Rest
from trader.core.orders import Accepted, Found, Lookup, Order, Refusal, Rejected, Status, Unknown, Unreadable
from trader.core.ownership import is_opening
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.gate import gate_repair
from trader.reread import read_until
from trader.sending import take_off
from trader.settle import looked_up

HIDDEN = "taken, and in no list of the venue, so that what else rests there cannot be told: called off again"
UNSEEN = "taken, and an older entry rests that no list showed before: called off again"
TWIN = "taken, and another host or copy lets the same entry rest: called off again"


def seen_resting(env: Env, policy: Policy, before: Holdings, sent: Sequence[Done]) -> list[Done]:
    """What was sent, each entry with what became of it, and what was called off. `before` is what was decided
    from."""
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
    wrong = (
        {} if now is None else _hidden(found) | _unseen(policy, before, now, taken) | _twins(env, now, taken)
    )
    off = [] if now is None else _called_off(env, policy, now, wrong)
    cancelled = (one.action for one in off if isinstance(one.outcome, Accepted))
    gone = {action.client_id for action in cancelled if isinstance(action, Cancel)}
    told |= {i: replace(taken[i], outcome=Rejected(Refusal.OTHER, wrong[i][1])) for i in taken if i in gone}
    return [*(told.get(d.action.client_id, d) if isinstance(d.action, Rest) else d for d in sent), *off]


def _hidden(found: Mapping[str, Lookup]) -> dict[str, tuple[Order, str]]:
    live = {i: f.order for i, f in found.items() if isinstance(f, Found) and f.status is Status.LIVE}
    return {client_id: (order, HIDDEN) for client_id, order in live.items()}


def _unseen(
    policy: Policy, before: Holdings, now: Holdings, taken: Mapping[str, Done]
) -> dict[str, tuple[Order, str]]:
    orders, known = _listed(now), {o.order_id for o in _listed(before)}
    older = {
        o.coin
        for o in orders
        if o.placed_ms <= before.at_ms
        and o.order_id not in known
        and o.client_id not in taken
        and is_opening(o.client_id, policy.account_tag)
    }
    return {i: (o, UNSEEN) for i in taken for o in orders if o.client_id == i and o.coin in older}


def _listed(holdings: Holdings) -> tuple[Order, ...]:
    return () if isinstance(holdings.orders, Unreadable) else holdings.orders


def _twins(env: Env, now: Holdings, taken: Mapping[str, Done]) -> dict[str, tuple[Order, str]]:
    """Ours of two that rest under one id; a venue that refuses an id twice has none."""
    wrong: dict[str, tuple[Order, str]] = {}
    for client_id, done in taken.items():
        same = [o for o in now.orders_of(done.action.coin) if o.client_id == client_id]
        ours = [o for o in same if isinstance(done.outcome, Accepted) and o.order_id == done.outcome.order_id]
        if ours and len(same) > 1:
            env.others.append(f"{ours[0].slot}: another host or copy lets the same entry rest")
            wrong[client_id] = (ours[0], TWIN)
    return wrong


def _called_off(
    env: Env, policy: Policy, now: Holdings, wrong: Mapping[str, tuple[Order, str]]
) -> list[Done]:
    cancels = [Cancel.of(order, why) for order, why in wrong.values()]
    return take_off(env, gate_repair(cancels, now, policy, env.venue.abilities).approved)
