"""Measures backtests, against a loop in C and against other engines: `scripts/bench backtest`.

One table: what was measured, against what, the ratio of the two in this one run, the goal, and whether it is
met. `--only NAME` repeats a part. A goal that is missed ends with exit code 1. Prices are synthetic.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for scripts/, which is not installed

from scripts.backtest_bench.against import against_peers
from scripts.backtest_bench.compiled import many_runs, memory, on_cores, one_run
from scripts.backtest_bench.in_c import library_in
from scripts.backtest_bench.rows import Row, is_missed, table
from scripts.backtest_bench.whole import cold, replayed

PARTS: dict[str, Callable[[str], list[Row]]] = {
    "one": lambda folder: one_run(library_in(folder)),
    "sweep": lambda folder: many_runs(library_in(folder)),
    "cores": on_cores,
    "memory": lambda _: memory(),
    "peers": against_peers,
    "cold": lambda _: cold(),
    "replay": lambda _: replayed(),
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench backtest")
    parser.add_argument("--only", action="append", choices=tuple(PARTS), help="a part; repeatable")
    chosen = parser.parse_args(arguments).only or tuple(PARTS)
    rows: list[Row] = []
    for name in chosen:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            rows += PARTS[name](folder)
    print(table(rows))
    busy = os.getloadavg()[0]
    print(f"\n{os.cpu_count()} cores; {busy:.1f} processes wanted one on average in the last minute")
    return 1 if is_missed(rows) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
