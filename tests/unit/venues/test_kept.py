"""The newest exchanges of a process are remembered as they were, and no more of them than a person reads."""

from collections.abc import Sequence

import pytest

from trader.core.wire import Answer, Exchanged, Lost, Request
from trader.redaction import Veil
from trader.venues.kept import BODY_BYTES_MAX, KEPT_MAX, Kept


class Echo:
    """Answers each request with its own body."""

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        return [Answer(200, r.body) if r.body else Lost(True, "nothing") for r in requests]


def asked(kept: Kept, *bodies: bytes) -> list[Answer | Lost]:
    return kept.exchange([Request("https://venue.example/x", body) for body in bodies], timeout_s=1)


def test_answers_pass_unchanged_and_are_remembered_in_order() -> None:
    kept = Kept(Echo())
    answers = asked(kept, b"one", b"", b"three")
    assert answers == [Answer(200, b"one"), Lost(True, "nothing"), Answer(200, b"three")]
    assert [e.answer for e in kept.last] == answers
    assert kept.last[0] == Exchanged(Request("https://venue.example/x", b"one"), Answer(200, b"one"))


def test_a_long_answer_is_cut_in_the_memory_alone() -> None:
    kept = Kept(Echo())
    long = b"x" * (BODY_BYTES_MAX + 1)
    assert asked(kept, long) == [Answer(200, long)]
    (one,) = kept.last
    assert isinstance(one.answer, Answer)
    assert len(one.answer.body) == BODY_BYTES_MAX


@pytest.mark.parametrize("begins", [0, *range(BODY_BYTES_MAX - 40, BODY_BYTES_MAX + 2, 3)])
def test_no_secret_is_cut_in_two_and_so_kept_in_part(begins: int) -> None:
    """A part of one is found by nobody who looks for the whole; other secrets before it move the cut."""
    secret, veil = b"hK9v2mQx7Lr4Tz8WhK9v2mQx7Lr4Tz8W", Veil()
    veil.hide(secret.decode())
    kept = Kept(Echo(), veil.data)
    for before in (b"", secret * 20, secret * 200):
        body = (before + b"." * BODY_BYTES_MAX)[:begins] + secret + b"." * 9
        answers = asked(kept, body)
        assert answers == [Answer(200, body)]
        answer = kept.last[-1].answer
        assert isinstance(answer, Answer) and len(answer.body) <= BODY_BYTES_MAX
        assert secret[:6] not in veil.data(answer.body)  # as whoever writes it looks at it


def test_only_the_newest_are_kept() -> None:
    kept = Kept(Echo())
    for number in range(KEPT_MAX + 5):
        asked(kept, str(number).encode())
    assert [e.request.body for e in kept.last] == [str(n).encode() for n in range(5, KEPT_MAX + 5)]
