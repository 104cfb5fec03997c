"""Answers to writes on Binance: which of them say that it was done, that it was not, or neither."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.binance_answers import an_error
from tests.support.binance_places import in_process
from tests.support.binance_saying import Saying
from trader.core.actions import SetLeverage
from trader.core.orders import Refusal, Status, Unknown
from trader.core.wire import Answer
from trader.sim.binance.switches import Switches
from trader.sim.faults import Fault

UNKNOWN_WORDS = "Unknown error, please check your request or try again later."
MAYBE = [
    an_error(503, -1000, UNKNOWN_WORDS),
    an_error(503, None, UNKNOWN_WORDS),
    an_error(500, -1000, "An unknown error occurred while processing the request."),
    an_error(400, -1006, "An unexpected response was received from the message bus."),
    an_error(408, -1007, "Timeout waiting for response from backend server."),
    an_error(400, -1007, "Timeout waiting for response from backend server."),
    an_error(500, -2010, "Request occur unknown error."),
    Answer(403, b"<html>WAF</html>"),
    Answer(200, b"<html>hello</html>"),
    Answer(503, b"<html>Service Unavailable.</html>"),
]


@pytest.mark.parametrize("is_applied", [True, False])
@pytest.mark.parametrize("answer", MAYBE, ids=lambda answer: f"{answer.status} {answer.body[:40]!r}")
def test_bn_90_answers_that_do_not_say_whether_it_was_done_are_unknown(
    answer: Answer, is_applied: bool
) -> None:
    bench = in_process()
    entry = bench.entry()
    stop = bench.exit(size=entry.size)
    saying = Saying(bench.wire, answer, is_applied=is_applied)
    outcomes = [bench.do(stop), bench.do(entry)]
    saying.stop()
    assert [type(one) for one in outcomes] == [Unknown, Unknown]
    assert bench.status(stop.client_id) is (Status.LIVE if is_applied else None)
    assert bench.size() == (entry.size if is_applied else 0)


SURELY_NOT = [
    (an_error(503, None, "Service Unavailable."), Refusal.UNSENT),
    (
        an_error(503, -1001, "Internal error; unable to process your request. Please try again."),
        Refusal.UNSENT,
    ),
    (an_error(503, -1008, "Request throttled by system-level protection."), Refusal.BUDGET),
    (an_error(429, -1003, "Too many requests."), Refusal.BUDGET),
    (an_error(400, -1015, "Too many new orders."), Refusal.BUDGET),
    (an_error(451, 0, "Service unavailable from a restricted location."), Refusal.DENIED),
    (an_error(401, -2015, "Invalid API-key, IP, or permissions for action."), Refusal.DENIED),
    (an_error(400, -4088, "User can not place order currently."), Refusal.DENIED),
    (an_error(400, -4192, "Trade forbidden due to Cooling-off Period."), Refusal.RULE),
    (an_error(400, -4400, "Futures Trading Quantitative Rules violated."), Refusal.RULE),
    (an_error(400, -2023, "User in liquidation mode now."), Refusal.OTHER),
    (an_error(400, -2010, "NEW_ORDER_REJECTED"), Refusal.OTHER),
    (an_error(400, -1016, "This service is no longer available."), Refusal.UNSENT),
    (an_error(400, -9999, "Something new."), Refusal.UNFAMILIAR),
    (an_error(400, -4120, "Order type not supported for this endpoint."), Refusal.UNFAMILIAR),
]


@pytest.mark.parametrize(("answer", "code"), SURELY_NOT)
def test_bn_91_answers_with_a_number_for_no_are_refusals_and_only_some_stop_a_close(
    answer: Answer, code: Refusal
) -> None:
    bench = in_process()
    entry = bench.entered()
    saying = Saying(bench.wire, answer, is_applied=False)
    assert refused(bench.do(bench.close(size=entry.size))) is code
    assert [refused(one) for one in bench.venue.perform([bench.rest(), bench.rest()])] == [code, code]
    saying.stop()
    assert bench.size() == entry.size


@pytest.mark.parametrize(
    "fault", [Fault("T1"), Fault("T2"), Fault("T3"), Fault("T4"), Fault("T5")], ids=lambda fault: fault.kind
)
def test_bn_92_a_write_that_surely_never_left_is_refused_and_not_unknown(fault: Fault) -> None:
    bench = in_process()
    bench.observe()
    bench.arm(fault)
    outcome = bench.do(bench.entry())
    assert refused(outcome) is Refusal.UNSENT
    assert bench.size() == 0


@pytest.mark.parametrize("body", ["null", "", "{}", "[]", "7", '{"code": 200}', '{"orderId": 5}'])
def test_bn_93_a_good_answer_without_words_is_unknown(body: str) -> None:
    bench = in_process()
    entry = bench.entry()
    for action in (entry, bench.exit(size=entry.size), SetLeverage("SOL", 5, True, "a test")):
        bench.arm(Fault("H15", is_write=True, times=0, params={"body": body}))
        assert isinstance(bench.do(action), Unknown)
        assert isinstance(bench.venue.perform([bench.rest(), bench.rest()])[1], Unknown)


@pytest.mark.parametrize("variant", ["cut", "missing_field", "null_field", "duplicate_keys", "invalid_utf8"])
def test_bn_94_a_damaged_answer_is_unknown(variant: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("H14", is_write=True, params={"variant": variant, "field": "executedQty"}))
    assert isinstance(bench.do(entry), Unknown)
    assert bench.status(entry.client_id) is Status.FILLED


def test_bn_95_a_list_of_another_length_says_nothing_of_any_order() -> None:
    bench = in_process()
    rests = [bench.rest(distance=f"0.0{i}") for i in (1, 2, 3)]
    Saying(bench.wire, lambda answer: Answer(200, answer.body[: answer.body.rindex(b",{")] + b"]"))
    outcomes = bench.venue.perform(rests)
    assert [type(one) for one in outcomes] == [Unknown] * 3
    assert [bench.status(rest.client_id) for rest in rests] == [Status.LIVE] * 3


@pytest.mark.parametrize("average", [False, True])
def test_bn_96_an_average_is_told_only_where_the_venue_gives_one(average: bool) -> None:
    bench = in_process(Switches(post_average=average, weight_per_minute=100_000))
    outcome = accepted(bench.do(bench.entry()))
    assert outcome.average == (Decimal("100.01") if average else None)


def test_bn_97_an_order_placed_at_half_its_size_is_told_by_what_it_filled() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("V3", is_write=True))
    outcome = accepted(bench.do(entry))
    assert outcome.filled == entry.size / 2 == bench.size()
