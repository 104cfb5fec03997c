"""Measures the fast backtest against a loop in C with the same rules: `scripts/bench backtest`.

Same trades first, time second: both are asked for the trades of one tape, which have to be equal, before
either is timed. Times are processor time of one core, the best of several; ratios are of one run of this
script. Prices are synthetic and seeded, in memory.
"""

import ctypes
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from trader.backtest.fast import engine, sweep
from trader.backtest.fast.features import Features
from trader.backtest.fast.preparing import ready_coin, table_of
from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Tape
from trader.core.market import MarginTier, Market
from trader.core.policy import EntryRules, Limits, MarketPolicy, Policy, Sizing, StopRules
from trader.exchange.fill_model import FillModel
from trader.strategies.breakout_params import BreakoutParams, hold_bars
from trader.strategies.registry import STRATEGIES

MINUTE_MS = 60_000
START_MS = 1_577_836_800_000  # 2020-01-01 00:00 UTC
MANY, FEW = 1_500_000, 100_000
TIMES = 5
MODEL = FillModel(ambiguous="stop", funding="none")
FEES = Fees(maker=0.00015, taker=0.00045)
MARKET = Market(
    coin="BTC",
    number=0,
    lot=Decimal("0.00001"),
    price_decimals_max=1,
    tick=Decimal("0.1"),
    notional_min=Decimal(10),
    tiers=(MarginTier(Decimal(0), 40),),
)


class Rules(ctypes.Structure):
    """The numbers of bench_backtest.c."""

    _fields_ = (
        *(
            (name, ctypes.c_int64)
            for name in ("frame_ms", "start_ms", "range_bars", "lookback", "fast", "slow")
        ),
        *((name, ctypes.c_int64) for name in ("window", "days", "early_bars", "hold", "every")),
        *((name, ctypes.c_double) for name in ("volume", "threshold", "trend_target", "trend_stop")),
        *((name, ctypes.c_double) for name in ("range_target", "range_stop", "early_mfe", "equity", "ratio")),
        *((name, ctypes.c_double) for name in ("taker", "slip", "den", "lot_den", "notional_min")),
        *((name, ctypes.c_double) for name in ("bound_up", "bound_down")),
    )


TRADE = np.dtype(
    [
        *((name, "i8") for name in ("k", "e", "x", "sign", "reason")),
        *((n, "f8") for n in ("entry", "exit", "size")),
    ]
)


def bars_of(count: int, seed: int) -> Bars:
    """A walk of one-minute bars on ticks of 0.1, with louder hours, as the rows of one block."""
    chance = np.random.default_rng(seed)
    loud = np.repeat(chance.gamma(1.5, 0.0005, count // 60 + 1), 60)[:count]
    close = np.round(np.exp(np.log(30_000.0) + np.cumsum(chance.standard_normal(count) * loud)), 1)
    block = np.empty((5, count))
    block[0] = np.concatenate([[30_000.0], close[:-1]])
    spread = np.abs(chance.standard_normal((2, count))) * loud * close * 0.5
    block[1] = np.round(np.maximum(block[0], close) + spread[0], 1)
    block[2] = np.round(np.minimum(block[0], close) - spread[1], 1)
    block[3] = close
    block[4] = np.round(chance.gamma(2.0, 5.0, count) * (1.0 + 400.0 * loud), 3)
    times = START_MS + MINUTE_MS * np.arange(count, dtype=np.int64)
    return Bars(MINUTE_MS, times, *block)


def policy_of(params: BreakoutParams) -> MarketPolicy:
    spec = STRATEGIES["breakout"]
    return MarketPolicy(
        coin="BTC",
        strategy=spec.want,
        strategy_name="breakout",
        strategy_number=spec.number,
        params=params,
        frame_ms=MINUTE_MS,
        bars_needed=spec.bars_needed(params),
        hold_ms_max=spec.hold_ms_max(params),
        stop_fallback=spec.stop_fallback(params),
        sizing=Sizing(0.3, None, leverage=3, cross=True),
        entries=EntryRules(0.003, 0.005, 300, 0.002),
    )


def study_of(bars: Bars, params: BreakoutParams) -> Study:
    policy = Policy(
        account_tag=1,
        markets={"BTC": policy_of(params)},
        entries_for=frozenset({"BTC"}),
        stops=StopRules("mark", None, 0.05),
        limits=Limits(None, None, None, None, 5000, 60_000),
        report_foreign=True,
    )
    return Study(policy, {"BTC": MARKET}, {"BTC": Tape("BTC", bars)}, MODEL, FEES, 10_000.0)


class InC:
    """The loop in C on one tape."""

    def __init__(self, library: Any, bars: Bars) -> None:
        self._library = library
        self._columns = [getattr(bars, name) for name in ("open", "high", "low", "close", "volume")]
        self._trades = np.empty(len(bars) // 2, TRADE)

    def run(self, params: BreakoutParams) -> Any:
        rules = Rules(
            *(
                MINUTE_MS,
                START_MS,
                params.range_bars,
                params.lookback_bars,
                params.trend_fast,
                params.trend_slow,
            ),
            *(params.trend_window, params.regime_days, params.early_bars, hold_bars(params)),
            *(params.regime_recheck_bars, params.vol_threshold, params.regime_threshold, params.trend_target),
            *(params.trend_stop, params.range_target, params.range_stop, params.early_mfe, 10_000.0, 0.3),
            *(FEES.taker, MODEL.slippage_bps / 10_000.0, 10.0, 100_000.0, 10.0, 1.003, 0.997),
        )
        pointers = [ctypes.c_void_p(column.ctypes.data) for column in self._columns]
        size = ctypes.c_int64(len(self._columns[0]))
        out = ctypes.c_void_p(self._trades.ctypes.data)
        return self._trades[: self._library.breakout(size, *pointers, ctypes.byref(rules), out)]


def library_in(folder: str) -> Any:
    compiler = shutil.which("gcc")
    if compiler is None:
        raise SystemExit("scripts/bench backtest: gcc was not found; install it")
    made, source = Path(folder) / "loop.so", Path(__file__).with_suffix(".c")
    flags = ["-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(source), "-o", str(made), "-lm"], check=True)
    found = ctypes.CDLL(str(made))
    found.breakout.restype = ctypes.c_int64
    return found


def require_same(ours: Any, theirs: Any) -> None:
    """The same trades, or the first that differs."""
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if any(one[name] != other[name] for name in TRADE.names or ()):
            raise SystemExit(f"trade {number} differs:\n{one}\n{other}")
    if len(ours) != len(theirs):
        raise SystemExit(f"{len(ours)} trades and {len(theirs)} in C")


def fast_trades(study: Study) -> Any:
    """From bars in memory to trades, nothing kept from before."""
    features = Features(study.tapes["BTC"], end_ms=None, on_mark=True)
    ready = [ready_coin(features, study, "BTC")]
    return engine.played(ready, table_of(ready, study, moves=False), study.equity)[0]


def best_s(work: Callable[[], object], times: int = TIMES) -> float:
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def variants() -> list[BreakoutParams]:
    """1,000 combinations."""
    axes = product(
        (24, 36, 48, 72, 96),
        (1.0, 1.25, 1.5, 2.0),
        (0.01, 0.015, 0.02, 0.03, 0.04),
        (0.02, 0.03, 0.04, 0.05, 0.06),
        (0.004, 0.008),
    )
    return [
        replace(
            BreakoutParams(bar="1m"), range_bars=a, vol_threshold=b, range_target=c, trend_stop=d, early_mfe=e
        )
        for a, b, c, d, e in axes
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = library_in(folder)
        bars, params = bars_of(MANY, 1), BreakoutParams(bar="1m")
        study, loop = study_of(bars, params), InC(library, bars)
        trades = fast_trades(study)
        require_same(trades, loop.run(params))
        ours, theirs = best_s(lambda: fast_trades(study)), best_s(lambda: loop.run(params))
        told = f"{ours:.3f} s, C {theirs:.3f} s, {ours / theirs:.2f} times"
        print(f"one run, {MANY:,} bars, {len(trades)} trades: {told}")
        few, many = bars_of(FEW, 2), variants()
        study, loop = study_of(few, params), InC(library, few)
        for one in many[::97]:
            require_same(fast_trades(study_of(few, one)), loop.run(one))
        policies = [policy_of(one) for one in many]
        ours = best_s(lambda: sweep.run_all(study, policies), 2)
        theirs = best_s(lambda: [loop.run(one) for one in many], 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told = f"{ours:.3f} s, C {theirs:.3f} s, {ours / theirs:.2f} times"
        print(f"{len(many):,} combinations, {FEW:,} bars: {told}")
        print(f"peak memory of this process, the {MANY:,} bars among it: {peak} MB")


if __name__ == "__main__":
    main()
