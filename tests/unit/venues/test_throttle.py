"""What a venue says of too many requests is remembered, and a ban is kept to the second."""

from collections.abc import Sequence

import pytest

from tests.support.clocks import ManualClock
from trader.core.wire import Answer, Lost, Request
from trader.venues.throttle import SHORTEST_BAN_S, Throttle

ASKED = Request("https://venue.example/read")


class Door:
    """Answers in turn, the last one for ever, and counts what arrives."""

    def __init__(self, *answers: Answer | Lost) -> None:
        self._answers = answers
        self.arrived = 0

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        answers = [self._answers[min(self.arrived + i, len(self._answers) - 1)] for i in range(len(requests))]
        self.arrived += len(requests)
        return answers


GOOD = Answer(200, b"{}")


def test_too_many_requests_are_remembered_and_more_may_still_be_sent() -> None:
    door = Door(GOOD, Answer(429, b"null"), GOOD)
    throttle = Throttle(door, ManualClock(wall_ms=0))
    pressed = []
    for asked in ([ASKED], [ASKED, ASKED], [ASKED]):
        answers = throttle.exchange(asked, timeout_s=1.0)
        pressed.append(throttle.is_pressed)
    assert (pressed, throttle.ban()) == ([False, True, True], None)
    assert (answers, door.arrived) == ([GOOD], 4)


def test_the_venue_may_say_it_in_its_own_way() -> None:
    door = Door(Lost(True, "slow"), Answer(200, b"too often"))
    throttle = Throttle(door, ManualClock(wall_ms=0), says_so=lambda answer: b"often" in answer.body)
    throttle.exchange([ASKED], timeout_s=1.0)
    assert not throttle.is_pressed
    throttle.exchange([ASKED], timeout_s=1.0)
    assert throttle.is_pressed


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7), ({"retry-after": "300"}, 300), ({}, SHORTEST_BAN_S)]
    + [({"Retry-After": text}, SHORTEST_BAN_S) for text in ("", "soon", "-1", "1.5", "9" * 10)],
)
def test_while_an_address_is_banned_nothing_is_sent(headers: dict[str, str], seconds: int) -> None:
    clock, door = ManualClock(wall_ms=0), Door(Answer(418, b"", headers), GOOD)
    throttle = Throttle(door, clock)
    throttle.exchange([ASKED], timeout_s=1.0)
    assert throttle.is_pressed
    clock.sleep(seconds - 0.001)
    refused = throttle.exchange([ASKED, ASKED], timeout_s=1.0)
    assert refused == [Lost(False, "the venue has banned this address for another 0 s")] * 2
    clock.sleep(0.001)
    assert throttle.exchange([ASKED], timeout_s=1.0) == [GOOD]
    assert door.arrived == 2
