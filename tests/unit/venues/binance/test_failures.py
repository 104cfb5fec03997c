"""What a refused reading tells a person to do: the venue's own words, not its bytes."""

import json

import pytest

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.wire import Answer
from trader.venues.binance.failures import failure_of


def refused(code: int, status: int = 401, message: str = "It is so.") -> TraderError:
    return failure_of(Answer(status, json.dumps({"code": code, "msg": message}).encode(), {}), "balance")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (-2015, "a key of demo trading works there alone"),
        (-2014, "copy BINANCE_API_KEY again"),
        (-1022, "copy BINANCE_API_SECRET again"),
        (-1002, "check the key, its permissions and its list of addresses"),
    ],
)
def test_a_refused_key_says_what_to_do(code: int, said: str) -> None:
    error = refused(code)
    assert isinstance(error, Denied)
    assert str(error).startswith(f"balance: HTTP 401 code {code} It is so: ")
    assert said in str(error)


def test_a_ban_says_until_when() -> None:
    text = "Way too many requests; IP(127.0.0.1) banned until 1785600743385. Please use the websocket."
    error = refused(-1003, 418, text)
    assert isinstance(error, Denied)
    assert "banned until 2026-08-01 16:12:23 UTC." in str(error)
    assert "every further request prolongs it" in str(error)


def test_what_is_not_the_venues_own_is_shown_as_it_came() -> None:
    page = failure_of(Answer(503, b"<html>\x1b busy</html>", {}), "balance")
    assert isinstance(page, Unavailable)
    assert "HTTP 503 b'<html>\\x1b busy</html>'" in str(page)
    strange = failure_of(Answer(400, b'{"code": "1"}', {}), "balance")
    assert isinstance(strange, Malformed)
    wordless = failure_of(Answer(401, b'{"code": -2015, "msg": 5}', {}), "balance")
    assert isinstance(wordless, Denied)
