"""What bodies were found to say is read once, never mixed up, and forgotten in time."""

import pytest

from trader.core.errors import Malformed
from trader.core.memo import Memo


class Reading:
    """Reads a body as its length, and counts."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        if not self.body:
            raise Malformed("nothing")
        return len(self.body)


def test_an_identical_body_is_read_once() -> None:
    memo, read = Memo(), Reading(b"abc")
    assert [memo.said("length", [b"abc"], read), memo.said("length", [bytes(bytearray(b"abc"))], read)] == [
        3,
        3,
    ]
    assert (read.times, memo.read, memo.reused) == (1, 1, 1)


def test_another_body_another_meaning_or_another_order_is_read() -> None:
    memo, read = Memo(), Reading(b"abc")
    for what, bodies in (
        ("length", [b"abc"]),
        ("length", [b"abd"]),
        ("size", [b"abc"]),
        ("length", [b"abc", b"abd"]),
        ("length", [b"abd", b"abc"]),
    ):
        memo.said(what, bodies, read)
    assert read.times == 5


def test_what_cannot_be_read_is_tried_again() -> None:
    memo, read = Memo(), Reading(b"")
    for _ in range(2):
        with pytest.raises(Malformed):
            memo.said("length", [b""], read)
    assert read.times == 2


def test_the_one_not_asked_for_the_longest_is_forgotten() -> None:
    memo = Memo(kept_max=2)
    readings = {body: Reading(body) for body in (b"a", b"b", b"c")}
    for body in (b"a", b"b", b"a", b"c", b"a", b"b"):
        memo.said("length", [body], readings[body])
    assert {body: reading.times for body, reading in readings.items()} == {b"a": 1, b"b": 2, b"c": 1}
