"""What became of a write: definitive only where the venue's answer is, and Unknown in every other case."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.okx_answers import algo_taken, order_taken, refused, sample, taken
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer, Lost
from trader.venues.okx.outcomes import outcomes_of, together
from trader.venues.okx.refusals import CODES, MAY_HAVE_HAPPENED, meaning


def one(answer: Answer | Lost, id_key: str | None = "ordId") -> Outcome:
    (outcome,) = outcomes_of(answer, 1, id_key=id_key)
    return outcome


def code_of(outcome: Outcome) -> Refusal | None:
    return outcome.code if isinstance(outcome, Rejected) else None


@pytest.mark.parametrize(
    ("name", "id_key", "number"),
    [
        ("PlaceOrder", "ordId", "312269865356374016"),
        ("PlaceAlgoOrder", "algoId", "12345689"),
        ("CancelAlgoOrder", "algoId", "1234"),
        ("AmendAlgoOrder", "algoId", "2510789768709120"),
        ("SetAccountLeverage", None, None),
    ],
)
def test_documented_answers_of_success(name: str, id_key: str | None, number: str | None) -> None:
    answer = Answer(200, json.dumps(sample(name)).encode())
    assert one(answer, id_key) == Accepted(number)


@pytest.mark.parametrize("name", ["PlaceMultipleOrders", "CancelMultipleOrders"])
def test_documented_answers_of_several(name: str) -> None:
    answer = Answer(200, json.dumps(sample(name)).encode())
    assert outcomes_of(answer, 2, id_key="ordId") == [Accepted("12345689"), Accepted("12344")]


def test_of_a_batch_each_item_has_its_own_outcome() -> None:
    answer = taken(
        order_taken("1"),
        order_taken("", sCode="51008", sMsg="Insufficient USDT"),
        order_taken("", sCode="51149", sMsg="Order timed out"),
        code="2",
    )
    first, second, third = outcomes_of(answer, 3, id_key="ordId")
    assert first == Accepted("1")
    assert second == Rejected(Refusal.MARGIN, "51008 Insufficient USDT")
    assert isinstance(third, Unknown)


def test_the_items_code_decides_whatever_stands_at_the_top() -> None:
    assert code_of(one(taken(order_taken("", sCode="51020", sMsg="min"), code="0"))) is Refusal.RULE
    assert one(taken(order_taken("5"), code="1")) == Accepted("5")


@pytest.mark.parametrize(
    "answer",
    [
        Lost(True, "timed out"),
        taken(),
        taken(code="1"),
        taken(order_taken("")),
        taken(order_taken("1"), order_taken("2")),
        taken({"ordId": "1"}),
        taken(order_taken("1") | {"sCode": 0}),
        taken(order_taken("1"), status=500),
        refused("51054", status=500),
        refused("51149", status=500),
        refused("50004", status=400),
        refused("50026", status=500),
        refused("50001", status=503),
        refused("50013", status=429),
        refused("51020", status=500),
        refused("3"),
        refused("58001"),
        refused(""),
        Answer(429, b"<html>Too many</html>"),
        Answer(502, b"<html>Bad gateway</html>"),
        Answer(403, b"denied"),
        Answer(302, b""),
        Answer(200, b""),
        Answer(200, b"null"),
        Answer(200, b"[]"),
        Answer(200, b"<html>"),
        Answer(200, b'{"code":"0","data":[{"ordId":"1","sCode":"0"'),
        Answer(200, b'{"code":0,"data":[]}'),
        Answer(200, b'{"code":"0","code":"1","data":[]}'),
        Answer(200, b'{"code":"0","data":{"ordId":"1"}}'),
    ],
)
def test_what_does_not_say_for_sure_is_unknown(answer: Answer | Lost) -> None:
    outcome = one(answer)
    assert isinstance(outcome, Unknown)
    assert outcome.resend is None


def test_a_request_that_never_left_is_refused() -> None:
    assert code_of(one(Lost(False, "refused"))) is Refusal.UNSENT


@pytest.mark.parametrize(
    ("codes", "refusal"),
    [
        ("51277 51278 51279 51280 51300 51302 51303 51304 51305 51306 51307 51308", Refusal.WOULD_TRIGGER),
        ("51016 51065 51068 51088 50071", Refusal.DUPLICATE),
        ("51008 51008_1000 51004 51004_1101", Refusal.MARGIN),
        ("51169 51170 51112 51205 51023 51058", Refusal.REDUCE_ONLY),
        ("51400 51603 51503 51416 51527", Refusal.GONE),
        ("50036 50037 50102", Refusal.EXPIRED),
        ("50011 50061", Refusal.BUDGET),
        ("50100 50101 50103 50105 50110 50111 50113 50119 50120 50035", Refusal.DENIED),
        ("51000 51001 51006 51020 51046 51121 51137 51328 59000 59102 54031 50014", Refusal.RULE),
        ("51002 51028 51155", Refusal.OTHER),
        ("51999 51555 51999_1000 54999 59999", Refusal.UNFAMILIAR),
        ("50199", Refusal.DENIED),
    ],
)
def test_what_a_code_means(codes: str, refusal: Refusal) -> None:
    for code in codes.split():
        top, own = (
            one(refused(code, status=400)),
            one(taken(order_taken("", sCode=code, sMsg="no"), code="1")),
        )
        assert (code_of(top), code_of(own)) == (refusal, refusal), code
        assert isinstance(top, Rejected)
        assert top.reason.startswith(code)


def test_no_code_is_both_a_refusal_and_open() -> None:
    assert MAY_HAVE_HAPPENED.isdisjoint(CODES)
    assert {meaning(code) for code in MAY_HAVE_HAPPENED} == {None}
    assert all(meaning(code) is kind for code, kind in CODES.items())


def test_a_cancel_that_was_triggered_or_timed_out_is_open() -> None:
    assert isinstance(one(taken(algo_taken("1", sCode="51412")), "algoId"), Unknown)


def test_of_two_requests_for_one_action_the_worst_counts() -> None:
    good, no, doubt = Accepted("1"), Rejected(Refusal.RULE, "x"), Unknown("y")
    pairs: list[list[Outcome]] = [[good, good], [good, no], [no, doubt]]
    assert [together(pair) for pair in pairs] == [good, no, doubt]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.integers(200, 599),
    st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"code":"0"}', b'{"data":[]}']),
)
def test_garbage_is_never_a_yes_nor_a_no(status: int, body: bytes) -> None:
    assert isinstance(one(Answer(status, body)), Unknown)
