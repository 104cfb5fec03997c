"""Once per signal, within the limit, and after what needs cover."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from tests.support.judge_bench import (
    SIGNAL_MINUTE,
    Bench,
    an_id,
    bare,
    buys,
    entry,
    own_stop,
    some_terms,
)
from tests.support.model_exchange import (
    PLAIN,
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
from trader.exchange.status import Grouping, Tif
from trader.oracle.seen import World

RESTS = some_terms(naked_max=Decimal(10_000))


def test_an_entry_that_found_nothing_may_be_tried_again() -> None:
    def act(bench: Bench) -> None:
        place(bench.model, buys(px="99", cloid=an_id()))
        bench.pass_ms(100)
        place(bench.model, limit("buy", "1", "90", cloid=an_id(attempt=2)))

    bench = Bench(terms=RESTS)
    bench.run(act)
    assert bench.said == []


def test_an_entry_that_rests_is_the_one_of_its_signal() -> None:
    def act(bench: Bench) -> None:
        for attempt in (1, 2):
            place(bench.model, limit("buy", "1", "90", cloid=an_id(attempt=attempt)))

    bench = Bench(terms=RESTS)
    bench.run(act)
    assert bench.names == {"I2"}


def test_a_changed_entry_is_still_one() -> None:
    def act(bench: Bench) -> None:
        (placed,) = place(bench.model, limit("buy", "1", "90", cloid=an_id()))
        assert placed.oid is not None
        assert bench.model.modify(USER, placed.oid, limit("buy", "1", "91")).reason is None

    bench = Bench(terms=RESTS)
    bench.run(act)
    assert bench.said == []


def test_what_was_entered_before_the_judge_came_counts() -> None:
    def closed(model: Model) -> None:
        entry(model)
        place(model, market("sell", "1"))

    bench = Bench(prepare=closed)
    bench.run(lambda b: entry(b.model))
    assert bench.names == {"I2"}


@pytest.mark.parametrize("other", [{"signal": SIGNAL_MINUTE + 1}, {"coin": "ETH", "level": "2900"}])
def test_another_signal_or_coin_is_another_entry(other: dict[str, str]) -> None:
    bench = Bench()
    bench.run(lambda b: entry(b.model))
    bench.run(lambda b: entry(b.model, **other))  # type: ignore[arg-type]
    assert bench.said == []


def both(bench: Bench) -> None:
    for _ in range(2):
        entry(bench.model)


@pytest.mark.parametrize(
    ("world", "expected"), [(World(), {"I2"}), (World(late_twice=True), set()), (World(hand=True), {"I2"})]
)
def test_a_write_that_the_network_delivered_twice_is_excused(world: World, expected: set[str]) -> None:
    bench = Bench()
    bench.run(both, world=world)
    assert bench.names == expected


def test_a_third_entry_is_excused_by_nothing() -> None:
    def act(bench: Bench) -> None:
        both(bench)
        entry(bench.model)

    bench = Bench()
    bench.run(act, world=World(late_twice=True, hosts=2))
    assert [v.text.split(",")[0] for v in bench.said] == [f"SOL: signal {SIGNAL_MINUTE} has 3 entries"]


@pytest.mark.parametrize("code", [0, 24])
@pytest.mark.parametrize("refuses", [False, True])
def test_of_two_hosts_one_must_tell_of_a_second_entry(code: int, *, refuses: bool) -> None:
    bench = Bench(terms=some_terms(refuses_duplicates=refuses))
    world = World(hosts=2)

    def other(b: Bench) -> None:
        entry(b.model)
        b.run(lambda inner: entry(inner.model), host="second", code=code, world=world, disturbed=True)

    bench.run(other, world=world, disturbed=True)
    bench.close(world)
    told = code == 24
    assert bench.names == ({"I2"} if refuses or not told else set())
    if not refuses and not told:
        assert bench.said[-1].run == 0


def a_rung(model: Model, *, rung: int, anchor: int, attempt: int = 1) -> None:
    cloid = an_id(Role.RUNG, signal=anchor, rung=rung, attempt=attempt)
    stop_id = an_id(Role.STOP, signal=anchor, rung=rung, attempt=attempt)
    place(model, on_leg("long", stop("sell", "1", "80", cloid=stop_id)))
    place(model, on_leg("long", limit("buy", "1", "98", cloid=cloid)))


@pytest.mark.parametrize(
    ("rung", "anchor", "expected"), [(1, 1_000, {"I2"}), (2, 1_000, set()), (1, 1_001, set())]
)
def test_a_rung_is_entered_once_at_its_anchor(rung: int, anchor: int, expected: set[str]) -> None:
    path = bars_through(100, 100, 97, 99, 99)
    bench = Bench(an_exchange(sol=path, rules=SIDED, two_sided=True), RESTS)
    bench.run(lambda b: a_rung(b.model, rung=1, anchor=1_000))
    bench.wait(110_000)
    assert bench.model.positions(USER)
    bench.run(lambda b: a_rung(b.model, rung=rung, anchor=anchor, attempt=2), code=None)
    assert bench.names == expected


def test_a_rung_may_come_again_when_its_side_is_flat() -> None:
    path = bars_through(100, 100, 97, 99, 99)
    bench = Bench(an_exchange(sol=path, rules=SIDED, two_sided=True), RESTS)
    bench.run(lambda b: a_rung(b.model, rung=1, anchor=1_000))
    bench.wait(110_000)
    close = on_leg("long", limit("sell", "1", "90", tif=Tif.IOC, cloid=an_id(Role.CLOSE_SIGNAL)))
    bench.run(lambda b: place(b.model, close))
    bench.run(lambda b: a_rung(b.model, rung=1, anchor=1_000, attempt=2))
    assert bench.said == []


@pytest.mark.parametrize(("sizes", "expected"), [(("1", "1"), set()), (("1", "1.5"), {"I3"})])
def test_what_may_still_fill_counts_as_held(sizes: tuple[str, str], expected: set[str]) -> None:
    def act(bench: Bench) -> None:
        for number, size in enumerate(sizes):
            cloid = an_id(signal=SIGNAL_MINUTE + number)
            place(bench.model, limit("buy", size, "90", cloid=cloid))

    bench = Bench(terms=some_terms(naked_max=Decimal(10_000), notional_max={"SOL": Decimal(180)}))
    bench.run(act)
    assert bench.names == expected


def test_both_sides_that_rest_are_not_added_up() -> None:
    def act(bench: Bench) -> None:
        place(bench.model, limit("buy", "1", "90", cloid=an_id()))
        place(bench.model, limit("sell", "1", "110", cloid=an_id(signal=SIGNAL_MINUTE + 1)))

    bench = Bench(terms=some_terms(naked_max=Decimal(10_000), notional_max={"SOL": Decimal(120)}))
    bench.run(act)
    assert bench.said == []


def test_a_position_that_price_made_larger_broke_no_limit() -> None:
    bench = Bench(
        an_exchange(sol=bars_through(100, 100, 100, 150, 150)), some_terms(notional_max={"SOL": Decimal(110)})
    )
    bench.run(lambda b: entry(b.model))
    bench.wait(180_000)
    assert bench.said == []


@pytest.mark.parametrize("world", [World(venue_lied=True), World(hand=True), World(venue_took=True)])
def test_who_could_not_know_that_a_position_is_bare_may_enter(world: World) -> None:
    def act(bench: Bench) -> None:
        entry(bench.model, coin="ETH", level="2900")
        own_stop(bench.model)

    bench = Bench(prepare=bare)
    bench.run(act, world=world, disturbed=True)
    assert bench.said == []


def test_an_entry_and_its_stop_in_one_request_is_never_bare_before_the_next_one() -> None:
    def act(bench: Bench) -> None:
        entry(bench.model)
        entry(bench.model, coin="ETH", level="2900")

    bench = Bench()
    bench.run(act)
    assert bench.said == []


def test_an_entry_bounded_far_from_mark_was_priced_by_other_numbers() -> None:
    def act(bench: Bench) -> None:
        parent = buys(px="110")
        bench.model.place(USER, [parent, stop("sell", "1", "95", cloid=an_id(Role.STOP))], Grouping.ATTACHED)

    bench = Bench()
    bench.run(act)
    assert bench.names == {"I10"}
    assert bench.run() == []


@pytest.mark.parametrize(
    ("first", "sz", "stops_first", "expected"),
    [
        (True, "1", True, set()),
        (False, "1", True, {"I15"}),
        (True, "0.9", True, {"I15"}),
        (False, "1", False, set()),
    ],
)
def test_where_stops_go_first_no_entry_comes_before_one_of_its_size(
    first: bool, sz: str, stops_first: bool, expected: set[str]
) -> None:
    def act(bench: Bench) -> None:
        put = partial(own_stop, bench.model, sz=sz)
        if first:
            put()
        place(bench.model, buys())
        if not first:
            put()
        own_stop(bench.model, attempt=3)

    rules = replace(PLAIN, trigger_needs_position=False)
    bench = Bench(an_exchange(rules=rules), some_terms(stops_first=stops_first))
    bench.run(act)
    assert bench.names == expected


@pytest.mark.parametrize("world", [World(gap=True), World(venue_took=True)])
def test_a_price_that_jumped_makes_a_bound_look_far(world: World) -> None:
    bench = Bench()
    bench.run(lambda b: place(b.model, buys(px="110")), world=world, code=None)
    assert bench.said == []


@pytest.mark.parametrize(
    ("value", "is_cross", "expected"), [(3, True, set()), (5, True, {"I3"}), (3, False, {"I3"})]
)
def test_an_entry_has_the_margin_and_leverage_that_the_file_says(
    value: int, is_cross: bool, expected: set[str]
) -> None:
    def act(bench: Bench) -> None:
        assert bench.model.set_leverage(USER, "SOL", value=value, is_cross=is_cross) is None
        entry(bench.model)

    bench = Bench(terms=some_terms(leverage={"SOL": (3, True)}))
    bench.run(act)
    assert bench.names == expected


def test_what_rested_under_another_file_is_left_for_a_clean_run() -> None:
    def rests(model: Model) -> None:
        place(model, limit("buy", "1", "90", cloid=an_id()))

    bench = Bench(terms=some_terms(edited=True), prepare=rests)
    bench.run(code=23, alarms=("x",), disturbed=True)
    assert bench.said == []
    bench.run()
    bench.run()
    assert bench.names == {"I1f"}
