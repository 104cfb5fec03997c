"""Limits, breakers and liquidation in a replay work as in live: they are the program's and the exchange's."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.replay_stage import (
    FREE,
    KIND,
    Script,
    bars_of,
    enter,
    limits,
    ms,
    policy_of,
    rates_of,
    rest,
    still,
    study_of,
)
from trader.backtest.replay.engine import run
from trader.backtest.replay.telling import Refusals
from trader.backtest.study import Reason
from trader.backtest.tape import Tape
from trader.core.market import Leg
from trader.core.policy import Limits

FALLING = [*still(4), (100.0, 100.0, 94.0, 95.0), *still(4, 95.0), (95.0, 95.0, 89.0, 90.0), *still(20, 90.0)]
TWICE = Script({2: enter(), 6: enter(), 12: enter(), 27: enter()}, levels=(95.0, 200.0))


@pytest.mark.parametrize(
    ("limited", "entered"),
    [
        pytest.param(limits(), [3, 7, 13, 28], id="none"),
        pytest.param(limits(notional_max=Decimal(900)), [], id="notional"),
        pytest.param(limits(daily_loss_max=Decimal(40)), [3, 28], id="day"),
        pytest.param(limits(drawdown_fraction_max=0.004), [3], id="drawdown"),
        pytest.param(limits(losing_streak_max=1), [3], id="streak"),
    ],
)
def test_what_the_account_has_been_through_stops_entries(limited: Limits, entered: list[int]) -> None:
    script = replace(TWICE, levels=(94.9, 200.0))
    rows = [*FALLING]
    found = run(study_of([Tape("BTC", bars_of(rows))], [policy_of(script)], limited=limited))
    assert [(trade.entry_ms - ms(0)) // 3_600_000 for trade in found.trades] == entered


def test_two_coins_share_a_limit_on_positions() -> None:
    tapes = [Tape(coin, bars_of(still(8))) for coin in ("BTC", "ETH")]
    script = Script({2: enter()})
    policies = [policy_of(script, coin) for coin in ("BTC", "ETH")]
    assert len(run(study_of(tapes, policies)).trades) == 2
    found = run(study_of(tapes, policies, limited=limits(positions_max=1)))
    assert [trade.coin for trade in found.trades] == ["BTC"]


def test_the_coins_of_one_tick_see_one_equity() -> None:
    """What the first of them enters does not change what the second is sized by."""
    rows = [*still(3), (100.0, 120.0, 100.0, 120.0), *still(4, 120.0)]
    tapes = [Tape(coin, bars_of(rows)) for coin in ("BTC", "ETH")]
    policies = [policy_of(Script({2: enter(), 3: enter()}), coin) for coin in ("BTC", "ETH")]
    found = run(study_of(tapes, policies, fees=replace(FREE, taker=0.01)))
    assert [trade.pnl_fraction for trade in found.trades] == [trade.pnl / 10_000.0 for trade in found.trades]


@pytest.mark.parametrize(
    ("cross", "leverage", "stop", "equity"),
    [pytest.param(True, 3, 55.0, 1_400.0, id="cross"), pytest.param(False, 2, 75.0, 14_000.0, id="isolated")],
)
def test_a_position_is_liquidated_at_mark_before_a_stop_that_lies_behind(
    cross: bool, leverage: int, stop: float, equity: float
) -> None:
    """Funding eats the margin on which the gate had let the entry pass."""
    wanted = replace(enter(notional=2_700.0), stop=stop)
    policy = policy_of(Script({2: wanted}, levels=(stop, 200.0)), leverage=leverage, cross=cross)
    rows = [*still(6), (100.0, 100.0, 54.0, 60.0), *still(3, 60.0)]
    due = rates_of(*((ms(4) + 60_000 * n, 0.005) for n in range(1, 60)))
    model = replace(KIND, funding="actual")
    tape = Tape("BTC", bars_of(rows), funding=due)
    study = study_of([tape], [policy], model=model, equity=equity)
    found = run(study).trades
    assert [trade.reason for trade in found] == [Reason.LIQUIDATION]
    assert stop < found[0].exit_price < 100.0
    kept = run(replace(study, model=replace(model, liquidation=False))).trades
    assert [trade.reason for trade in kept] == [Reason.STOP]


def test_a_short_is_liquidated_where_mark_is_high() -> None:
    wanted = replace(enter(Leg.SHORT, notional=2_700.0), stop=145.0)
    policy = policy_of(Script({2: wanted}, levels=(145.0, 50.0)))
    rows = [*still(6), (100.0, 144.0, 99.0, 140.0), *still(3, 140.0)]
    due = rates_of(*((ms(4) + 60_000 * n, -0.005) for n in range(1, 60)))
    tape = Tape("BTC", bars_of(rows), funding=due)
    found = run(study_of([tape], [policy], model=replace(KIND, funding="actual"), equity=1_500.0)).trades
    assert [trade.reason for trade in found] == [Reason.LIQUIDATION]
    assert 100.0 < found[0].exit_price < 145.0


def test_a_stop_that_acts_before_margin_has_run_out_goes_first() -> None:
    """Though at the high of the bar nothing would have been left."""
    wanted = replace(enter(Leg.SHORT, notional=2_700.0), stop=130.0)
    script = Script({2: wanted}, levels=(130.0, 50.0))
    rows = [*still(4), (100.0, 160.0, 100.0, 150.0), *still(3, 150.0)]
    study = study_of([Tape("BTC", bars_of(rows))], [policy_of(script)], equity=1_400.0)
    found = run(study).trades
    assert [(trade.reason, trade.exit_price) for trade in found] == [(Reason.STOP, 130.0)]
    assert found[0].size * 60.0 > 1_400.0


def test_a_run_without_a_trade_says_who_refused_its_entries() -> None:
    behind = replace(rest(95.0), stop=96.0)
    script = Script({2: behind, 3: behind, 5: enter(notional=2.0), 6: rest(95.0)})
    study = study_of([Tape("BTC", bars_of(still(10)))], [policy_of(script)])
    beside = "; 1 entry order waited and did not fill"
    stop = "refused by the gate's rule 'stop', first: its price 95.0 is at or beyond its stop 96.0"
    small = (
        "first: no entry, 2.00 USD buys 0.019 BTC worth 1.90, below the venue's minimum of 5; raise equity"
    )
    assert run(study).notes == (
        "BTC: candles stand in for mark",
        f"BTC: 2 entries {stop}{beside}",
        f"BTC: 1 entry refused by the plan, {small} or sizing.position_ratio{beside}",
    )
    traded = Script({2: behind, 3: enter()})
    found = run(replace(study, policy=replace(study.policy, markets={"BTC": policy_of(traded)})))
    assert len(found.trades) == 1
    assert found.notes == ("BTC: candles stand in for mark",)


def test_what_the_exchange_refused_is_told_too() -> None:
    """While an entry is on its way the gate does not see the margin that it takes."""
    large = replace(rest(95.0), notional=20_000.0, stop=90.0)
    study = study_of(
        [Tape("BTC", bars_of(still(14)))],
        [policy_of(Script({2: large, 3: large}))],
        model=replace(KIND, delay_bars=3),
    )
    waited = "; 1 entry order waited and did not fill"
    assert run(study).notes[1:] == (f"BTC: 1 entry refused by the exchange, first: margin{waited}",)


def test_the_last_reason_is_told_beside_the_first() -> None:
    refusals = Refusals()
    for why in ("warm-up", "warm-up", "too small"):
        refusals.count((), (), (f"BTC: {why}",))
    assert list(refusals.told()) == ["BTC: 3 entries refused by the plan, first: warm-up, last: too small"]
