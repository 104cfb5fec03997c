"""Executions: losses, what is not ours, and exits that go too far."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from tests.support.judge_bench import (
    SIGNAL_MINUTE,
    Bench,
    an_id,
    bare,
    cancel_stops,
    covered,
    entry,
    own_stop,
    some_terms,
)
from tests.support.model_exchange import (
    SIDED,
    USER,
    an_exchange,
    attach,
    bars_through,
    bind,
    held,
    limit,
    market,
    on_leg,
    place,
    stop,
)
from trader.core.identity import Role
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec
from trader.exchange.prices import Bar
from trader.exchange.status import Tif
from trader.oracle.seen import World

FALLS = bars_through(100, 100, 94, 94)
SMALL = some_terms(loss_max={"SOL": Decimal(3)})


def close_of(sz: str, *, reduce_only: bool = True) -> OrderSpec:
    return limit("sell", sz, "90", tif=Tif.IOC, reduce_only=reduce_only, cloid=an_id(Role.CLOSE_SIGNAL))


@pytest.mark.parametrize(
    "world", [World(gap=True), World(hand=True), World(forced=True), World(venue_took=True)]
)
def test_a_loss_that_somebody_else_made_is_told_apart(world: World) -> None:
    bench = Bench(an_exchange(sol=FALLS), SMALL)
    bench.run(lambda b: entry(b.model))
    bench.wait(120_000, world)
    assert not bench.model.positions(USER)
    assert bench.said == []


def test_what_happened_earlier_in_the_trade_counts_too() -> None:
    bench = Bench(an_exchange(sol=bars_through(100, 100, 100, 94, 94)), SMALL)
    bench.run(lambda b: entry(b.model), world=World(hand=True))
    bench.wait(180_000)
    assert bench.said == []


def test_a_stop_that_price_jumped_past_lost_to_a_gap() -> None:
    jump = [Bar(100, 100, 100, 100), Bar(92, 92, 92, 92), Bar(92, 92, 92, 92)]
    bench = Bench(an_exchange(sol=jump), SMALL)
    bench.run(lambda b: entry(b.model))
    bench.wait(90_000)
    assert not bench.model.positions(USER)
    assert bench.said == []


def test_what_stood_bare_by_promise_has_no_bound() -> None:
    def rests(bench: Bench) -> None:
        place(bench.model, limit("buy", "1", "98", cloid=an_id()))

    terms = some_terms(loss_max={"SOL": Decimal(3)}, naked_max=Decimal(200))
    bench = Bench(an_exchange(sol=FALLS), terms)
    bench.run(rests)
    bench.wait(120_000)
    bench.run(lambda b: place(b.model, close_of("1")), disturbed=True)
    assert bench.said == []


@pytest.mark.parametrize(("is_bare", "expected"), [(True, set()), (False, {"I4"})])
def test_what_somebody_left_bare_has_no_bound(is_bare: bool, expected: set[str]) -> None:
    """A hand took the stop of an entry that rests, and nobody runs before it fills and price falls."""

    def rests(bench: Bench) -> None:
        attach(
            bench.model,
            limit("buy", "1", "98", cloid=an_id()),
            stop("sell", "1", "90", cloid=an_id(Role.STOP)),
        )
        if is_bare:
            cancel_stops(bench.model)

    bench = Bench(an_exchange(sol=FALLS), SMALL)
    bench.run(rests, world=World(hand=True), disturbed=True)
    bench.wait(120_000)
    bench.run(lambda b: place(b.model, close_of("1")), disturbed=True)
    assert not bench.model.positions(USER)
    assert bench.names == expected


def _enters(bench: Bench, signal: int) -> None:
    entry(bench.model, signal=signal)


def test_losses_of_two_signals_are_not_added_up() -> None:
    path = bars_through(100, 100, 94, 100, 100, 94, 94)
    bench = Bench(an_exchange(sol=path), some_terms(loss_max={"SOL": Decimal(6)}))
    for number in range(2):
        bench.run(partial(_enters, signal=SIGNAL_MINUTE + number))
        bench.wait(180_000)
    assert bench.said == []


def test_a_close_of_ours_that_takes_what_is_foreign_is_noticed() -> None:
    def mixed(model: Model) -> None:
        covered(model)
        place(model, market("buy", "2"))

    bench = Bench(prepare=mixed)
    bench.run(lambda b: place(b.model, close_of("2")))
    assert bench.names == {"I5"}
    assert bench.said[0].text.startswith("1 of SOL that is not ours")


def with_bound_stop(model: Model) -> None:
    bare(model)
    bind(model, stop("sell", "0", "95", cloid=an_id(Role.STOP)))


def with_another_versions(model: Model) -> None:
    """A bound stop of a version that nobody here can read."""
    later = f"{int(an_id(Role.STOP), 16) + (1 << 116):032x}"
    bare(model)
    bind(model, stop("sell", "0", "95", cloid=f"0x{later}"))


@pytest.mark.parametrize(
    ("prepare", "runs", "expected"),
    [(with_bound_stop, 0, set()), (with_bound_stop, 1, {"I5"}), (with_another_versions, 1, set())],
)
def test_a_bound_stop_may_take_foreign_lots_until_a_clean_run_has_met_them(
    prepare: Callable[[Model], None], runs: int, expected: set[str]
) -> None:
    bench = Bench(an_exchange(sol=bars_through(100, 100, 100, 94, 94)), prepare=prepare)
    place(bench.model, market("buy", "2"))
    bench.pass_ms(1_000)
    for _ in range(runs):
        bench.run(world=World(hand=True))
    bench.wait(180_000)
    assert not bench.model.positions(USER)
    assert bench.names == expected


@pytest.mark.parametrize(("hidden", "expected"), [(True, set()), (False, {"I5"})])
def test_a_second_stop_may_take_foreign_lots_while_the_venue_hides_the_first(
    hidden: bool, expected: set[str]
) -> None:
    bench = Bench(an_exchange(sol=bars_through(100, 100, 100, 94, 94)), prepare=covered)
    place(bench.model, market("buy", "2"))
    bench.pass_ms(1_000)
    bench.run(world=World(hand=True))
    bench.run(lambda b: own_stop(b.model), world=World(venue_lied=hidden))
    bench.wait(180_000)
    assert bench.names == expected


def test_what_was_adopted_may_be_closed() -> None:
    bench = Bench(terms=some_terms(adopted=frozenset({"SOL"})))
    place(bench.model, market("buy", "2"))
    bench.pass_ms(1_000)
    bench.run(lambda b: place(b.model, close_of("2")))
    assert bench.said == []


def test_leverage_under_a_foreign_position_is_not_ours_to_change() -> None:
    def act(bench: Bench) -> None:
        assert bench.model.set_leverage(USER, "SOL", value=5, is_cross=True) is None

    bench = Bench(prepare=lambda model: place(model, market("buy", "1")))
    bench.run(act)
    assert bench.names == {"I5"}
    for elsewhere in (lambda model: None, lambda model: place(model, market("buy", "0.1", coin="ETH"))):
        other = Bench(prepare=elsewhere)
        other.run(act)
        assert other.said == []


def test_a_foreign_order_that_is_amended_is_noticed() -> None:
    def act(bench: Bench) -> None:
        (order,) = bench.model.open_orders(USER)
        assert bench.model.amend(USER, order.oid, px=Decimal(81)).reason is None

    bench = Bench(prepare=lambda model: place(model, limit("buy", "1", "80")))
    bench.run(act)
    assert bench.names == {"I5"}


def test_a_foreign_order_that_ends_by_itself_is_nobodys_doing() -> None:
    bench = Bench(prepare=lambda model: place(model, limit("buy", "1", "80")))
    oid = bench.model.open_orders(USER)[0].oid
    bench.model.cancel(USER, oid)
    assert bench.wait() == []


def test_who_closes_what_is_his_own_closes_nothing_of_anybody_else() -> None:
    bench = Bench(prepare=lambda model: place(model, market("buy", "2")))
    bench.run()
    place(bench.model, market("sell", "2"))
    bench.wait(world=World(hand=True))
    assert bench.said == []


def test_an_exit_that_opens_from_flat_is_a_flip_too() -> None:
    def act(bench: Bench) -> None:
        place(bench.model, close_of("1", reduce_only=False))
        place(bench.model, market("buy", "1"))

    bench = Bench()
    bench.run(act)
    assert bench.names == {"I6"}


@pytest.mark.parametrize(("world", "expected"), [(World(), {"I6"}), (World(hand=True), set())])
def test_an_entry_must_not_meet_a_position_of_the_other_side(world: World, expected: set[str]) -> None:
    bench = Bench(prepare=lambda model: place(model, market("sell", "1")))
    bench.run(lambda b: place(b.model, limit("buy", "1", "102", tif=Tif.IOC, cloid=an_id())), world=world)
    assert {name for name in bench.names if name != "I5"} == expected


def test_closing_in_parts_is_no_flip() -> None:
    bench = Bench(prepare=covered)
    bench.run(lambda b: [place(b.model, close_of(size)) for size in ("0.4", "0.6")])
    assert bench.said == []


def test_both_legs_may_be_held_at_once() -> None:
    def act(bench: Bench) -> None:
        for leg, side, px, away, level in (
            ("long", "buy", "102", "sell", "95"),
            ("short", "sell", "98", "buy", "105"),
        ):
            place(bench.model, on_leg(leg, stop(away, "1", level, cloid=an_id(Role.STOP))))
            place(bench.model, on_leg(leg, limit(side, "1", px, tif=Tif.IOC, cloid=an_id())))

    bench = Bench(an_exchange(rules=SIDED, two_sided=True))
    bench.run(act)
    assert bench.said == []
    assert [held(bench.model, leg) for leg in ("long", "short")] == [1, -1]


@pytest.mark.parametrize("put", [True, False])
def test_a_covered_position_is_not_closed_in_an_emergency(*, put: bool) -> None:
    def act(bench: Bench) -> None:
        if put:
            own_stop(bench.model)
        close = limit("sell", "1", "90", tif=Tif.IOC, reduce_only=True, cloid=an_id(Role.CLOSE_EMERGENCY))
        place(bench.model, close)

    bench = Bench(prepare=bare)
    bench.run(act, code=21, alarms=("emergency",), disturbed=True)
    assert bench.names == ({"I1d"} if put else set())
