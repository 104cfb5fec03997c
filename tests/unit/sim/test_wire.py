"""Requests are taken apart, and answers written, as the standard library does it."""

import json
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.core.market import Side
from trader.exchange.orders import Quote
from trader.sim.wire import json_bytes, json_value, pairs_of, path_and_query

PIECES = [
    "/fapi/v1/order",
    "/",
    "?",
    "&",
    "=",
    "a",
    "1",
    "",
    "%20",
    "+",
    "#x",
    " ",
    ";",
    "é",
    "[",
    ":8080",
    "\t",
]
texts = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(texts)
def test_an_address_has_the_path_and_the_query_that_it_has_for_the_library(rest: str) -> None:
    url = f"https://host{rest}"
    try:
        parts = urlsplit(url)
    except ValueError:
        with pytest.raises(ValueError, match=r"IPv6|netloc"):
            path_and_query(url)
        return
    assert path_and_query(url) == (parts.path, parts.query)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(texts)
def test_a_query_says_what_it_says_to_the_library(text: str) -> None:
    assert pairs_of(text) == dict(parse_qsl(text, keep_blank_values=True))


plain = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(Side) | st.floats(1e-4, 1e15)
trees = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(trees)
def test_a_value_is_written_as_the_library_writes_it(value: object) -> None:
    assert json_bytes(value) == json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.parametrize("value", [Decimal(1), date(2026, 1, 2), Quote("BTC", 0, *[Decimal(1)] * 6), {1}])
def test_what_the_library_refuses_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_bytes([value])


def test_the_last_of_a_name_counts_and_an_empty_value_is_there() -> None:
    assert pairs_of("a=1&b=&a=2&c") == {"a": "2", "b": "", "c": ""}


@pytest.mark.parametrize(
    "body",
    [b'{"a":1.50,"b":[1,"x",null]}', '{"a":"é"}'.encode(), b"\xef\xbb\xbf{}", '{"a":1}'.encode("utf-16")],
    ids=["plain", "not ascii", "with a mark", "wide"],
)
def test_a_body_says_what_it_says_to_the_library(body: bytes) -> None:
    assert json_value(body) == json.loads(body, parse_float=Decimal)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":}', b"\xff\xfe\xfd", b"[" * 100_000],
    ids=["nothing", "open", "no value", "no text", "deep"],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        json_value(body)


def test_an_answer_is_written_as_short_as_can_be() -> None:
    assert json_bytes({"a": [1, "é", None]}) == b'{"a":[1,"\\u00e9",null]}'
