"""Which bars pass a coin by, one condition at a time: its orders, its levels, its margin, its funding."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.replay_stage import KIND, START_MS
from tests.unit.exchange.test_bar_walk import (
    RESTS,
    USER,
    a_limit,
    an_engine,
    an_exit,
    entered,
    walk_of,
    walked,
)
from trader.backtest.replay import passing
from trader.backtest.replay.passing import Passing
from trader.exchange import bar_orders
from trader.exchange.bar_engine import BarEngine, Due
from trader.exchange.bar_tape import Payment, Prices, Stretch, WholeBar
from trader.exchange.fill_model import FillModel
from trader.exchange.orders import TriggerSpec
from trader.exchange.status import Trigger

PAID = replace(KIND, funding="actual")


def a_bar(high: float = 101.0, low: float = 99.0, **other: Any) -> WholeBar:
    prices = Prices(100.0, high, low, 100.0)
    return WholeBar(Stretch(START_MS, prices, prices, prices), 100.0, **other)


def passes(engine: BarEngine, bar: WholeBar, model: FillModel = KIND) -> bool:
    return Passing(engine, USER, walk_of(engine), model).passes("BTC", bar)


def held(*, is_buy: bool = True) -> BarEngine:
    """One coin entered at 100, between exits at 95 and 105."""
    engine = entered((100.0,), is_buy=is_buy)
    walked(engine, Prices(100.0, 100.0, 100.0, 100.0))
    stop, target = (95.0, 105.0) if is_buy else (105.0, 95.0)
    bar_orders.put_exit(engine, USER, an_exit(stop, Trigger.STOP, is_buy=not is_buy))
    bar_orders.put_exit(engine, USER, an_exit(target, Trigger.TAKE, is_buy=not is_buy))
    return engine


@pytest.mark.parametrize(
    ("due", "is_stop_entry", "it_passes"),
    [
        pytest.param(RESTS, False, True, id="a rung"),
        pytest.param(replace(RESTS, bars_before=1), False, False, id="on its way"),
        pytest.param(replace(RESTS, rests_at_ms=START_MS), False, False, id="for one bar"),
        pytest.param(Due(at_market=True), False, False, id="at the market"),
        pytest.param(RESTS, True, False, id="a stop entry"),
    ],
)
def test_a_bar_passes_where_nothing_but_limits_rests(due: Due, is_stop_entry: bool, it_passes: bool) -> None:
    engine = an_engine()
    order = a_limit(50.0)
    if is_stop_entry:
        order = replace(a_limit(150.0), trigger=TriggerSpec(Decimal(150), Trigger.STOP, True, "mark"))
    bar_orders.admit(engine, USER, order, (), due)
    assert passes(engine, a_bar()) is it_passes


def test_a_bar_with_finer_ones_does_not_pass() -> None:
    engine = entered((50.0,))
    assert passes(engine, a_bar())
    assert not passes(engine, a_bar(inner=(a_bar().whole,)))


@pytest.mark.parametrize("is_buy", [True, False])
@pytest.mark.parametrize(
    ("high", "low", "it_passes"),
    [(104.9, 95.1, True), (105.0, 95.1, False), (104.9, 95.0, False)],
)
def test_a_bar_passes_between_the_exits(high: float, low: float, it_passes: bool, is_buy: bool) -> None:
    assert passes(held(is_buy=is_buy), a_bar(high, low)) is it_passes


def test_a_close_that_waits_for_the_open_lets_no_bar_pass() -> None:
    engine = held()
    bar_orders.admit_close(engine, USER, replace(a_limit(99.0, is_buy=False), reduce_only=True))
    assert not passes(engine, a_bar())


@pytest.mark.parametrize("when", ["before", "within"])
def test_funding_is_paid_by_what_is_held_alone(when: str) -> None:
    due: dict[str, Any] = {when: (Payment(START_MS, 0.001, 100.0),)}
    bar = a_bar(**due)
    assert not passes(held(), bar, PAID)
    assert passes(held(), bar)
    assert passes(entered((50.0,)), bar, PAID)


@pytest.mark.parametrize(("is_buy", "marks"), [(True, [100.0, 96.0]), (False, [100.0, 104.0])])
def test_margin_is_looked_at_where_mark_is_worst(
    is_buy: bool, marks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def is_short_at(engine: BarEngine, user: str, coin: str, mark: float) -> bool:
        asked.append(mark)
        return False

    monkeypatch.setattr(passing, "is_short_at", is_short_at)
    assert passes(held(is_buy=is_buy), a_bar(104.0, 96.0))
    assert asked == marks
    asked.clear()
    assert passes(held(is_buy=is_buy), a_bar(104.0, 96.0), replace(KIND, liquidation=False))
    assert asked == []
