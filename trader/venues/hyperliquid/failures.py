"""What a read's answer means when it is not a 200: which error it is, and nothing concluded from it."""

from trader.core.errors import Malformed, TraderError
from trader.core.wire import Answer, Lost
from trader.venues.failures import good_body, page_failure
from trader.venues.strict import shown


def body_of(answer: Answer | Lost, what: str) -> bytes:
    """The body of a good answer; raises what any other one means for a read."""
    return good_body(answer, what, failure_of)


def failure_of(answer: Answer, what: str) -> TraderError:
    if answer.status == 422:
        return Malformed(
            f"{what}: HTTP 422 {shown(answer.body[:120])}: the venue does not understand the question; "
            "is the address right?"
        )
    return page_failure(answer, what)
