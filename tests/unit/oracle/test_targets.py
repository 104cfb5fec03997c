"""Targets behind what is held: where one is missing, too small or nobody's, and who need not have one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.judge_bench import Bench, an_id, cancel_stops, covered, own_stop, some_terms
from tests.support.model_exchange import SIDED, USER, an_exchange, limit, on_leg, place, stop, target
from trader.core.identity import Role
from trader.core.market import Leg
from trader.exchange.model import Model
from trader.exchange.status import Tif
from trader.oracle.seen import World

ALONE, BOTH = {"SOL": False}, {"SOL": True}


def aimed(model: Model, sz: str = "1", *, ours: bool = True) -> None:
    spec = replace(target("sell", sz, "110"), cloid=an_id(Role.TARGET) if ours else None)
    assert place(model, spec)[0].reason is None


@pytest.mark.parametrize(
    ("sz", "ours", "expected"),
    [("1", True, set()), ("0.5", True, {"I17"}), ("1", False, {"I17"})],
    ids=["whole", "too small", "somebody else's"],
)
def test_it_is_ours_and_closes_all_of_it(sz: str, ours: bool, expected: set[str]) -> None:
    bench = Bench(terms=some_terms(targets=ALONE), prepare=covered)
    bench.run(lambda b: aimed(b.model, sz, ours=ours))
    assert bench.names == expected


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({"command": "check-sl"}, id="decides nothing"),
        pytest.param({"code": 25}, id="says that something is open"),
        pytest.param({"disturbed": True}, id="something went wrong"),
        pytest.param({"world": World(hand=True)}, id="somebody acted"),
        pytest.param({"document": {"refused": [{"rule": "margin"}]}}, id="goes on with it next time"),
        pytest.param({"act": lambda b: place(b.model, limit("sell", "0.5", "90", tif=Tif.IOC))}, id="traded"),
    ],
)
def test_who_need_not_have_put_it_there(seen: dict[str, Any]) -> None:
    document = seen.get("document")
    if document is not None:
        seen = {"document": {"schema": "trader.run/1", "exit_code": 0, **document}}
    bench = Bench(terms=some_terms(targets=ALONE), prepare=covered)
    bench.run(**seen)
    assert "I17" not in bench.names


@pytest.mark.parametrize("targets", [{}, {"ETH": False}])
def test_a_coin_that_the_file_does_not_name_has_none(targets: dict[str, bool]) -> None:
    bench = Bench(terms=some_terms(targets=targets), prepare=covered)
    bench.run()
    assert bench.said == []


def test_beside_a_part_that_is_not_ours_stands_none() -> None:
    def shared(model: Model) -> None:
        covered(model)
        cancel_stops(model)
        place(model, limit("buy", "1", "102", tif=Tif.IOC))
        own_stop(model, "95", "1")

    bench = Bench(terms=some_terms(targets=ALONE), prepare=shared)
    bench.run()
    assert bench.said == []


@pytest.mark.parametrize(("targets", "expected"), [(ALONE, set()), (BOTH, {"I17"})])
def test_of_two_legs_a_strategy_that_holds_one_manages_none(
    targets: dict[str, bool], expected: set[str]
) -> None:
    def both(model: Model) -> None:
        for leg, side, away, level in (("long", "buy", "sell", "95"), ("short", "sell", "buy", "105")):
            named = Leg.LONG if leg == "long" else Leg.SHORT
            px = "103" if side == "buy" else "97"
            entry = replace(limit(side, "1", px, tif=Tif.IOC), cloid=an_id(leg=named))
            guard = stop(away, "1", level, cloid=an_id(Role.PROTECT, leg=named))
            for spec in (entry, guard):
                assert place(model, on_leg(leg, spec))[0].reason is None

    exchange = an_exchange(rules=SIDED, two_sided=True, cash=10_000)
    bench = Bench(exchange, some_terms(targets=targets), prepare=both)
    assert {p.leg: abs(p.szi) for p in bench.model.positions(USER)} == dict.fromkeys(
        ("long", "short"), Decimal(1)
    )
    bench.run()
    assert bench.names == expected


@pytest.mark.parametrize(
    ("level", "most", "is_older", "expected"),
    [
        pytest.param("95", "6", False, set(), id="near enough"),
        pytest.param("80", "6", False, {"I4"}, id="too far"),
        pytest.param("80", "6", True, set(), id="entered before anybody judged"),
        pytest.param("80", "30", False, set(), id="so much may be lost"),
        pytest.param("80", "-1", False, set(), id="more than that is lost already"),
    ],
)
def test_a_stop_that_lets_more_be_lost_than_may_is_too_far_whoever_placed_it(
    level: str, most: str, is_older: bool, expected: set[str]
) -> None:
    def swap(bench: Bench) -> None:
        cancel_stops(bench.model)
        aimed(bench.model)
        place(bench.model, stop("sell", "1", level))

    terms = some_terms(targets=ALONE, stop_max={"SOL": Decimal(most) / 100})
    bench = Bench(terms=terms, prepare=covered if is_older else None)
    bench.run(None if is_older else lambda b: covered(b.model), disturbed=True)
    bench.run(swap, disturbed=True, world=World(hand=True))
    assert bench.names == set(), "somebody acts"
    bench.run()
    assert bench.names == expected


def test_a_stop_that_the_venue_put_too_far_is_seen_in_the_run_that_entered() -> None:
    """The run was lied to; it read the stop back all the same, and left with 0."""
    terms = some_terms(targets=ALONE, stop_max={"SOL": Decimal("0.01")})
    bench = Bench(terms=terms)
    bench.run(lambda b: covered(b.model), disturbed=True, world=World(venue_took=True, venue_lied=True))
    assert bench.names == {"I4"}
