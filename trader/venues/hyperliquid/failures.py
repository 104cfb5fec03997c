"""What a read's answer means when it is not a 200: which error it is, and nothing concluded from it."""

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.orders import Unreadable
from trader.core.wire import Answer, Lost
from trader.venues.strict import shown


def body_of(answer: Answer | Lost, what: str) -> bytes:
    """The body of a good answer; raises what any other one means for a read."""
    if isinstance(answer, Lost):
        raise Unavailable(f"{what}: no answer from the venue ({shown(answer.reason)})")
    if answer.status == 200:
        return answer.body
    raise failure_of(answer, what)


def failure_of(answer: Answer, what: str) -> TraderError:
    said = f"{what}: HTTP {answer.status} {shown(answer.body[:120])}"
    match answer.status:
        case 422:
            return Malformed(f"{said}: the venue does not understand the question; is the address right?")
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


def unreadable(what: str, error: TraderError) -> Unreadable:
    """A failed read as a value."""
    return Unreadable(what, str(error), answered=isinstance(error, Malformed))
