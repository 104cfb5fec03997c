"""What a read's answer means when it is not a 200: which error it is, and nothing concluded from it."""

import re
from collections.abc import Callable, Mapping

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.orders import Unreadable
from trader.core.text import utc
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.binance.refusals import BUSY_CODES, CLOCK_CODES, CLOSED_CODES, DENIED_CODES
from trader.venues.failures import Parsed, attempted, good_body
from trader.venues.strict import shown

NO_SUCH_ORDER = -2013
NO_SUCH_SYMBOL = -1121
_WITHOUT_CODE = "check the key, its permissions and its list of addresses at the venue"
_ADVICE: Mapping[int, str] = {
    -1022: "the secret does not belong to the key: copy BINANCE_API_SECRET again",
    -2014: "this is no key: copy BINANCE_API_KEY again",
    -2015: "the venue does not know this key here, or not from this address, or not for futures: a key of "
    "demo trading works there alone; see its permissions and addresses at the venue",
}
_SAID_MAX = 160
_MOMENT = re.compile(r"\b1[0-9]{12}\b")  # a ban names its end in milliseconds
_MAYBE_LATER = frozenset({-1000, -1001, -1003, -1006, -1007, -1015}) | BUSY_CODES | CLOSED_CODES


def code_of(answer: Answer) -> int | None:
    """The venue's own number for what is wrong; None when the body has none."""
    try:
        row = strict.decode(answer.body, "an error")
    except Malformed:
        return None
    code = row.get("code") if isinstance(row, dict) else None
    return code if type(code) is int else None


def words_of(answer: Answer) -> str | None:
    """The venue's own sentence for what is wrong; None when the body has none."""
    try:
        row = strict.decode(answer.body, "an error")
    except Malformed:
        return None
    words = row.get("msg") if isinstance(row, dict) else None
    return words if isinstance(words, str) else None


def is_off_clock(answer: Answer | Lost) -> bool:
    """True when the venue took the request for one of another time."""
    return isinstance(answer, Answer) and answer.status == 400 and code_of(answer) in CLOCK_CODES


def is_no_such_order(answer: Answer | Lost) -> bool:
    return isinstance(answer, Answer) and answer.status == 400 and code_of(answer) == NO_SUCH_ORDER


def is_no_such_symbol(answer: Answer | Lost) -> bool:
    return isinstance(answer, Answer) and answer.status == 400 and code_of(answer) == NO_SUCH_SYMBOL


def body_of(answer: Answer | Lost, what: str) -> bytes:
    """The body of a good answer; raises what any other one means for a read."""
    return good_body(answer, what, failure_of)


def failure_of(answer: Answer, what: str) -> TraderError:
    code = code_of(answer)
    said = f"{what}: HTTP {answer.status} {_said(answer)}"
    if code in DENIED_CODES:
        return Denied(f"{said}: {_ADVICE.get(code, _WITHOUT_CODE)}")
    if code in CLOCK_CODES:
        return Unavailable(f"{said}: the venue takes the request for one of another time")
    match answer.status:
        case 418:
            return Denied(f"{said}: this address is banned for a while; every further request prolongs it")
        case 401 | 403 | 451:
            return Denied(f"{said}: the venue refuses this key, address or region")
        case 429:
            return Unavailable(f"{said}: too many requests from this address; in a minute there is room")
        case status if status >= 500 or status == 408 or code in _MAYBE_LATER:
            return Unavailable(said)
        case status if 400 <= status < 500:
            return Malformed(said)
        case _:
            return Unavailable(said)


def _said(answer: Answer) -> str:
    """The venue's own number and words, or the start of whatever else came."""
    code, words = code_of(answer), words_of(answer)
    if code is None or words is None:
        return shown(answer.body[:_SAID_MAX])
    return f"code {code} {shown(_MOMENT.sub(lambda found: utc(int(found[0])), words)).rstrip('.')}"


def value_of(answer: Answer | Lost, what: str) -> object:
    return strict.decode(body_of(answer, what), what)


def read(answer: Answer | Lost, what: str, parse: Callable[[object], Parsed]) -> Parsed | Unreadable:
    """What an answer says, or why it says nothing."""
    return attempted(what, lambda: parse(value_of(answer, what)))
