"""What each answer to a write means, from documented answers and from ones that cannot be."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.binance_answers import an_algo_order, an_error, an_order, good, sample
from tests.unit.venues.binance.test_encode import a_rest, an_entry, an_exit
from trader.core.actions import Cancel, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Accepted, Kind, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer, Lost
from trader.venues.binance.outcomes import outcome_of, outcomes_of_list, together

D = Decimal
STOP = an_exit(Leg.LONG, Role.STOP, None)


def entered(status: str, filled: str, **more: Any) -> Outcome:
    row = an_order(clientOrderId="id", status=status, origQty="0.60", executedQty=filled)
    del row["avgPrice"]
    return outcome_of(an_entry(), good(row | more))


def test_an_entry_is_told_by_what_it_filled() -> None:
    assert entered("FILLED", "0.60") == Accepted("1917641", D("0.60"))
    assert entered("EXPIRED", "0.20") == Accepted("1917641", D("0.20"))
    assert entered("EXPIRED_IN_MATCH", "0.20", avgPrice="100.5") == Accepted("1917641", D("0.20"), D("100.5"))
    assert entered("FILLED", "0.60", avgPrice="0.00000") == Accepted("1917641", D("0.60"))
    nothing = entered("EXPIRED", "0")
    assert isinstance(nothing, Rejected)
    assert nothing.code is Refusal.NOTHING_MATCHED
    rejected = entered("REJECTED", "0")
    assert isinstance(rejected, Rejected)
    assert rejected.code is Refusal.OTHER


@pytest.mark.parametrize(
    ("status", "filled", "more"),
    [
        ("NEW", "0", {}),
        ("PARTIALLY_FILLED", "0.20", {}),
        ("SOMETHING", "0.60", {}),
        ("FILLED", "0.70", {}),
        ("FILLED", "0.60", {"clientOrderId": "another"}),
        ("FILLED", "0.60", {"orderId": "7"}),
        ("FILLED", "0.60", {"code": -1000, "msg": "x"}),
    ],
)
def test_an_entry_that_is_not_told_is_unknown(status: str, filled: str, more: dict[str, Any]) -> None:
    assert isinstance(entered(status, filled, **more), Unknown)


def test_a_resting_entry_may_rest_or_have_filled() -> None:
    row = an_order(clientOrderId="id", status="NEW", origQty="0.6", executedQty="0")
    assert outcome_of(a_rest(), good(row)) == Accepted("1917641", D(0))
    row |= {"status": "FILLED", "executedQty": "0.6"}
    assert outcome_of(a_rest(), good(row)) == Accepted("1917641", D("0.6"))
    row |= {"status": "EXPIRED", "executedQty": "0"}
    assert isinstance(outcome_of(a_rest(), good(row)), Rejected)


@pytest.mark.parametrize("action", [STOP, a_rest(trigger=D(99))])
def test_a_conditional_order_is_told_by_its_own_id(action: Any) -> None:
    placed = sample("PlaceConditionalOrder")
    assert outcome_of(action, good(placed | {"clientAlgoId": "id"})) == Accepted("2146760")
    assert isinstance(outcome_of(action, good(placed)), Unknown)
    assert isinstance(outcome_of(action, good({"clientAlgoId": "id"})), Unknown)
    assert isinstance(
        outcome_of(action, good(an_algo_order(clientAlgoId="id", algoStatus="REJECTED"))), Rejected
    )


@pytest.mark.parametrize(
    ("row", "is_done"),
    [
        (sample("CancelConditionalOrder") | {"algoId": 17}, True),
        ({"algoId": 17, "clientAlgoId": "x", "code": "200", "msg": "success"}, True),
        ({"algoId": 17, "clientAlgoId": "x", "code": 200, "msg": "success"}, True),
        ({"algoId": 18, "clientAlgoId": "x", "code": "200", "msg": "success"}, False),
        ({"algoId": 17, "clientAlgoId": "x", "code": "500", "msg": "no"}, False),
        (sample("CancelConditionalOrder") | {"algoId": 17, "algoStatus": "NEW"}, False),
        ({"algoId": 17}, False),
        ({}, False),
    ],
)
def test_a_cancelled_conditional_order_is_told_in_two_ways(row: Any, is_done: bool) -> None:
    outcome = outcome_of(Cancel("SOL", "17", "x", "", Kind.STOP), good(row))
    assert outcome == Accepted("17") if is_done else isinstance(outcome, Unknown)


def test_a_cancelled_plain_order_is_told_as_cancelled() -> None:
    cancel = Cancel("SOL", "283194212", None, "")
    assert outcome_of(cancel, good(sample("CancelOrder"))) == Accepted("283194212")
    assert isinstance(outcome_of(cancel, good(sample("CancelOrder") | {"status": "NEW"})), Unknown)
    assert isinstance(outcome_of(cancel, good(sample("CancelOrder") | {"orderId": 1})), Unknown)


def test_documented_lists_have_one_outcome_each() -> None:
    cancels = [Cancel("BTC", "283194212", None, ""), Cancel("BTC", "1", None, "")]
    accepted, gone = outcomes_of_list(cancels, good(sample("CancelMultipleOrders")))
    assert accepted == Accepted("283194212")
    assert isinstance(gone, Rejected)
    assert gone.code is Refusal.GONE
    for answer in (good([]), good({}), good(None), Lost(True, "x"), an_error(503, None, "Unknown error")):
        assert {type(one) for one in outcomes_of_list(cancels, answer)} == {Unknown}
    assert {type(one) for one in outcomes_of_list(cancels, Lost(False, "x"))} == {Rejected}


def test_leverage_is_done_when_both_its_requests_are() -> None:
    action = SetLeverage("BTC", 21, True, "")
    answers = [good(sample("ChangeMarginType")), good(sample("ChangeInitialLeverage"))]
    assert together([outcome_of(action, answer) for answer in answers]) == Accepted()
    already = an_error(400, -4046, "No need to change margin type.")
    assert outcome_of(action, already) == Accepted()
    refused = outcome_of(
        action, an_error(400, -4047, "Margin type cannot be changed if there exists open orders.")
    )
    assert together([Accepted(), refused]) == refused
    unknown = outcome_of(action, Lost(True, "x"))
    assert together([refused, unknown]) == unknown
    assert isinstance(outcome_of(action, good({"leverage": 20, "symbol": "BTCUSDT"})), Unknown)
    assert isinstance(outcome_of(action, good({})), Unknown)


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 408, 500, 502, 504])
@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"null", b'{"msg": "x"}', b'{"code": "-2019"}'])
def test_an_answer_without_a_number_is_unknown(status: int, body: bytes) -> None:
    assert isinstance(outcome_of(STOP, Answer(status, body)), Unknown)


def test_a_number_in_an_answer_of_a_broken_server_is_unknown_but_for_three() -> None:
    for code in (-2010, -1000, -2019, -1021):
        assert isinstance(outcome_of(STOP, an_error(500, code, "x")), Unknown)
    for code in (-1001, -1008):
        assert isinstance(outcome_of(STOP, an_error(503, code, "x")), Rejected)
    assert isinstance(
        outcome_of(STOP, Answer(503, json.dumps({"msg": "Service Unavailable."}).encode())), Rejected
    )
