"""What a reading that says nothing means on every venue: no answer, a front end, an error as a value."""

from collections.abc import Callable
from typing import TypeVar

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.orders import Unreadable
from trader.core.wire import Answer, Lost
from trader.venues.strict import shown

Parsed = TypeVar("Parsed")
_SAID_MAX = 120


def attempted(what: str, parse: Callable[[], Parsed]) -> Parsed | Unreadable:
    """What an answer says, or why it says nothing."""
    try:
        return parse()
    except (Unavailable, Denied, Malformed) as error:
        return unreadable(what, error)


def unreadable(what: str, error: TraderError) -> Unreadable:
    """A failed read as a value."""
    return Unreadable(what, str(error), answered=isinstance(error, Malformed))


def good_body(answer: Answer | Lost, what: str, failure: Callable[[Answer, str], TraderError]) -> bytes:
    """The body of a good answer; raises what any other one means for a read."""
    if isinstance(answer, Lost):
        raise no_answer(answer, what)
    if answer.status == 200:
        return answer.body
    raise failure(answer, what)


def no_answer(lost: Lost, what: str) -> Unavailable:
    return Unavailable(f"{what}: no answer from the venue ({shown(lost.reason)})")


def page_failure(answer: Answer, what: str) -> TraderError:
    """An answer that is not the venue's own but its front end's."""
    said = f"{what}: HTTP {answer.status} {shown(answer.body[:_SAID_MAX])}"
    match answer.status:
        case 401 | 403 | 418 | 451:
            return Denied(
                f"{said}: the venue refuses this address or region; wait, then try from a shell here"
            )
        case 429:
            return Unavailable(
                f"{said}: too many requests from this address; in a minute there is room again"
            )
        case status if 400 <= status < 500:
            return Malformed(said)
        case _:
            return Unavailable(said)
