"""The account of a replay's exchange in the program's words: money with its sign, orders that have come."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.replay_stage import START_MS
from tests.unit.exchange.test_bar_walk import USER, a_limit, an_engine
from trader.backtest.replay.reading import Reading, past_of
from trader.backtest.replay.trades import Trades
from trader.backtest.study import Reason
from trader.core.identity import Identity, Role, account_tag, decode, encode
from trader.core.market import Leg
from trader.core.past import Cause
from trader.exchange import bar_orders
from trader.exchange.bar_engine import BarEngine, Due
from trader.exchange.ledger import Execution, book, move_cash
from trader.ids import entry_id

TAKER = Decimal("0.001")


def traded() -> BarEngine:
    """Bought one coin at 100 and sold it at 90, each with a fee."""
    engine = an_engine()
    for is_buy, price in ((True, Decimal(100)), (False, Decimal(90))):
        book(engine, Execution(USER, "BTC", is_buy, price, Decimal(1), engine.next_oid(), True, TAKER))
    return engine


def test_losses_and_fees_are_below_zero_and_so_is_what_was_taken_out() -> None:
    engine = traded()
    move_cash(engine, USER, Decimal(-500), "withdraw")
    past = past_of(engine, USER, START_MS)
    assert sorted((gain.cause, gain.amount) for gain in past.gains) == [
        (Cause.CLOSED, Decimal(-10)),
        (Cause.FEE, Decimal("-0.1")),
        (Cause.FEE, Decimal("-0.09")),
    ]
    assert [flow.amount for flow in past.flows] == [Decimal(10_000), Decimal(-500)]


def test_a_position_takes_its_share_of_margin() -> None:
    engine = an_engine()
    book(engine, Execution(USER, "BTC", True, Decimal(100), Decimal(3), engine.next_oid(), True, TAKER))
    (position,) = Reading(engine, USER).holdings(START_MS, 0).positions
    assert (position.margin_used, position.leverage) == (Decimal(100), 3)


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        (Role.STOP, Reason.STOP),
        (Role.TRAIL, Reason.TRAIL),
        (Role.TARGET, Reason.TARGET),
        (Role.CLOSE_TIME, Reason.TIME),
        (Role.CLOSE_EMERGENCY, Reason.STOP),
        (None, Reason.END),
    ],
)
def test_a_trade_ended_for_what_the_id_of_its_last_fill_says(role: Role | None, reason: Reason) -> None:
    """A close by the execution counts as a stop; one without an id is the end of the tape's."""
    engine, tag = an_engine(), account_tag("backtest")
    entry = decode(entry_id(account=tag, coin="BTC", strategy=1, leg=Leg.LONG, signal_ms=START_MS))
    assert isinstance(entry, Identity)
    client_id = None if role is None else encode(replace(entry, role=role))
    oid = engine.next_oid()
    book(engine, Execution(USER, "BTC", False, Decimal(100), Decimal(1), oid, True, TAKER, client_id))
    assert Trades(engine, tag, {}, set())._reason(engine.logs.fills.rows[-1]) is reason


def test_an_order_on_its_way_is_seen_at_its_own_tick_alone() -> None:
    engine = an_engine()
    late = Due(at_market=True, bars_before=1, is_late=True)
    bar_orders.admit(engine, USER, replace(a_limit(99.0), cloid="1"), (), late)
    for after, count in ((0, 1), (1, 0)):
        orders = Reading(engine, USER).holdings(START_MS + after, 0).orders
        assert isinstance(orders, tuple)
        assert len(orders) == count
