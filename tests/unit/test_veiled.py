"""What a venue or a proxy repeats of a key is taken out before an error can quote a part of it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from trader.core.wire import Answer, Lost, Request
from trader.parts.veiled import VeiledTransport
from trader.redaction import Veil

KEY = "hK9v2mQx7Lr4Tz8WhK9v2mQx7Lr4Tz8W"
PAGES = (Answer(400, b""), Answer(502, b"<html>"), Answer(200, b"<html>"), Answer(200, b""))


class Saying:
    """Says the same whatever it is asked."""

    def __init__(self, answer: Answer | Lost) -> None:
        self._answer = answer

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        return [self._answer for _ in requests]


def heard(said: Answer | Lost, secret: str = KEY) -> tuple[Answer | Lost, Veil]:
    veil = Veil()
    veil.hide(secret)
    (answer,) = VeiledTransport(Saying(said), veil).exchange([Request("https://x/y")], timeout_s=1)
    return answer, veil


@pytest.mark.parametrize("page", PAGES, ids=repr)
@pytest.mark.parametrize("begins", range(90, 125, 5))
def test_no_part_of_a_key_stands_where_an_error_cuts_what_it_quotes(page: Answer, begins: int) -> None:
    """Errors quote the beginning of what is no answer; a part of a key is found by nobody later."""
    answer, veil = heard(replace(page, body=page.body.ljust(begins, b".") + KEY.encode()))
    assert isinstance(answer, Answer) and answer.status == page.status
    assert KEY[:6] not in veil.text(answer.body[:120].decode())


def test_the_reason_of_a_loss_holds_no_key() -> None:
    assert heard(Lost(True, f"no answer from {KEY}"))[0] == Lost(True, "no answer from (secret)")


@pytest.mark.parametrize("body", [b'{"state": "trading"}', b'[{"state": "trading"}]', b' \n{"a": "trading"}'])
def test_an_answer_that_is_one_passes_as_it_is(body: bytes) -> None:
    """A password may be a word of the venue's own."""
    assert heard(Answer(200, body), "trading")[0] == Answer(200, body)
