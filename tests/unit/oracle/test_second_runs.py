"""A run at once after another: it has nothing to do, unless something is another decision."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.judge_bench import Bench, an_id, covered, entry, some_terms, wrote
from tests.support.model_exchange import USER, limit, place
from trader.core.identity import Role
from trader.oracle.seen import Asked


def done(action: str, outcome: str, *, refused: str = "") -> dict[str, Any]:
    row = {"action": {"is": action}, "outcome": {"is": outcome}}
    rows = [{"rule": refused}] if refused else []
    return {"schema": "trader.run/1", "exit_code": 0, "done": [row], "refused": rows}


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (done("Cancel", "Accepted"), {"I14"}),
        (done("Rest", "Rejected"), set()),
        (done("Close", "Accepted"), set()),
        (done("Cancel", "Accepted", refused="margin"), set()),
        (done("Cancel", "Accepted", refused="liquidation"), set()),
        (done("Cancel", "Accepted", refused="halted"), {"I14"}),
        (None, {"I14"}),
    ],
)
def test_a_second_run_has_nothing_to_do_but_what_was_left(
    first: dict[str, Any] | None, expected: set[str]
) -> None:
    bench = Bench()
    bench.run(document=first)
    bench.run(is_second=True, asked=wrote(bench))
    assert bench.names == expected


@pytest.mark.parametrize(("moved", "expected"), [(None, {"I14"}), ("0.5", set())])
def test_another_price_is_another_decision(moved: str | None, expected: set[str]) -> None:
    bench = Bench()
    bench.run()
    if moved is not None:
        bench.model.set_offsets("SOL", mark=Decimal(moved))
    bench.run(lambda b: entry(b.model), is_second=True, asked=wrote(bench))
    assert bench.names == expected


def test_another_price_excuses_no_other_write() -> None:
    bench = Bench(prepare=covered)
    bench.run()
    bench.model.set_offsets("SOL", mark=Decimal("0.5"))
    bench.run(is_second=True, asked=wrote(bench))
    assert bench.names == {"I14"}


@pytest.mark.parametrize(("moved", "level", "expected"), [("-3", "98", set()), ("-1", "98", {"I14"})])
def test_a_rung_that_had_no_room_is_another_decision(moved: str, level: str, expected: set[str]) -> None:
    bench = Bench(terms=some_terms(naked_max=Decimal(1_000)))
    bench.model.set_offsets("SOL", mark=Decimal(moved))
    bench.run()
    bench.model.set_offsets("SOL", mark=Decimal(0))
    rung = limit("buy", "1", level, cloid=an_id(Role.RUNG, rung=1))
    bench.run(lambda b: place(b.model, rung), is_second=True, asked=wrote(bench))
    assert bench.names == expected


@pytest.mark.parametrize(("numbers", "expected"), [((1,), set()), ((1, 3), {"I14"})])
def test_a_ladder_that_stands_anew_where_the_last_rung_was_called_off_is_another_decision(
    numbers: tuple[int, ...], expected: set[str]
) -> None:
    def rest(bench: Bench, number: int, level: str) -> None:
        place(bench.model, limit("buy", "1", level, cloid=an_id(Role.RUNG, rung=number)))

    bench = Bench(terms=some_terms(naked_max=Decimal(1_000)))
    for number in numbers:
        rest(bench, number, "96")
    bench.run()
    first = bench.model.open_orders(USER)[0]
    bench.run(lambda b: b.model.cancel(USER, first.oid))
    bench.model.set_offsets("SOL", mark=Decimal("0.5"))
    bench.run(lambda b: rest(b, 2, "97"), is_second=True, asked=wrote(bench))
    assert bench.names == expected


@pytest.mark.parametrize(("moved", "expected"), [("-3", set()), ("-1", {"I14"})])
def test_calling_off_an_entry_that_price_has_reached_is_another_decision(
    moved: str, expected: set[str]
) -> None:
    bench = Bench(terms=some_terms(naked_max=Decimal(1_000)))
    bench.run(lambda b: place(b.model, limit("buy", "1", "98", cloid=an_id(Role.ENTRY))))
    bench.model.set_offsets("SOL", mark=Decimal(moved))
    (waiting,) = bench.model.open_orders(USER)
    bench.run(lambda b: b.model.cancel(USER, waiting.oid), is_second=True, asked=wrote(bench))
    assert bench.names == expected


@pytest.mark.parametrize(
    ("write", "read", "status", "expected"),
    [(2, 1, 429, set()), (2, 1, 418, set()), (1, 2, 429, {"I14"}), (2, 1, 502, {"I14"})],
)
def test_who_could_not_read_because_of_limits_may_take_risk_off(
    write: int, read: int, status: int, expected: set[str]
) -> None:
    bench = Bench(terms=some_terms(own_limits=frozenset({"state"})))
    bench.run()
    requests = tuple(
        Asked(number, bench.model.now_ms, "state", is_write=number == write, status=got)
        for number, got in ((write, 200), (read, status))
    )
    bench.run(is_second=True, asked=requests)
    assert bench.names == expected
