"""Laws of accounts with two sides, and of all that their venues add, under random minutes and requests."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.model_exchange import MINUTE_MS, SIDED, USER
from tests.support.random_exchange import CASH, PATHS, THIN, exchange, image, written_down
from tests.support.sided_steps import MARKET_KINDS, SIDED_RULES, SidedStep, perform, sided_steps, specs_of
from trader.exchange import walk
from trader.exchange.model import Model
from trader.exchange.orders import Liquidity, OrderSpec
from trader.exchange.rows import Event, Fill
from trader.exchange.rules import Rules
from trader.exchange.truth import CoverWatch

D = Decimal
STEPS = sided_steps()


def sided(path: list[list[int]], rules: Rules, thin: Liquidity, cash: int) -> Model:
    model, _ = exchange(path, rules, cash)
    model.set_two_sided(USER, True)
    model.set_liquidity("SOL", thin)
    model.set_offsets("SOL", mark=D("0.3"), oracle=D("-0.2"))
    return model


def run(model: Model, steps: list[SidedStep], *, pieces: int = 1) -> None:
    """Carry out the steps; the waits in one walk or in several."""
    for step in steps:
        start = model.now_ms
        for piece in range(1, pieces + 1):
            model.advance(start + step.wait_ms * piece // pieces)
        perform(model, step)
    model.advance(model.now_ms + 3 * MINUTE_MS)


@settings(max_examples=60)
@given(PATHS, STEPS, SIDED_RULES, THIN, CASH)
def test_money_is_conserved_to_the_last_digit(
    path: list[list[int]], steps: list[SidedStep], rules: Rules, thin: Liquidity, cash: int
) -> None:
    model = sided(path, rules, thin, cash)
    for step in steps:
        model.advance(model.now_ms + step.wait_ms)
        perform(model, step)
        flows = sum((row.usdc for row in model.ledger(USER)), D(0))
        traded = sum((f.sz * f.px * (-1 if f.is_buy else 1) - f.fee for f in model.fills(USER)), D(0))
        funding = sum((row.usdc for row in model.funding(USER)), D(0))
        view = model.account(USER)
        worth = sum((p.szi * model.quote(p.coin).mark for p in view.positions), D(0))
        assert view.total.account_value == flows + traded + funding + worth
        assert view.total.total_raw_usd + worth == view.total.account_value
        realised = sum((f.closed_pnl - f.fee for f in model.fills(USER)), D(0))
        assert view.total.account_value == flows + realised + funding + sum(
            (p.unrealized for p in view.positions), D(0)
        )


@settings(max_examples=60)
@given(PATHS, STEPS, SIDED_RULES, THIN, CASH)
def test_no_leg_ever_turns_and_no_close_ever_opens(
    path: list[list[int]], steps: list[SidedStep], rules: Rules, thin: Liquidity, cash: int
) -> None:
    model = sided(path, rules, thin, cash)

    def check(event: Event) -> None:
        for position in model.positions(USER):
            assert (position.szi > 0) == (position.leg == "long"), position
        order, fill = event.order, event.fill
        if order is not None and fill is not None:
            assert (order.leg, order.reduce_only) == (fill.leg, fill.is_buy == (fill.leg == "short"))
            if order.reduce_only:
                assert fill.sz <= abs(fill.start_position)

    model.subscribe(check)
    run(model, steps)


@settings(max_examples=60)
@given(PATHS, STEPS, SIDED_RULES, THIN, CASH, st.integers(2, 7))
def test_one_walk_and_many_short_ones_do_the_same(
    path: list[list[int]], steps: list[SidedStep], rules: Rules, thin: Liquidity, cash: int, pieces: int
) -> None:
    one, many = sided(path, rules, thin, cash), sided(path, rules, thin, cash)
    run(one, steps)
    run(many, steps, pieces=pieces)
    assert image(one) == image(many)


@settings(max_examples=40)
@given(PATHS, STEPS, SIDED_RULES, THIN, CASH)
def test_skipping_quiet_minutes_changes_nothing(
    path: list[list[int]], steps: list[SidedStep], rules: Rules, thin: Liquidity, cash: int
) -> None:
    fast, slow = sided(path, rules, thin, cash), sided(path, rules, thin, cash)
    run(fast, steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "is_quiet", lambda engine, minute: False)
        run(slow, steps)
    assert image(fast) == image(slow)


@settings(max_examples=40)
@given(PATHS, STEPS, STEPS, SIDED_RULES, CASH)
def test_a_model_that_was_written_down_goes_on_as_if_nothing_happened(
    path: list[list[int]], before: list[SidedStep], after: list[SidedStep], rules: Rules, cash: int
) -> None:
    model, prices = exchange(path, rules, cash)
    model.set_two_sided(USER, True)
    watch = CoverWatch(model)
    run(model, before)
    again = written_down(model, prices, rules)
    assert image(again) == image(model)
    watch_again = CoverWatch(again)
    watch_again.restore(watch.dump())
    run(model, after)
    run(again, after)
    assert image(again) == image(model)
    assert watch_again.dump() == watch.dump()


@settings(max_examples=40)
@given(PATHS, STEPS, SIDED_RULES, CASH)
def test_every_order_ends_once_and_live_orders_are_in_no_final_state(
    path: list[list[int]], steps: list[SidedStep], rules: Rules, cash: int
) -> None:
    model = sided(path, rules, Liquidity(), cash)
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


def as_one_sided(spec: OrderSpec) -> OrderSpec:
    """The same order for an account that holds only this leg."""
    return replace(spec, leg=None, reduce_only=spec.closes_leg)


def told(fill: Fill) -> tuple[object, ...]:
    return (
        fill.coin,
        fill.is_buy,
        fill.px,
        fill.sz,
        fill.at_ms,
        fill.start_position,
        fill.closed_pnl,
        fill.fee,
    )


@settings(max_examples=60)
@given(PATHS, sided_steps(MARKET_KINDS), THIN, st.booleans())
def test_two_legs_are_two_accounts_with_one_side_each(
    path: list[list[int]], steps: list[SidedStep], thin: Liquidity, isolated: bool
) -> None:
    """As long as nothing rests that the other leg could meet, and margin is plenty."""
    model, _ = exchange(path, SIDED, 1_000_000)
    model.set_two_sided(USER, True)
    model.set_liquidity("SOL", thin)
    for user in ("long", "short"):
        model.deposit(user, D(1_000_000))
    for user in model.users:
        model.set_leverage(user, "SOL", value=3, is_cross=not isolated)
    for step in steps:
        model.advance(model.now_ms + step.wait_ms)
        specs, grouping = specs_of(model, step)
        both = model.place(USER, specs, grouping)
        alone = model.place(step.leg, [as_one_sided(spec) for spec in specs], grouping)
        assert [(p.kind, p.reason, p.total_sz) for p in both] == [
            (p.kind, p.reason, p.total_sz) for p in alone
        ]
    model.advance(model.now_ms + 70 * MINUTE_MS)
    for leg in ("long", "short"):
        assert [told(f) for f in model.fills(USER) if f.leg == leg] == [told(f) for f in model.fills(leg)]
        held = [(p.szi, p.cost, p.collateral) for p in model.positions(USER) if p.leg == leg]
        assert held == [(p.szi, p.cost, p.collateral) for p in model.positions(leg)]
    paid = sorted((row.at_ms, row.coin, row.usdc) for row in model.funding(USER))
    alone_paid = [row for leg in ("long", "short") for row in model.funding(leg)]
    assert paid == sorted((row.at_ms, row.coin, row.usdc) for row in alone_paid)
