"""Instants: how long a position of ours is bare, whose doing it is, and what may be bare between runs."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.judge_bench import Bench, an_id, bare, buys, cancel_stops, covered, own_stop, some_terms
from tests.support.model_exchange import (
    PLAIN,
    USER,
    an_exchange,
    attach,
    bars_through,
    limit,
    market,
    place,
    stop,
)
from trader.core.identity import Role
from trader.exchange.model import Model
from trader.exchange.orders import Liquidity
from trader.exchange.status import Tif
from trader.oracle.seen import World

FALLS = (100, 100, 89, 89, 89)


def test_intervals_without_cover_are_measured_to_the_millisecond() -> None:
    bench = Bench(prepare=bare)
    bench.run(lambda b: own_stop(b.model), disturbed=True)
    bench.wait(5_000)
    assert list(bench.oracle.bare.intervals_ms) == [1_000]
    cancel_stops(bench.model)
    bench.wait(7_000)
    assert list(bench.oracle.bare.intervals_ms) == [1_000, 7_000]
    assert bench.oracle.bare.total_ms == 8_000


def test_what_is_not_ours_may_stand_bare() -> None:
    bench = Bench(prepare=lambda model: place(model, market("buy", "1")))
    bench.run()
    assert bench.wait() == []
    assert bench.oracle.bare.total_ms == 0


def test_what_was_adopted_is_ours() -> None:
    bench = Bench(
        terms=some_terms(adopted=frozenset({"SOL"})),
        prepare=lambda model: place(model, market("buy", "1")),
    )
    bench.run()
    assert bench.names == {"I1c"}


def test_only_our_part_of_a_mixed_position_needs_cover() -> None:
    def mixed(model: Model) -> None:
        covered(model)
        place(model, market("buy", "3"))

    bench = Bench(prepare=mixed)
    bench.run()
    assert bench.said == []


def test_a_stop_that_is_changed_within_one_instant_was_never_away() -> None:
    def act(bench: Bench) -> None:
        cancel_stops(bench.model)
        own_stop(bench.model, "96")

    bench = Bench(prepare=covered)
    bench.run(act)
    assert bench.said == []
    assert bench.oracle.bare.total_ms == 0


@pytest.mark.parametrize(("later", "expected"), [("0.4", {"I1e"}), ("0.6", set())])
def test_what_was_half_covered_stays_half_covered(later: str, expected: set[str]) -> None:
    def half(model: Model) -> None:
        bare(model)
        own_stop(model, sz="0.6")

    def act(bench: Bench) -> None:
        cancel_stops(bench.model)
        own_stop(bench.model, sz=later, attempt=3)
        bench.pass_ms(500)
        own_stop(bench.model, attempt=4)

    bench = Bench(prepare=half)
    bench.run(act)
    assert bench.names == expected


@pytest.mark.parametrize(("sz", "expected"), [("0.5", {"I1e"}), ("1.5", set())])
def test_a_stop_that_is_changed_in_place_covers_no_less(sz: str, expected: set[str]) -> None:
    def act(bench: Bench) -> None:
        (order,) = bench.model.open_orders(USER)
        assert bench.model.amend(USER, order.oid, sz=Decimal(sz)).reason is None
        bench.pass_ms(500)
        assert bench.model.amend(USER, order.oid, sz=Decimal(1)).reason is None

    bench = Bench(prepare=covered)
    bench.run(act)
    assert bench.names == expected


def test_a_stop_that_goes_with_its_position_leaves_nothing_bare() -> None:
    def act(bench: Bench) -> None:
        close = limit("sell", "1", "90", tif=Tif.IOC, reduce_only=True, cloid=an_id(Role.CLOSE_SIGNAL))
        place(bench.model, close)
        bench.pass_ms(500)
        cancel_stops(bench.model)

    bench = Bench(prepare=covered)
    bench.run(act)
    assert bench.said == []


def test_a_kill_between_taking_a_stop_off_and_putting_it_back_is_seen() -> None:
    bench = Bench(prepare=covered)
    bench.run(lambda b: cancel_stops(b.model), code=None, disturbed=True)
    assert bench.names == {"I1e"}


def test_a_stop_that_goes_while_nobody_runs_was_not_changed_by_a_run() -> None:
    bench = Bench(prepare=covered)
    bench.run(code=22, disturbed=True)
    cancel_stops(bench.model)
    bench.wait()
    assert bench.said == []


def test_parts_are_covered_only_where_there_is_a_child_to_grow() -> None:
    bench = Bench(an_exchange(rules=replace(PLAIN, attach="pro_rata")))
    bench.run(lambda b: rests(b.model))
    assert bench.names == {"I1f"}


def test_a_hand_that_takes_a_stop_off_is_no_fault() -> None:
    bench = Bench(prepare=covered)
    bench.run(
        lambda b: cancel_stops(b.model), world=World(hand=True), code=20, alarms=("naked",), disturbed=True,
        asked=(),
    )  # fmt: skip
    assert bench.names == {"I1d"}


def test_an_entry_of_a_clean_run_is_never_bare() -> None:
    def act(bench: Bench) -> None:
        place(bench.model, buys())
        bench.pass_ms(50)
        own_stop(bench.model)

    bench = Bench()
    bench.run(act)
    assert bench.names == {"I1"}
    disturbed = Bench()
    disturbed.run(act, disturbed=True)
    assert disturbed.said == []


@pytest.mark.parametrize(
    "world",
    [
        World(hand=True),
        World(venue_took=True),
        World(venue_lied=True),
        World(gap=True),
        World(forced=True),
        World(late_twice=True),
        World(dark=True),
    ],
    ids=repr,
)
def test_anything_that_happened_may_be_why_an_entry_was_bare(world: World) -> None:
    def act(bench: Bench) -> None:
        place(bench.model, buys())
        bench.pass_ms(50)
        own_stop(bench.model)

    bench = Bench()
    bench.run(act, world=world)
    assert bench.said == []


def rests(model: Model) -> None:
    place(model, limit("buy", "1", "90", cloid=an_id()))


@pytest.mark.parametrize(("naked_max", "expected"), [(0, {"I1f"}), (50, {"I1f"}), (95, set())])
def test_what_fills_while_nobody_runs_may_be_bare_up_to_a_number(naked_max: int, expected: set[str]) -> None:
    bench = Bench(
        an_exchange(sol=bars_through(*FALLS)), some_terms(naked_max=Decimal(naked_max)), prepare=rests
    )
    bench.wait(100_000)
    assert bench.names == expected


def test_two_entries_that_fill_bare_are_counted_together() -> None:
    bench = Bench(
        an_exchange(sol=bars_through(*FALLS), eth=bars_through(3_000, 3_000, 2_600, 2_600)),
        some_terms(naked_max=Decimal(100)),
        prepare=rests,
    )
    place(bench.model, limit("buy", "0.02", "2700", coin="ETH", cloid=an_id(coin="ETH")))
    bench.wait(100_000)
    assert bench.names == {"I1f"}


def test_a_stop_that_stands_first_covers_whatever_part_fills() -> None:
    def act(bench: Bench) -> None:
        own_stop(bench.model, "85")
        rests(bench.model)

    bench = Bench(an_exchange(sol=bars_through(*FALLS)))
    bench.model.set_liquidity("SOL", Liquidity(resting_size=Decimal("0.3")))
    bench.run(act)
    bench.wait(100_000)
    assert bench.said == []
    (position,) = bench.model.positions(USER)
    assert 0 < position.szi < 1


@pytest.mark.parametrize(("attach_rule", "expected"), [("whole", {"I1f"}), ("pro_rata", set())])
def test_a_child_that_arms_with_the_whole_parent_does_not_cover_a_part(
    attach_rule: str, expected: set[str]
) -> None:
    def act(bench: Bench) -> None:
        child = stop("sell", "1", "85", cloid=an_id(Role.STOP))
        attach(bench.model, limit("buy", "1", "90", cloid=an_id()), child)

    bench = Bench(an_exchange(sol=bars_through(*FALLS), rules=replace(PLAIN, attach=attach_rule)))
    bench.model.set_liquidity("SOL", Liquidity(resting_size=Decimal("0.3")))
    bench.run(act)
    bench.wait(100_000)
    assert bench.names == expected


def test_a_liquidation_price_that_overtakes_a_stop_by_funding_is_seen() -> None:
    model = an_exchange(cash=120)
    assert model.set_leverage(USER, "SOL", value=10, is_cross=True) is None
    bare(model, "10")
    end = model.liquidation_px(USER, "SOL")
    assert end is not None
    own_stop(model, str((end + Decimal("0.1")).quantize(Decimal("0.1"))), "10")
    bench = Bench(model)
    assert bench.oracle.is_covered("SOL") is False  # nearer to liquidation than the file allows
    assert bench.oracle.bare.total_ms == 0  # but it acts first
    model.set_funding_rate("SOL", Decimal("0.004"))
    bench.wait(3_660_000)
    assert bench.oracle.bare.total_ms > 0
