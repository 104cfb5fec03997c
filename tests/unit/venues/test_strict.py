"""Strict reading: what is not exactly as expected is Malformed, names the field, and is harmless to print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader.core.errors import Malformed
from trader.venues import strict


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html><body>429 Too Many Requests</body></html>",
        b'{"a": 1',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": 1, "a": 2}',
        b'[{"x": {"a": 1, "a": 1}}]',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
        b"[" * 200_000,
    ],
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="the thing"):
        strict.decode(body, "the thing")


def test_a_key_twice_is_found_where_quotes_are_counted_too() -> None:
    once, twice = b'[{"a":"1","b":"2"}]', b'[{"a":"1","b":"2","a":"1"}]'
    assert strict.decode_rows(once, "rows", quotes_per_row=8) == [{"a": "1", "b": "2"}]
    with pytest.raises(Malformed, match="twice"):
        strict.decode_rows(twice, "rows", quotes_per_row=8)


def test_a_field_more_is_no_reason_to_stop() -> None:
    assert strict.decode_rows(b'[{"a":"1","b":"2","n":"x"}]', "rows", quotes_per_row=8) == [
        {"a": "1", "b": "2", "n": "x"}
    ]


@pytest.mark.parametrize(
    "value",
    [
        *(None, 1, 1.5, True, [], {}),
        *("", " 1", "1 ", "+1", "1e5", "1E-7", "nan", "NaN", "inf", "1_0", "0x1", ".5", "5.", "1,0", "١"),
        *("1" * 21, "1." + "0" * 41),
    ],
)
def test_what_is_not_an_amount_is_malformed(value: object) -> None:
    with pytest.raises(Malformed, match=r"row\.px"):
        strict.amount({"px": value}, "px", "row")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**15), max_value=10**15))
def test_every_plain_amount_is_read_exactly(value: object) -> None:
    assert strict.amount({"px": f"{value:f}"}, "px", "row") == value


@pytest.mark.parametrize("value", [None, "1", 1.0, True, -1, 1 << 63])
def test_what_is_not_a_whole_number_is_malformed(value: object) -> None:
    with pytest.raises(Malformed, match=r"row\.oid"):
        strict.whole({"oid": value}, "oid", "row")


@pytest.mark.parametrize("value", [0, 1_750_003_205, 1_750_003_205_000_000, 5])
def test_a_time_in_another_unit_is_malformed(value: int) -> None:
    with pytest.raises(Malformed, match="milliseconds"):
        strict.moment({"time": value}, "time", "row")


@pytest.mark.parametrize("value", ["0.0", "-1.0"])
def test_a_price_that_is_not_above_zero_is_malformed(value: str) -> None:
    with pytest.raises(Malformed, match="more than zero"):
        strict.positive({"px": value}, "px", "row")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (strict.text, 1),
        (strict.flag, "true"),
        (strict.flag, 1),
        (strict.child, []),
        (strict.child, None),
        (strict.optional_text, 5),
        (strict.not_negative, "-0.1"),
    ],
)
def test_a_value_of_the_wrong_kind_is_malformed(read: object, value: object) -> None:
    with pytest.raises(Malformed, match=r"row\.x"):
        read({"x": value}, "x", "row")  # type: ignore[operator]


@pytest.mark.parametrize(
    "read", [strict.text, strict.flag, strict.child, strict.amount, strict.whole, strict.moment]
)
def test_a_missing_field_is_named(read: object) -> None:
    with pytest.raises(Malformed, match="row: the field x is missing"):
        read({}, "x", "row")  # type: ignore[operator]


@given(st.text(max_size=2000))
def test_foreign_text_is_one_short_printable_line(text: str) -> None:
    shown = strict.shown(text)
    assert shown.isprintable()
    assert len(shown) <= 2000


def test_control_characters_are_spelled_out() -> None:
    assert strict.shown("a\x1b[31mb\nc\u202ed") == "a\\x1b[31mb\\nc\\u202ed"
