"""What a run says, against what the books show."""

from typing import Any

import pytest

from tests.support.judge_bench import Bench, an_id, bare, covered, entry, own_stop
from tests.support.model_exchange import (
    SIDED,
    USER,
    an_exchange,
    bars_through,
    limit,
    market,
    on_leg,
    place,
    stop,
)
from trader.core.identity import Role
from trader.exchange.model import Model
from trader.exchange.status import Tif
from trader.oracle.seen import Asked, World


def document(**changes: Any) -> dict[str, Any]:
    return {"schema": "trader.run/1", "exit_code": 0, "exit_codes": [], "positions": None, **changes}


def row(size: str, leg: str = "long", coin: str = "SOL") -> dict[str, Any]:
    return {"coin": coin, "leg": leg, "size": size}


def proof(what: str, **changes: Any) -> dict[str, Any]:
    return {"is": what, "coin": "SOL", "leg": None, "size": "1", **changes}


def settled(bench: Bench) -> Bench:
    """Long after the last trade."""
    bench.wait(10_000)
    return bench


def held(prepare: Any = covered) -> Bench:
    return settled(Bench(prepare=prepare))


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([row("1")], set()),
        ([row("1.0")], set()),
        (None, set()),
        ([], {"I8"}),
        ([row("2")], {"I8"}),
        ([row("-1", "short")], {"I8"}),
        ([row("1"), row("1", coin="ETH")], {"I8"}),
        ([row("unread")], {"I8"}),
    ],
)
def test_positions_are_told_as_they_are_or_as_unknown(positions: Any, expected: set[str]) -> None:
    bench = held()
    bench.run(document=document(positions=positions))
    assert bench.names == expected


def test_each_leg_is_told_as_it_is() -> None:
    def legs(model: Model) -> None:
        for leg, side, px, away, level in (
            ("long", "buy", "102", "sell", "95"),
            ("short", "sell", "98", "buy", "105"),
        ):
            place(model, on_leg(leg, limit(side, "1", px, tif=Tif.IOC, cloid=an_id())))
            place(model, on_leg(leg, stop(away, "1", level, cloid=an_id(Role.STOP))))

    def bench() -> Bench:
        return settled(Bench(an_exchange(rules=SIDED, two_sided=True), prepare=legs))

    assert bench().run(document=document(positions=[row("1"), row("-1", "short")])) == []
    (found,) = bench().run(document=document(positions=[row("1")]))
    assert found.text == "the document says 0 SOL short, the books say -1"


def test_a_position_is_compared_with_what_it_was_when_it_was_read() -> None:
    """Observed flat, then entered, and never read again."""

    def late(bench: Bench) -> None:
        bench.pass_ms(10_000)
        entry(bench.model)
        bench.pass_ms(10_000)

    for read_after_ms, size, expected in (
        (0, [], set()),
        (0, [row("1")], {"I8"}),
        (20_000, [row("1")], set()),
        (20_000, [], {"I8"}),
    ):
        bench = Bench()
        read_ms = bench.model.now_ms + read_after_ms
        bench.run(late, document=document(positions=size, venue_ms=read_ms))
        assert bench.names == expected, (read_after_ms, size)


@pytest.mark.parametrize("size", ["0", "1"])
def test_where_no_time_is_told_any_size_of_the_run_will_do(size: str) -> None:
    bench = Bench()
    bench.run(lambda b: entry(b.model), document=document(positions=[row(size)]))
    assert bench.said == []


def test_a_venue_that_lies_makes_no_liar_of_the_run() -> None:
    bench = held()
    bench.run(document=document(positions=[]), world=World(venue_lied=True))
    assert bench.said == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"exit_code": 21}, "the document says exit 21, the process left with 0"),
        ({"schema": "trader.plan/1"}, "the document has schema 'trader.plan/1', expected 'trader.run/1'"),
        (
            {"done": [{"outcome": {"is": "Unknown", "reason": "no answer"}}]},
            "left with 0 and an outcome is unknown: no answer",
        ),
        ({"proofs": [proof("Unread")]}, "left with 0 and a proof of SOL says Unread"),
        ({"proofs": [proof("Naked")]}, "left with 0 and a proof of SOL says Naked"),
        ({"proofs": [proof("Flat")]}, "SOL is called flat and holds 1 of ours"),
        ({"proofs": [proof("Foreign")]}, "SOL: 1 is called foreign, it is 0"),
        ({"proofs": [proof("Foreign", coin="ETH", size="0")]}, "left with 0 and not a word of SOL"),
        ({"exit_codes": [0, 22]}, "left with 0, and the worst of what it says is 22"),
    ],
)
def test_a_document_that_is_not_so_is_noticed(changes: dict[str, Any], text: str) -> None:
    bench = held()
    bench.run(document=document(**changes), disturbed=True)
    assert {(v.invariant, v.text) for v in bench.said} == {("I8", text)}


@pytest.mark.parametrize(
    "changes",
    [
        {"proofs": [proof("Protected")]},
        {"proofs": [proof("Protected"), proof("Foreign", coin="ETH", size="0")]},
        {"done": [{"outcome": {"is": "Accepted"}}], "positions": [row("1")]},
    ],
)
def test_a_document_that_is_so_is_believed(changes: dict[str, Any]) -> None:
    bench = held()
    bench.run(document=document(**changes))
    assert bench.said == []


def test_a_bare_position_is_not_called_protected_beside_another_trouble() -> None:
    told = document(exit_code=23, exit_codes=[23], proofs=[proof("Protected")])
    bench = held(bare)
    bench.run(code=23, alarms=("unreadable",), document=told, disturbed=True)
    assert bench.names == {"I8"}


def test_who_admits_that_cover_is_unreadable_may_prove_nothing() -> None:
    told = document(exit_code=23, exit_codes=[23], proofs=[proof("Unread")])
    bench = held()
    bench.run(code=23, alarms=("unreadable",), document=told, disturbed=True)
    assert bench.said == []


def test_a_covered_position_is_not_called_naked() -> None:
    told = document(exit_code=20, exit_codes=[20], proofs=[proof("Naked")])
    asked = tuple(Asked(n, 0, "order", is_write=n == 1, status=200) for n in (1, 2))
    bench = held()
    bench.run(code=20, alarms=("naked",), document=told, asked=asked)
    assert bench.names == {"I8"}


def test_what_was_traded_after_the_last_reading_proves_nothing() -> None:
    bench = held(lambda model: None)
    bench.run(lambda b: entry(b.model), document=document(proofs=[proof("Flat")]))
    assert bench.said == []


def emergency(bench: Bench) -> None:
    close = limit("sell", "1", "90", tif=Tif.IOC, reduce_only=True, cloid=an_id(Role.CLOSE_EMERGENCY))
    place(bench.model, close)


@pytest.mark.parametrize(("code", "expected"), [(0, {"I8"}), (21, set())])
def test_an_emergency_is_told(code: int, expected: set[str]) -> None:
    bench = Bench(prepare=bare)
    bench.run(emergency, code=code, alarms=("emergency",) if code else (), disturbed=True)
    assert bench.names == expected


def test_an_emergency_close_of_a_dead_run_that_arrives_late_is_not_this_runs() -> None:
    bench = Bench(prepare=bare)
    bench.run(code=None, disturbed=True)
    bench.run(emergency)
    assert bench.said == []


@pytest.mark.parametrize(("landed_late", "expected"), [(0, {"I8"}), (1, set())])
def test_an_order_that_filled_is_not_called_refused(landed_late: int, expected: set[str]) -> None:
    close = limit("sell", "1", "90", tif=Tif.IOC, reduce_only=True, cloid=an_id(Role.CLOSE_SIGNAL))
    done = [{"action": {"is": "Close", "client_id": close.cloid}, "outcome": {"is": "Rejected"}}]
    bench = Bench(prepare=covered)
    bench.run(
        lambda b: place(b.model, close), document=document(done=done), disturbed=True, landed_late=landed_late
    )
    assert bench.names == expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (["Cancel"], set()),
        (["AmendStop"], set()),
        (["PlaceExit"], {"I8"}),
        (["PlaceExit", "Cancel"], {"I8"}),
    ],
)
def test_a_change_that_is_refused_says_nothing_of_the_order_that_it_names(
    actions: list[str], expected: set[str]
) -> None:
    """It came too late: the stop that it names had fired."""
    stop_id = an_id(Role.STOP)

    def fires(bench: Bench) -> None:
        place(bench.model, stop("sell", "1", "95", cloid=stop_id))
        bench.pass_ms(60_000)

    done = [{"action": {"is": it, "client_id": stop_id}, "outcome": {"is": "Rejected"}} for it in actions]
    bench = Bench(an_exchange(sol=bars_through(100, 94, 94)), prepare=bare)
    bench.run(fires, document=document(done=done), disturbed=True)
    assert not bench.model.positions(USER)
    assert bench.names == expected


@pytest.mark.parametrize("code", [10, 12, 20, 22, 23, 24])
def test_when_nothing_is_wrong_any_more_a_second_clean_run_says_so(code: int) -> None:
    bench = held()
    asked = tuple(Asked(n, 0, "order", is_write=n == 1, status=200) for n in (1, 2))
    for _ in range(2):
        bench.run(code=code, alarms=("so",), asked=asked)
        bench.wait()
    assert [(v.invariant, v.run) for v in bench.said] == [("I8", 2)]


@pytest.mark.parametrize(
    "seen", [{"disturbed": True}, {"asked": (Asked(1, 0, "state", is_write=False, status=429),)}]
)
def test_a_run_that_met_something_may_say_so(seen: dict[str, Any]) -> None:
    bench = held()
    bench.run()
    bench.run(code=10, **seen)
    assert bench.said == []


def test_a_position_that_needs_no_cover_of_ours_is_25_for_the_check() -> None:
    bench = held(lambda model: place(model, market("buy", "1")))
    for _ in range(3):
        bench.run(command="check-sl", code=25)
    assert bench.said == []
    assert bench.model.positions(USER)


def test_25_where_nothing_foreign_is_held_is_no_answer() -> None:
    bench = held()
    for _ in range(3):
        bench.run(command="check-sl", code=25)
    assert bench.names == {"I8"}


def test_a_stop_that_comes_with_the_run_is_proof_enough() -> None:
    bench = held(bare)
    bench.run(lambda b: own_stop(b.model), document=document(proofs=[proof("Protected")]))
    assert bench.said == []
