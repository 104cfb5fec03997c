"""Measures a tick: start-up and memory against `import ccxt`, rounds, latency, many coins, and the demo.

Latency is measured at each venue (scripts/served_tick.py); the whole process at Hyperliquid, whose signing is
the dearest to load.

Every ratio is taken within this one run, the two sides in turn, because machines differ and drift. A goal
that is missed is printed as missed and ends with exit code 1. Run it with `scripts/bench tick`.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for scripts/ and tests/, not installed

from scripts.served_tick import COINS, LISTED, Tick, one_tick

RUNS = 15
LATENCY_RUNS = 5
OTHER_RUNS = 3
# One of them reads, before an entry alone, what became of recent orders: failures are counted at the venue.
ENTRY_ROUNDS = {"hyperliquid": 5, "okx": 9, "binance": 11}
DELAY_MS = 100.0


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: str
    goal: str
    met: bool


def main() -> int:
    rows = [*whole_process(), *latency(), *other_venues(), demo()]
    width = max(len(row.what) for row in rows)
    for row in rows:
        print(f"{row.what:<{width}}  {row.value:>24}  goal {row.goal:<14} {'met' if row.met else 'MISSED'}")
    return 0 if all(row.met for row in rows) else 1


def whole_process() -> Iterator[Row]:
    """A no-op tick from process start to exit against the embedded exchange over loopback HTTP."""
    with tempfile.TemporaryDirectory() as folder, wall_clock_server() as url:
        file = Path(folder) / "trader.yaml"
        file.write_text(
            "venue: hyperliquid\nmode: paper\naccount: bench\n"
            f"paper: {{url: {url!r}}}\nlock_dir: {folder}/locks\njournal: {{folder: {folder}/journal}}\n"
            "markets:\n  BTC: {strategy: breakout}\n"
        )
        file.chmod(0o600)
        tick = [sys.executable, "-I", str(entry_point()), "run", "--quiet", "--config", str(file)]
        ccxt = [sys.executable, "-I", "-c", "import ccxt"]
        for command in (tick, ccxt):
            timed(command)
        pairs = [(timed(tick), timed(ccxt)) for _ in range(RUNS)]
    ratios = [ours[0] / theirs[0] for ours, theirs in pairs]
    ours_s, theirs_s = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    memory_mb = max(ours[1] for ours, _ in pairs) / 1024
    ratio = statistics.median(ratios)
    yield Row("no-op tick, whole process", f"{ours_s:.3f} s", "-", True)
    yield Row('python -c "import ccxt"', f"{theirs_s:.3f} s", "-", True)
    yield Row("ratio of the two (median of pairs)", f"{ratio:.2f}", "<= 0.60", ratio <= 0.6)
    yield Row("peak memory of the tick", f"{memory_mb:.0f} MB", "< 90 MB", memory_mb < 90)


def entry_point() -> Path:
    """The installed command, which is what cron calls."""
    return Path(sys.executable).parent / "trader"


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and peak kilobytes of one process; a failing one is no measurement."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - started
    said = process.stderr.read().decode() if process.stderr else ""
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed: {said}")
    return took, used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)


@contextmanager
def wall_clock_server() -> Iterator[str]:
    command = [
        sys.executable,
        "-I",
        str(entry_point()),
        "sim",
        "serve",
        "--account",
        "bench",
        "--weight",
        "1000000",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield next(word for word in line.split() if word.startswith("http://"))
    finally:
        process.terminate()
        process.wait()


def latency() -> Iterator[Row]:
    """What 100 ms on every answer adds, and what ten coins cost beside one."""
    idle, idle_tick = added("noop", COINS[:1])
    entry, entry_tick = added("entry", COINS[:1])
    rounds = ENTRY_ROUNDS["hyperliquid"]
    yield Row("rounds of a no-op tick", str(idle_tick.rounds), "2", idle_tick.rounds == 2)
    yield Row("rounds of an entry tick", str(entry_tick.rounds), str(rounds), entry_tick.rounds == rounds)
    yield Row("no-op tick, added by 100 ms an answer", f"{idle:.0f} ms", "<= 260 ms", idle <= 260)
    yield Row("entry tick, added by 100 ms an answer", f"{entry:.0f} ms", "<= 500 ms", entry <= 500)
    one, ten = in_turn("noop", COINS[:1], COINS)
    ratio = ten / one
    yield Row("ten coins against one at that latency", f"{ratio:.2f}", "<= 1.50", ratio <= 1.5)


def other_venues() -> Iterator[Row]:
    """The same at the venues whose stops do not come whole with an entry, and what ten coins take there."""
    for venue in ("okx", "binance"):
        for kind, coins, most in (("noop", COINS[:1], 2), ("entry", COINS[:3], ENTRY_ROUNDS[venue])):
            extra_ms, tick = added(kind, coins, venue, OTHER_RUNS)
            name = f"{venue}, {'no-op' if kind == 'noop' else 'entry'} tick of {len(coins)}"
            goal_ms = 120 * most + 60
            yield Row(
                f"{name}: rounds, requests, added by 100 ms",
                f"{tick.rounds}, {tick.requests}, {extra_ms:.0f} ms",
                f"{most}, <= {goal_ms} ms",
                tick.rounds == most and extra_ms <= goal_ms,
            )
        ten = one_tick("noop", LISTED, DELAY_MS, venue)
        yield Row(
            f"{venue}, no-op tick of 10 at 100 ms: requests, whole",
            f"{ten.requests}, {ten.took_ms:.0f} ms",
            "<= 3000 ms",
            ten.took_ms <= 3000,
        )


def added(
    kind: str, coins: Sequence[str], venue: str = "hyperliquid", runs: int = LATENCY_RUNS
) -> tuple[float, Tick]:
    """Milliseconds that the delay adds to one tick (medians), and the last tick of them."""
    ticks: dict[float, list[Tick]] = {0.0: [], DELAY_MS: []}
    for _ in range(runs):
        for delay_ms, into in ticks.items():
            into.append(one_tick(kind, coins, delay_ms, venue))
    fast, slow = (statistics.median(tick.took_ms for tick in into) for into in ticks.values())
    return slow - fast, ticks[DELAY_MS][-1]


def in_turn(kind: str, few: Sequence[str], many: Sequence[str]) -> tuple[float, float]:
    """Median milliseconds of a tick over each set of coins, at the latency, in turn."""
    taken: dict[int, list[float]] = {len(few): [], len(many): []}
    for _ in range(LATENCY_RUNS):
        for coins in (few, many):
            taken[len(coins)].append(one_tick(kind, coins, DELAY_MS).took_ms)
    return statistics.median(taken[len(few)]), statistics.median(taken[len(many)])


def demo() -> Row:
    """The main job of a newcomer, as a whole process."""
    started = time.perf_counter()
    command = [sys.executable, "-I", str(entry_point()), "demo", "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took_s = time.perf_counter() - started
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Row(
        "trader demo, three coins, 1,344 ticks", f"{took_s:.1f} s, {peak_mb:.0f} MB", "< 30 s", took_s < 30
    )


if __name__ == "__main__":
    sys.exit(main())
