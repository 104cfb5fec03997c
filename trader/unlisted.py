"""Finds the stop that came with an entry where the list hides it, so that it does not outlive its turn.

Rules: asked for only after this run has put another stop in its place, and only where one that came along
could open something: a one-way account whose venue does not mark it as reducing. It goes when a look-up by
its own id calls it live, and the one in its place stands in the list or is called live by a look-up as well.
Without that it stays: two stops may open something, none lets a loss run.

Why: a list that hides both costs nothing at once, and in the next gap both fire, the second one from flat.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from trader.core.actions import Cancel, PlaceExit
from trader.core.first_stops import stop_id_of
from trader.core.identity import STOP_ROLES
from trader.core.orders import Accepted, Found, Rejected, Status, Unreadable
from trader.core.ownership import is_opening, since_flat
from trader.core.policy import Policy
from trader.core.ports import Env
from trader.core.report import Done
from trader.core.snapshot import Holdings, Position
from trader.examine import superseded


def unlisted(
    env: Env, policy: Policy, holdings: Holdings, done: Sequence[Done]
) -> tuple[list[Cancel], Holdings]:
    """The cancels of such stops, and the reading with what look-ups showed; `done` is what verify wrote."""
    abilities, orders = env.venue.abilities, holdings.orders
    if abilities.attach == "none" or abilities.attached_stands or isinstance(orders, Unreadable):
        return [], holdings
    listed = {o.client_id for o in orders}
    off = {
        d.action.client_id for d in done if isinstance(d.action, Cancel) and isinstance(d.outcome, Accepted)
    }
    asked: dict[str, str] = {}
    came: set[str] = set()
    for position in holdings.positions:
        placed = _placed(position, done)
        hidden = _came_along(position, holdings, policy) - listed - off if placed else set()
        if hidden:
            came |= hidden
            asked |= dict.fromkeys(sorted({*hidden, *placed} - listed), position.coin)
    if not came:
        return [], holdings
    found = env.venue.find(asked)
    live = [f.order for f in found.values() if isinstance(f, Found) and f.status is Status.LIVE]
    shown = replace(holdings, orders=(*orders, *live))
    gone = [o for o in superseded(shown, policy, abilities) if o.client_id in came and o.opens]
    return [Cancel.of(o, "replaced by a newer exit, and not listed") for o in gone], shown


def _placed(position: Position, done: Iterable[Done]) -> set[str]:
    """Ids of the stops that this run has put behind a position of a one-way account."""
    return {
        d.action.client_id
        for d in done
        if isinstance(d.action, PlaceExit)
        and d.action.role in STOP_ROLES
        and d.action.coin == position.coin
        and not position.two_sided
        and not isinstance(d.outcome, Rejected)
    }


def _came_along(position: Position, holdings: Holdings, policy: Policy) -> set[str]:
    """Ids of the stops that came with the entries which made this position."""
    made = since_flat(holdings.fills_in(position.slot)) or []
    entries = {f.client_id for f in made if is_opening(f.client_id, policy.account_tag)}
    return {stop for entry in entries if entry is not None and (stop := stop_id_of(entry)) is not None}
