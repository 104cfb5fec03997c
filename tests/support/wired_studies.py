"""Studies of a file on one venue, with the line that serves their bars as that venue would."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from trader import config
from trader.backtest.replay.wired import Wire
from trader.backtest.setup import study_of
from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Tape
from trader.core.candles import DAY_MS, HOUR_MS
from trader.exchange.fill_model import PRESETS
from trader.parts import parts_of
from trader.parts.markets import shipped
from trader.parts.recorded import Account, RecordedLine

START_MS = 1_700_006_400_000 // DAY_MS * DAY_MS
PRICE = 100_000.0
PARAMS = {
    "breakout": "{bar: 1h, range_bars: 6, lookback_bars: 6, trend_fast: 2, trend_slow: 3, trend_window: 4, "
    "regime_days: 1, trailing: ratchet, vol_threshold: 0.5}",
    "bollinger": "{bar: 1h, period: 8, mult: 1.0, regime_days: 1}",
    "resting": "{bar: 1h, period: 8, mult: 1.0, regime_days: 1, entry: resting}",
    "hedge_grid": "{bar: 1h, base_qty: 0.01, step_bps: 60, side_notional_max: 9000, warmup_bars: 50, "
    "gross_notional_max: 9000, net_notional_max: 9000}",
}


def bars_of(seed: int, count: int, *, first: int = 0) -> Bars:
    """Hourly bars in whole dollars, which every venue has; a third of them jump at their open."""
    chance, price, rows = random.Random(seed), PRICE, []
    for n in range(count):
        opened = round(price * (1 + (chance.gauss(0, 0.002) if chance.random() < 0.3 else 0.0)))
        closed = round(opened * (1 + chance.gauss(0, 0.008)))
        high = round(max(opened, closed) * (1 + abs(chance.gauss(0, 0.003))))
        low = round(min(opened, closed) * (1 - abs(chance.gauss(0, 0.003))))
        rows.append((START_MS + n * HOUR_MS, opened, high, low, closed, round(chance.uniform(1, 50), 2)))
        price = closed
    columns = [np.array(column, dtype=np.float64) for column in zip(*rows[first:], strict=True)]
    return Bars(HOUR_MS, columns[0].astype(np.int64), *columns[1:])


def wired_study(venue: str, kind: str, bars: Bars, *, settings: Sequence[str] = ()) -> tuple[Study, Wire]:
    """A question without funding, and the wire of its venue."""
    strategy = {"resting": "bollinger"}.get(kind, kind)
    said = (
        f"venue={venue}",
        f"markets={{BTC: {{strategy: {strategy}, params: {PARAMS[kind]}}}}}",
        "backtest.equity=10000",
        "limits.naked_resting_notional_max=100000",
        *settings,
    )
    tables = shipped(venue, {"BTC": PRICE}).markets
    study = study_of(
        config.load(None, said).settings,
        {"BTC": Tape("BTC", bars)},
        markets=tables,
        fees=Fees(maker=0.0002, taker=0.0005),
    )
    account = Account(Decimal(repr(study.equity)), kind == "hedge_grid", frozenset(), study.trigger)
    model = replace(PRESETS["base"], funding="none")
    abilities = parts_of(venue).abilities
    return replace(study, model=model), lambda tapes: RecordedLine(venue, abilities, tapes, account)
