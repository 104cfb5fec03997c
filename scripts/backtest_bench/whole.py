"""The replay engine by strategy, and `trader backtest` as a whole process."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars

from scripts.backtest_bench.material import bars_of, study_of
from scripts.backtest_bench.rows import Row
from scripts.backtest_bench.timing import best_s
from trader.backtest.replay import engine as replay
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.breakout_params import BreakoutParams
from trader.strategies.hedge_grid_params import HedgeGridParams

ROOT = Path(__file__).resolve().parents[2]
HALF_HOUR_MS = 1_800_000
REPLAY_LEAST = 5_000
COLD_BARS, COLD_MOST_S = 50_000, 2.0
COLD_TIMES = 3
REPLAYED: tuple[tuple[str, str, Any, int], ...] = (
    ("breakout", "breakout", BreakoutParams(), 6_000),
    ("bollinger at the close", "bollinger", BollingerParams(), 6_000),
    ("bollinger resting at the band", "bollinger", BollingerParams(entry="resting"), 6_000),
    (
        "hedge_grid",
        "hedge_grid",
        HedgeGridParams(
            base_qty=0.002, side_notional_max=2_000.0, gross_notional_max=3_000.0, net_notional_max=1_500.0
        ),
        1_500,
    ),
)


def replayed() -> list[Row]:
    """Strategy bars a second and core: the program itself, tick by tick."""
    return [_replayed(*one) for one in REPLAYED]


def _replayed(told: str, name: str, params: Any, count: int) -> Row:
    study, found = study_of(bars_of(count, 3, frame_ms=HALF_HOUR_MS), params, name), []
    speed = count / best_s(lambda: found.append(replay.run(study)), 2)
    what = f"replay of {told}, {count:,} bars, {len(found[0].trades):,} trades"
    goal = f"at least {REPLAY_LEAST:,} bars/s"
    return Row(what, f"{speed:,.0f} bars/s", goal=goal, is_met=speed >= REPLAY_LEAST)


def cold() -> list[Row]:
    """The command as a user starts it, kernels compiled before: three bands, tables and all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config, candles = folder / "config.yaml", folder / "btc.parquet"
        config.write_text("venue: binance\nmode: paper\nmarkets: {BTC: {strategy: breakout}}\n")
        config.chmod(0o600)
        bars = bars_of(COLD_BARS, 4, frame_ms=HALF_HOUR_MS)
        columns = {n: getattr(bars, n) for n in ("open", "high", "low", "close", "volume")}
        polars.DataFrame({"timestamp_ms": bars.open_ms, **columns}).write_parquet(candles)
        command = [sys.executable, "-m", "trader", "backtest", "--config", str(config)]
        command += ["--candles", f"BTC={candles}", "--funding", "BTC=0.0001"]

        def work() -> None:
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

        work()
        wall = best_s(work, COLD_TIMES, time.perf_counter)
        processor = best_s(work, COLD_TIMES, _of_children)
    what = f"`trader backtest` as a process, {COLD_BARS:,} bars, three bands"
    told = f"{wall:.2f} s ({processor:.2f} s of processor)"
    return [Row(what, told, goal=f"below {COLD_MOST_S:g} s", is_met=wall < COLD_MOST_S)]


def _of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
