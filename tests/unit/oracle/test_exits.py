"""How a run leaves the account."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.judge_bench import (
    SIGNAL_MINUTE,
    Bench,
    an_id,
    bare,
    cancel_stops,
    covered,
    own_stop,
    some_terms,
    wrote,
)
from tests.support.model_exchange import (
    PLAIN,
    SIDED,
    USER,
    an_exchange,
    bars_through,
    bind,
    limit,
    on_leg,
    place,
    stop,
)
from trader.core.identity import Role
from trader.exchange.model import Model
from trader.exchange.status import Tif
from trader.oracle.seen import Asked, World

ALARM = ("naked",)
LOOSE = replace(PLAIN, trigger_must_reduce=False, trigger_needs_position=False)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param({"code": 0}, {"I1"}, id="said nothing"),
        pytest.param({"code": 22, "alarms": ALARM}, {"I1"}, id="said something else"),
        pytest.param({"code": 10}, {"I1"}, id="says cover was confirmed"),
        pytest.param({"code": 23, "alarms": ALARM}, set(), id="said unreadable"),
        pytest.param({"code": 23}, {"I1"}, id="no alarm"),
        pytest.param({"code": None}, set(), id="killed"),
        pytest.param({"code": 0, "command": "status"}, set(), id="only looked"),
        pytest.param({"code": 0, "was_locked": True, "asked": ()}, set(), id="had no lock"),
    ],
)
def test_a_bare_position_is_admitted_or_a_broken_promise(seen: dict[str, Any], expected: set[str]) -> None:
    bench = Bench(prepare=bare)
    bench.run(disturbed=True, **seen)
    assert bench.names == expected


def test_a_worse_code_does_not_hide_that_cover_was_unreadable() -> None:
    document = {"schema": "trader.run/1", "exit_code": 24, "exit_codes": [23, 24]}
    bench = Bench(prepare=bare)
    bench.run(code=24, alarms=ALARM, document=document, disturbed=True)
    assert bench.said == []


@pytest.mark.parametrize(("room", "expected"), [("0.55", set()), ("0.35", {"I1"})])
def test_liquidation_lies_behind_the_stop_by_what_the_file_says(room: str, expected: set[str]) -> None:
    def steep(model: Model) -> None:
        assert model.set_leverage(USER, "SOL", value=10, is_cross=True) is None
        bare(model, "10")
        end = model.liquidation_px(USER, "SOL")
        assert end is not None
        own_stop(model, str((end + Decimal(room)).quantize(Decimal("0.01"))), "10")

    bench = Bench(an_exchange(cash=120), prepare=steep)
    bench.run(disturbed=True)
    assert bench.names == expected


def test_an_outage_allows_one_more_run_and_no_third() -> None:
    bench = Bench(prepare=bare)
    bench.run(code=23, alarms=ALARM, world=World(dark=True), disturbed=True)
    for _ in range(2):
        bench.run(code=20, alarms=ALARM, asked=wrote(bench))
    assert [(v.invariant, v.run) for v in bench.said] == [("I1c", 3)]


def test_who_says_naked_has_sent_something() -> None:
    bench = Bench(prepare=bare)
    read = (Asked(1, bench.model.now_ms, "state", is_write=False, status=200),)
    bench.run(code=20, alarms=ALARM, asked=read, disturbed=True)
    assert bench.names == {"I1d"}


def away(bench: Bench) -> None:
    old = bench.model.open_orders(USER)[0].oid
    own_stop(bench.model, "94")
    bench.model.cancel(USER, old)


@pytest.mark.parametrize(
    ("seen", "world", "expected"),
    [
        ({"code": None, "disturbed": True}, World(), {"I1g"}),
        ({"loosened": True, "command": "protect"}, World(), set()),
        ({}, World(venue_took=True), set()),
    ],
)
def test_only_words_of_the_operator_move_a_stop_away(
    seen: dict[str, Any], world: World, expected: set[str]
) -> None:
    bench = Bench(prepare=covered)
    bench.run(away, world=world, **seen)
    assert bench.names == expected


def test_a_stop_of_a_new_average_may_lie_elsewhere() -> None:
    def act(bench: Bench) -> None:
        own_stop(bench.model, "93", "2")
        place(bench.model, limit("buy", "1", "102", tif=Tif.IOC, cloid=an_id(signal=SIGNAL_MINUTE + 1)))
        bench.model.cancel(USER, bench.model.open_orders(USER)[0].oid)

    bench = Bench(prepare=covered)
    bench.run(act)
    assert bench.said == []


def test_an_exit_of_one_leg_can_never_open_the_other() -> None:
    def act(bench: Bench) -> None:
        place(bench.model, on_leg("long", stop("sell", "1", "95", cloid=an_id(Role.STOP), reduce_only=False)))
        place(bench.model, on_leg("long", limit("buy", "1", "102", tif=Tif.IOC, cloid=an_id())))

    bench = Bench(an_exchange(rules=SIDED, two_sided=True))
    bench.run(act)
    assert bench.said == []


def test_an_orphan_that_could_open_something_is_noticed() -> None:
    spec = stop("sell", "1", "90", cloid=an_id(Role.STOP), reduce_only=False)
    bench = Bench(an_exchange(rules=LOOSE))
    bench.run(lambda b: place(b.model, spec))
    assert bench.names == {"I1h"}


@pytest.mark.parametrize("code", [22, 23])
def test_who_says_that_something_is_open_may_leave_such_an_exit(code: int) -> None:
    spec = stop("sell", "1", "90", cloid=an_id(Role.STOP), reduce_only=False)
    bench = Bench(an_exchange(rules=LOOSE))
    bench.run(lambda b: place(b.model, spec), code=code, alarms=ALARM, disturbed=True)
    assert bench.said == []


def test_stops_do_not_pile_up() -> None:
    def act(bench: Bench) -> None:
        for attempt in range(2, 6):
            own_stop(bench.model, attempt=attempt)

    bench = Bench(prepare=covered)
    bench.run(act)
    assert bench.names == {"I1b"}


def rest(model: Model, *, sz: str = "1", px: str = "90", signal: int = SIGNAL_MINUTE) -> None:
    (placed,) = place(model, limit("buy", sz, px, cloid=an_id(signal=signal)))
    assert placed.reason is None, placed


@pytest.mark.parametrize(
    ("level", "sz", "expected"),
    [("85", "1", set()), ("85", "0.9", {"I1f"}), ("91", "1", {"I1f"}), ("85", "2", set())],
)
def test_a_stop_covers_what_rests_before_it_up_to_its_size(level: str, sz: str, expected: set[str]) -> None:
    def act(bench: Bench) -> None:
        own_stop(bench.model, level, sz)
        rest(bench.model)

    bench = Bench(an_exchange(rules=LOOSE))
    bench.run(act)
    assert bench.names == expected


def test_a_stop_that_is_used_by_a_position_is_not_there_for_an_entry() -> None:
    bench = Bench(prepare=covered)
    bench.run(lambda b: rest(b.model, signal=SIGNAL_MINUTE + 1, px="97"))
    assert bench.names == {"I1f"}


def test_a_bound_stop_is_there_for_whatever_fills() -> None:
    def bound(model: Model) -> None:
        bare(model)
        bind(model, stop("sell", "0", "90", cloid=an_id(Role.STOP)))

    bench = Bench(prepare=bound)
    bench.run(lambda b: rest(b.model, signal=SIGNAL_MINUTE + 1, px="97"))
    assert bench.said == []


@pytest.mark.parametrize(("oversized", "expected"), [("trims", set()), ("rejects", {"I1f"})])
def test_a_sized_stop_covers_no_part_where_the_venue_refuses_it_then(
    oversized: str, expected: set[str]
) -> None:
    def act(bench: Bench) -> None:
        own_stop(bench.model, "85")
        rest(bench.model)

    bench = Bench(an_exchange(rules=replace(LOOSE, oversized_reduce=oversized)))
    bench.run(act)
    assert bench.names == expected


def test_entries_that_rest_bare_are_added_up() -> None:
    def act(bench: Bench) -> None:
        for number in range(2):
            rest(bench.model, signal=SIGNAL_MINUTE + number)

    bench = Bench(terms=some_terms(naked_max=Decimal(179)))
    bench.run(act)
    assert bench.names == {"I1f"}
    assert Bench(terms=some_terms(naked_max=Decimal(180))).run(act) == []


def test_of_a_short_the_nearest_entry_is_covered_first() -> None:
    """One stop of one lot for two entries: the nearer one is covered, and the farther is bare."""

    def act(bench: Bench) -> None:
        place(bench.model, stop("buy", "1", "125", cloid=an_id(Role.STOP)))
        for number, px in enumerate(("120", "110")):
            cloid = an_id(signal=SIGNAL_MINUTE + number)
            place(bench.model, limit("sell", "1", px, cloid=cloid))

    for naked_max, expected in ((119, {"I1f"}), (120, set())):
        bench = Bench(an_exchange(rules=LOOSE), some_terms(naked_max=Decimal(naked_max)))
        bench.run(act)
        assert bench.names == expected


def bare_rest(bench: Bench) -> None:
    own_stop(bench.model, "85")
    rest(bench.model)
    bench.pass_ms(100)
    cancel_stops(bench.model)


@pytest.mark.parametrize(("code", "expected"), [(0, {"I1f"}), (None, set()), (23, set())])
def test_an_entry_that_somebody_left_bare_is_excused_until_a_clean_run_has_met_it(
    code: int | None, expected: set[str]
) -> None:
    """The hand came in the first run; a second one leaves well, is killed, or cannot read."""
    bench = Bench(an_exchange(sol=bars_through(100, 100, 89, 89, 89), rules=LOOSE))
    bench.run(bare_rest, world=World(hand=True), disturbed=True)
    bench.run(code=code, alarms=ALARM if code else (), disturbed=code != 0)
    bench.wait(100_000)
    assert bench.model.positions(USER)
    assert bench.names == expected


def test_what_others_let_rest_is_theirs() -> None:
    bench = Bench(prepare=lambda model: place(model, limit("buy", "1", "90")))
    bench.run()
    assert bench.said == []


def test_a_foreign_stop_is_cover() -> None:
    def act(model: Model) -> None:
        bare(model)
        place(model, stop("sell", "1", "95"))

    bench = Bench(prepare=act)
    bench.run()
    assert bench.said == []


@pytest.mark.parametrize(
    ("flattens", "seen", "expected"),
    [
        pytest.param(True, {}, {"I1d"}, id="looked on"),
        pytest.param(True, {"command": "check-sl"}, {"I1d"}, id="a check does it too"),
        pytest.param(False, {}, set(), id="the file does not ask for it"),
        pytest.param(True, {"is_blind": False}, set(), id="something else went wrong too"),
        pytest.param(True, {"took_ms": 70_001}, set(), id="no time was left"),
        pytest.param(True, {"command": "status"}, set(), id="only looked"),
        pytest.param(True, {"world": World(hand=True)}, set(), id="somebody acted"),
    ],
)
def test_what_nothing_could_show_covered_is_closed_where_the_file_says_so(
    flattens: bool, seen: dict[str, Any], expected: set[str]
) -> None:
    bench = Bench(terms=some_terms(flattens=flattens), prepare=covered)
    bench.run(**{"is_blind": True, "disturbed": True, "code": 23, "alarms": ALARM, **seen})
    assert bench.names == expected


def test_a_close_that_was_tried_is_enough() -> None:
    bench = Bench(terms=some_terms(flattens=True), prepare=covered)
    bench.run(is_blind=True, disturbed=True, code=23, alarms=ALARM, asked=wrote(bench))
    assert bench.said == []
