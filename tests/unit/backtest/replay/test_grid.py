"""A hedge grid is replayed: rungs rest until they are taken off, each leg stands behind one stop."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from tests.support.random_studies import study_of
from trader.backtest.replay.engine import USER, Replay, run
from trader.backtest.study import Fees, Reason, Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import HOUR_MS
from trader.core.market import MarginTier, Market
from trader.core.policy import MarketPolicy
from trader.exchange import bar_orders
from trader.exchange.fill_model import PRESETS
from trader.exchange.status import Trigger
from trader.strategies.registry import STRATEGIES

HOURS = 200
BEGIN_MS = 1_700_006_400_000


def the_grid(**given: float) -> MarketPolicy:
    spec = STRATEGIES["hedge_grid"]
    params = spec.params_type(
        **{"bar": "1h", "base_qty": 0.1, "warmup_bars": 50, "step_bps": 40.0, "side_notional_max": 5_000.0}
        | {"gross_notional_max": 8_000.0, "net_notional_max": 5_000.0}
        | given
    )
    other = next(iter(study_of(0, many=10).policy.markets.values()))
    return replace(
        other,
        coin="BTC",
        strategy=spec.want,
        strategy_name=spec.name,
        strategy_number=spec.number,
        params=params,
        frame_ms=spec.frame_ms(params),
        bars_needed=spec.bars_needed(params),
        hold_ms_max=spec.hold_ms_max(params),
        sizing=replace(other.sizing, leverage=3, cross=True, max_single_loss=None),
        both_legs=True,
    )


def waves() -> Bars:
    """Prices that swing around one level and then leave it."""
    hours = np.arange(HOURS + 1)
    close = 1_000.0 + 12.0 * np.sin(hours / 5.0) + 4.0 * np.sin(hours * 1.7)
    close = close - np.maximum(0, hours - 150) * 4.0
    opened, closed = close[:-1].round(2), close[1:].round(2)
    high, low = (np.maximum(opened, closed) + 2.0).round(2), (np.minimum(opened, closed) - 2.0).round(2)
    times = (BEGIN_MS + hours[:-1] * HOUR_MS).astype(np.int64)
    return Bars(HOUR_MS, times, opened, high, low, closed, np.full(HOURS, 50.0))


def the_study(**given: float) -> Study:
    base, policy = study_of(0, many=10), the_grid(**given)
    market = Market(
        "BTC", 0, Decimal("0.001"), 2, Decimal(5), (MarginTier(Decimal(0), 50),), tick=Decimal("0.01")
    )
    due = np.arange(BEGIN_MS, BEGIN_MS + HOURS * HOUR_MS, 8 * HOUR_MS, dtype=np.int64)
    return Study(
        policy=replace(base.policy, markets={"BTC": policy}, entries_for=frozenset({"BTC"})),
        markets={"BTC": market},
        tapes={"BTC": Tape("BTC", waves(), funding=Rates(due, np.full(len(due), 1e-4)))},
        model=PRESETS["base"],
        fees=Fees(0.0002, 0.0005),
        equity=10_000.0,
    )


def test_a_grid_trades_both_legs_and_its_money_adds_up() -> None:
    found = run(the_study())
    assert {trade.leg.value for trade in found.trades} == {"long", "short"}
    assert {Reason.TARGET, Reason.STOP} <= {trade.reason for trade in found.trades}
    assert found.equity[-1] == pytest.approx(10_000.0 + sum(t.pnl for t in found.trades), abs=1e-7)
    assert any(trade.funding != 0.0 for trade in found.trades)
    for trade in found.trades:
        assert (trade.signal_ms - BEGIN_MS) % HOUR_MS == 0
        assert BEGIN_MS <= trade.signal_ms < trade.entry_ms


def test_no_leg_ever_stands_without_a_stop_of_its_size() -> None:
    seen: list[bool] = []

    class Watched(Replay):
        """Looks at every leg after each tick."""

        def _tick(self, close: object) -> None:
            super()._tick(close)  # type: ignore[arg-type]
            for position in self._walk.positions("BTC"):
                exits = self._walk.exits(position)
                whole = exits.stop is not None and (
                    exits.stop.follows_position or exits.stop.sz >= abs(position.szi)
                )
                seen.append(whole and exits.target is not None)
                for kind in Trigger:
                    seen.append(len(bar_orders.exits(self._engine, USER, "BTC", position.leg, kind)) == 1)

    Watched(the_study(), moves=False, shortcuts=True).run()
    assert len(seen) > 100
    assert all(seen)


def test_a_costly_funding_window_thins_the_paying_side() -> None:
    study = the_study(window_minutes=600)
    tape = study.tapes["BTC"]
    assert tape.funding is not None
    dear = replace(tape, funding=Rates(tape.funding.at_ms, np.full(len(tape.funding.at_ms), 0.002)))
    unpaid = replace(study, model=replace(study.model, funding="none"))
    longs = [
        sum(trade.size for trade in run(one).trades if trade.leg.value == "long")
        for one in (unpaid, replace(unpaid, tapes={"BTC": dear}))
    ]
    assert longs[1] < longs[0]


def test_a_grid_without_funding_says_what_it_takes_it_for() -> None:
    study = the_study()
    unpaid = replace(study, tapes={"BTC": replace(study.tapes["BTC"], funding=None)})
    said = "BTC: without --funding its grid takes the funding rate for 0 and thins no side for it"
    assert said in run(replace(unpaid, model=PRESETS["kind"])).notes
    assert not any("takes the funding rate" in note for note in run(study).notes)


def test_a_rung_whose_target_lies_before_the_last_close_gets_it_at_the_next_tick() -> None:
    """Asked at that close the strategy would leave at once; live nobody is asked before the next tick."""
    study = the_study()
    tape = study.tapes["BTC"]
    opened, closed = np.full(HOURS, 1_000.0), np.full(HOURS, 1_000.0)
    closed[100] = opened[101] = 1_015.0
    high, low = np.maximum(opened, closed) + 0.5, np.minimum(opened, closed) - 0.5
    low[101] = 995.9
    bars = replace(tape.bars, open=opened, high=high, low=low, close=closed)
    found = run(replace(study, tapes={"BTC": replace(tape, bars=bars)}), moves=True)
    place = next(n for n, trade in enumerate(found.trades) if trade.leg.value == "long")
    stood = [((m.at_ms - BEGIN_MS) // HOUR_MS, m.stop, m.target) for m in found.moves if m.trade == place]
    assert stood == [(101, 976.0, float("inf")), (102, 976.0, 1_008.0)]
