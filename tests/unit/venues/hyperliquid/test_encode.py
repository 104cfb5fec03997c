"""Actions on the wire, as the venue documents them: order of keys, groups, ids and numbers."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Broken
from trader.core.identity import Role
from trader.core.market import Leg
from trader.venues.hyperliquid.encode import encode, orders_in, wire_number

ENTRY_ID, STOP_ID, TARGET_ID = "0a" * 16, "0b" * 16, "0c" * 16


def an_entry(*, leg: Leg = Leg.LONG, has_target: bool = True) -> Enter:
    return Enter(
        coin="BTC",
        leg=leg,
        size=Decimal("0.00100"),
        bound=Decimal("68250.0"),
        stop=Decimal("62000"),
        stop_bound=Decimal("55800"),
        target=Decimal("70000") if has_target else None,
        target_bound=Decimal("63000") if has_target else None,
        client_id=ENTRY_ID,
        stop_id=STOP_ID,
        target_id=TARGET_ID if has_target else None,
        signal_ms=0,
        signal_close_ms=1_800_000,
        mark=Decimal("65000"),
        reason="a test",
    )


def a_rest(**changes: Any) -> Rest:
    rest = Rest(
        coin="BTC",
        leg=Leg.LONG,
        role=Role.ENTRY,
        size=Decimal("0.0010"),
        price=Decimal("64000.0"),
        trigger=None,
        post_only=True,
        expires_ms=None,
        stop=Decimal("62000"),
        stop_bound=Decimal("55800"),
        client_id=ENTRY_ID,
        stop_id=STOP_ID,
        signal_ms=0,
        mark=Decimal("65000"),
        reason="a test",
    )
    return replace(rest, **changes)


def an_exit(role: Role, size: str | None = None) -> PlaceExit:
    return PlaceExit(
        coin="BTC",
        leg=Leg.SHORT,
        role=role,
        size=None if size is None else Decimal(size),
        trigger=Decimal("70000"),
        bound=Decimal("77000.00"),
        client_id=STOP_ID,
        reason="a test",
    )


def as_sent(action: Action) -> str:
    return json.dumps(encode(action, 3), separators=(",", ":"))


def test_an_entry_is_its_parent_then_its_target_then_its_stop_each_with_its_own_id() -> None:
    assert as_sent(an_entry()) == (
        '{"type":"order","orders":['
        '{"a":3,"b":true,"p":"68250","s":"0.001","r":false,"t":{"limit":{"tif":"Ioc"}},"c":"0x'
        + ENTRY_ID
        + '"},'
        '{"a":3,"b":false,"p":"63000","s":"0.001","r":true,'
        '"t":{"trigger":{"isMarket":true,"triggerPx":"70000","tpsl":"tp"}},"c":"0x' + TARGET_ID + '"},'
        '{"a":3,"b":false,"p":"55800","s":"0.001","r":true,'
        '"t":{"trigger":{"isMarket":true,"triggerPx":"62000","tpsl":"sl"}},"c":"0x' + STOP_ID + '"}],'
        '"grouping":"normalTpsl"}'
    )


def test_a_short_entry_without_a_target() -> None:
    wire = json.loads(as_sent(an_entry(leg=Leg.SHORT, has_target=False)))
    assert [order["b"] for order in wire["orders"]] == [False, True]
    assert [order["c"] for order in wire["orders"]] == [f"0x{ENTRY_ID}", f"0x{STOP_ID}"]
    assert wire["grouping"] == "normalTpsl"


@pytest.mark.parametrize(
    ("role", "tpsl"), [(Role.STOP, "sl"), (Role.TRAIL, "sl"), (Role.PROTECT, "sl"), (Role.TARGET, "tp")]
)
def test_an_exit_bound_to_the_position(role: Role, tpsl: str) -> None:
    assert as_sent(an_exit(role)) == (
        '{"type":"order","orders":[{"a":3,"b":true,"p":"77000","s":"0","r":true,'
        f'"t":{{"trigger":{{"isMarket":true,"triggerPx":"70000","tpsl":"{tpsl}"}}}},"c":"0x{STOP_ID}"}}],'
        '"grouping":"positionTpsl"}'
    )


def test_an_exit_with_a_size_of_its_own() -> None:
    wire = json.loads(as_sent(an_exit(Role.STOP, "0.50")))
    assert (wire["grouping"], wire["orders"][0]["s"]) == ("na", "0.5")


@pytest.mark.parametrize("role", [Role.CLOSE_TIME, Role.CLOSE_EMERGENCY, Role.TARGET])
def test_a_close_reduces_at_once(role: Role) -> None:
    close = Close(
        coin="BTC",
        leg=Leg.SHORT,
        role=role,
        size=Decimal("0.001"),
        bound=Decimal("66000"),
        client_id=ENTRY_ID,
        reason="a test",
    )
    assert as_sent(close) == (
        '{"type":"order","orders":[{"a":3,"b":true,"p":"66000","s":"0.001","r":true,'
        '"t":{"limit":{"tif":"Ioc"}},"c":"0x' + ENTRY_ID + '"}],"grouping":"na"}'
    )


@pytest.mark.parametrize(("post_only", "tif"), [(True, "Alo"), (False, "Gtc")])
def test_an_entry_that_rests_has_its_stop_behind_it(post_only: bool, tif: str) -> None:
    assert as_sent(a_rest(post_only=post_only)) == (
        '{"type":"order","orders":['
        f'{{"a":3,"b":true,"p":"64000","s":"0.001","r":false,"t":{{"limit":{{"tif":"{tif}"}}}},'
        f'"c":"0x{ENTRY_ID}"}},'
        '{"a":3,"b":false,"p":"55800","s":"0.001","r":true,'
        '"t":{"trigger":{"isMarket":true,"triggerPx":"62000","tpsl":"sl"}},"c":"0x' + STOP_ID + '"}],'
        '"grouping":"normalTpsl"}'
    )


def test_an_entry_that_rests_alone_and_a_short_one() -> None:
    alone = json.loads(as_sent(a_rest(stop_id=None)))
    assert (alone["grouping"], [order["c"] for order in alone["orders"]]) == ("na", [f"0x{ENTRY_ID}"])
    short = json.loads(as_sent(a_rest(leg=Leg.SHORT)))
    assert [(order["b"], order["r"]) for order in short["orders"]] == [(False, False), (True, True)]


def test_a_cancel_and_a_setting() -> None:
    assert as_sent(Cancel("BTC", "1234", None, "a test")) == '{"type":"cancel","cancels":[{"a":3,"o":1234}]}'
    assert as_sent(SetLeverage("BTC", 5, True, "a test")) == (
        '{"type":"updateLeverage","asset":3,"isCross":true,"leverage":5}'
    )


@pytest.mark.parametrize(
    ("action", "count"),
    [
        (an_entry(), 3),
        (an_entry(has_target=False), 2),
        (an_exit(Role.STOP), 1),
        (a_rest(), 2),
        (a_rest(stop_id=None), 1),
        (Cancel("BTC", "1", None, ""), 1),
        (SetLeverage("BTC", 5, True, ""), 0),
    ],
)
def test_how_many_answers_an_action_gets(action: Action, count: int) -> None:
    assert orders_in(encode(action, 3)) == count


@pytest.mark.parametrize(
    "action",
    [
        Cancel("BTC", "abc", None, ""),
        an_exit(Role.CLOSE_TIME),
        an_exit(Role.ENTRY),
        a_rest(trigger=Decimal(66000)),
        a_rest(expires_ms=1_800_000),
        AmendStop("BTC", Leg.LONG, "1", STOP_ID, Decimal(63000), Decimal(56700), "a test"),
    ],
)
def test_what_cannot_be_said_on_this_venue_is_a_bug(action: Action) -> None:
    with pytest.raises(Broken):
        encode(action, 3)


@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False))
def test_numbers_are_exact_short_and_without_an_exponent(value: Decimal) -> None:
    text = wire_number(value)
    assert Decimal(text) == value
    assert set(text) <= set("0123456789.")
    assert text == "0" or not text.startswith(".")
    assert "." not in text or text[-1] not in "0."
    assert len(text) == 1 or text[0] != "0" or text[1] == "."


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("60000.0", "60000"),
        ("1E+5", "100000"),
        ("1E-8", "0.00000001"),
        ("0.00", "0"),
        ("0E-9", "0"),
        ("100", "100"),
    ],
)
def test_numbers_as_the_venue_hashes_them(value: str, text: str) -> None:
    assert wire_number(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1"])
def test_what_is_no_number_is_never_sent(value: str) -> None:
    with pytest.raises(Broken):
        wire_number(Decimal(value))
