"""The yardstick: the breakout strategy as a loop in C on one tape (scripts/bench_backtest.c)."""

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from scripts.backtest_bench.material import (
    EQUITY,
    FEES,
    MARKET,
    MINUTE_MS,
    MODEL,
    RATIO,
    SLIPPAGE_MAX,
    START_MS,
    TICK,
)
from trader.backtest.tape import Bars
from trader.strategies.breakout_params import BreakoutParams, hold_bars

SOURCE = Path(__file__).resolve().parent.parent / "bench_backtest.c"
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC")
# The fields of `rules` in the loop, in their order: whole numbers, then doubles.
WHOLE = (
    "frame_ms", "start_ms", "range_bars", "lookback", "fast", "slow", "window", "days", "early_bars", "hold",
    "every",
)  # fmt: skip
DOUBLES = (
    "volume", "threshold", "trend_target", "trend_stop", "range_target", "range_stop", "early_mfe", "equity",
    "ratio", "taker", "slip", "den", "lot_den", "notional_min", "bound_up", "bound_down",
)  # fmt: skip


class Rules(ctypes.Structure):
    """The numbers of the loop."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in WHOLE),
        *((name, ctypes.c_double) for name in DOUBLES),
    )


TRADE = np.dtype(
    [
        *((name, "i8") for name in ("k", "e", "x", "sign", "reason")),
        *((n, "f8") for n in ("entry", "exit", "size")),
    ]
)


def library_in(folder: str) -> Any:
    """The loop, compiled. Raise SystemExit where there is no compiler."""
    compiler = shutil.which("gcc")
    if compiler is None:
        raise SystemExit("scripts/bench backtest: gcc was not found; install it")
    made = Path(folder) / "loop.so"
    subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", str(made), "-lm"], check=True)
    found = ctypes.CDLL(str(made))
    found.breakout.restype = ctypes.c_int64
    return found


def rules_of(params: BreakoutParams) -> Rules:
    return Rules(
        frame_ms=MINUTE_MS,
        start_ms=START_MS,
        range_bars=params.range_bars,
        lookback=params.lookback_bars,
        fast=params.trend_fast,
        slow=params.trend_slow,
        window=params.trend_window,
        days=params.regime_days,
        early_bars=params.early_bars,
        hold=hold_bars(params),
        every=params.regime_recheck_bars,
        volume=params.vol_threshold,
        threshold=params.regime_threshold,
        trend_target=params.trend_target,
        trend_stop=params.trend_stop,
        range_target=params.range_target,
        range_stop=params.range_stop,
        early_mfe=params.early_mfe,
        equity=EQUITY,
        ratio=RATIO,
        taker=FEES.taker,
        slip=MODEL.slippage_bps / 10_000.0,
        den=float(1 / TICK),
        lot_den=float(1 / MARKET.lot),
        notional_min=float(MARKET.notional_min),
        bound_up=1.0 + SLIPPAGE_MAX,
        bound_down=1.0 - SLIPPAGE_MAX,
    )


class InC:
    """The loop on one tape."""

    def __init__(self, library: Any, bars: Bars) -> None:
        self._library = library
        self._columns = [getattr(bars, name) for name in ("open", "high", "low", "close", "volume")]
        self._trades = np.empty(len(bars) // 2, TRADE)

    def run(self, params: BreakoutParams) -> Any:
        pointers = [ctypes.c_void_p(column.ctypes.data) for column in self._columns]
        size = ctypes.c_int64(len(self._columns[0]))
        out = ctypes.c_void_p(self._trades.ctypes.data)
        return self._trades[: self._library.breakout(size, *pointers, ctypes.byref(rules_of(params)), out)]


def require_same(ours: Any, theirs: Any) -> None:
    """The same trades, or SystemExit with the first that differs."""
    for number, (one, other) in enumerate(zip(ours, theirs, strict=False)):
        if any(one[name] != other[name] for name in TRADE.names or ()):
            raise SystemExit(f"trade {number} differs:\n{one}\n{other}")
    if len(ours) != len(theirs):
        raise SystemExit(f"{len(ours)} trades and {len(theirs)} in C")
