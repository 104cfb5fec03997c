"""Writes whose outcome is in doubt, refused or unwelcome: numbered behaviours of Binance."""

from decimal import Decimal

import pytest

from tests.support.binance_answers import Saying, an_error
from tests.support.binance_bench import BinanceBench, in_process
from tests.support.hyperliquid_bench import accepted, refused
from trader.core.actions import Action, AmendStop, SetLeverage
from trader.core.errors import Denied, Unavailable
from trader.core.market import Leg
from trader.core.orders import Absent, Accepted, Found, Refusal, Rejected, Status, Unknown
from trader.core.wire import Answer
from trader.sim.binance.switches import Switches
from trader.sim.faults import Fault

ZERO = Decimal(0)
APPLIED = [
    *map(Fault, ("T6", "T8", "T9", "T10", "H5")),
    Fault("H9", params={"applied": True}),
    Fault("H4", params={"applied": True}),
]
LOST = [
    *map(Fault, ("T7", "T14", "H2", "H4", "H9", "H10", "H11")),
    Fault("H5", params={"applied": False}),
]


def kind(fault: Fault) -> str:
    return f"{fault.kind}{fault.params or ''}"


def the_write(fault: Fault) -> Fault:
    return Fault(fault.kind, is_write=True, params={"status": 403} if fault.kind == "H2" else fault.params)


@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("fault", APPLIED, ids=kind)
def test_bn_60_a_write_that_counted_but_whose_answer_was_lost_is_unknown_and_then_found(
    fault: Fault, two_sided: bool
) -> None:
    bench = in_process(two_sided=two_sided)
    entry = bench.entry()
    stop = bench.exit(size=entry.size)
    for action in (stop, entry):
        bench.arm(the_write(fault))
        assert isinstance(bench.do(action), Unknown)
    assert bench.status(stop.client_id) is Status.LIVE
    found = bench.lookup(entry.client_id)
    assert isinstance(found, Found)
    assert (found.status, found.order.size) == (Status.FILLED, ZERO)
    assert bench.size() == entry.size


@pytest.mark.parametrize("fault", LOST, ids=kind)
def test_bn_61_a_write_that_may_have_counted_and_did_not_is_unknown_and_then_absent(fault: Fault) -> None:
    bench = in_process()
    entry = bench.entry()
    stop = bench.exit(size=entry.size)
    for action in (stop, entry):
        bench.arm(the_write(fault))
        assert isinstance(bench.do(action), Unknown)
        assert bench.lookup(action.client_id) == Absent()
    assert bench.size() == 0


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
def test_bn_6a_answers_that_do_not_say_whether_it_was_done_are_unknown(
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
    (an_error(400, -9999, "Something new."), Refusal.OTHER),
]


@pytest.mark.parametrize(("answer", "code"), SURELY_NOT)
def test_bn_6b_answers_with_a_number_for_no_are_refusals_and_only_some_stop_a_close(
    answer: Answer, code: Refusal
) -> None:
    bench = in_process()
    entry = bench.entered()
    saying = Saying(bench.wire, answer, is_applied=False)
    assert refused(bench.do(bench.close(size=entry.size))) is code
    assert [refused(one) for one in bench.venue.perform([bench.rest(), bench.rest()])] == [code, code]
    saying.stop()
    assert bench.size() == entry.size


@pytest.mark.parametrize("fault", [Fault("T1"), Fault("T2"), Fault("T3"), Fault("T4"), Fault("T5")], ids=kind)
def test_bn_62_a_write_that_surely_never_left_is_refused_and_not_unknown(fault: Fault) -> None:
    bench = in_process()
    bench.observe()
    bench.arm(fault)
    outcome = bench.do(bench.entry())
    assert refused(outcome) is Refusal.UNSENT
    assert bench.size() == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("H1"), Refusal.BUDGET),
        (Fault("H3"), Refusal.BUDGET),
        (Fault("H6"), Refusal.UNSENT),
        (Fault("H7"), Refusal.UNSENT),
        (Fault("H8"), Refusal.BUDGET),
    ],
    ids=lambda one: kind(one) if isinstance(one, Fault) else one,
)
def test_bn_63_answers_that_say_surely_not_are_refusals(fault: Fault, code: Refusal) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(the_write(fault))
    assert refused(bench.do(entry)) is code
    if fault.kind != "H3":
        assert bench.lookup(entry.client_id) == Absent()
    assert bench.model.position(bench.user, "SOL", None) is None or bench.size() == 0


@pytest.mark.parametrize("kind_of", ["T6", "T7", "H9"])
def test_bn_64_over_real_sockets_too(binance: BinanceBench, kind_of: str) -> None:
    entry = binance.entry()
    binance.arm(Fault(kind_of, is_write=True))
    assert isinstance(binance.do(entry), Unknown)
    assert binance.status(entry.client_id) is (Status.FILLED if kind_of == "T6" else None)


@pytest.mark.parametrize("body", ["null", "", "{}", "[]", "7", '{"code": 200}', '{"orderId": 5}'])
def test_bn_65_a_good_answer_without_words_is_unknown(body: str) -> None:
    bench = in_process()
    entry = bench.entry()
    for action in (entry, bench.exit(size=entry.size), SetLeverage("SOL", 5, True, "a test")):
        bench.arm(Fault("H15", is_write=True, times=0, params={"body": body}))
        assert isinstance(bench.do(action), Unknown)
        assert isinstance(bench.venue.perform([bench.rest(), bench.rest()])[1], Unknown)


@pytest.mark.parametrize("variant", ["cut", "missing_field", "null_field", "duplicate_keys", "invalid_utf8"])
def test_bn_66_a_damaged_answer_is_unknown(variant: str) -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("H14", is_write=True, params={"variant": variant, "field": "executedQty"}))
    assert isinstance(bench.do(entry), Unknown)
    assert bench.status(entry.client_id) is Status.FILLED


def test_bn_67_a_write_delivered_after_its_window_does_nothing() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    assert isinstance(bench.do(entry), Unknown)
    bench.inspect()
    bench.inspect()
    assert bench.size() == 0
    assert bench.lookup(entry.client_id) == Absent()


def test_bn_68_a_write_delivered_inside_its_window_still_counts() -> None:
    bench = in_process()
    bench.venue = bench.restarted(cap_s=2.0)
    entry = bench.entry()
    bench.arm(Fault("T11", is_write=True, params={"until": "requests", "n": 1}))
    assert isinstance(bench.do(entry), Unknown)
    bench.inspect()
    assert bench.size() == entry.size


def test_bn_69_a_stamp_of_another_time_is_a_refusal(binance: BinanceBench) -> None:
    binance.observe()
    entry = binance.entry()
    binance.arm(Fault("V21", is_write=True, params={"offset_ms": 60_000}))
    assert refused(binance.do(entry)) is Refusal.EXPIRED
    assert binance.size() == 0


def test_bn_70_a_key_that_was_revoked_is_denied() -> None:
    bench = in_process()
    entry = bench.entered()
    bench.arm(Fault("V20", times=0))
    assert refused(bench.do(bench.exit())) is Refusal.DENIED
    assert refused(bench.do(bench.close(size=entry.size))) is Refusal.DENIED
    with pytest.raises(Denied):
        bench.inspect()


@pytest.mark.parametrize("two_sided", [False, True])
def test_bn_72_an_overloaded_venue_still_takes_what_protects(two_sided: bool) -> None:
    bench = in_process(two_sided=two_sided)
    entry = bench.entered()
    bench.arm(Fault("V24", times=1, params={"seconds": 60}))
    assert refused(bench.do(bench.entry())) is Refusal.BUDGET
    accepted(bench.do(bench.exit()))
    assert accepted(bench.do(bench.close(size=entry.size))).filled == entry.size


def test_bn_73_a_banned_address_sends_nothing_more_until_the_ban_ends() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("H3", is_write=True))
    assert refused(bench.do(entry)) is Refusal.BUDGET
    sent = len(bench.wire.requests)
    assert refused(bench.do(entry)) is Refusal.BUDGET
    with pytest.raises(Unavailable, match="banned this address"):
        bench.inspect()
    assert len(bench.wire.requests) == sent
    bench.clock.advance(121_000)
    assert bench.size() == 0


def test_bn_74_more_requests_than_the_minute_allows_are_refused_with_room_left_later() -> None:
    bench = in_process(Switches(weight_per_minute=190))
    bench.observe()
    bench.inspect()
    bench.inspect()
    with pytest.raises(Unavailable, match="429"):
        bench.inspect()
    bench.pass_to(bench.clock.now_ms() + 60_000)
    assert bench.size() == 0


def test_bn_75_one_round_carries_several_writes_and_each_has_its_own_outcome(binance: BinanceBench) -> None:
    entry = binance.entered()
    actions: list[Action] = [
        binance.exit(),
        binance.exit(distance="-0.03", size=entry.size),
        binance.exit(distance="0.03", size=entry.size),
        AmendStop("SOL", Leg.LONG, "1", "x", Decimal(95), Decimal(95), "a test"),
    ]
    outcomes = binance.venue.perform(actions)
    assert [type(one) for one in outcomes] == [Accepted, Rejected, Accepted, Rejected]
    assert refused(outcomes[1]) is Refusal.WOULD_TRIGGER
    assert refused(outcomes[3]) is Refusal.RULE
    assert len(binance.wire.rounds[-1]) == 3


@pytest.mark.parametrize("two_sided", [False, True])
def test_bn_76_sides_that_somebody_else_changed_are_learned_from_the_refusal(two_sided: bool) -> None:
    bench = in_process(two_sided=two_sided)
    bench.observe()
    stop = bench.exit(size=bench.entry().size)
    bench.arm(Fault("V23", is_write=True, params={"two_sided": not two_sided}))
    assert refused(bench.do(stop)) is Refusal.RULE
    accepted(bench.do(stop))


def test_bn_77_a_cancel_that_comes_too_late_is_gone_and_the_order_tells_what_it_did(
    binance: BinanceBench,
) -> None:
    binance.entered()
    stop = binance.exit()
    accepted(binance.do(stop))
    cancel = binance.cancel(binance.orders()[stop.client_id])
    binance.move("SOL", 97.0, 95.0)
    assert refused(binance.do(cancel)) is Refusal.GONE
    assert binance.status(stop.client_id) is Status.FILLED


def test_bn_78_what_was_used_up_is_told(binance: BinanceBench) -> None:
    binance.entered()
    assert (binance.venue.used.orders_10s, binance.venue.used.orders_1m) == (1, 1)
    before = binance.venue.used.weight or 0
    binance.venue.find({binance.entry().client_id: "SOL"})
    assert binance.venue.used.weight == before + 2


def test_bn_7a_a_list_of_another_length_says_nothing_of_any_order() -> None:
    bench = in_process()
    rests = [bench.rest(distance=f"0.0{i}") for i in (1, 2, 3)]
    Saying(bench.wire, lambda answer: Answer(200, answer.body[: answer.body.rindex(b",{")] + b"]"))
    outcomes = bench.venue.perform(rests)
    assert [type(one) for one in outcomes] == [Unknown] * 3
    assert [bench.status(rest.client_id) for rest in rests] == [Status.LIVE] * 3


@pytest.mark.parametrize("average", [False, True])
def test_bn_7b_an_average_is_told_only_where_the_venue_gives_one(average: bool) -> None:
    bench = in_process(Switches(post_average=average, weight_per_minute=100_000))
    outcome = accepted(bench.do(bench.entry()))
    assert outcome.average == (Decimal("100.01") if average else None)


def test_bn_7c_an_order_placed_at_half_its_size_is_told_by_what_it_filled() -> None:
    bench = in_process()
    entry = bench.entry()
    bench.arm(Fault("V3", is_write=True))
    outcome = accepted(bench.do(entry))
    assert outcome.filled == entry.size / 2 == bench.size()
