"""Whether anybody else trades this account with our ids: another machine, or another copy on this one.

Rules: every order of ours names its account in its id, so one that this machine has no record of having sent
came from elsewhere. Only orders that are sent at once are asked about (a stop that fires was sent long ago),
and only those of the last day. How sure that is depends on the record: where it does not reach, or where the
last command may have died before it wrote its own line, it is a warning and says so.
"""

from collections.abc import Iterator

from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.core.identity import CLOSE_ROLES, Identity, Role, decode
from trader.core.orders import Unreadable
from trader.core.text import plural, utc
from trader.doctor.findings import Finding, failed, sound, unchecked, warned
from trader.doctor.locks import Look
from trader.doctor.reading import Seen
from trader.sinks.journal_sent import Recorded

_SENT_AT_ONCE = frozenset({Role.ENTRY, Role.RUNG, *CLOSE_ROLES})
AROUND_MS = 60_000
"""What the clocks of venue and machine may differ by, and what lies between a run's start and its orders."""


@frozen
class Sent:
    """One order with our ids, when the venue took it."""

    client_id: str
    at_ms: int


def one_host(seen: Seen, record: Recorded, lock: Look | None, *, now_ms: int, has_money: bool) -> Finding:
    """Whether every order of the last day was sent from here."""
    if seen.snapshot is None or isinstance(seen.history, Unreadable):
        why = seen.history.why if isinstance(seen.history, Unreadable) else "the account was not read"
        return unchecked(why, has_money=has_money)
    orders = {one.client_id: one for one in _orders(seen, since_ms=now_ms - DAY_MS)}
    strange = sorted(
        (one for one in orders.values() if one.client_id not in record.ids), key=lambda one: one.at_ms
    )
    if not strange:
        return sound(f"{plural(len(orders), 'order')} of ours in the last day, each sent from here")
    last = strange[-1]
    told = (
        f"{plural(len(strange), 'order')} with our ids, the last {utc(last.at_ms)}, that no run here recorded"
    )
    doubt = _doubt(strange, record, lock)
    if doubt is None:
        return failed(f"{told}; runs before and after are recorded, so this is sure")
    return warned(
        f"{told}; not sure: {doubt}",
        cause="another host or copy, or a run of this machine whose record is missing",
        fix="if another machine has this key, stop one of the two; run `trader check-sl` here",
    )


def _orders(seen: Seen, *, since_ms: int) -> Iterator[Sent]:
    """Orders of ours since then, live or ended, of those that are sent at once."""
    found: list[tuple[str | None, int]] = []
    if seen.snapshot is not None and not isinstance(seen.history, Unreadable):
        held = seen.snapshot.holdings
        found += [(f.order.client_id, f.order.placed_ms) for f in seen.history]
        found += (
            [] if isinstance(held.orders, Unreadable) else [(o.client_id, o.placed_ms) for o in held.orders]
        )
    for client_id, at_ms in found:
        identity = decode(client_id)
        if client_id is None or not isinstance(identity, Identity) or at_ms < since_ms:
            continue
        if identity.account == seen.policy.account_tag and identity.role in _SENT_AT_ONCE:
            yield Sent(client_id, at_ms)


def _doubt(strange: list[Sent], record: Recorded, lock: Look | None) -> str | None:
    """Why these could be orders of this machine all the same."""
    if record.first_ms is None or record.last_ms is None:
        return "there is no record of the last day here"
    if strange[-1].at_ms < record.first_ms:
        return f"the record begins only {utc(record.first_ms)}"
    began_ms = None if lock is None or lock.holder is None else lock.holder.started_ms
    if began_ms is not None and began_ms > record.last_ms and strange[-1].at_ms >= began_ms - AROUND_MS:
        return "the last command here has written no record yet, or was killed before it could"
    return None
