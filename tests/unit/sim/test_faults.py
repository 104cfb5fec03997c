"""Faults as data: which requests they hit, how often, and that a plan survives its text."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.core.wire import Answer
from trader.sim.faults import KINDS, Fault, FaultBox, Plan, Seen
from trader.sim.http_faults import JSON_DAMAGE, SPOILING, is_applied, replaced, spoiled

READ = Seen("meta", is_write=False)
WRITE = Seen("order", is_write=True, coins=("BTC",))


def fired(fault: Fault, *requests: Seen) -> list[int]:
    """The numbers of the requests it hits."""
    box = FaultBox(Plan.of(fault))
    return [number for number, seen in enumerate(requests, 1) if box.due(seen)]


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (Fault("T6"), [1]),
        (Fault("T6", times=0), [1, 2, 3, 4, 5]),
        (Fault("T6", times=2, nth=2), [2, 3]),
        (Fault("T6", call=4), [4]),
        (Fault("T6", call=4, times=0), [4, 5]),
        (Fault("T6", since=3), [3]),
        (Fault("T6", since=3, times=0), [3, 4, 5]),
        (Fault("T6", since=3, is_write=True), [4]),
        (Fault("T6", is_write=True), [2]),
        (Fault("T6", is_write=True, times=0), [2, 4]),
        (Fault("T6", what="order", nth=2), [4]),
        (Fault("T6", what="cancel"), []),
        (Fault("T6", coin="BTC", nth=2), [4]),
        (Fault("T6", coin="ETH"), []),
        (Fault("T6", call=2, what="meta"), []),
    ],
)
def test_a_rule_picks_requests(fault: Fault, hit: list[int]) -> None:
    assert fired(fault, READ, WRITE, READ, WRITE, READ) == hit


def test_a_box_counts_what_fired_and_names_what_never_did() -> None:
    quiet = Fault("H1", what="cancel")
    box = FaultBox(Plan.of(Fault("T6", times=2), quiet))
    for _ in range(3):
        box.due(READ)
    assert dict(box.fired) == {"T6": 2}
    assert box.fired_at == [(1, "meta", "T6"), (2, "meta", "T6")]
    assert box.never_fired() == [quiet]


def test_a_new_plan_counts_calls_from_its_own_beginning() -> None:
    box = FaultBox()
    assert box.due(READ) == []
    box.arm(Plan.of(Fault("T6", call=1)))
    assert [fault.kind for fault in box.due(READ)] == ["T6"]
    assert box.fired["T6"] == 1


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault 'X1'"):
        Fault("X1")


fault_values = st.builds(
    Fault,
    st.sampled_from(sorted(KINDS)),
    call=st.none() | st.integers(1, 9),
    what=st.none() | st.just("order"),
    is_write=st.none() | st.booleans(),
    coin=st.none() | st.just("BTC"),
    nth=st.integers(1, 3),
    times=st.integers(0, 3),
    params=st.dictionaries(st.sampled_from(["leg", "seconds"]), st.integers(0, 9) | st.just("stop")),
)


@settings(max_examples=50)
@given(st.lists(fault_values, max_size=4))
def test_a_plan_survives_its_text(faults: list[Fault]) -> None:
    plan = Plan(tuple(faults))
    assert Plan.from_json(plan.to_json()) == plan


def test_the_text_of_a_plan_names_only_what_matters() -> None:
    assert Plan.of(Fault("T6", call=3)).to_json() == '[{"kind":"T6","call":3}]'


BODY = b'{"time":5,"rows":[{"px":"1.5","n":2}]}'
WHOLE = Answer(200, BODY, {"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("kind", "params", "status", "start"),
    [
        ("H1", {}, 429, b"null"),
        ("H2", {}, 429, b"<html>"),
        ("H2", {"status": 403}, 403, b"<html>"),
        ("H3", {}, 418, b'{"code": -1003'),
        ("H4", {}, 500, b""),
        ("H5", {}, 503, b'{"code": -1000, "msg": "Unknown error'),
        ("H6", {}, 503, b'{"msg": "Service Unavailable'),
        ("H7", {}, 503, b'{"code": -1001, "msg": "Internal error; unable to process'),
        ("H8", {}, 503, b'{"code": -1008'),
        ("H9", {}, 502, b"<html>"),
        ("H9", {"status": 504}, 504, b"<html>"),
        ("H10", {"status": 301}, 301, b""),
        ("H11", {}, 200, b"<html>"),
        ("H15", {}, 200, b""),
        ("H15", {"body": "null"}, 200, b"null"),
    ],
)
def test_answers_of_somebody_else(kind: str, params: dict[str, Any], status: int, start: bytes) -> None:
    answer = replaced(Fault(kind, params=params))
    assert answer.status == status
    assert answer.body.startswith(start)
    assert (not answer.body) or answer.headers["Content-Type"]


def test_a_redirect_leads_to_another_host() -> None:
    assert replaced(Fault("H10")).headers["Location"] == "https://example.invalid/"


@pytest.mark.parametrize(
    ("kind", "params", "applied"),
    [
        ("H9", {}, False),
        ("H9", {"applied": True}, True),
        ("H5", {}, True),
        ("H6", {}, False),
        ("H14", {}, True),
    ],
)
def test_whether_the_request_was_performed_is_part_of_the_fault(
    kind: str, params: dict[str, Any], applied: bool
) -> None:
    assert is_applied(Fault(kind, params=params)) is applied


DAMAGED = {
    "invalid_utf8": b"\xff\xfe",
    "cut": BODY[:19],
    "duplicate_keys": b'"time":null,"time":5',
    "infinite": b'"time":1e400',
    "nan": b'"time":NaN',
    "nan_text": b'"time":"NaN"',
    "huge_int": b'"time":9999999999',
    "number_type": b'{"time":"5","rows":[{"px":1.5',
    "null_field": b'{"time":null',
    "extra_field": b'"somethingNew":',
    "missing_field": b'{"rows":[{"n":2}]}',
    "renamed_field": b'{"timeV2":5',
}


@pytest.mark.parametrize("variant", sorted(JSON_DAMAGE))
def test_damaged_json(variant: str) -> None:
    answer = spoiled(Fault("H14", params={"variant": variant}), WHOLE)
    assert DAMAGED[variant] in answer.body
    assert answer.body != BODY
    assert answer.status == 200


@pytest.mark.parametrize(
    ("variant", "body"),
    [
        ("missing_field", b'{"time":5,"rows":[{"px":"1.5"}]}'),
        ("renamed_field", b'{"time":5,"rows":[{"px":"1.5","nV2":2}]}'),
        ("null_field", b'{"time":5,"rows":[{"px":"1.5","n":null}]}'),
        ("nan", b'{"time":5,"rows":[{"px":"1.5","n":NaN}]}'),
        ("duplicate_keys", b'{"time":5,"rows":[{"px":"1.5","n":null,"n":2}]}'),
    ],
)
def test_damage_can_be_aimed_at_a_field(variant: str, body: bytes) -> None:
    assert spoiled(Fault("H14", params={"variant": variant, "field": "n"}), WHOLE).body == body


def test_a_wrong_content_type_and_a_bomb() -> None:
    assert spoiled(Fault("H12"), WHOLE).headers["Content-Type"] == "text/plain"
    bomb = spoiled(Fault("H13"), WHOLE)
    assert bomb.headers["Content-Encoding"] == "gzip"
    assert len(bomb.body) < 1_000_000 < len(gzip.decompress(bomb.body))
    assert len(spoiled(Fault("H13", params={"variant": "plain"}), WHOLE).body) == 50_000_000


def test_every_http_kind_is_either_replacing_or_spoiling() -> None:
    for kind in KINDS:
        if kind.startswith("H") and kind not in SPOILING:
            assert replaced(Fault(kind)).status > 0
    assert json.loads(BODY)
