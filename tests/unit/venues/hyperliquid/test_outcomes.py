"""What became of a write: definitive only where the venue's answer is, and Unknown in every other case."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hyperliquid_answers import good
from tests.unit.venues.hyperliquid.test_encode import a_rest, an_entry, an_exit
from trader.core.actions import Action, Cancel, Close, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer, Lost
from trader.venues.hyperliquid.encode import encode, orders_in
from trader.venues.hyperliquid.outcomes import outcome_of, outcome_of_second

TOKEN = 12
ENTRY = an_entry()
REST = a_rest()
STOP = an_exit(Role.STOP)
POST_ONLY = "Post only order would have immediately matched, bbo was 64990@65010. asset=3"
CANCEL = Cancel("BTC", "1234", None, "a test")
SETTING = SetLeverage("BTC", 5, True, "a test")
CLOSE = Close("BTC", Leg.LONG, Role.CLOSE_TIME, Decimal("0.01"), Decimal("60000"), "0a" * 16, "a test")
FILLED = {"filled": {"totalSz": "0.001", "avgPx": "65001.5", "oid": 77}}
MARGIN = "Insufficient margin to place order. asset=3"


def ok(*statuses: object, kind: str = "order") -> Answer:
    return good({"status": "ok", "response": {"type": kind, "data": {"statuses": list(statuses)}}})


def outcome(action: Action, answer: Answer | Lost) -> Outcome:
    return outcome_of(action, answer, orders=orders_in(encode(action, 3)), token=TOKEN)


def second(action: Action, answer: Answer | Lost) -> Outcome:
    return outcome_of_second(action, answer, orders=orders_in(encode(action, 3)), token=TOKEN)


ENTERED = Accepted("77", Decimal("0.001"), Decimal("65001.5"), (Accepted(), Accepted()))


@pytest.mark.parametrize(
    ("action", "answer", "expected"),
    [
        (ENTRY, ok(FILLED, "waitingForFill", "waitingForFill"), ENTERED),
        (REST, ok({"resting": {"oid": 77}}, "waitingForFill"), Accepted("77", attached=(Accepted(),))),
        (
            REST,
            ok(FILLED, {"resting": {"oid": 78}}),
            Accepted("77", Decimal("0.001"), Decimal("65001.5"), (Accepted("78"),)),
        ),
        (
            REST,
            ok({"error": POST_ONLY}, {"error": "Parent order was rejected. asset=3"}),
            Rejected(Refusal.POST_ONLY, POST_ONLY),
        ),
        (REST, ok({"error": POST_ONLY}), Rejected(Refusal.POST_ONLY, POST_ONLY)),
        (
            ENTRY,
            ok(FILLED, {"resting": {"oid": 78}}, {"resting": {"oid": 79, "cloid": "0x0b"}}),
            Accepted("77", Decimal("0.001"), Decimal("65001.5"), (Accepted("78"), Accepted("79"))),
        ),
        (
            ENTRY,
            ok(FILLED, "waitingForFill", {"error": "Invalid TP/SL price. asset=3"}),
            Accepted(
                "77",
                Decimal("0.001"),
                Decimal("65001.5"),
                (Accepted(), Rejected(Refusal.WOULD_TRIGGER, "Invalid TP/SL price. asset=3")),
            ),
        ),
        (
            ENTRY,
            ok("waitingForFill", "waitingForFill", "waitingForFill"),
            Accepted(attached=(Accepted(), Accepted())),
        ),
        (ENTRY, ok({"error": MARGIN}), Rejected(Refusal.MARGIN, MARGIN)),
        (ENTRY, ok({"error": MARGIN}, {"error": "x"}, {"error": "y"}), Rejected(Refusal.MARGIN, MARGIN)),
        (STOP, ok("waitingForTrigger"), Accepted()),
        (STOP, ok({"resting": {"oid": 9}}), Accepted("9")),
        (
            STOP,
            ok({"error": "Invalid TP/SL price."}),
            Rejected(Refusal.WOULD_TRIGGER, "Invalid TP/SL price."),
        ),
        (CLOSE, ok(FILLED), Accepted("77", Decimal("0.001"), Decimal("65001.5"))),
        (CANCEL, ok("success", kind="cancel"), Accepted("1234")),
        (
            CANCEL,
            ok({"error": "Order was never placed, already canceled, or filled. asset=3"}, kind="cancel"),
            Rejected(Refusal.GONE, "Order was never placed, already canceled, or filled. asset=3"),
        ),
        (SETTING, good({"status": "ok", "response": {"type": "default"}}), Accepted()),
        (
            ENTRY,
            good({"status": "err", "response": "Action already expired"}),
            Rejected(Refusal.EXPIRED, "Action already expired"),
        ),
        (
            ENTRY,
            good({"status": "err", "response": "Nobody knows"}),
            Rejected(Refusal.UNFAMILIAR, "Nobody knows"),
        ),
        (ENTRY, Lost(False, "refused"), Rejected(Refusal.UNSENT, "never reached the venue: refused")),
        (
            ENTRY,
            Answer(422, b"Failed to deserialize"),
            Rejected(Refusal.UNFAMILIAR, "not understood by the venue: b'Failed to deserialize'"),
        ),
    ],
)
def test_a_definitive_answer(action: Action, answer: Answer | Lost, expected: Outcome) -> None:
    assert outcome(action, answer) == expected


UNKNOWNS = [
    Lost(True, "timed out"),
    *[
        Answer(status, b"")
        for status in (201, 204, 301, 302, 307, 400, 401, 403, 404, 418, 429, 500, 502, 503, 504)
    ],
    Answer(429, b"null"),
    Answer(403, b"<html>forbidden</html>"),
    Answer(200, b"null"),
    Answer(200, b""),
    Answer(200, b"<html>portal</html>"),
    Answer(200, b'{"status":"ok"'),
    Answer(200, b'{"status":"ok","status":"err","response":"no"}'),
    good([]),
    good({}),
    good({"status": "ok"}),
    good({"status": "ok", "response": None}),
    good({"status": "ok", "response": "done"}),
    good({"status": "ok", "response": {"type": "order"}}),
    good({"status": "ok", "response": {"type": "order", "data": {}}}),
    good({"status": "maybe", "response": {}}),
    good({"status": "err"}),
    good({"status": "err", "response": None}),
    ok(),
    ok(kind="cancel"),
    ok("success", "success", "success"),
    ok(None, None, None),
    ok({}, {}, {}),
    ok(FILLED),
    ok(FILLED, "waitingForFill"),
    ok(FILLED, FILLED, FILLED, FILLED),
    ok(FILLED, "waitingForFill", "whoKnows"),
    ok(FILLED, "waitingForFill", {"error": 5}),
    ok({"filled": {}}, "waitingForFill", "waitingForFill"),
    ok({"filled": {"totalSz": "NaN", "avgPx": "1.0", "oid": 1}}, "waitingForFill", "waitingForFill"),
    ok({"filled": {"totalSz": "0.0", "avgPx": "1.0", "oid": 1}}, "waitingForFill", "waitingForFill"),
    ok({"filled": {"totalSz": "1.0", "avgPx": "1.0", "oid": "1"}}, "waitingForFill", "waitingForFill"),
    ok({"resting": {}}, "waitingForFill", "waitingForFill"),
]


@pytest.mark.parametrize("status", [201, 302, 403, 404, 429, 500])
def test_words_of_the_venue_in_another_answer_than_a_good_one_prove_nothing(status: int) -> None:
    for words in (ok(FILLED, "waitingForFill", "waitingForFill"), err("Action already expired")):
        assert isinstance(outcome(ENTRY, Answer(status, words.body)), Unknown)


@pytest.mark.parametrize("answer", UNKNOWNS)
def test_everything_else_may_have_happened(answer: Answer | Lost) -> None:
    came = outcome(ENTRY, answer)
    assert isinstance(came, Unknown), came
    assert came.resend == TOKEN


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        (CANCEL, ok("success")),
        (CANCEL, ok("waitingForFill", kind="cancel")),
        (CANCEL, ok(FILLED, kind="cancel")),
        (SETTING, ok()),
        (STOP, ok("success")),
        (STOP, good({"status": "ok", "response": {"type": "default"}})),
    ],
)
def test_an_answer_to_another_action_is_no_answer(action: Action, answer: Answer) -> None:
    assert isinstance(outcome(action, answer), Unknown)


@given(st.binary(max_size=60), st.sampled_from([200, 429, 500]))
def test_garbage_is_unknown(body: bytes, status: int) -> None:
    for action in (ENTRY, STOP, CANCEL, SETTING):
        assert isinstance(outcome(action, Answer(status, body)), Unknown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "response", "type", "data", "statuses"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_json_of_another_shape_is_never_accepted(value: object) -> None:
    came = outcome(ENTRY, Answer(200, json.dumps(value).encode()))
    assert not isinstance(came, Accepted)
    if isinstance(came, Rejected):
        assert isinstance(value, dict)
        assert (value["status"], came.code) == ("err", Refusal.UNFAMILIAR)


@pytest.mark.parametrize(
    "answer", [Lost(False, "refused"), Lost(True, "slow"), Answer(422, b""), Answer(500, b"")]
)
def test_a_second_sending_that_got_no_answer_says_nothing_of_the_first(answer: Answer | Lost) -> None:
    came = second(ENTRY, answer)
    assert isinstance(came, Unknown)
    assert came.resend == TOKEN


def err(sentence: str) -> Answer:
    return good({"status": "err", "response": sentence})


@pytest.mark.parametrize(
    ("sentence", "token"),
    [
        ("Action already expired", None),
        ("User or API Wallet 0x01 does not exist.", TOKEN),
        ("Too many cumulative requests sent (2 > 1) for", TOKEN),
        ("Nobody knows", TOKEN),
    ],
)
def test_a_refusal_before_the_nonce_is_looked_at_says_nothing_of_the_first(
    sentence: str, token: int | None
) -> None:
    came = second(ENTRY, err(sentence))
    assert isinstance(came, Unknown)
    assert came.resend == token


def test_what_a_second_sending_settles() -> None:
    assert second(ENTRY, ok(FILLED, "waitingForFill", "waitingForFill")) == ENTERED
    duplicate = second(ENTRY, err("Invalid nonce: duplicate nonce 5"))
    assert isinstance(duplicate, Rejected)
    assert duplicate.code is Refusal.DUPLICATE
    refused = second(ENTRY, ok({"error": MARGIN}))
    assert refused == Rejected(Refusal.MARGIN, MARGIN)
