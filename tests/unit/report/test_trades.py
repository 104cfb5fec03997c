"""Trades are rebuilt from fills alone: each exit with its reason, its share of costs and its profit."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import TAG, a_fill, a_stop, an_id
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Fill, Found, Funding, Kind, Status
from trader.core.reasons import identity_of
from trader.report.levels import inferring
from trader.report.trades import OPEN, Trade, rebuild, totals

HOUR = 3_600_000
Inferred = Callable[[Fill], str | None]


def fills(
    *steps: tuple[str, Role | None, str], start: str = "0", coin: str = "BTC", **flags: Any
) -> list[Fill]:
    """(signed size, role, price) one an hour, each its own order; fee 1 each; `flags` go to the last."""
    made, before = [], Decimal(start)
    for i, (signed, role, price) in enumerate(steps, start=1):
        client_id = an_id(role) if role is not None else None
        fill = a_fill(
            signed, before, coin, price=Decimal(price), fee=Decimal(1), at_ms=i * HOUR, order_id=f"o{i}"
        )
        last = flags if i == len(steps) else {}
        made.append(replace(fill, fill_id=str(i), order_id=f"o{i}", client_id=client_id, **last))
        before += Decimal(signed)
    return made


def numbers(*values: Decimal | int | None) -> list[float | None]:
    """Whatever their types, to compare with what a test writes."""
    return [None if value is None else float(value) for value in values]


def one(found: list[Trade]) -> Trade:
    [trade] = found
    return trade


def test_a_long_that_hit_its_target() -> None:
    paid = [
        Funding("BTC", HOUR // 2, Decimal(-9), Decimal(0)),
        Funding("BTC", HOUR + 1, Decimal("-0.25"), Decimal(0)),
        Funding("ETH", HOUR + 1, Decimal(-9), Decimal(0)),
        Funding("BTC", 3 * HOUR, Decimal(-9), Decimal(0)),
    ]
    trade = one(rebuild(fills(("2", Role.ENTRY, "100"), ("-2", Role.TARGET, "110")), paid, TAG))
    assert trade == Trade(
        coin="BTC",
        leg=Leg.LONG,
        size=Decimal(2),
        entry_ms=HOUR,
        entry_price=Decimal(100),
        exit_ms=2 * HOUR,
        exit_price=Decimal(110),
        reason="target",
        fee=Decimal(2),
        funding=Decimal("-0.25"),
        pnl=Decimal("17.75"),
        ours=True,
        opened=identity_of(an_id(Role.ENTRY), TAG),
    )


def test_a_short_gains_when_price_falls() -> None:
    trade = one(rebuild(fills(("-2", Role.ENTRY, "100"), ("2", Role.TRAIL, "90")), [], TAG))
    assert (trade.leg, trade.pnl, trade.reason) == (Leg.SHORT, Decimal(18), "trail")


@pytest.mark.parametrize(
    ("role", "flags", "price", "reason"),
    [
        (Role.STOP, {}, "96", "stop"),
        (Role.PROTECT, {}, "96", "protect"),
        (Role.CLOSE_EARLY, {}, "96", "early"),
        (Role.CLOSE_EMERGENCY, {}, "96", "emergency"),
        (Role.FLATTEN, {}, "96", "flatten"),
        (None, {}, "96.5", "stop"),
        (None, {}, "106", "target"),
        (None, {}, "100", "manual"),
        (None, {"is_liquidation": True}, "96", "liquidation"),
        (Role.STOP, {"is_deleverage": True}, "96", "adl"),
    ],
)
def test_the_reason_is_the_flag_the_id_or_the_nearest_level(
    role: Role | None, flags: dict[str, Any], price: str, reason: str
) -> None:
    steps = fills(("1", Role.ENTRY, "100"), ("-1", role, price), **flags)
    assert one(rebuild(steps, [], TAG, inferred=near())).reason == reason


def near(tolerance: str = "0.01", *, at_ms: int = 0, client_id: str | None = an_id(Role.STOP)) -> Inferred:
    """A stop of ours at 96, its target at 107, and how near an exit must be."""
    stop = a_stop(96, client_id=client_id, placed_ms=at_ms)
    target = a_stop(107, kind=Kind.TARGET, client_id=an_id(Role.TARGET), placed_ms=at_ms)
    history = [Found(order, Status.CANCELLED, at_ms) for order in (stop, target)]
    return inferring(history, TAG, lambda _coin: Decimal(tolerance))


@pytest.mark.parametrize(
    ("guess", "reason"),
    [
        (near(), "stop"),
        (near("0.001"), "manual"),
        (near(at_ms=10**15), "manual"),
        (near(client_id=None), "manual"),
    ],
    ids=["near", "further than the tolerance", "placed after the exit", "not ours"],
)
def test_an_exit_without_our_id_is_a_level_of_ours_only_where_one_stood_near(
    guess: Inferred, reason: str
) -> None:
    steps = fills(("1", Role.ENTRY, "100"), ("-1", None, "96.5"))
    assert one(rebuild(steps, [], TAG, inferred=guess)).reason == reason


def test_an_id_of_another_account_is_no_reason_of_ours() -> None:
    steps = fills(("1", Role.ENTRY, "100"), ("-1", Role.STOP, "96"))
    trade = one(rebuild(steps, [], TAG + 1))
    assert (trade.reason, trade.ours) == ("manual", False)


def test_each_order_that_reduces_is_a_trade_with_its_share() -> None:
    steps = fills(
        ("3", Role.ENTRY, "100"), ("1", Role.ENTRY, "108"), ("-1", None, "112"), ("-3", Role.STOP, "96")
    )
    first, second = rebuild(steps, [Funding("BTC", 2 * HOUR + 1, Decimal(4), Decimal(0))], TAG)
    assert numbers(first.size, first.entry_price, first.fee, first.funding) == [1, 102, 1.5, 1]
    assert numbers(second.size, second.entry_price, second.fee, second.funding) == [3, 102, 2.5, 3]
    assert (first.pnl, second.pnl) == (Decimal("9.5"), Decimal("-17.5"))


def test_fills_of_one_exit_order_are_one_trade() -> None:
    entry, *parts = fills(("3", Role.ENTRY, "100"), ("-1", Role.STOP, "96"), ("-2", Role.STOP, "93"))
    trade = one(rebuild([entry, *(replace(p, order_id="stop") for p in parts)], [], TAG))
    assert numbers(trade.size, trade.exit_price, trade.exit_ms) == [3, 94, 3 * HOUR]
    assert numbers(trade.fee, trade.pnl) == [3, -21]


def test_a_fill_through_zero_ends_one_trade_and_begins_another() -> None:
    closed, still = rebuild(fills(("1", Role.ENTRY, "100"), ("-3", None, "110")), [], TAG)
    assert (closed.leg, closed.size, closed.reason) == (Leg.LONG, Decimal(1), "manual")
    assert closed.pnl == 10 - 1 - Decimal(1) / 3
    assert (still.leg, still.reason) == (Leg.SHORT, OPEN)
    assert numbers(still.size, still.entry_price) == [2, 110]
    assert not still.ours


def test_what_is_open_is_shown_without_profit() -> None:
    trade = one(rebuild(fills(("2", Role.ENTRY, "100")), [], TAG))
    assert (trade.exit_ms, trade.exit_price, trade.reason, trade.pnl) == (None, None, OPEN, None)


def test_no_profit_is_invented_where_the_entry_was_not_read() -> None:
    steps = fills(("1", Role.ENTRY, "100"), ("-3", Role.STOP, "96"), start="2")
    trade = one(rebuild(steps, [], TAG))
    assert numbers(trade.size, trade.entry_price, trade.entry_ms, trade.pnl) == [3, None, None, None]
    assert trade.reason == "stop"
    assert totals([trade])["all"].count == 0
    known = rebuild([*steps, *_later(fills(("1", Role.ENTRY, "100"), ("-1", Role.STOP, "90")))], [], TAG)
    assert [t.pnl for t in known] == [None, Decimal(-12)]


def test_missing_fills_between_make_the_entry_unknown() -> None:
    first, _lost, last = fills(("1", Role.ENTRY, "100"), ("1", Role.ENTRY, "120"), ("-2", Role.STOP, "96"))
    assert one(rebuild([first, last], [], TAG)).pnl is None
    opened, _closed, again = fills(("1", Role.ENTRY, "100"), ("-1", Role.STOP, "96"), ("1", Role.ENTRY, "90"))
    assert one(rebuild([opened, again], [], TAG)).entry_price == 90


def _later(made: list[Fill]) -> list[Fill]:
    return [
        replace(f, at_ms=f.at_ms + 100 * HOUR, order_id=f.order_id + "b", fill_id=f.fill_id + "b")
        for f in made
    ]


def test_strategy_and_execution_are_totalled_apart() -> None:
    steps = fills(
        ("1", Role.ENTRY, "100"),
        ("-1", Role.TARGET, "110"),
        ("1", Role.ENTRY, "100"),
        ("-1", Role.CLOSE_EMERGENCY, "95"),
        ("1", None, "100"),
        ("-1", None, "200"),
    )
    found = totals(rebuild(steps, [], TAG))
    assert numbers(found["strategy"].count, found["strategy"].pnl) == [1, 8]
    assert numbers(found["execution"].count, found["execution"].pnl) == [1, -7]
    assert numbers(found["all"].count, found["all"].pnl, found["all"].fee) == [2, 1, 4]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(-5, 5).filter(bool), st.integers(50, 150)), min_size=1, max_size=12))
def test_the_sum_of_all_profits_is_the_change_of_the_account(steps: list[tuple[int, int]]) -> None:
    """Closed at the end, whatever was done before: cash out and in, less fees, is what the trades made."""
    net = sum(signed for signed, _ in steps)
    closing = [(-net, 100)] if net else []
    made = fills(*((str(s), Role.ENTRY, str(p)) for s, p in (*steps, *closing)))
    found = rebuild(made, [], TAG)
    cash = sum((-f.signed * f.price - f.fee for f in made), Decimal(0))
    profit = sum((t.pnl for t in found if t.pnl is not None), Decimal(0))
    assert all(t.exit_ms is not None for t in found)
    assert abs(profit - cash) < Decimal("1e-20")
