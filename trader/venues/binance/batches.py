"""Which actions of a round go out in one request: plain resting entries, and cancels of plain orders.

A list is answered by a list in the same order, each element an order or a refusal of its own. One alone
goes by itself, which is cheaper. Everything else always goes alone: what protects must not wait in a list.
"""

import json
from collections.abc import Sequence
from typing import TypeVar

from trader.core.actions import Action, Cancel, Rest
from trader.core.frozen import frozen
from trader.venues.binance.encode import Terms, encode, is_conditional, resting
from trader.venues.binance.signing import Question
from trader.venues.binance.symbols import symbol_of

PLACED_MAX = 5
CANCELLED_MAX = 10
_BATCH = "/fapi/v1/batchOrders"

Sent = TypeVar("Sent", bound=Action)


@frozen
class Parcel:
    """Requests that belong together, and the actions that they carry out, by their place in the round.

    `is_list`: one request for several actions. Otherwise one action, mostly of one request.
    """

    places: tuple[int, ...]
    questions: tuple[Question, ...]
    is_list: bool = False


def alone(place: int, action: Action, terms: Terms) -> Parcel:
    return Parcel((place,), encode(action, terms))


def listed(actions: Sequence[tuple[int, Action]], terms: Terms) -> list[Parcel]:
    """Parcels for the actions that can share a request; the others are left to `alone`."""
    rests = [(i, a) for i, a in actions if isinstance(a, Rest) and a.trigger is None]
    parcels: list[Parcel] = []
    for part in _parts(rests, PLACED_MAX):
        rows = [{**resting(a, terms)} for _, a in part]
        named = (("batchOrders", json.dumps(rows, separators=(",", ":"))),)
        parcels.append(_parcel(part, Question(_BATCH, named, method="POST")))
    by_coin: dict[str, list[tuple[int, Cancel]]] = {}
    for i, a in actions:
        if isinstance(a, Cancel) and not is_conditional(a) and a.order_id.isdigit():
            by_coin.setdefault(a.coin, []).append((i, a))
    for coin, cancels in by_coin.items():
        for some in _parts(cancels, CANCELLED_MAX):
            numbers = f"[{','.join(a.order_id for _, a in some)}]"
            which = (("symbol", symbol_of(coin)), ("orderIdList", numbers))
            parcels.append(_parcel(some, Question(_BATCH, which, method="DELETE")))
    return parcels


def _parts(several: Sequence[tuple[int, Sent]], most: int) -> list[Sequence[tuple[int, Sent]]]:
    """Lists of at least two."""
    parts = [several[start : start + most] for start in range(0, len(several), most)]
    return [part for part in parts if len(part) > 1]


def _parcel(part: Sequence[tuple[int, Action]], question: Question) -> Parcel:
    return Parcel(tuple(i for i, _ in part), (question,), is_list=True)
