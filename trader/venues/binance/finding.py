"""Looks orders up by our ids, in the books where such an id can stand.

An exit at market stands in the plain book alone. Any other id is asked for in both at once: an exit that was
triggered has moved, and an entry may have waited for a trigger.
"""

from collections.abc import Mapping

from trader.core.identity import CLOSE_ROLES, Identity, decode
from trader.core.orders import Absent, Lookup
from trader.venues.binance import asking
from trader.venues.binance.lookups import algo_lookup, joined, plain_lookup
from trader.venues.binance.signing import Question
from trader.venues.binance.trades import Answers, Key


def questions(ids: Mapping[str, str]) -> dict[Key, Question]:
    """What to ask for these ids (id to coin)."""
    asked: dict[Key, Question] = {}
    for client_id, coin in ids.items():
        asked["plain order", client_id] = asking.order(coin, client_id)
        if not _is_plain_only(client_id):
            asked["algo order", client_id] = asking.algo_order(client_id)
    return asked


def lookups(ids: Mapping[str, str], answers: Answers) -> dict[str, Lookup]:
    """What the venue says of each."""
    found: dict[str, Lookup] = {}
    for client_id in ids:
        plain = plain_lookup(answers["plain order", client_id], client_id)
        algo = answers.get(("algo order", client_id))
        found[client_id] = joined(Absent() if algo is None else algo_lookup(algo, client_id), plain)
    return found


def _is_plain_only(client_id: str) -> bool:
    identity = decode(client_id)
    return isinstance(identity, Identity) and identity.role in CLOSE_ROLES
