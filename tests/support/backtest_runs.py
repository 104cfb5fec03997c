"""Runs, tapes and studies written by hand, for everything that reads what an engine answers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from trader import config
from trader.backtest.setup import study_of
from trader.backtest.study import Fees, Reason, Run, Study, Trade
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import HOUR_MS
from trader.core.market import Leg
from trader.parts.markets import shipped

START_MS = 1_704_067_200_000  # 2024-01-01 00:00 UTC
FRAME_MS = HOUR_MS // 2
BARS = 200
EQUITY = 1000.0
FEES = Fees(maker=0.00015, taker=0.00045)
_MARKETS: dict[str, Any] = {}


def at(bar: int) -> int:
    """When this bar opens."""
    return START_MS + bar * FRAME_MS


def a_trade(pnl: float = 10.0, *, bar: int = 0, bars: int = 4, **other: Any) -> Trade:
    """One trade that begins in a bar and ends some bars later."""
    given: dict[str, Any] = {
        "coin": "BTC",
        "strategy": "breakout",
        "leg": Leg.LONG,
        "signal_ms": at(bar - 1),
        "entry_ms": at(bar),
        "entry_price": 100.0,
        "exit_ms": at(bar + bars),
        "exit_price": 101.0,
        "reason": Reason.TARGET,
        "size": 3.0,
        "fee": 1.0,
        "funding": 0.5,
        "pnl": pnl,
        "pnl_fraction": pnl / EQUITY,
    }
    return Trade(**{**given, **other})


def a_run(trades: Sequence[Trade] = (), *, equity: Sequence[float] | None = None, **other: Any) -> Run:
    """A run whose equity steps at the end of each trade, unless it is given."""
    if equity is None:
        values = np.full(BARS, EQUITY)
        for trade in trades:
            values[(trade.exit_ms - START_MS) // FRAME_MS :] += trade.pnl
    else:
        values = np.array(equity, dtype=np.float64)
    closes = START_MS + FRAME_MS * np.arange(1, len(values) + 1, dtype=np.int64)
    given: dict[str, Any] = {"engine": "fast", "held": 0.25, **other}
    return Run(trades=tuple(trades), at_ms=closes, equity=values, **given)


def a_tape(coin: str = "BTC", *, bars: int = BARS, rate: float | None = 0.0001, price: float = 100.0) -> Tape:
    """Flat bars, with funding every eight hours unless the rate is None."""
    opens = START_MS + FRAME_MS * np.arange(bars, dtype=np.int64)
    flat = np.full(bars, price)
    due = np.arange(START_MS, at(bars) + 1, 8 * HOUR_MS, dtype=np.int64)
    funding = None if rate is None else Rates(due, np.full(len(due), rate))
    return Tape(coin, Bars(FRAME_MS, opens, flat, flat, flat, flat, np.full(bars, 5.0)), funding=funding)


def a_study(*tapes: Tape, overrides: Sequence[str] = ()) -> Study:
    """The study of a file on these tapes, the first venue's built-in one."""
    given = {tape.coin: tape for tape in tapes or (a_tape(),)}
    settings = config.load(None, tuple(overrides)).settings
    key = ",".join((settings.venue, *given))
    if key not in _MARKETS:
        _MARKETS[key] = shipped(settings.venue, dict.fromkeys(given, 100.0)).markets
    return study_of(settings, given, markets=_MARKETS[key], fees=FEES)


Answer = Callable[[Study], Run]


def by_fills(**runs: Run) -> Answer:
    """An engine that answers kind, base and harsh with the runs of these names, told by their slippage."""
    named = {0.0: "kind", 2.0: "base", 5.0: "harsh"}
    return lambda study: runs[named[study.model.slippage_bps]]
