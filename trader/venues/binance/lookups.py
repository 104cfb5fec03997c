"""One order of ours as both books tell it.

A conditional order that was triggered lives on as a plain one under the same client id: then its level and
its sort come from the one record, what was filled and what remains from the other. "Absent" needs both books.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from trader.core.orders import Absent, Found, Lookup, Status, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.binance import parse_orders
from trader.venues.binance.failures import NO_SUCH_ORDER, NO_SUCH_SYMBOL, code_of, value_of
from trader.venues.binance.parse_orders import Algo
from trader.venues.failures import Parsed, attempted
from trader.venues.strict import Row

AlgoLookup = Algo | Absent | Unreadable
_BECAME_PLAIN = ("TRIGGERED", "FINISHED")
_NONE = (NO_SUCH_ORDER, NO_SUCH_SYMBOL)
_ZERO = Decimal(0)


def plain_lookup(answer: Answer | Lost, client_id: str) -> Lookup:
    """What the book of plain orders says of an id."""
    what = f"order {client_id}"
    found = _said(answer, what, parse_orders.plain)
    if not isinstance(found, Found) or found.order.client_id == client_id:
        return found
    return _another(what, found.order.client_id)


def algo_lookup(answer: Answer | Lost, client_id: str) -> AlgoLookup:
    """What the book of conditional orders says of an id."""
    what = f"algoOrder {client_id}"
    found = _said(answer, what, parse_orders.algo)
    if not isinstance(found, Algo) or found.found.order.client_id == client_id:
        return found
    return _another(what, found.found.order.client_id)


def _said(
    answer: Answer | Lost, what: str, parse: Callable[[Row, str], Parsed]
) -> Parsed | Absent | Unreadable:
    if isinstance(answer, Answer) and answer.status == 400 and code_of(answer) in _NONE:
        return Absent()
    return attempted(what, lambda: parse(strict.as_row(value_of(answer, what), what), what))


def _another(what: str, told: str | None) -> Unreadable:
    return Unreadable(what, f"the answer is about {strict.shown(told)}", answered=True)


def joined(algo: AlgoLookup, plain: Lookup) -> Lookup:
    """Both books together."""
    if isinstance(algo, Algo):
        return together(algo, plain if isinstance(plain, Found) else None)
    if isinstance(plain, Found):
        return plain
    return next((one for one in (algo, plain) if isinstance(one, Unreadable)), Absent())


def together(algo: Algo, plain: Found | None) -> Found:
    """A conditional order with the plain one that it became, if that is known."""
    found = algo.found
    if plain is not None:
        order = replace(found.order, size=plain.order.size, filled=plain.order.filled)
        return Found(order, plain.status, max(found.at_ms, plain.at_ms), f"{algo.word}, {plain.detail}")
    if algo.word != "FINISHED" or algo.actual_filled is None:
        return found
    if algo.actual_filled == 0:
        return replace(found, status=Status.CANCELLED, detail="FINISHED with nothing filled")
    order = replace(found.order, size=_ZERO, filled=algo.actual_filled)
    return replace(found, order=order, status=Status.FILLED)


def latest(plain: Iterable[Found], algo: Iterable[Algo]) -> tuple[Found, ...]:
    """Each order once, newest first: a conditional one together with the plain one that it became."""
    plains = {(one.order.coin, one.order.client_id): one for one in sorted(plain, key=lambda one: one.at_ms)}
    found: list[Found] = []
    for one in algo:
        key = (one.found.order.coin, one.found.order.client_id)
        became = plains.pop(key, None) if one.word in _BECAME_PLAIN else None
        found.append(together(one, became))
    return tuple(sorted([*found, *plains.values()], key=lambda one: one.at_ms, reverse=True))
