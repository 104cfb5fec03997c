"""Where a trade's exits stood: its own orders, the newest of each kind, from its entry on."""

from dataclasses import replace
from typing import Any

from tests.support.builders import CLOSE_MS, a_stop, a_target, an_id, an_identity, dec
from trader.core.identity import Role
from trader.core.market import Leg, Side
from trader.core.orders import Order
from trader.report.standing import Stood, stood
from trader.report.trades import Trade

ENTRY_MS = CLOSE_MS + 15_000
OTHER_SIGNAL = an_identity().reference - 30


def a_trade(**changes: Any) -> Trade:
    price, nothing = dec(100_000), dec(0)
    trade = Trade(
        coin="BTC",
        leg=Leg.LONG,
        size=dec("0.01"),
        entry_ms=ENTRY_MS,
        entry_price=price,
        exit_ms=ENTRY_MS + 1_000_000,
        exit_price=price,
        reason="stop",
        fee=nothing,
        funding=nothing,
        pnl=nothing,
        ours=True,
        opened=an_identity(),
    )
    return replace(trade, **changes)


def at(order: Order, placed_ms: int, **changes: Any) -> Order:
    return replace(order, placed_ms=placed_ms, order_id=f"{order.order_id}-{placed_ms}", **changes)


def test_what_came_with_the_entry_stands_from_the_entry_on() -> None:
    came = (at(a_stop(96_000), ENTRY_MS - 5), at(a_target(107_000), ENTRY_MS - 5))
    assert stood(a_trade(), came) == [Stood(ENTRY_MS, dec(96_000), dec(107_000))]


def test_the_newest_of_each_kind_counts_from_its_placing_on() -> None:
    orders = (
        at(a_stop(97_000), ENTRY_MS + 500),
        at(a_stop(96_000), ENTRY_MS),
        at(a_target(107_000), ENTRY_MS),
        at(a_target(105_000), ENTRY_MS + 900),
    )
    assert stood(a_trade(), orders) == [
        Stood(ENTRY_MS, dec(96_000), dec(107_000)),
        Stood(ENTRY_MS + 500, dec(97_000), dec(107_000)),
        Stood(ENTRY_MS + 900, dec(97_000), dec(105_000)),
    ]


def test_exits_of_others_are_not_this_trades() -> None:
    others = (
        at(a_stop(95_000), ENTRY_MS, client_id=an_id(Role.STOP, reference=OTHER_SIGNAL)),
        at(a_stop(95_000), ENTRY_MS, client_id=None),
        at(a_stop(95_000), ENTRY_MS, coin="ETH"),
        at(a_stop(95_000), ENTRY_MS, side=Side.BUY),
        at(a_stop(95_000), ENTRY_MS + 1_000_000),
    )
    assert stood(a_trade(), others) == []


def test_the_exits_of_a_grid_are_told_by_their_time() -> None:
    grid = an_identity(Role.RUNG, reference=77)
    before, within = at(a_stop(95_000), ENTRY_MS - 1), at(a_stop(96_000), ENTRY_MS + 10)
    told = stood(a_trade(opened=grid), (before, within))
    assert told == [Stood(ENTRY_MS + 10, dec(96_000), None)]


def test_a_trade_without_a_known_entry_has_no_levels() -> None:
    exits = (at(a_stop(96_000), ENTRY_MS),)
    assert stood(a_trade(opened=None), exits) == []
    assert stood(a_trade(entry_ms=None), exits) == []
