"""What a run does outside the books, and two runs of one seed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.judge_bench import Bench, an_id, covered, entry, some_terms, wrote
from tests.support.model_exchange import USER, limit, place
from trader.core.report import Exit
from trader.oracle.runs import CODES, difference, leaves
from trader.oracle.seen import Asked, RunSeen, World

PLAIN = RunSeen("first", "run", 0, began_ms=0, took_ms=1, deadline_ms=90_000)


def asked(number: int, after_ms: int, bench: Bench, **changes: Any) -> Asked:
    plain = {"what": "state", "is_write": False, "status": 200}
    return Asked(number, bench.model.now_ms + after_ms, **{**plain, **changes})


def test_the_codes_are_those_that_are_documented() -> None:
    assert {int(code) for code in Exit} == CODES


@pytest.mark.parametrize(
    "seen",
    [
        {"code": 70},
        {"code": 1},
        {"code": -9},
        {"crash": "KeyError: 'BTC'"},
        {"written": b"oh\nTraceback (most recent call last):\n  File"},
        {"written": b'{"equity": NaN}'},
        {"written": b'done\n[{"sizes":[1, -Infinity]}]'},
        {"written": b"trader_equity NaN\n"},
        {"written": b'trader_size{coin="BTC"} +Inf\n'},
        {"document": {"schema": "trader.run/1", "exit_code": 0, "equity": "NaN"}},
        {"document": {"schema": "trader.run/1", "exit_code": 0, "done": [{"px": float("inf")}]}},
    ],
    ids=repr,
)
def test_undocumented_ends_and_numbers_that_are_none_are_noticed(seen: dict[str, Any]) -> None:
    bench = Bench()
    bench.run(disturbed=True, **seen)
    assert bench.names == {"I0"}


@pytest.mark.parametrize(
    "seen",
    [
        {"code": None},
        {"written": b"the price of BTC was 'NaN', expected a number; Nancy, Infinity pools"},
        {"written": b'{"why": "NaN", "begins": "b\\":NaN,"}'},
        {"written": b'not understood, it begins {"price":NaN,"size":1}'},
        {"document": {"schema": "trader.run/1", "exit_code": 0, "why": "price NaN is no number", "at": 1.5}},
        {"document": {"schema": "trader.run/1", "exit_code": 0, "coin": "INF-PERP"}},
    ],
    ids=repr,
)
def test_quoting_what_is_no_number_is_allowed(seen: dict[str, Any]) -> None:
    bench = Bench()
    bench.run(disturbed=True, **seen)
    assert bench.said == []


def test_every_value_and_key_of_a_document_is_looked_at() -> None:
    assert sorted(leaves({"a": [1, {"b": (2, [])}], "c": {}}), key=str) == [1, 2, "a", "b", "c"]
    assert leaves(None) == []


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"was_locked": True, "asked": ()}, set()),
        ({"was_locked": True, "asked": (), "code": 75}, {"I7"}),
        ({"was_locked": True, "asked": (), "code": 75, "command": "flatten"}, set()),
        ({"was_locked": True, "asked": (), "code": 0, "command": "flatten"}, {"I7"}),
        ({"was_locked": True}, {"I7"}),
        ({"code": 75, "asked": ()}, {"I7"}),
    ],
)
def test_the_lock_keeps_everybody_else_out(seen: dict[str, Any], expected: set[str]) -> None:
    bench = Bench()
    bench.run(**seen)
    assert bench.names == expected


def test_two_runs_of_one_machine_do_not_overlap() -> None:
    bench = Bench()
    bench.oracle.begin("first")
    bench.run()
    assert bench.names == {"I7"}
    apart = Bench()
    apart.run(lambda b: b.run(host="second"))
    assert apart.said == []


def test_a_write_that_arrives_when_nobody_runs_was_left_behind() -> None:
    bench = Bench(terms=some_terms(naked_max=Decimal(1_000)))
    bench.run()
    place(bench.model, limit("buy", "1", "90", cloid=an_id()))
    bench.wait()
    assert bench.names == {"I9"}


@pytest.mark.parametrize("code", [22, None])
def test_who_said_that_something_is_unknown_may_see_it_arrive(code: int | None) -> None:
    bench = Bench(terms=some_terms(naked_max=Decimal(1_000)))
    bench.run(code=code, disturbed=True)
    place(bench.model, limit("buy", "1", "90", cloid=an_id()))
    bench.wait()
    assert bench.said == []


def test_what_was_left_behind_and_never_arrives_is_dead() -> None:
    bench = Bench()
    bench.run(left_behind=1, disturbed=True)
    bench.wait()
    bench.run(asked=wrote(bench))
    assert bench.close() == []
    assert bench.said == []


def test_what_a_run_has_written_itself_did_not_arrive_late() -> None:
    bench = Bench()
    bench.run(left_behind=1, disturbed=True)
    bench.run(lambda b: entry(b.model), asked=wrote(bench))
    assert bench.said == []


def test_stops_that_fire_between_runs_are_nobodys_writes() -> None:
    bench = Bench(prepare=covered)
    bench.run()
    bench.model.set_offsets("SOL", mark=Decimal(-6), mid=Decimal(-6))
    bench.wait(world=World(gap=True))
    assert not bench.model.positions(USER)
    assert bench.said == []


def test_nothing_is_asked_during_a_ban() -> None:
    bench = Bench()
    banned = asked(1, 100, bench, status=418)
    bench.run(asked=(banned, asked(2, 100, bench)), code=11, disturbed=True)
    assert bench.said == []
    asks_on = (asked(1, 100, bench, status=418), asked(2, 200, bench))
    bench.run(asked=asks_on, code=11, disturbed=True, round_ms=100)
    assert bench.said == []
    bench.run(asked=asks_on, code=11, disturbed=True, round_ms=99)
    assert bench.names == {"I11"}


@pytest.mark.parametrize(("weights", "expected"), [((30, 20), set()), ((30, 21), {"I11"})])
def test_half_of_the_limit_is_left(weights: tuple[int, int], expected: set[str]) -> None:
    bench = Bench(terms=some_terms(weight_max=100))
    bench.run(asked=tuple(asked(n, 100 * n, bench, weight=w) for n, w in enumerate(weights, 1)))
    assert bench.names == expected


def test_a_limit_is_one_of_a_minute() -> None:
    bench = Bench(terms=some_terms(weight_max=100))
    both = (asked(1, 0, bench, weight=50), asked(2, 60_000, bench, weight=50))
    bench.run(asked=both)
    assert bench.said == []


@pytest.mark.parametrize(
    ("after_ms", "expected"),
    [
        ((89_000, 90_000), set()),
        ((90_001, 90_002), {"I12"}),
        ((95_000, 95_000), set()),  # one round, which a machine that slept was about to send
        ((95_000, 3_600_000), set()),  # a clock that was put forward
        ((-20_000, -20_000), set()),
    ],
)
def test_nothing_is_asked_after_the_deadline(after_ms: tuple[int, int], expected: set[str]) -> None:
    bench = Bench()
    both = tuple(asked(number, at_ms, bench) for number, at_ms in enumerate(after_ms, 1))
    bench.run(asked=both, took_ms=100_000, disturbed=True)
    assert bench.names == expected


@pytest.mark.parametrize(
    "seen",
    [
        {"written": b"key 0xfeed"},
        {"alarms": ("signed with 0xfeed",), "code": 22},
        {"crash": "KeyError: 0xfeed"},
        {"document": {"schema": "trader.run/1", "exit_code": 0, "problems": ["POST 0xfeed failed"]}},
        {"document": {"schema": "trader.run/1", "exit_code": 0, "requests": {"0xfeed": 1}}},
    ],
    ids=repr,
)
def test_a_secret_is_found_wherever_it_stands(seen: dict[str, Any]) -> None:
    bench = Bench(terms=some_terms(secrets=(b"0xabcd", b"0xfeed")))
    bench.run(disturbed=True, **seen)
    assert "I13" in bench.names


@pytest.mark.parametrize(("what", "expected"), [("state", {"I11"}), ("news", set())])
def test_a_ban_of_another_host_says_nothing_of_this_one(what: str, expected: set[str]) -> None:
    bench = Bench(terms=some_terms(own_limits=frozenset({"news"})))
    bench.run(asked=(asked(1, 0, bench, status=418, what=what), asked(2, 500, bench)), disturbed=True)
    assert bench.names == expected


@pytest.mark.parametrize(("what", "expected"), [("state", {"I11"}), ("news", set())])
def test_entries_after_a_limit_are_no_protection(what: str, expected: set[str]) -> None:
    bench = Bench(terms=some_terms(own_limits=frozenset({"news"})))
    both = (asked(1, 0, bench, status=429, what=what), asked(2, 500, bench, what=what))
    bench.run(lambda b: entry(b.model), asked=both, disturbed=True)
    assert bench.names == expected
    other = Bench()
    other.run(lambda b: entry(b.model), asked=both, disturbed=True, world=World(hosts=2))
    assert other.said == []


@pytest.mark.parametrize(("since_ms", "expected"), [(0, set()), (49, set()), (50, {"I11"}), (51, {"I11"})])
def test_what_left_beside_the_limited_request_could_not_know(since_ms: int, expected: set[str]) -> None:
    """The answer is there when its round is over; who sends an entry in the next one has read it."""
    bench = Bench()
    limited = asked(1, 1_000 - since_ms, bench, status=429, is_write=True)
    bench.run(lambda b: entry(b.model), asked=(limited,), disturbed=True)
    assert bench.names == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"written": b"x"},
        {"code": 1},
        {"took_ms": 2},
        {"asked": (Asked(1, 0, "state", is_write=False, status=200),)},
        {"alarms": ("a" * 200,)},
        {"document": {}},
    ],
    ids=repr,
)
def test_two_runs_of_one_seed_are_the_same_run(changes: dict[str, Any]) -> None:
    assert difference(PLAIN, replace(PLAIN)) is None
    found = difference(PLAIN, replace(PLAIN, **changes))
    assert found is not None
    assert found.invariant == "I16"
    assert next(iter(changes)) in found.text
    assert len(found.text) < 250
