"""The compiled engine: one run and a sweep against C, the sweep on two cores, and its memory.

Rules: same trades first, time second: both sides are asked for the trades of one tape, which have to be
equal, before either is timed.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from scripts.backtest_bench.in_c import InC, require_same
from scripts.backtest_bench.material import COIN, FEW, MANY, PARAMS, bars_of, policy_of, study_of, variants
from scripts.backtest_bench.rows import Row, at_most
from scripts.backtest_bench.timing import best_s, peak_mb
from trader.backtest.fast import engine, sweep
from trader.backtest.fast.features import Features
from trader.backtest.fast.preparing import ready_coin, table_of
from trader.backtest.search.crew import CHUNK
from trader.backtest.search.shelf import Shelf, shelved
from trader.backtest.study import Study

ONE_MOST, SWEEP_MOST = 2.0, 1.5
CORES, CORES_LEAST = 2, 1.7
MEMORY_MOST_MB = 500
SWEEP_TIMES = 3


def fast_trades(study: Study) -> Any:
    """From bars in memory to trades, nothing kept from before."""
    features = Features(study.tapes[COIN], end_ms=None, on_mark=True)
    ready = [ready_coin(features, study, COIN)]
    return engine.played(ready, table_of(ready, study, moves=False), study.equity)[0]


def one_run(library: Any) -> list[Row]:
    bars = bars_of(MANY, 1)
    study, loop = study_of(bars, PARAMS), InC(library, bars)
    trades = fast_trades(study)
    require_same(trades, loop.run(PARAMS))
    ours, theirs = best_s(lambda: fast_trades(study)), best_s(lambda: loop.run(PARAMS))
    what = f"one breakout run, {MANY:,} bars in memory, {len(trades):,} trades"
    return [
        at_most(what, ours=f"{ours:.3f} s", theirs=f"C {theirs:.3f} s", ratio=ours / theirs, most=ONE_MOST)
    ]


def many_runs(library: Any) -> list[Row]:
    few, many = bars_of(FEW, 2), variants()
    study, loop = study_of(few, PARAMS), InC(library, few)
    for one in many[::97]:
        require_same(fast_trades(study_of(few, one)), loop.run(one))
    policies = [policy_of(one) for one in many]
    ours = best_s(lambda: sweep.run_all(study, policies), SWEEP_TIMES)
    theirs = best_s(lambda: [loop.run(one) for one in many], SWEEP_TIMES)
    what = f"{len(many):,} combinations, {FEW:,} bars, one core"
    return [
        at_most(what, ours=f"{ours:.2f} s", theirs=f"C {theirs:.2f} s", ratio=ours / theirs, most=SWEEP_MOST)
    ]


def on_cores(folder: str) -> list[Row]:
    """The same sweep by one worker process and by two, in wall time; the processes are there already, as in
    the middle of a search. On a machine that does other things too the processor time of the busier one
    tells more."""
    shelf = shelved(study_of(bars_of(FEW, 2), PARAMS).tapes, Path(folder))
    one, two = _by_workers(shelf, 1), _by_workers(shelf, CORES)
    if one.rows != two.rows:
        raise SystemExit("a sweep's rows depend on how many processes work at it")
    faster = one.wall_s / two.wall_s
    what = f"the same {len(one.rows):,} combinations, {CORES} worker processes, wall time"
    alone = f"one worker {one.wall_s:.2f} s; by processor time {one.busiest_s / two.busiest_s:.2f} times"
    goal = f"at least {CORES_LEAST:g} times faster"
    return [Row(what, f"{two.wall_s:.2f} s", alone, faster, goal, faster >= CORES_LEAST)]


@dataclass(slots=True)
class _Shared:
    """A sweep by several processes: its wall time, the processor time of the busiest of them, its rows."""

    wall_s: float
    busiest_s: float
    rows: list[object]


class _Held:
    """What a worker process was given."""

    study: Study
    barrier: Any


def _begin(shelf: Shelf, barrier: Any) -> None:
    (tape,) = shelf.tapes().values()
    _Held.study, _Held.barrier = study_of(tape.bars, PARAMS), barrier


def _warm(_: int) -> None:
    sweep.run_all(_Held.study, [policy_of(PARAMS)])
    _Held.barrier.wait()


def _chunk(first: int) -> tuple[int, float, list[object]]:
    began = time.process_time()
    rows = sweep.run_all(_Held.study, [policy_of(one) for one in variants()[first : first + CHUNK]])
    return os.getpid(), time.process_time() - began, list(rows)


def _by_workers(shelf: Shelf, workers: int) -> _Shared:
    """The sweep by so many processes that share the bars; the fastest of several goes."""
    context = get_context("spawn")
    barrier, firsts = context.Barrier(workers), range(0, len(variants()), CHUNK)
    goes: list[_Shared] = []
    with ProcessPoolExecutor(workers, context, _begin, (shelf, barrier)) as pool:
        list(pool.map(_warm, range(workers)))
        for _ in range(SWEEP_TIMES):
            began = time.perf_counter()
            done = list(pool.map(_chunk, firsts))
            wall_s = time.perf_counter() - began
            busy = (sum(s for pid, s, _ in done if pid == who) for who in {pid for pid, *_ in done})
            goes.append(_Shared(wall_s, max(busy), [row for *_, rows in done for row in rows]))
    return _Shared(min(go.wall_s for go in goes), min(go.busiest_s for go in goes), goes[0].rows)


def memory() -> list[Row]:
    """The sweep in a process of its own that does nothing else."""
    told = subprocess.run(
        [sys.executable, "-m", "scripts.backtest_bench.compiled"],
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    peak = int(told.stdout)
    what = f"peak memory of {len(variants()):,} combinations, {FEW:,} bars, a process of its own"
    return [Row(what, f"{peak} MB", goal=f"below {MEMORY_MOST_MB} MB", is_met=peak < MEMORY_MOST_MB)]


def main() -> None:
    """Print the megabytes that a sweep comes to."""
    sweep.run_all(study_of(bars_of(FEW, 2), PARAMS), [policy_of(one) for one in variants()])
    print(peak_mb())


if __name__ == "__main__":
    main()
