"""What is sent for each action, with one side and with two."""

import json
from decimal import Decimal

import pytest

from trader.core.actions import AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Broken
from trader.core.identity import Identity, Role
from trader.core.identity import encode as id_of
from trader.core.market import Leg
from trader.core.orders import Kind
from trader.venues.binance.batches import listed
from trader.venues.binance.encode import Terms, digits, encode
from trader.venues.binance.signing import Question

ONE, TWO = Terms(False), Terms(True)
D = Decimal


def named(question: Question) -> dict[str, str]:
    return dict(question.params)


def an_entry(leg: Leg = Leg.LONG) -> Enter:
    return Enter(
        "SOL", leg, D("0.60"), D("102.00"), D(95), D(95), None, None, "id", "stop", None, 0, 0, D(1), ""
    )


def a_rest(
    leg: Leg = Leg.LONG, *, trigger: Decimal | None = None, post_only: bool = False, end: int | None = None
) -> Rest:
    return Rest(
        "SOL",
        leg,
        Role.RUNG,
        D("0.6"),
        D(98),
        trigger,
        post_only,
        end,
        D(90),
        D(90),
        "id",
        None,
        0,
        D(100),
        "",
    )


def an_exit(leg: Leg, role: Role, size: Decimal | None) -> PlaceExit:
    return PlaceExit("SOL", leg, role, size, D("95.50"), D(90), "id", "")


@pytest.mark.parametrize(
    ("terms", "more"), [(ONE, {}), (TWO, {"positionSide": "SHORT"})], ids=["one-way", "two-sided"]
)
def test_an_entry_is_an_immediate_limit_that_names_its_leg_only_where_there_are_two(
    terms: Terms, more: dict[str, str]
) -> None:
    (question,) = encode(an_entry(Leg.SHORT), terms)
    assert (question.method, question.path, question.is_signed) == ("POST", "/fapi/v1/order", True)
    assert named(question) == more | {
        "symbol": "SOLUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "IOC",
        "quantity": "0.6",
        "price": "102",
        "newClientOrderId": "id",
        "newOrderRespType": "RESULT",
    }


@pytest.mark.parametrize(
    ("terms", "more"),
    [(ONE, {"reduceOnly": "true"}), (TWO, {"positionSide": "LONG"})],
    ids=["one-way", "two-sided"],
)
def test_a_close_can_only_reduce(terms: Terms, more: dict[str, str]) -> None:
    (question,) = encode(Close("SOL", Leg.LONG, Role.FLATTEN, D("0.6"), D(97), "id", ""), terms)
    assert named(question) == more | {
        "symbol": "SOLUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "IOC",
        "quantity": "0.6",
        "price": "97",
        "newClientOrderId": "id",
        "newOrderRespType": "RESULT",
    }


@pytest.mark.parametrize(
    ("role", "kind"),
    [(Role.STOP, "STOP_MARKET"), (Role.TRAIL, "STOP_MARKET"), (Role.TARGET, "TAKE_PROFIT_MARKET")],
)
@pytest.mark.parametrize(
    ("terms", "size", "more"),
    [
        (ONE, None, {"closePosition": "true"}),
        (TWO, None, {"closePosition": "true", "positionSide": "SHORT"}),
        (ONE, D("0.6"), {"quantity": "0.6", "reduceOnly": "true"}),
        (TWO, D("0.6"), {"quantity": "0.6", "positionSide": "SHORT"}),
    ],
)
def test_an_exit_is_conditional_on_mark_and_bound_to_the_position_or_sized(
    terms: Terms, size: Decimal | None, more: dict[str, str], role: Role, kind: str
) -> None:
    (question,) = encode(an_exit(Leg.SHORT, role, size), terms)
    assert (question.method, question.path) == ("POST", "/fapi/v1/algoOrder")
    assert named(question) == more | {
        "symbol": "SOLUSDT",
        "side": "BUY",
        "algoType": "CONDITIONAL",
        "type": kind,
        "triggerPrice": "95.5",
        "workingType": "MARK_PRICE",
        "priceProtect": "false",
        "clientAlgoId": "id",
    }


def test_stops_act_on_the_last_price_where_that_is_said() -> None:
    (question,) = encode(an_exit(Leg.LONG, Role.STOP, None), Terms(False, "last"))
    assert named(question)["workingType"] == "CONTRACT_PRICE"


@pytest.mark.parametrize(
    ("rest", "more"),
    [
        (a_rest(), {"timeInForce": "GTC"}),
        (a_rest(post_only=True), {"timeInForce": "GTX"}),
        (a_rest(end=1_750_000_000_999), {"timeInForce": "GTD", "goodTillDate": "1750000000000"}),
        (
            a_rest(end=1_750_000_000_999, post_only=True),
            {"timeInForce": "GTD", "goodTillDate": "1750000000000"},
        ),
    ],
)
def test_a_resting_entry_lives_as_long_as_it_says(rest: Rest, more: dict[str, str]) -> None:
    (question,) = encode(rest, TWO)
    assert question.path == "/fapi/v1/order"
    assert named(question) == more | {
        "symbol": "SOLUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "quantity": "0.6",
        "price": "98",
        "positionSide": "LONG",
        "newClientOrderId": "id",
        "newOrderRespType": "RESULT",
    }


@pytest.mark.parametrize(
    ("end", "more"), [(None, {"timeInForce": "IOC"}), (2000, {"timeInForce": "GTD", "goodTillDate": "2000"})]
)
def test_a_stop_entry_is_bounded_and_can_open(end: int | None, more: dict[str, str]) -> None:
    (question,) = encode(a_rest(Leg.SHORT, trigger=D(99), end=end), ONE)
    assert question.path == "/fapi/v1/algoOrder"
    assert named(question) == more | {
        "symbol": "SOLUSDT",
        "side": "SELL",
        "quantity": "0.6",
        "price": "98",
        "algoType": "CONDITIONAL",
        "type": "STOP",
        "triggerPrice": "99",
        "workingType": "MARK_PRICE",
        "priceProtect": "false",
        "clientAlgoId": "id",
    }


@pytest.mark.parametrize("kind", [Kind.STOP, Kind.TARGET, Kind.STOP_ENTRY])
def test_a_cancel_goes_to_the_book_of_its_kind(kind: Kind) -> None:
    assert encode(Cancel("SOL", "17", "x", "", kind), ONE) == (
        Question("/fapi/v1/algoOrder", (("algoId", "17"),), method="DELETE"),
    )
    assert encode(Cancel("SOL", "17", "x", ""), TWO) == (
        Question("/fapi/v1/order", (("symbol", "SOLUSDT"), ("orderId", "17")), method="DELETE"),
    )


@pytest.mark.parametrize("role", [Role.STOP, Role.TRAIL, Role.PROTECT, Role.TARGET])
def test_a_cancel_of_an_exit_of_ours_goes_to_its_book_by_its_id(role: Role) -> None:
    ours = id_of(Identity(1, "SOL", 1, Leg.LONG, role, 1, 1))
    assert encode(Cancel("SOL", "17", ours, ""), ONE)[0].path == "/fapi/v1/algoOrder"


def test_leverage_and_margin_type_are_two_requests() -> None:
    kind, leverage = encode(SetLeverage("SOL", 5, False, ""), ONE)
    assert (kind.path, named(kind)) == (
        "/fapi/v1/marginType",
        {"symbol": "SOLUSDT", "marginType": "ISOLATED"},
    )
    assert (leverage.path, named(leverage)) == ("/fapi/v1/leverage", {"symbol": "SOLUSDT", "leverage": "5"})
    assert named(encode(SetLeverage("SOL", 5, True, ""), ONE)[0])["marginType"] == "CROSSED"


@pytest.mark.parametrize(
    "action",
    [
        AmendStop("SOL", Leg.LONG, "17", "id", D(95), D(90), ""),
        an_exit(Leg.LONG, Role.ENTRY, None),
        Cancel("SOL", "17&x=1", None, ""),
        Cancel("SOL", "", None, ""),
        Close("SOL", Leg.LONG, Role.FLATTEN, D(0), D(97), "id", ""),
        Close("SOL", Leg.LONG, Role.FLATTEN, D("NaN"), D(97), "id", ""),
    ],
)
def test_what_cannot_be_meant_is_never_built(action: AmendStop | PlaceExit | Cancel | Close) -> None:
    with pytest.raises(Broken):
        encode(action, ONE)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.60", "0.6"), ("100", "100"), ("1E+3", "1000"), ("0.00001", "0.00001"), ("5.0", "5")],
)
def test_digits_have_no_exponent_and_no_zero_at_their_end(value: str, text: str) -> None:
    assert digits(D(value)) == text


def test_plain_resting_entries_go_five_to_a_list_and_one_left_over_alone() -> None:
    rests = [a_rest() for _ in range(11)]
    parcels = listed(list(enumerate([*rests, a_rest(trigger=D(99)), an_entry()])), ONE)
    assert [parcel.places for parcel in parcels] == [(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)]
    (question,) = parcels[0].questions
    assert (question.path, question.method) == ("/fapi/v1/batchOrders", "POST")
    rows = json.loads(named(question)["batchOrders"])
    assert rows == [named(encode(a_rest(), ONE)[0])] * 5


def test_cancels_of_plain_orders_go_ten_to_a_list_by_coin() -> None:
    cancels = [Cancel("SOL" if i % 13 else "BTC", str(i), None, "") for i in range(1, 14)]
    conditional = Cancel("SOL", "99", None, "", Kind.STOP)
    parcels = listed(list(enumerate([*cancels, conditional])), ONE)
    assert [len(parcel.places) for parcel in parcels] == [10, 2]
    assert named(parcels[1].questions[0]) == {"symbol": "SOLUSDT", "orderIdList": "[11,12]"}
