"""What became of a write, from its answer alone.

* Definitive only by a rule written here; everything else is Unknown, because the venue may have done it. Most
  of its 503s are such answers; three sentences of them are not.
* An answer of 200 that is not about the order that was sent (empty, a page, `{}`) is Unknown.
* An order at once is told by what it filled: nothing of it is a refusal, a part is accepted.
* The venue gives no average price with the answer; it is there in the fills.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.core.actions import Action, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Malformed
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.binance.encode import is_conditional
from trader.venues.binance.failures import code_of
from trader.venues.binance.refusals import ALREADY_SO, MAYBE_DONE, SURELY_NOT, refusal
from trader.venues.strict import Row

_LIVE, _OVER = ("NEW", "PARTIALLY_FILLED"), ("FILLED", "EXPIRED", "EXPIRED_IN_MATCH", "CANCELED")
_DONE = 200


def never_sent(why: str, code: Refusal = Refusal.UNSENT) -> Rejected:
    """A write that did not leave this process."""
    return Rejected(code, f"never sent: {why}")


def outcome_of(action: Action, answer: Answer | Lost) -> Outcome:
    """What one request for one action came to."""
    if isinstance(action, SetLeverage) and isinstance(answer, Answer) and code_of(answer) in ALREADY_SO:
        return Accepted()
    row = _row(answer)
    return row if isinstance(row, Accepted | Rejected | Unknown) else _judged(action, row)


def outcomes_of_list(actions: Sequence[Action], answer: Answer | Lost) -> list[Outcome]:
    """What one request for several actions came to, one outcome each."""
    value = _row(answer)
    if isinstance(value, list) and len(value) == len(actions):
        return [_judged(action, row) for action, row in zip(actions, value, strict=True)]
    if not isinstance(value, Accepted | Rejected | Unknown):
        value = Unknown(f"batchOrders: no list of {len(actions)} answers: {strict.shown(value)}")
    return [value for _ in actions]


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Of an action of two requests: both must have been accepted."""
    for kind in (Unknown, Rejected):
        worse = next((one for one in outcomes if isinstance(one, kind)), None)
        if worse is not None:
            return worse
    return Accepted()


def _row(answer: Answer | Lost) -> object:
    """The value of a good answer, or what any other one comes to."""
    if isinstance(answer, Lost):
        if not answer.reached:
            return Rejected(Refusal.UNSENT, f"never reached the venue: {strict.shown(answer.reason)}")
        return Unknown(f"no answer, but it may have arrived: {strict.shown(answer.reason)}")
    said = f"HTTP {answer.status} {strict.shown(answer.body[:160])}"
    if answer.status in (418, 429):
        return Rejected(Refusal.BUDGET, said)
    try:
        value = strict.decode(answer.body, "the answer")
    except Malformed as error:
        return Unknown(f"HTTP {answer.status}: {error}")
    if answer.status == 200:
        return value
    code, message = _error(value)
    return _failed(answer.status, code, message, said)


def _failed(status: int, code: int | None, message: str, said: str) -> Rejected | Unknown:
    """An answer that is not a 200, by its number and its words."""
    if status == 503 and message == SURELY_NOT:
        return Rejected(Refusal.UNSENT, said)
    if status == 451:
        return Rejected(Refusal.DENIED, said)
    if code is None or code in MAYBE_DONE or status == 408:
        return Unknown(said)
    if status >= 500 and code not in (-1001, -1008):
        return Unknown(said)
    return refusal(code, message) if status >= 400 else Unknown(said)


def _error(value: object) -> tuple[int | None, str]:
    if not isinstance(value, dict):
        return None, ""
    code, message = value.get("code"), value.get("msg")
    return code if type(code) is int else None, message if isinstance(message, str) else ""


def _judged(action: Action, value: object) -> Outcome:
    """What the venue's row about one action says; a row that says nothing certain is Unknown."""
    code, message = _error(value)
    if code is not None and code != _DONE:
        return Unknown(f"{code} {strict.shown(message)}") if code in MAYBE_DONE else refusal(code, message)
    try:
        row = strict.as_row(value, "the answer")
        match action:
            case SetLeverage():
                return _set(action, row)
            case Cancel() if is_conditional(action):
                return _algo_cancelled(action, row)
            case PlaceExit():
                return _algo_placed(action.client_id, row)
            case Rest() if action.trigger is not None:
                return _algo_placed(action.client_id, row)
            case Cancel():
                return _cancelled(action, row)
            case Enter() | Close() | Rest():
                return _placed(action, row)
            case _:
                return Unknown(f"no answer to {type(action).__name__} is understood")
    except Malformed as error:
        return Unknown(str(error))


def _set(action: SetLeverage, row: Row) -> Outcome:
    if "leverage" not in row:
        strict.choice(row, "msg", "marginType", ("success",))
    elif strict.whole(row, "leverage", "leverage") != action.leverage:
        strict.wrong(row["leverage"], "leverage", str(action.leverage))
    return Accepted()


def _algo_placed(client_id: str, row: Row) -> Outcome:
    where = "algoOrder"
    strict.choice(row, "clientAlgoId", where, (client_id,))
    status = strict.text(row, "algoStatus", where) if "algoStatus" in row else "NEW"
    if status == "REJECTED":
        return Rejected(Refusal.OTHER, f"the venue answered with an order that it {status.lower()}")
    return Accepted(str(strict.whole(row, "algoId", where)))


def _algo_cancelled(action: Cancel, row: Row) -> Outcome:
    """Told with the order as it was, or with a word and a number that is text."""
    where = "algoOrder"
    told = str(strict.whole(row, "algoId", where))
    if told != action.order_id:
        strict.wrong(told, f"{where}.algoId", action.order_id)
    if "algoStatus" in row:
        strict.choice(row, "algoStatus", where, ("CANCELED",))
    elif str(strict.field(row, "code", where)) != str(_DONE):
        strict.wrong(row["code"], f"{where}.code", str(_DONE))
    return Accepted(told)


def _cancelled(action: Cancel, row: Row) -> Outcome:
    told = str(strict.whole(row, "orderId", "order"))
    if told != action.order_id:
        strict.wrong(told, "order.orderId", action.order_id)
    strict.choice(row, "status", "order", ("CANCELED",))
    return Accepted(told)


def _placed(action: Enter | Close | Rest, row: Row) -> Outcome:
    where = "order"
    strict.choice(row, "clientOrderId", where, (action.client_id,))
    order_id = str(strict.whole(row, "orderId", where))
    status = strict.text(row, "status", where)
    filled = strict.not_negative(row, "executedQty", where)
    if filled > action.size:
        strict.wrong(str(filled), f"{where}.executedQty", f"at most {action.size}")
    if status == "REJECTED":
        return Rejected(Refusal.OTHER, f"order {order_id} was rejected")
    if isinstance(action, Rest):
        if status in _LIVE or filled:
            return Accepted(order_id, filled)
        return Rejected(
            Refusal.OTHER, f"order {order_id} came back {strict.shown(status)} with nothing filled"
        )
    if status not in _OVER:
        return Unknown(f"order {order_id} is {strict.shown(status)}, though it was to end at once")
    if filled == 0:
        return Rejected(Refusal.NOTHING_MATCHED, f"order {order_id}: nothing within its bound matched it")
    return Accepted(order_id, filled, _average(row, where))


def _average(row: Row, where: str) -> Decimal | None:
    """Where the venue still gives one; 0 is none."""
    return strict.not_negative(row, "avgPrice", where) or None if "avgPrice" in row else None
