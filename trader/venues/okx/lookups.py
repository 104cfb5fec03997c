"""Looks orders up by our ids, each in the book that its role belongs to, or in both.

An entry may be a normal order or wait in the book of conditional ones. It is absent only when every book that
it could be in says so; a book that could not be read leaves the answer open.
"""

from collections.abc import Mapping, Sequence

from trader.core.errors import Malformed
from trader.core.identity import CLOSE_ROLES, STOP_ROLES, Identity, Role, decode
from trader.core.orders import Absent, Found, Lookup, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking, parse_orders
from trader.venues.okx.asking import Question
from trader.venues.okx.envelope import NOT_FOUND, code_of, only_row, read
from trader.venues.okx.parse_orders import ContractOf

_ALGO = "trade/order-algo"
# How the venue words a conditional order that is not there is not documented: either of these, or no row.
_ALGO_NOT_FOUND = frozenset({NOT_FOUND, "51527"})


def questions(ids: Mapping[str, str]) -> list[tuple[str, Question]]:
    """What to ask, each with the id that it is about."""
    asked: list[tuple[str, Question]] = []
    for client_id, coin in ids.items():
        identity = decode(client_id)
        role = identity.role if isinstance(identity, Identity) else None
        if role not in STOP_ROLES and role is not Role.TARGET:
            asked.append((client_id, asking.order(coin, client_id)))
        if role not in CLOSE_ROLES:
            asked.append((client_id, asking.algo(client_id)))
    return asked


def answered(
    ids: Mapping[str, str],
    asked: Sequence[tuple[str, Question]],
    answers: Sequence[Answer | Lost],
    contract_of: ContractOf,
) -> dict[str, Lookup]:
    """One look-up for each id."""
    told: dict[str, list[Lookup]] = {client_id: [] for client_id in ids}
    for (client_id, question), answer in zip(asked, answers, strict=True):
        told[client_id].append(_one(client_id, question, answer, contract_of))
    return {client_id: _merged(lookups) for client_id, lookups in told.items()}


def _merged(lookups: Sequence[Lookup]) -> Lookup:
    for kind in (Found, Unreadable, Absent):
        for lookup in lookups:
            if isinstance(lookup, kind):
                return lookup
    return Absent()


def _one(client_id: str, question: Question, answer: Answer | Lost, contract_of: ContractOf) -> Lookup:
    is_algo = question.what == _ALGO
    if code_of(answer) in (_ALGO_NOT_FOUND if is_algo else {NOT_FOUND}):
        return Absent()
    what = f"{question.what} of {client_id}"

    def parse(data: list[object]) -> Found | Absent:
        if is_algo and not data:
            return Absent()
        return _found(only_row(data, what), what, client_id, contract_of, is_algo=is_algo)

    return read(answer, what, parse)


def _found(row: strict.Row, what: str, client_id: str, contract_of: ContractOf, *, is_algo: bool) -> Found:
    parse = parse_orders.found_algo if is_algo else parse_orders.found_normal
    found = parse(row, what, contract_of)
    if found.order.client_id != client_id:
        raise Malformed(f"{what}: the answer is about {strict.shown(found.order.client_id)}")
    return found
