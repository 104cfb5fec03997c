"""An account's trades, one for each signal: parts together, what is open at the last close, marks."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import CLOSE_MS, FRAME_MS, SIGNAL_MS, TAG, a_market, a_policy, an_identity, dec
from trader.bounds import entry_bound
from trader.core.identity import Identity, Role, encode
from trader.core.market import Leg
from trader.core.orders import Found, Kind, Order, Status
from trader.report.drift import Side
from trader.report.drift_own import DIGITS, END, Window, entries_of, own_sides
from trader.report.trades import Trade

POLICY = a_policy()
SLIPPAGE_MAX = Decimal("0.003")
ENTRY = an_identity()
WINDOW = Window(SIGNAL_MS, CLOSE_MS + 100 * FRAME_MS, {"BTC": Decimal(103_000)})


def a_trade(**changes: Any) -> Trade:
    trade = Trade(
        coin="BTC",
        leg=Leg.LONG,
        size=dec("0.01"),
        entry_ms=CLOSE_MS + 15_000,
        entry_price=dec(100_020),
        exit_ms=CLOSE_MS + 3 * FRAME_MS + 7,
        exit_price=dec(102_000),
        reason="target",
        fee=dec("0.9"),
        funding=dec("-0.1"),
        pnl=dec("18.8"),
        ours=True,
        opened=ENTRY,
    )
    return replace(trade, **changes)


def an_entry_order(identity: Identity = ENTRY, **changes: Any) -> Order:
    order = Order(
        coin="BTC",
        side=identity.leg.opening,
        kind=Kind.LIMIT,
        size=Decimal(0),
        price=dec(100_300),
        order_id="1",
        client_id=encode(identity),
        placed_ms=CLOSE_MS,
        filled=dec("0.01"),
    )
    return replace(order, **changes)


def sides(*trades: Trade, orders: tuple[Order, ...] = (), window: Window = WINDOW) -> list[Side]:
    history = [Found(order, Status.FILLED, CLOSE_MS) for order in orders]
    return own_sides(trades, entries_of(history, TAG), POLICY, {"BTC": a_market()}, window)


def test_a_trade_is_told_under_its_bars() -> None:
    (side,) = sides(a_trade())
    assert (side.signal_ms, side.entry_bar_ms, side.exit_bar_ms) == (
        SIGNAL_MS,
        CLOSE_MS,
        CLOSE_MS + 3 * FRAME_MS,
    )
    assert (side.entry_price, side.exit_price, side.reason) == (dec(100_020), dec(102_000), "target")
    assert side.result == dec("18.8")
    assert (side.ordered, side.decided) == (None, None)


def test_exits_in_parts_are_one_trade_at_their_mean() -> None:
    later = a_trade(size=dec("0.03"), exit_price=dec(101_000), exit_ms=CLOSE_MS + 4 * FRAME_MS, reason="time")
    (side,) = sides(a_trade(), later)
    assert (side.size, side.exit_price, side.reason) == (dec("0.04"), dec(101_250), "time")
    assert (side.fee, side.funding) == (dec("1.8"), dec("-0.2"))
    assert side.exit_bar_ms == CLOSE_MS + 4 * FRAME_MS


def test_what_is_open_is_valued_at_the_last_close() -> None:
    still = a_trade(size=dec("0.02"), exit_ms=None, exit_price=None, reason="open", pnl=None)
    (side,) = sides(a_trade(), still)
    assert (side.reason, side.size) == (END, dec("0.03"))
    assert side.exit_price == dec("102666.666666666667")
    assert side.exit_bar_ms == WINDOW.end_ms - FRAME_MS


@pytest.mark.parametrize(
    "trade",
    [
        a_trade(opened=None, ours=False),
        a_trade(opened=an_identity(Role.RUNG)),
        a_trade(coin="ETH"),
        a_trade(entry_price=None, entry_ms=None),
        a_trade(opened=an_identity(reference=SIGNAL_MS // 60_000 - 30)),
        a_trade(opened=an_identity(reference=WINDOW.end_ms // 60_000)),
    ],
    ids=["foreign", "rung", "coin", "entry", "before", "after"],
)
def test_what_is_no_signal_of_the_window_is_left_out(trade: Trade) -> None:
    assert sides(trade) == []


def test_an_entry_tells_what_it_asked_for() -> None:
    (side,) = sides(a_trade(), orders=(an_entry_order(size=dec("0.02")),))
    assert side.ordered == dec("0.03")


def test_the_order_of_another_signal_tells_nothing() -> None:
    other = an_entry_order(an_identity(reference=SIGNAL_MS // 60_000 - 30))
    (side,) = sides(a_trade(), orders=(other, an_entry_order(an_identity(Role.STOP))))
    assert (side.ordered, side.decided) == (None, None)


@pytest.mark.parametrize("changes", [{"price": None}, {"kind": Kind.STOP_ENTRY, "trigger": dec(100_000)}])
def test_an_order_that_waits_at_its_own_price_tells_no_mark(changes: dict[str, Any]) -> None:
    (side,) = sides(a_trade(), orders=(an_entry_order(**changes),))
    assert side.decided is None


@settings(max_examples=50)
@given(st.decimals("1000", "200000", places=3), st.sampled_from(tuple(Leg)))
def test_the_mark_is_read_back_off_the_bound_to_half_a_step(mark: Decimal, leg: Leg) -> None:
    market = a_market()
    bound = entry_bound(mark, leg, market, SLIPPAGE_MAX)
    identity = an_identity(leg=leg)
    (side,) = sides(a_trade(leg=leg, opened=identity), orders=(an_entry_order(identity, price=bound),))
    assert side.decided is not None
    assert abs(side.decided - mark) <= market.price_step(bound) / 2 / (1 - SLIPPAGE_MAX) + DIGITS
