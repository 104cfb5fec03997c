"""What became of a write, from its answer alone.

* Definitive only by a rule written here; everything else is Unknown, because the venue may have done it.
* A body that the venue cannot read was surely not applied; it speaks another language than we do by then.
* A sentence of refusal in a good answer is definitive, whole or per order. One sentence for a group refuses
  the group; otherwise each order of it has an answer of its own.
* An entry that filled while its stop was refused is accepted, with the refusal attached.
"""

from trader.core.actions import Action, Cancel, Enter, Rest, SetLeverage
from trader.core.errors import Malformed
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.hyperliquid.refusals import SAY_NOTHING_OF_THE_FIRST, refusal

_WAITING = ("waitingForFill", "waitingForTrigger")


def never_sent(why: str) -> Rejected:
    """A write that did not leave this process."""
    return Rejected(Refusal.UNSENT, f"never sent: {why}")


def outcome_of(action: Action, answer: Answer | Lost, *, orders: int, token: int) -> Outcome:
    """What the first sending of a write came to; `token` names its bytes."""
    if isinstance(answer, Lost):
        if not answer.reached:
            return Rejected(Refusal.UNSENT, f"never reached the venue: {strict.shown(answer.reason)}")
        return Unknown(f"no answer, but it may have arrived: {strict.shown(answer.reason)}", token)
    if answer.status == 422:
        return Rejected(Refusal.UNFAMILIAR, f"not understood by the venue: {strict.shown(answer.body[:200])}")
    if answer.status != 200:
        return Unknown(f"HTTP {answer.status} {strict.shown(answer.body[:120])}", token)
    try:
        return _answered(action, strict.decode(answer.body, "exchange"), orders)
    except Malformed as error:
        return Unknown(str(error), token)


def outcome_of_second(action: Action, answer: Answer | Lost, *, orders: int, token: int) -> Outcome:
    """What a second sending of the same bytes tells about both; the first may be the one that counted."""
    if isinstance(answer, Lost) or answer.status != 200:
        outcome = outcome_of(action, answer, orders=orders, token=token)
        return Unknown(f"sent again: {outcome.reason}", token) if isinstance(outcome, Rejected) else outcome
    outcome = outcome_of(action, answer, orders=orders, token=token)
    if isinstance(outcome, Rejected) and outcome.code in SAY_NOTHING_OF_THE_FIRST:
        again = None if outcome.code is Refusal.EXPIRED else token
        return Unknown(f"sent again and refused, which says nothing of the first: {outcome.reason}", again)
    return outcome


def _answered(action: Action, value: object, orders: int) -> Outcome:
    row = strict.as_row(value, "exchange")
    if strict.choice(row, "status", "exchange", ("ok", "err")) == "err":
        return refusal(strict.text(row, "response", "exchange"))
    response = strict.child(row, "response", "exchange")
    kind = (
        "default" if isinstance(action, SetLeverage) else "cancel" if isinstance(action, Cancel) else "order"
    )
    strict.choice(response, "type", "exchange.response", (kind,))
    if isinstance(action, SetLeverage):
        return Accepted()
    where = "exchange.response.data"
    data = strict.child(response, "data", "exchange.response")
    statuses = strict.as_list(strict.field(data, "statuses", where), f"{where}.statuses")
    each = [_status(one, action, f"{where}.statuses[{i}]") for i, one in enumerate(statuses)]
    if len(each) == 1 and isinstance(each[0], Rejected):
        return each[0]
    if len(each) != orders:
        raise Malformed(f"{where}.statuses: {len(each)} answers for {orders} orders")
    return _together(action, each)


def _together(action: Action, each: list[Accepted | Rejected]) -> Outcome:
    """The first order's outcome, with those of the orders attached to it."""
    first, *attached = each
    if not isinstance(action, Enter | Rest) or isinstance(first, Rejected):
        return first
    return Accepted(first.order_id, first.filled, first.average, tuple(attached))


def _status(value: object, action: Action, where: str) -> Accepted | Rejected:
    if isinstance(action, Cancel) and value == "success":
        return Accepted(action.order_id)
    if value in _WAITING and not isinstance(action, Cancel):
        return Accepted()
    row = strict.as_row(value, where)
    if "error" in row:
        return refusal(strict.text(row, "error", where))
    if isinstance(action, Cancel) or len(row) != 1:
        strict.wrong(value, where, "an answer to one order that can be understood")
    if "filled" in row:
        filled = strict.child(row, "filled", where)
        return Accepted(
            order_id=str(strict.whole(filled, "oid", where)),
            filled=strict.positive(filled, "totalSz", where),
            average=strict.positive(filled, "avgPx", where),
        )
    resting = strict.child(row, "resting", where)
    return Accepted(str(strict.whole(resting, "oid", where)))
