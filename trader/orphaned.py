"""Finds the exits of ours that no position stands behind any more, so that they can be taken off.

Rules: only what two readings far enough apart both call an orphan is one, so that a lie or a list that trails
costs no stop. What an entry may still need is none, however flat the account looks: the entry of a stop is
asked for by its own id, because a list that hides it may show its stop. Where there is no time for a second
reading nothing is proven, and everything stays: an exit that can only reduce costs nothing.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.first_stops import entry_id_of
from trader.core.identity import Role
from trader.core.orders import Found, Lookup, Order, Status, Unreadable
from trader.core.policy import Policy
from trader.core.ports import ARRIVAL_MARGIN_MS, Env
from trader.core.report import Done
from trader.core.snapshot import Holdings
from trader.examine import orphans
from trader.exits import role_in
from trader.settle import unconfirmed

PAUSE_S = 5.0  # two flat readings this far apart, so that one stale answer cannot cost a stop
RESERVE_S = 15.0


def proven_orphans(
    env: Env,
    policy: Policy,
    holdings: Holdings,
    sent: Sequence[Done],
    read_again: Callable[[], Holdings | None],
) -> tuple[list[Order], Holdings]:
    """Orphans in two readings, and the newer reading. `sent`: what this run has written so far."""
    first = _lonely(env, policy, holdings, sent)
    if not first or env.deadline.remaining_s() < RESERVE_S:
        return [], holdings
    env.clock.sleep(PAUSE_S)
    again = read_again()
    if again is None:
        return [], holdings
    still = {order.order_id for order in _lonely(env, policy, again, sent)}
    return unclaimed(env, [order for order in first if order.order_id in still], again), again


def unclaimed(env: Env, exits: Sequence[Order], holdings: Holdings) -> list[Order]:
    """Those of them whose entry is over by its own id, or has filled for all that the exit would close. One
    that could open something is nobody's cover."""
    entries = {o.order_id: entry_id_of(o.client_id) for o in exits if not o.opens}
    asked = {
        entry: o.coin
        for o in exits
        if (entry := entries.get(o.order_id)) is not None and not _has_filled(entry, o, holdings)
    }
    found = env.venue.find(asked) if asked else {}
    return [o for o in exits if not _claims(found.get(entries.get(o.order_id) or ""), o, holdings)]


def _has_filled(entry_id: str, stop: Order, holdings: Holdings) -> bool:
    filled = sum((f.size for f in holdings.fills_in(stop.slot) if f.client_id == entry_id), Decimal(0))
    return filled >= stop.size > 0


def _claims(entry: Lookup | None, stop: Order, holdings: Holdings) -> bool:
    """True where it may still fill, has filled with no fill to tell of the end, or cannot be asked for."""
    if not isinstance(entry, Found):
        return isinstance(entry, Unreadable)
    if entry.status in (Status.LIVE, Status.TRIGGERED):
        return True
    has_filled = entry.status is Status.FILLED or entry.order.filled > 0
    return has_filled and not holdings.fills_in(stop.slot)


def _lonely(env: Env, policy: Policy, holdings: Holdings, sent: Sequence[Done]) -> list[Order]:
    return [o for o in orphans(holdings, policy) if not _may_be_awaited(env, o, holdings, sent)]


def _may_be_awaited(env: Env, order: Order, holdings: Holdings, sent: Sequence[Done]) -> bool:
    """True for an exit that an entry may still need: one that was called filled and does not show yet, one of
    unknown outcome, or of a host that just left; and for one of a position that this run has seen, where no
    fill tells of its end: a list that is cut short shows neither.

    The third only where stops go before their entries, under an id that says so, and as long as a write may
    arrive.
    """
    unknown = any(a.coin == order.coin and isinstance(a, Enter | Rest) for a in env.unsettled)
    vanished = order.slot in env.held and not holdings.fills_in(order.slot)
    if unknown or vanished or order.slot in unconfirmed(holdings, sent):
        return True
    abilities = env.venue.abilities
    goes_first = abilities.attach == "none" or abilities.stop_first is True
    if not goes_first or role_in(order) is not Role.STOP or order.client_id in env.sent:
        return False
    arrives_ms = order.placed_ms + abilities.write_expiry_ms + ARRIVAL_MARGIN_MS
    return env.clock.now_ms() < env.dirty_until_ms or holdings.at_ms < arrives_ms
