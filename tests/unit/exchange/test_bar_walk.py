"""Which of several orders a whole bar acts on, and how the exchange of whole bars takes what it is sent."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.replay_stage import KIND, START_MS, market_of
from trader.backtest.replay.reading import fill_of
from trader.core.ownership import ordered
from trader.exchange import bar_orders
from trader.exchange.bar_engine import BarEngine, Due, rules_of
from trader.exchange.bar_engine import market_of as model_market_of
from trader.exchange.bar_model import BarModel
from trader.exchange.bar_tape import Prices, Stretch, WholeBar
from trader.exchange.bar_walk import BarWalk
from trader.exchange.fill_model import FillModel
from trader.exchange.orders import Leverage, OrderSpec, TriggerSpec
from trader.exchange.status import Grouping, Reason, Tif, Trigger

USER = "account"
RESTS = Due(at_market=False, alone=False)
QUIET = Prices(100.0, 100.0, 100.0, 100.0)


def an_engine() -> BarEngine:
    engine = BarEngine(
        {"BTC": market_of()},
        {"BTC": 200.0},
        start_ms=START_MS,
        rules=rules_of(maker=Decimal(0), taker=Decimal(0)),
    )
    engine.open_account(USER, Decimal(10_000), {"BTC": Leverage(3, True)}, two_sided=False)
    engine.stand_at("BTC", 100.0)
    return engine


def a_limit(price: float, *, is_buy: bool = True, tif: Tif = Tif.GTC) -> OrderSpec:
    return OrderSpec(coin="BTC", is_buy=is_buy, px=Decimal(str(price)), sz=Decimal(1), tif=tif)


def an_exit(level: float, kind: Trigger, *, is_buy: bool = False, size: Decimal = Decimal(0)) -> OrderSpec:
    trigger = TriggerSpec(Decimal(str(level)), kind, True, "mark")
    return OrderSpec(
        coin="BTC",
        is_buy=is_buy,
        px=Decimal(str(level)),
        sz=size,
        tif=None,
        reduce_only=True,
        trigger=trigger,
    )


def walk_of(engine: BarEngine) -> BarWalk:
    return BarWalk(engine, USER, KIND, entered=lambda *_: None, told=lambda: None)


def walked(engine: BarEngine, last: Prices) -> BarWalk:
    walk = walk_of(engine)
    walk.walk("BTC", WholeBar(Stretch(START_MS, last, last, last), 100.0))
    return walk


def entered(prices: Sequence[float], *, is_buy: bool = True) -> BarEngine:
    """An engine on which these limits rest, in this order."""
    engine = an_engine()
    for price in prices:
        bar_orders.admit(engine, USER, a_limit(price, is_buy=is_buy), (), RESTS)
    return engine


@pytest.mark.parametrize(
    ("is_buy", "sent", "filled"),
    [(True, (98.0, 99.0), [99.0, 98.0]), (False, (102.0, 101.0), [101.0, 102.0])],
)
def test_the_rung_that_is_nearer_fills_first(
    is_buy: bool, sent: tuple[float, ...], filled: list[float]
) -> None:
    engine = entered(sent, is_buy=is_buy)
    walked(engine, Prices(100.0, 103.0, 97.0, 100.0))
    assert [float(fill.px) for fill in engine.logs.fills.rows] == filled


@pytest.mark.parametrize(
    ("is_buy", "stops", "targets", "levels"),
    [
        (True, (95.0, 97.0, 96.0), (105.0, 103.0), (97.0, 103.0)),
        (False, (105.0, 103.0, 104.0), (95.0, 97.0), (103.0, 97.0)),
    ],
)
def test_of_several_exits_the_first_stop_and_the_newest_target_act(
    is_buy: bool, stops: tuple[float, ...], targets: tuple[float, ...], levels: tuple[float, float]
) -> None:
    engine = entered((100.0,), is_buy=is_buy)
    walk = walked(engine, QUIET)
    for kind, asked in ((Trigger.STOP, stops), (Trigger.TAKE, targets)):
        for level in asked:
            bar_orders.put_exit(engine, USER, an_exit(level, kind, is_buy=not is_buy))
    (position,) = walk.positions("BTC")
    found = walk.exits(position)
    assert (found.stop_level, found.target_level) == levels


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("model", [KIND, replace(KIND, gap="open")], ids=["level", "open"])
def test_what_an_open_fills_beyond_its_stop_leaves_at_that_open(sign: int, model: FillModel) -> None:
    engine, is_buy = entered((100.0 - sign,), is_buy=sign > 0), sign > 0
    bar_orders.admit(engine, USER, a_limit(100.0 - 2 * sign, is_buy=is_buy), (), RESTS)

    def put_behind(coin: str, leg: str | None) -> None:
        bar_orders.put_exit(engine, USER, an_exit(100.0 - 3 * sign, Trigger.STOP, is_buy=not is_buy))

    walk = BarWalk(engine, USER, model, entered=put_behind, told=lambda: None)
    opened, against, along = 100.0 - 5 * sign, 100.0 - 6 * sign, 100.0 - 4 * sign
    beyond = Prices(opened, max(against, along), min(against, along), opened)
    walk.walk("BTC", WholeBar(Stretch(START_MS, beyond, beyond, beyond), 100.0))
    assert [float(fill.px) for fill in engine.logs.fills.rows] == [opened] * 3
    assert walk.positions("BTC") == []


def test_what_fills_beyond_its_stop_stays_while_mark_has_not_reached_it() -> None:
    engine = entered((99.0,))

    def put_behind(coin: str, leg: str | None) -> None:
        bar_orders.put_exit(engine, USER, an_exit(97.0, Trigger.STOP))

    walk = BarWalk(engine, USER, KIND, entered=put_behind, told=lambda: None)
    low = Prices(95.0, 95.0, 95.0, 95.0)
    walk.walk("BTC", WholeBar(Stretch(START_MS, low, QUIET, QUIET), 100.0))
    assert [position.szi for position in walk.positions("BTC")] == [Decimal(1)]


def test_what_an_open_ends_and_what_it_begins_can_be_told_apart() -> None:
    engine = entered((100.0, 98.0))
    walk = walked(engine, QUIET)
    bar_orders.put_exit(engine, USER, an_exit(97.0, Trigger.STOP))
    low = Prices(95.0, 95.0, 95.0, 95.0)
    walk.walk("BTC", WholeBar(Stretch(START_MS + 60_000, low, low, low), 100.0))
    _, *of_the_open = (fill_of(row) for row in engine.logs.fills.rows)
    assert [float(fill.position_after) for fill in of_the_open] == [0.0, 1.0]
    assert ordered(of_the_open) == of_the_open


def test_an_exit_of_a_part_stays_one_of_a_part() -> None:
    engine = entered((100.0, 99.0))
    walked(engine, Prices(100.0, 100.0, 98.0, 100.0))
    for size in (Decimal(1), Decimal(0)):
        bar_orders.admit_exit(engine, USER, an_exit(95.0, Trigger.STOP, size=size))
    part, whole = bar_orders.exits(engine, USER, "BTC", None, Trigger.STOP)
    assert (part.sz, part.follows_position, whole.follows_position) == (Decimal(1), False, True)


@pytest.mark.parametrize(("price", "reason"), [(100.0, Reason.ALO_CROSSES), (99.99, None)])
def test_over_a_wire_a_post_only_order_right_at_mark_is_refused(price: float, reason: Reason | None) -> None:
    model = BarModel(an_engine(), lambda spec: RESTS)
    (answer,) = model.place(USER, [a_limit(price, tif=Tif.ALO)])
    assert answer.reason is reason


def test_over_a_wire_what_is_attached_to_an_entry_only_reduces() -> None:
    engine = an_engine()
    attached = replace(an_exit(95.0, Trigger.STOP, size=Decimal(1)), reduce_only=False)
    BarModel(engine, lambda spec: RESTS).place(USER, [a_limit(99.0), attached], Grouping.ATTACHED)
    assert [order.reduce_only for order in engine.state.orders.values()] == [False, True]


@pytest.mark.parametrize("cross_allowed", [True, False])
def test_a_market_without_cross_margin_stays_one(cross_allowed: bool) -> None:
    market = replace(market_of(), cross_allowed=cross_allowed)
    assert model_market_of(market, 200.0, index=0).only_isolated is not cross_allowed
