"""The tally: what is counted, and that the order of episodes leaves no trace in it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.campaign_plays import breaks, fine, scripts
from trader.oracle.seen import Violation
from trader.selftest.matrix import Matrix, matrix_of, tables
from trader.selftest.played import Played
from trader.selftest.script import Cell, Event, Move, Script
from trader.selftest.tally import Spread, Tally

SCRIPT = Script(Cell("okx"), "naked", 7, events=(Event(2, 9, "V7", lasts=True),))
PLAYED = Played(
    SCRIPT,
    (Violation("I1", 2, "BTC is bare"), Violation("I8", 2, "and 0 was said")),
    (0, 20, None),
    met=(("V7", "orders#1"),),
    sometimes=frozenset({"partial fill"}),
    bare_ms=(1_234, 70),
    bare_clean_ms=(70,),
    requests=(57, 102, 3),
    took_ms=(2_850, 90_000, 150),
    digest="ab",
)


def tally_of(*numbered: tuple[int, Played]) -> Tally:
    tally = Tally()
    for number, played in numbered:
        tally.add(number, "C", played)
    return tally


def test_an_episode_is_counted_in_full() -> None:
    told = tally_of((0, PLAYED)).to_json()
    assert told | {"digest": ""} == {
        "episodes": 1,
        "runs": 3,
        "violations": 2,
        "failed_episodes": 1,
        "tiers": {"C": {"okx": 1}},
        "violations_by_invariant": {"I1": 1, "I8": 1},
        "codes": {"0": 1, "20": 1, "killed": 1},
        "sometimes": {"partial fill": 1},
        "faults": {
            "by_venue": {"okx": {"planned": {"V7": 1}, "never_fired": [], "pairs_fired": 1, "pairs": 1}},
            "matrix": {"okx": {"V7": {"orders#1": 1}}},
        },
        "naked_ms": {
            "clean": {"okx": {"count": 1, "p50": 70, "p99": 70, "max": 70}},
            "faults": {"okx": {"count": 2, "p50": 70, "p99": 1_234, "max": 1_234}},
            "hands": {},
            "all": {"okx": {"count": 2, "p50": 70, "p99": 1_234, "max": 1_234}},
        },
        "requests_of_a_clean_run": {"okx": {"count": 1, "p50": 57, "p99": 57, "max": 57}},
        "run_ms": {"okx": {"count": 3, "p50": 2_850, "p99": 90_000, "max": 90_000}},
        "played_twice": {"episodes": 0, "differed": 0},
        "digest": "",
    }
    assert len(told["digest"]) == 64
    assert json.loads(json.dumps(told)) == told


def test_what_hands_leave_bare_is_told_apart() -> None:
    """Whoever takes a stop off while nobody runs leaves its position bare until somebody does."""
    for changed in (
        replace(SCRIPT, moves=(Move(1, "manual_stop_cancel"),)),
        replace(SCRIPT, events=(Event(2, 9, "hand-cancel"),)),
    ):
        told = tally_of((0, replace(PLAYED, script=changed))).to_json()["naked_ms"]
        assert (told["faults"], told["hands"]["okx"]["max"]) == ({}, 1_234)
        assert told["all"] == told["hands"]


def test_a_fault_that_no_request_met_is_told() -> None:
    told = tally_of((0, replace(PLAYED, met=()))).to_json()
    assert told["faults"]["by_venue"]["okx"]["never_fired"] == ["V7"]


@given(st.permutations(range(12)), st.integers(0, 12))
def test_order_and_division_leave_no_trace(order: list[int], cut: int) -> None:
    episodes = [(number, breaks(script)) for number, script in enumerate(scripts(12))]
    episodes[5] = (5, PLAYED)
    first = tally_of(*(episodes[place] for place in order[:cut]))
    first.merge(tally_of(*(episodes[place] for place in order[cut:])))
    assert first == tally_of(*episodes)


def test_other_bytes_give_another_digest() -> None:
    other = replace(PLAYED, digest="ac")
    assert tally_of((0, PLAYED)).digest != tally_of((0, other)).digest
    assert tally_of((0, PLAYED)).digest != tally_of((1, PLAYED)).digest


@pytest.mark.parametrize(
    "second", [replace(PLAYED, digest="cd"), replace(PLAYED, violations=()), replace(PLAYED, bare_ms=())]
)
def test_whatever_differs_the_second_time_is_a_violation(second: Played) -> None:
    tally = tally_of((0, PLAYED))
    tally.repeat(0, "C", PLAYED, PLAYED)
    assert (tally.repeated, tally.differed) == (1, 0)
    tally.repeat(0, "C", PLAYED, second)
    assert (tally.repeated, tally.differed) == (2, 1)
    [failure] = tally.failures.values()
    assert [violation.invariant for violation in failure.violations] == ["I1", "I8", "I16"]
    assert tally.violations == {"I1": 1, "I8": 1, "I16": 1}


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=40))
def test_a_spread_is_right_to_three_digits_and_never_too_low(values: list[int]) -> None:
    spread = Spread()
    for value in values:
        spread.add(value)
    ordered = sorted(values)
    for fraction in (0.5, 0.99):
        exact = next(v for n, v in enumerate(ordered, 1) if n >= fraction * len(ordered))
        assert exact <= spread.at(fraction) <= exact * 1.01 + 1
    assert spread.largest == ordered[-1]


def test_a_spread_of_many_values_stays_small() -> None:
    spread = Spread()
    for value in range(0, 3_000_000, 97):
        spread.add(value)
    assert spread.total() == 30_928 and len(spread.counts) < 3_500


def test_the_matrix_shows_its_holes() -> None:
    matrix = Matrix()
    matrix.add("okx", (("T6", "order#1"), ("T6", "order#1"), ("V7", "orders#1")))
    assert matrix.pairs("okx") == (2, 4)
    assert matrix.never("okx", ["T6", "H13"]) == ["H13"]
    matrix.add("okx", (("V7", "orders#2"),))
    assert matrix.to_json() == {"okx": {"T6": {"order#1": 1}, "V7": {"orders#1": 1, "orders#2": 1}}}
    assert matrix_of(matrix.to_json()) == matrix
    assert list(tables(matrix)) == [
        "",
        "## okx",
        "",
        "| fault | order | orders |",
        "|---|---|---|",
        "| T6 | 1 | - |",
        "| V7 | - | 2 |",
    ]


def test_clean_runs_alone_count_for_requests() -> None:
    """One with a fault in it, and one that ended badly, say nothing of a usual day."""
    tally = tally_of(*((n, fine(s)) for n, s in enumerate(scripts(5))))
    asked = sum(spread.total() for spread in tally.requests.values())
    clean = [s for s in scripts(5) if not s.events]
    assert asked == 3 * len(clean) + sum(1 for s in scripts(5) if s.events and s.events[0].run != 1)
