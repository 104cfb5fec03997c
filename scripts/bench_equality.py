"""Asks both backtest engines many random questions and compares every trade: `scripts/bench equality 10000`.

The second argument is the number of the first question (0). Questions are spread over all cores; each one is
its number alone, so a difference is found again by asking for that number. Exit 1 where a trade differs.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for tests/, which is not installed

from tests.support.engine_equality import Tally, compare
from tests.support.random_studies import study_of
from trader.backtest.fast import engine as fast
from trader.backtest.replay import engine as replay

COUNT = 10_000
CHUNK = 50


def asked(first: int, end: int) -> Tally:
    """What came of the questions from one number to before another."""
    return compare(
        range(first, end), study_of, partial(replay.run, moves=True), partial(fast.run, moves=True)
    )


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else COUNT
    first = int(arguments[1]) if len(arguments) > 1 else 0
    whole, began = Tally(), time.monotonic()
    asked(first, first + 1)  # compiles once, before there are many
    chunks = [(n, min(n + CHUNK, first + count)) for n in range(first, first + count, CHUNK)]
    with ProcessPoolExecutor(os.cpu_count() or 1) as pool:
        for done in pool.map(asked, *zip(*chunks, strict=True)):
            whole.add(done)
            if sys.stderr.isatty():
                print(f"\r{whole.asked} of {count}", end="", file=sys.stderr)
    print(f"{whole.told()}\n{time.monotonic() - began:.0f} s")
    return 1 if whole.different else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
