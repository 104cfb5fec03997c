"""The latest known state of recent orders of both books: what lives, and how the others ended.

The venue lists conditional orders by how they ended, one ending a request: a stop that was taken and then
failed is found among the failed. What one list does not tell leaves all of it unread.
"""

from trader.core.orders import Found, Status, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking, parse_orders
from trader.venues.okx.asking import EXITS, FULL_STATES, TRIGGERS, Question
from trader.venues.okx.envelope import read
from trader.venues.okx.parse_orders import ContractOf
from trader.venues.okx.rounds import ORDER_QUESTIONS, Rounds
from trader.venues.okx.wire import Wire


def history(wire: Wire, rounds: Rounds) -> tuple[Found, ...] | Unreadable:
    """The newest of each order, newest first."""
    rounds.known_table()
    questions = (
        *ORDER_QUESTIONS,
        asking.orders_history(),
        *(asking.algos_history(kinds, state) for kinds in (EXITS, TRIGGERS) for state in FULL_STATES),
    )
    best: dict[str, Found] = {}
    for question, answer in zip(questions, wire.ask(questions), strict=True):
        page = _page(question, answer, rounds.contract)
        if isinstance(page, Unreadable):
            return page
        for found in page:
            known = best.get(found.order.order_id)
            if known is None or _newer(found, known):
                best[found.order.order_id] = found
    return tuple(sorted(best.values(), key=lambda one: one.at_ms, reverse=True))


def _newer(one: Found, known: Found) -> bool:
    """An end is newer than the life before it, though both may carry one time."""
    if one.at_ms != known.at_ms:
        return one.at_ms > known.at_ms
    return known.status is Status.LIVE


def _page(question: Question, answer: Answer | Lost, contract_of: ContractOf) -> list[Found] | Unreadable:
    is_algo = "algo" in question.what
    parse = parse_orders.found_algo if is_algo else parse_orders.found_normal
    return read(
        answer,
        question.what,
        lambda data: [
            parse(row, where, contract_of)
            for row, where in strict.rows(data, question.what)
            if parse_orders.coin(row, where) is not None
        ],
    )
