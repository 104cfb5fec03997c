"""Looks further back when the fills that were read do not explain a position.

An account that traded nothing for longer than the usual history holds positions whose fills are out of
sight, and a list of fills may come up short. Neither may make a position of ours look foreign: nobody
would guard it.
"""

from dataclasses import replace

from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.identity import account_tag
from trader.core.market import Slot
from trader.core.orders import Fill, Found, Status, Unreadable
from trader.core.ownership import is_opening, is_ours, since_flat
from trader.core.ports import Venue
from trader.core.snapshot import Holdings

DEEP_MS = 60 * 86_400_000  # far longer than any position is meant to last


def recalled(venue: Venue, holdings: Holdings) -> Holdings:
    """The same reading, with older fills where a position needs them; unreadable where they contradict."""
    if isinstance(holdings.fills, Unreadable) or not _unexplained(holdings, holdings.fills):
        return holdings
    try:
        deep = venue.inspect(DEEP_MS)
    except (Unavailable, Denied, Malformed) as error:
        return replace(holdings, fills=Unreadable("older fills", str(error), isinstance(error, Malformed)))
    if isinstance(deep.fills, Unreadable):
        return replace(holdings, fills=deep.fills)
    if deep.fills_complete:
        merged = {f.fill_id: f for f in (*deep.fills, *holdings.fills)}
        fills = tuple(sorted(merged.values(), key=lambda f: (f.at_ms, f.fill_id)))
        holdings = replace(holdings, fills=fills, fills_since_ms=deep.fills_since_ms)
    return _against_history(venue, holdings)


def _unexplained(holdings: Holdings, fills: tuple[Fill, ...]) -> list[Slot]:
    """Slots that are held although the fills do not show how it began."""
    return [p.slot for p in holdings.positions if since_flat([f for f in fills if f.slot == p.slot]) is None]


def _against_history(venue: Venue, holdings: Holdings) -> Holdings:
    """A position without any fill is foreign only when no order of ours that filled speaks against it: one of
    the time that the fills reach back to, or an entry as the last of before."""
    bare = [p.slot for p in holdings.positions if not holdings.fills_in(p.slot)]
    if not bare:
        return holdings
    history = venue.history()
    if isinstance(history, Unreadable):
        return replace(holdings, fills=history)
    account = account_tag(venue.account_id)
    for slot in bare:
        last = next((f for f in history if f.order.slot == slot and _traded(f, account)), None)
        if last is None:
            continue
        is_entry = is_opening(last.order.client_id, account)
        if is_entry or last.at_ms > holdings.fills_since_ms:
            what = "entry" if is_entry else "exit"
            why = f"they lack the {what} of {slot} that the history of orders shows"
            return replace(holdings, fills=Unreadable("fills", why, answered=True))
    return holdings


def _traded(found: Found, account: int) -> bool:
    """An order of ours that filled; an entry whose rest was cancelled may have filled in part."""
    if is_opening(found.order.client_id, account):
        return found.status in (Status.FILLED, Status.CANCELLED)
    return found.status is Status.FILLED and is_ours(found.order.client_id, account)
