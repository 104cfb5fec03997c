"""Actions as request bodies."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.okx_answers import an_instrument
from trader.core.actions import AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Broken
from trader.core.identity import Role
from trader.core.market import Leg, Slot
from trader.venues.okx import encode
from trader.venues.okx.encode import Ground, wire_number
from trader.venues.okx.parse_market import InstrumentTable

BTC = InstrumentTable([an_instrument("BTC", ctVal="0.01", tickSz="0.1")]).market("BTC")
assert BTC is not None
NET = Ground(BTC, two_sided=False, isolated=frozenset(), cross_of={}, trigger_source="mark")
TWO = replace(NET, two_sided=True)


def an_entry(leg: Leg = Leg.LONG) -> Enter:
    return Enter(
        coin="BTC",
        leg=leg,
        size=Decimal("0.0123"),
        bound=Decimal("60100.50"),
        stop=Decimal("59000.0"),
        stop_bound=Decimal("53000"),
        target=Decimal(65000),
        target_bound=Decimal(60000),
        client_id="0a" * 16,
        stop_id="0b" * 16,
        target_id="0c" * 16,
        signal_ms=0,
        signal_close_ms=1,
        mark=Decimal(60000),
        reason="a test",
    )


def a_rest(**changes: Any) -> Rest:
    rest = Rest(
        coin="BTC",
        leg=Leg.LONG,
        role=Role.RUNG,
        size=Decimal("0.01"),
        price=Decimal(58000),
        trigger=None,
        post_only=True,
        expires_ms=None,
        stop=Decimal(55000),
        stop_bound=Decimal(50000),
        client_id="0a" * 16,
        stop_id="0b" * 16,
        signal_ms=0,
        mark=Decimal(60000),
        reason="a test",
    )
    return replace(rest, **changes)


def an_exit(role: Role = Role.STOP, size: str | None = "0.01", leg: Leg = Leg.LONG) -> PlaceExit:
    return PlaceExit(
        "BTC",
        leg,
        role,
        None if size is None else Decimal(size),
        Decimal("59000.5"),
        Decimal(1),
        "0d" * 16,
        "",
    )


def a_close(leg: Leg = Leg.LONG) -> Close:
    return Close("BTC", leg, Role.CLOSE_TIME, Decimal("0.02"), Decimal(57000), "0e" * 16, "a test")


def test_an_entry_attaches_its_stop_and_nothing_else() -> None:
    assert encode.entry(an_entry(), NET) == {
        "instId": "BTC-USDT-SWAP",
        "tdMode": "cross",
        "side": "buy",
        "posSide": "net",
        "ordType": "ioc",
        "sz": "1.23",
        "px": "60100.5",
        "clOrdId": "0a" * 16,
        "attachAlgoOrds": [
            {
                "attachAlgoClOrdId": "0b" * 16,
                "slTriggerPx": "59000",
                "slTriggerPxType": "mark",
                "slOrdPx": "-1",
            }
        ],
    }


@pytest.mark.parametrize(
    ("leg", "opening", "closing"), [(Leg.LONG, "buy", "sell"), (Leg.SHORT, "sell", "buy")]
)
def test_in_a_two_sided_account_each_order_names_its_leg_and_none_says_reduce_only(
    leg: Leg, opening: str, closing: str
) -> None:
    entry, close = encode.entry(an_entry(leg), TWO), encode.close(a_close(leg), TWO)
    place = encode.place_exit(an_exit(leg=leg, size=None), TWO)
    assert [body["posSide"] for body in (entry, close, place)] == [leg.value] * 3
    assert [body["side"] for body in (entry, close, place)] == [opening, closing, closing]
    assert not any("reduceOnly" in body for body in (entry, close, place))


def test_in_a_one_way_account_what_closes_can_only_reduce() -> None:
    assert encode.close(a_close(), NET) == {
        "instId": "BTC-USDT-SWAP",
        "tdMode": "cross",
        "side": "sell",
        "posSide": "net",
        "reduceOnly": True,
        "ordType": "ioc",
        "sz": "2",
        "px": "57000",
        "clOrdId": "0e" * 16,
    }
    assert encode.place_exit(an_exit(), NET)["reduceOnly"] is True
    assert "reduceOnly" not in encode.entry(an_entry(), NET)


def test_a_stop_of_the_whole_position() -> None:
    body = encode.place_exit(an_exit(size=None), NET)
    assert body == {
        "instId": "BTC-USDT-SWAP",
        "tdMode": "cross",
        "side": "sell",
        "posSide": "net",
        "reduceOnly": True,
        "ordType": "conditional",
        "slTriggerPx": "59000.5",
        "slTriggerPxType": "mark",
        "slOrdPx": "-1",
        "algoClOrdId": "0d" * 16,
        "closeFraction": "1",
    }


def test_a_stop_with_a_size_keeps_it_and_outlives_nothing_by_itself() -> None:
    body = encode.place_exit(an_exit(), NET)
    assert body["sz"] == "1"
    assert "closeFraction" not in body
    assert "cxlOnClosePos" not in body


def test_a_target_goes_when_the_position_does() -> None:
    body = encode.place_exit(an_exit(Role.TARGET), NET)
    assert (body["tpTriggerPx"], body["tpOrdPx"], body["tpTriggerPxType"]) == ("59000.5", "-1", "mark")
    assert (body["cxlOnClosePos"], body["reduceOnly"]) == (True, True)
    assert not any(key.startswith("sl") for key in body)
    assert "cxlOnClosePos" not in encode.place_exit(an_exit(Role.TARGET), TWO)


@pytest.mark.parametrize("role", [Role.ENTRY, Role.RUNG, Role.CLOSE_TIME, Role.FLATTEN])
def test_no_other_role_is_an_exit(role: Role) -> None:
    with pytest.raises(Broken, match="neither a stop nor a target"):
        encode.place_exit(an_exit(role), NET)


def test_an_exit_is_of_the_margin_kind_of_the_position_it_guards() -> None:
    moved = replace(NET, isolated=frozenset({"BTC"}), cross_of={Slot("BTC"): True})
    assert encode.place_exit(an_exit(), moved)["tdMode"] == "cross"
    assert encode.close(a_close(), moved)["tdMode"] == "cross"
    assert encode.entry(an_entry(), moved)["tdMode"] == "isolated"
    legs = replace(TWO, cross_of={Slot("BTC", Leg.SHORT): False})
    assert encode.place_exit(an_exit(leg=Leg.SHORT), legs)["tdMode"] == "isolated"
    assert encode.place_exit(an_exit(leg=Leg.LONG), legs)["tdMode"] == "cross"


def test_stops_act_on_the_price_that_the_operator_chose() -> None:
    last = replace(NET, trigger_source="last")
    attached: Any = encode.entry(an_entry(), last)["attachAlgoOrds"]
    assert [one["slTriggerPxType"] for one in attached] == ["last"]
    assert encode.place_exit(an_exit(), last)["slTriggerPxType"] == "last"
    assert encode.stop_entry(a_rest(trigger=Decimal(61000)), last)["triggerPxType"] == "last"


@pytest.mark.parametrize(("post_only", "kind"), [(True, "post_only"), (False, "limit")])
def test_a_limit_that_waits(post_only: bool, kind: str) -> None:
    body = encode.resting(a_rest(post_only=post_only), NET)
    assert (body["ordType"], body["px"], body["sz"]) == (kind, "58000", "1")
    assert body["clOrdId"] == "0a" * 16
    assert "attachAlgoOrds" in body
    assert "attachAlgoOrds" not in encode.resting(a_rest(stop_id=None), NET)


def test_an_entry_that_a_price_sets_off() -> None:
    body = encode.stop_entry(a_rest(trigger=Decimal(61000), price=Decimal(61200)), NET)
    assert (body["ordType"], body["triggerPx"], body["orderPx"]) == ("trigger", "61000", "61200")
    assert body["algoClOrdId"] == "0a" * 16
    assert "clOrdId" not in body
    with pytest.raises(Broken, match="needs a trigger"):
        encode.stop_entry(a_rest(), NET)


def test_moving_a_stop_changes_its_trigger_alone() -> None:
    action = AmendStop("BTC", Leg.LONG, "123", "0d" * 16, Decimal("59500.10"), Decimal(1), "")
    assert encode.amend(action) == {"instId": "BTC-USDT-SWAP", "algoId": "123", "newSlTriggerPx": "59500.1"}


@pytest.mark.parametrize(("is_algo", "key"), [(True, "algoId"), (False, "ordId")])
def test_a_cancel_names_the_number_of_its_book(is_algo: bool, key: str) -> None:
    body = encode.cancel(Cancel("BTC", "123", None, ""), is_algo=is_algo)
    assert body == {"instId": "BTC-USDT-SWAP", key: "123"}
    with pytest.raises(Broken):
        encode.cancel(Cancel("BTC", "12x", None, ""), is_algo=is_algo)


@pytest.mark.parametrize(
    ("cross", "two_sided", "sides"),
    [(True, False, [None]), (True, True, [None]), (False, False, ["net"]), (False, True, ["long", "short"])],
)
def test_leverage_is_set_for_each_leg_only_where_each_has_its_own(
    cross: bool, two_sided: bool, sides: list[str | None]
) -> None:
    bodies = encode.leverage(SetLeverage("BTC", 5, cross, ""), two_sided=two_sided)
    assert [body.get("posSide") for body in bodies] == sides
    assert {body["lever"] for body in bodies} == {"5"}
    assert {body["mgnMode"] for body in bodies} == {"cross" if cross else "isolated"}


@pytest.mark.parametrize("size", ["0", "0.00001", "0.012345"])
def test_a_size_that_is_no_whole_number_of_lots_is_not_cut_but_refused(size: str) -> None:
    with pytest.raises(Broken):
        encode.close(replace(a_close(), size=Decimal(size)), NET)


@pytest.mark.parametrize(
    ("value", "digits"),
    [("100", "100"), ("1E+3", "1000"), ("0.500", "0.5"), ("1E-7", "0.0000001"), ("3.", "3")],
)
def test_numbers_have_neither_an_exponent_nor_zeros_at_their_end(value: str, digits: str) -> None:
    assert wire_number(Decimal(value)) == digits


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity"])
def test_numbers_that_cannot_be_sent_are_not(value: str) -> None:
    with pytest.raises(Broken):
        wire_number(Decimal(value))


def test_no_order_carries_a_tag_or_a_broker() -> None:
    bodies = [encode.entry(an_entry(), NET), encode.close(a_close(), NET), encode.place_exit(an_exit(), NET)]
    assert not any(key in body for body in bodies for key in ("tag", "brokerId", "ccy", "stpMode"))
