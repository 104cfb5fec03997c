"""The order of a bar and its prices in the replay, one rule of docs/backtest.md at a time."""

from dataclasses import replace

import pytest

from tests.support.replay_stage import (
    FREE,
    KIND,
    Row,
    Script,
    bars_of,
    enter,
    ms,
    policy_of,
    rates_of,
    rest,
    still,
    study_of,
)
from trader.backtest.replay.engine import Replay, run
from trader.backtest.replay.timeline import Close
from trader.backtest.study import Fees, Reason, Run, Trade
from trader.backtest.tape import Rates, Tape
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import RestingWant
from trader.exchange.fill_model import FillModel


def played(
    script: Script,
    rows: list[Row],
    *,
    model: FillModel = KIND,
    fees: Fees = FREE,
    missing: tuple[int, ...] = (),
    funding: Rates | None = None,
) -> Run:
    tape = Tape("BTC", bars_of(rows, missing=missing), funding=funding)
    return run(study_of([tape], [policy_of(script)], model=model, fees=fees), moves=True)


def only(found: Run) -> Trade:
    assert len(found.trades) == 1
    return found.trades[0]


def test_an_entry_and_a_close_fill_at_the_next_open() -> None:
    rows = [
        *still(3),
        (101.0, 103.0, 100.0, 102.0),
        *still(2, 102.0),
        (105.0, 106.0, 104.0, 104.0),
        *still(1),
    ]
    trade = only(played(Script({2: enter()}, leaves={5: Role.CLOSE_TIME}), rows))
    assert (trade.signal_ms, trade.entry_ms, trade.entry_price) == (ms(2), ms(3), 101.0)
    assert (trade.exit_ms, trade.exit_price, trade.reason) == (ms(6), 105.0, Reason.TIME)
    assert trade.pnl == pytest.approx((105.0 - 101.0) * trade.size, abs=1e-12)


def test_a_taker_pays_slippage_half_the_spread_and_the_fee() -> None:
    model = replace(KIND, slippage_bps=10.0, spread_bps=20.0)
    found = played(
        Script({2: enter()}, leaves={5: Role.CLOSE_TIME}), still(8), model=model, fees=Fees(0.0, 0.001)
    )
    trade = only(found)
    assert (trade.entry_price, trade.exit_price) == (100.0 * 1.002, 100.0 * 0.998)
    assert trade.fee == pytest.approx(trade.size * (100.2 + 99.8) * 0.001, abs=1e-12)
    assert trade.pnl == pytest.approx(-0.4 * trade.size - trade.fee, abs=1e-12)


def test_the_size_is_that_of_the_bound_of_the_tick() -> None:
    trade = only(played(Script({2: enter(notional=1_000.0)}), still(6)))
    assert trade.size == 9.99  # 1000 / 100.1, down to the lot


@pytest.mark.parametrize(("gap", "price"), [("level", 95.0), ("open", 93.0)])
def test_a_stop_that_the_open_jumped_over(gap: str, price: float) -> None:
    model = replace(KIND, gap="level" if gap == "level" else "open")
    rows = [*still(4), (93.0, 94.0, 92.0, 93.0), *still(2)]
    trade = only(played(Script({2: enter()}, levels=(95.0, 200.0)), rows, model=model))
    assert (trade.exit_price, trade.reason, trade.exit_ms) == (price, Reason.STOP, ms(4))


@pytest.mark.parametrize(
    ("model", "price", "reason"), [("target", 110.0, Reason.TARGET), ("stop", 95.0, Reason.STOP)]
)
def test_both_in_one_bar(model: str, price: float, reason: Reason) -> None:
    assumed = replace(KIND, ambiguous="target" if model == "target" else "stop")
    rows = [*still(4), (100.0, 111.0, 94.0, 100.0), *still(2)]
    trade = only(played(Script({2: enter()}, levels=(95.0, 110.0)), rows, model=assumed))
    assert (trade.exit_price, trade.reason, trade.undecidable) == (price, reason, True)


def test_exits_hold_inside_the_bar_of_the_entry() -> None:
    rows = [*still(3), (100.0, 100.0, 94.0, 99.0), *still(2, 99.0)]
    trade = only(played(Script({2: enter()}, levels=(95.0, 110.0)), rows))
    assert (trade.entry_ms, trade.exit_ms, trade.exit_price) == (ms(3), ms(3), 95.0)


def test_a_close_goes_before_a_stop_that_the_same_open_reaches() -> None:
    rows = [*still(5), (90.0, 91.0, 89.0, 90.0), *still(2, 90.0)]
    script = Script({2: enter()}, levels=(95.0, 200.0), leaves={4: Role.CLOSE_SIGNAL})
    trade = only(played(script, rows))
    assert (trade.exit_price, trade.reason) == (90.0, Reason.SIGNAL)


def test_a_bar_whose_stop_filled_may_enter_again_at_its_close() -> None:
    rows = [*still(4), (100.0, 100.0, 94.0, 96.0), *still(3, 96.0)]
    found = played(Script({2: enter(), 4: enter()}, levels=(95.0, 200.0)), rows)
    assert [trade.entry_ms for trade in found.trades] == [ms(3), ms(5)]


def test_a_market_order_waits_over_a_missing_bar() -> None:
    rows = [*still(4), (104.0, 104.0, 104.0, 104.0), *still(2, 104.0)]
    trade = only(played(Script({2: enter()}), rows, missing=(3,)))
    assert (trade.signal_ms, trade.entry_ms, trade.entry_price) == (ms(2), ms(4), 104.0)


def test_an_order_for_a_missing_bar_is_gone() -> None:
    rows = [*still(3), *still(1), (100.0, 100.0, 90.0, 95.0), *still(2, 95.0)]
    assert played(Script({2: rest(95.0)}), rows, missing=(3,)).trades == ()
    assert len(played(Script({3: rest(95.0)}), rows).trades) == 1


def test_a_delayed_entry_fills_one_bar_later_and_its_coin_decides_no_other() -> None:
    rows = [*still(4), (102.0, 102.0, 102.0, 102.0), *still(4, 102.0)]
    found = played(Script({2: enter(), 3: enter()}), rows, model=replace(KIND, delay_bars=1))
    trade = only(found)
    assert (trade.signal_ms, trade.entry_ms, trade.entry_price) == (ms(2), ms(4), 102.0)


def test_delayed_orders_wait_beside_each_other_and_a_fill_calls_off_the_rest() -> None:
    rows = [*still(4), (100.0, 100.0, 96.0, 97.0), (97.0, 97.0, 90.0, 97.0), *still(3, 97.0)]
    script = Script({2: rest(97.0), 3: rest(95.0)}, levels=(96.5, 200.0))
    trade = only(played(script, rows, model=replace(KIND, delay_bars=1, ambiguous="stop")))
    assert (trade.signal_ms, trade.entry_ms, trade.entry_price) == (ms(2), ms(4), 97.0)


@pytest.mark.parametrize(
    ("order", "row", "price", "rate"),
    [
        pytest.param(rest(95.0, post_only=True), (100.0, 100.0, 94.0, 96.0), 95.0, 0.001, id="touched"),
        pytest.param(
            rest(95.0, post_only=True), (93.0, 96.0, 93.0, 96.0), 93.0, 0.001, id="passed, post only"
        ),
        pytest.param(rest(95.0), (93.0, 96.0, 93.0, 96.0), 93.0, 0.002, id="passed"),
        pytest.param(
            rest(105.0, is_stop_entry=True), (100.0, 106.0, 100.0, 106.0), 105.0, 0.002, id="stop entry"
        ),
        pytest.param(
            rest(105.0, is_stop_entry=True), (107.0, 108.0, 106.0, 107.0), 107.0, 0.002, id="stop entry, gap"
        ),
    ],
)
def test_an_order_that_rested(order: RestingWant, row: Row, price: float, rate: float) -> None:
    rows = [*still(3), row, *still(2, row[3])]
    found = played(
        Script({2: order}), rows, model=replace(KIND, gap="open"), fees=Fees(maker=0.001, taker=0.002)
    )
    trade = only(found)
    assert trade.entry_price == price
    closing = trade.size * row[3] * 0.002
    assert trade.fee == pytest.approx(trade.size * price * rate + closing, abs=1e-9)


def test_a_limit_that_has_to_be_traded_through_is_not_filled_by_a_touch() -> None:
    rows = [*still(3), (100.0, 100.0, 95.0, 96.0), *still(2, 96.0)]
    assert played(Script({2: rest(95.0)}), rows, model=replace(KIND, limit_fill="through")).trades == ()


def test_funding_is_paid_by_what_was_held_before_the_open_or_after_its_fills() -> None:
    due = rates_of((ms(3), 1e-4), (ms(3) + 1, 2e-4), (ms(5), 3e-4), (ms(6), 4e-4), (ms(6) + 1, 5e-4))
    found = played(
        Script({2: enter()}, leaves={5: Role.CLOSE_TIME}),
        still(8),
        model=replace(KIND, funding="actual"),
        funding=due,
    )
    trade = only(found)
    assert trade.funding == pytest.approx(-trade.size * 100.0 * 9e-4, abs=1e-12)
    assert trade.pnl == pytest.approx(trade.funding, abs=1e-12)


def test_adverse_funding_is_always_paid() -> None:
    found = played(
        Script({2: enter()}),
        still(6),
        model=replace(KIND, funding="adverse"),
        funding=rates_of((ms(4), -0.01)),
    )
    assert only(found).funding == pytest.approx(-0.01 * 100.0 * only(found).size, abs=1e-12)


def test_the_end_closes_at_the_last_close_without_slippage() -> None:
    rows = [*still(4), (100.0, 104.0, 100.0, 103.0)]
    found = played(Script({2: enter(), 4: enter()}), rows, model=replace(KIND, slippage_bps=50.0))
    trade = only(found)
    assert (trade.exit_price, trade.exit_ms, trade.reason) == (103.0, ms(4), Reason.END)
    assert found.equity[-1] == pytest.approx(10_000.0 + trade.pnl, abs=1e-9)
    assert found.at_ms.tolist() == [ms(n) for n in range(1, 6)]


def test_a_stop_that_trails_says_so_and_its_moves_are_told() -> None:
    rows = [*still(5), (100.0, 112.0, 100.0, 111.0), (111.0, 111.0, 104.0, 105.0), *still(2, 105.0)]
    script = Script({2: enter()}, levels=(95.0, 200.0), moved={5: (108.0, 200.0)})
    found = played(script, rows)
    assert (only(found).reason, only(found).exit_price) == (Reason.TRAIL, 108.0)
    assert [(move.at_ms, move.stop) for move in found.moves] == [(ms(3), 95.0), (ms(6), 108.0)]


def test_impact_is_of_the_bar_before_the_fill() -> None:
    found = played(Script({2: enter()}), still(6), model=replace(KIND, impact=0.1))
    trade = only(found)
    assert trade.entry_price == 100.0 * (1.0 + 0.1 * (trade.size / 100.0) ** 0.5)


def test_a_short_is_the_mirror() -> None:
    rows = [*still(4), (100.0, 106.0, 100.0, 103.0), *still(2, 103.0)]
    trade = only(played(Script({2: enter(Leg.SHORT)}, levels=(105.0, 50.0)), rows))
    assert (trade.leg, trade.exit_price, trade.reason) == (Leg.SHORT, 105.0, Reason.STOP)
    assert trade.pnl == pytest.approx(-5.0 * trade.size, abs=1e-12)


def test_marks_fire_and_last_prices_fill() -> None:
    rows = [*still(4), (100.0, 101.0, 93.0, 100.0), *still(2)]
    quiet = bars_of(still(7))
    tape = Tape("BTC", bars_of(rows), mark=quiet)
    script = Script({2: enter()}, levels=(95.0, 200.0))
    assert only(run(study_of([tape], [policy_of(script)]))).reason is Reason.END
    fired = replace(KIND, trigger="last")
    assert only(run(study_of([tape], [policy_of(script)], model=fired))).exit_price == 95.0


def test_a_post_only_order_whose_tick_mark_has_reached_is_left_out() -> None:
    rows = [*still(3), (100.0, 100.0, 94.0, 96.0), *still(2, 96.0)]
    assert played(Script({2: rest(99.996, post_only=True)}), rows).trades == ()
    assert only(played(Script({2: rest(99.996)}), rows)).entry_price == 100.0


def test_a_target_that_came_first_spares_what_would_have_been_liquidated_later() -> None:
    script = Script({2: enter(notional=2_700.0)}, levels=(50.0, 110.0))
    rows = [*still(4), (100.0, 111.0, 51.0, 60.0), *still(3, 60.0)]
    due = rates_of(*((ms(3) + 60_000 * n, 0.005) for n in range(1, 60)))
    tape = Tape("BTC", bars_of(rows), funding=due)
    reasons = []
    for ambiguous in ("target", "stop"):
        model = replace(KIND, ambiguous="target" if ambiguous == "target" else "stop", funding="actual")
        reasons.append(only(run(study_of([tape], [policy_of(script)], model=model, equity=1_700.0))).reason)
    assert reasons == [Reason.TARGET, Reason.LIQUIDATION]


def test_a_moved_exit_leaves_nothing_of_the_old_one() -> None:
    script = Script({2: enter()}, levels=(95.0, 120.0), moved={5: (96.0, 119.0), 6: (97.0, 118.0)})
    study = study_of([Tape("BTC", bars_of(still(10)))], [policy_of(script)])
    seen: list[list[float]] = []

    class Watched(Replay):
        """Looks at every exit after each tick."""

        def _tick(self, close: Close) -> None:
            super()._tick(close)
            live = self._engine.state.orders.values()
            seen.append(sorted(float(order.trigger.px) for order in live if order.trigger is not None))

    Watched(study, moves=False, shortcuts=True).run()
    assert seen[4:8] == [[95.0, 120.0], [96.0, 119.0], [97.0, 118.0], [97.0, 118.0]]
