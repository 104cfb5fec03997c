"""Laws of the model under random minutes and random requests."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.model_exchange import MINUTE_MS, USER
from tests.support.random_exchange import (
    CASH,
    COINS,
    PATHS,
    THIN,
    exchange,
    image,
    price_near,
    size_of,
    written_down,
)
from trader.exchange import walk
from trader.exchange.model import Model
from trader.exchange.orders import Liquidity, OrderSpec, TriggerSpec
from trader.exchange.rows import Event
from trader.exchange.rules import Rules
from trader.exchange.status import Grouping, Tif, Trigger

D = Decimal


@dataclass(frozen=True)
class Step:
    """One request, and the time that passes before it."""

    wait_ms: int
    kind: str
    coin: str
    is_buy: bool
    lots: int
    bps: int
    flag: bool


KINDS = (
    "ioc",
    "gtc",
    "alo",
    "reduce",
    "stop",
    "target",
    "attach",
    "bind",
    "cancel",
    "modify",
    "withdraw",
    "adl",
)
STEPS = st.lists(
    st.builds(
        Step,
        wait_ms=st.integers(0, 90_000),
        kind=st.sampled_from(KINDS),
        coin=st.sampled_from(COINS),
        is_buy=st.booleans(),
        lots=st.integers(1, 900),
        bps=st.integers(1, 600),
        flag=st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def near(model: Model, step: Step, *, above: bool) -> Decimal:
    """A price of four figures, some basis points away from mark."""
    return price_near(model, step.coin, step.bps if above else -step.bps)


def trigger(model: Model, step: Step, kind: Trigger, *, is_buy: bool, sz: Decimal) -> OrderSpec:
    above = is_buy == (kind is Trigger.STOP)
    at = near(model, step, above=above)
    bound = (at * (D("1.1") if is_buy else D("0.9"))).quantize(D("0.1"))
    return OrderSpec(step.coin, is_buy, bound, sz, None, True, TriggerSpec(at, kind, True))


def do(model: Model, step: Step) -> None:
    """Carry out one request, accepted or refused; reducing ones are on the side that reduces."""
    held = model.position(USER, step.coin)
    if held is not None and step.kind in ("reduce", "stop", "target", "bind"):
        step = replace(step, is_buy=held.szi < 0)
    sz = size_of(step.coin, step.lots)
    place: Callable[..., Any] = model.place
    if step.kind in ("ioc", "reduce"):
        px = (model.quote(step.coin).mark * (D("1.05") if step.is_buy else D("0.95"))).quantize(D("0.1"))
        place(USER, [OrderSpec(step.coin, step.is_buy, px, sz, Tif.IOC, step.kind == "reduce")])
    elif step.kind in ("gtc", "alo"):
        px = near(model, step, above=not step.is_buy)
        tif = Tif.GTC if step.kind == "gtc" else Tif.ALO
        place(USER, [OrderSpec(step.coin, step.is_buy, px, sz, tif, step.flag)])
    elif step.kind in ("stop", "target"):
        kind = Trigger.STOP if step.kind == "stop" else Trigger.TAKE
        place(USER, [trigger(model, step, kind, is_buy=step.is_buy, sz=sz)])
    elif step.kind == "attach":
        px = near(model, step, above=step.is_buy)
        parent = OrderSpec(step.coin, step.is_buy, px, sz, Tif.GTC if step.flag else Tif.IOC)
        kids = [trigger(model, step, k, is_buy=not step.is_buy, sz=sz) for k in (Trigger.TAKE, Trigger.STOP)]
        place(USER, [parent, *kids], Grouping.ATTACHED)
    elif step.kind == "bind":
        place(USER, [trigger(model, step, Trigger.STOP, is_buy=step.is_buy, sz=D(0))], Grouping.POSITION)
    elif step.kind == "withdraw":
        model.withdraw(USER, D(step.lots) / 20)
    elif step.kind == "adl":
        model.adl(USER, step.coin, D(step.bps) / 1000)
    else:
        change(model, step, sz)


def change(model: Model, step: Step, sz: Decimal) -> None:
    orders = model.open_orders(USER)
    if not orders:
        return
    order = orders[step.lots % len(orders)]
    if step.kind == "cancel":
        model.cancel(USER, order.oid)
    else:
        px = near(model, step, above=not step.is_buy)
        model.modify(USER, order.oid, OrderSpec(order.coin, step.is_buy, px, sz))


def run(model: Model, steps: list[Step], *, pieces: int = 1) -> None:
    """Carry out the steps; the waits in one walk or in several."""
    for step in steps:
        start = model.now_ms
        for piece in range(1, pieces + 1):
            model.advance(start + step.wait_ms * piece // pieces)
        do(model, step)
    model.advance(model.now_ms + 3 * MINUTE_MS)


RULES = st.sampled_from(
    [Rules(), Rules(limit_fill="through", reduce_only_sum="reject", ioc_partial_arms_children=True)]
)


@settings(max_examples=60)
@given(PATHS, STEPS, RULES, THIN, CASH, st.booleans())
def test_money_is_conserved_to_the_last_digit(
    path: list[list[int]], steps: list[Step], rules: Rules, thin: Liquidity, cash: int, isolated: bool
) -> None:
    model, _ = exchange(path, rules, cash)
    model.set_liquidity("SOL", thin)
    model.set_leverage(USER, "SOL", value=10, is_cross=not isolated)
    for step in steps:
        model.advance(model.now_ms + step.wait_ms)
        do(model, step)
        flows = sum((r.usdc if r.kind != "withdraw" else -r.usdc for r in model.ledger(USER)), D(0))
        traded = sum((f.sz * f.px * (-1 if f.is_buy else 1) - f.fee for f in model.fills(USER)), D(0))
        funding = sum((r.usdc for r in model.funding(USER)), D(0))
        view = model.account(USER)
        worth = sum((p.szi * model.quote(p.coin).mark for p in view.positions), D(0))
        assert view.total.account_value == flows + traded + funding + worth
        assert view.total.total_raw_usd + worth == view.total.account_value
        realised = sum((f.closed_pnl - f.fee for f in model.fills(USER)), D(0))
        open_profit = sum((p.unrealized for p in view.positions), D(0))
        assert view.total.account_value == flows + realised + funding + open_profit


@settings(max_examples=60)
@given(PATHS, STEPS, RULES, THIN, CASH)
def test_reducing_orders_never_open_grow_or_flip(
    path: list[list[int]], steps: list[Step], rules: Rules, thin: Liquidity, cash: int
) -> None:
    model, _ = exchange(path, rules, cash)
    model.set_liquidity("SOL", thin)

    def check(event: Event) -> None:
        order, fill = event.order, event.fill
        if order is not None and fill is not None and (order.reduce_only or order.position_bound):
            assert fill.start_position * (1 if fill.is_buy else -1) < 0
            assert fill.sz <= abs(fill.start_position)

    model.subscribe(check)
    run(model, steps)
    for coin in COINS:
        position = model.position(USER, coin)
        held = abs(position.szi) if position else D(0)
        resting = [o for o in model.open_orders(USER, coin) if o.reduce_only and o.resting]
        assert sum((o.sz for o in resting), D(0)) <= held


@settings(max_examples=60)
@given(PATHS, STEPS, RULES, THIN, CASH, st.integers(2, 7))
def test_one_walk_and_many_short_ones_do_the_same(
    path: list[list[int]], steps: list[Step], rules: Rules, thin: Liquidity, cash: int, pieces: int
) -> None:
    one, _ = exchange(path, rules, cash)
    many, _ = exchange(path, rules, cash)
    one.set_liquidity("SOL", thin)
    many.set_liquidity("SOL", thin)
    run(one, steps)
    run(many, steps, pieces=pieces)
    assert image(one) == image(many)


@settings(max_examples=40)
@given(PATHS, STEPS, STEPS, CASH)
def test_a_model_that_was_written_down_goes_on_as_if_nothing_happened(
    path: list[list[int]], before: list[Step], after: list[Step], cash: int
) -> None:
    model, prices = exchange(path, Rules(), cash)
    run(model, before)
    again = written_down(model, prices, Rules())
    assert image(again) == image(model)
    run(model, after)
    run(again, after)
    assert image(again) == image(model)


@settings(max_examples=40)
@given(PATHS, STEPS, CASH)
def test_every_order_ends_once_and_live_orders_are_in_no_final_state(
    path: list[list[int]], steps: list[Step], cash: int
) -> None:
    model, _ = exchange(path, Rules(), cash)
    run(model, steps)
    live = {order.oid for order in model.open_orders(USER)}
    by_order: dict[int, list[str]] = {}
    for row in model.history(USER):
        by_order.setdefault(row.order.oid, []).append(str(row.status))
    for oid, words in by_order.items():
        final = [word for word in words if word not in ("open", "triggered")]
        assert len(final) == (0 if oid in live else 1), (oid, words)
        assert not final or words[-1] == final[0]
    assert live <= set(by_order)


@settings(max_examples=40)
@given(PATHS, STEPS, RULES, THIN, CASH)
def test_skipping_quiet_minutes_changes_nothing(
    path: list[list[int]], steps: list[Step], rules: Rules, thin: Liquidity, cash: int
) -> None:
    fast, _ = exchange(path, rules, cash)
    slow, _ = exchange(path, rules, cash)
    for model in (fast, slow):
        model.set_liquidity("SOL", thin)
    run(fast, steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "is_quiet", lambda engine, minute: False)
        run(slow, steps)
    assert image(fast) == image(slow)
