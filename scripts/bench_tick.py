"""Measures a tick: start-up and memory against `import ccxt`, rounds, latency, many coins, and the demo.

Every ratio is taken within this one run, the two sides in turn, because machines differ and drift. A goal
that is missed is printed as missed and ends with exit code 1. Run it with `scripts/bench tick`.
"""

import json
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
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for tests/, which is not installed

from tests.support import scenes
from trader import config
from trader.core.actions import Enter
from trader.core.identity import account_tag
from trader.core.wire import Answer, Lost, Request
from trader.parts.hyperliquid import REAL
from trader.parts.serving import ServeOptions, prepare
from trader.policies import policy_of
from trader.rehearsal import KeptWord, fresh_env
from trader.run import Ran, run_once
from trader.sim.clock import ManualClock
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.hyperliquid.switches import Switches
from trader.venues.hyperliquid.pen import CcxtPen
from trader.venues.transport import HttpTransport

RUNS = 15
LATENCY_RUNS = 5
DELAY_MS = 100.0
COINS = ("BTC", "ETH", "SOL", "BNB", "AVAX", "DOGE", "LTC", "OP", "ATOM", "ARB")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: str
    goal: str
    met: bool


def main() -> int:
    if len(sys.argv) > 1 and sys.argv[1] == "serve":
        return serve(float(sys.argv[2]), json.loads(sys.argv[3]))
    rows = [*whole_process(), *latency(), demo()]
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


def serve(delay_ms: float, coins: list[str]) -> int:
    """The other side of the latency measurement, in a process of its own: a signal on a clock that stands."""
    scenes.BASE.update({coin: 20.0 for coin in COINS if coin not in scenes.BASE})
    feed = scenes.feed_of(coins if sys.argv[4] == "entry" else (), coins)
    label = config.load(None).settings.account
    options = ServeOptions(label=label, delay_ms=delay_ms, feed=feed, switches=Switches())
    served = prepare(options, ManualClock(scenes.NOW_MS))
    venue = served.exchange.venue
    venue.run_to(scenes.NOW_MS)
    for coin in coins:
        venue.model.set_leverage(served.exchange.user, coin, value=3, is_cross=True)
        # A venue has its bars and its day's prices at hand.
        venue.candles.snapshot(venue.model, coin, "30m", start_ms=0, end_ms=None)
    day = Request(f"{REAL}/info", b'{"type":"metaAndAssetCtxs"}')
    served.server.line.app.answer(day, at_ms=scenes.NOW_MS, client="warm-up")
    print(served.server.url, flush=True)
    served.server.serve_forever()
    return 0


def latency() -> Iterator[Row]:
    """What 100 ms on every answer adds, and what ten coins cost beside one."""
    idle, idle_rounds = added("noop", COINS[:1])
    entry, entry_rounds = added("entry", COINS[:1])
    yield Row("rounds of a no-op tick", str(idle_rounds), "2", idle_rounds == 2)
    yield Row("rounds of an entry tick", str(entry_rounds), "4", entry_rounds == 4)
    yield Row("no-op tick, added by 100 ms an answer", f"{idle:.0f} ms", "<= 260 ms", idle <= 260)
    yield Row("entry tick, added by 100 ms an answer", f"{entry:.0f} ms", "<= 500 ms", entry <= 500)
    one, ten = in_turn("noop", COINS[:1], COINS)
    ratio = ten / one
    yield Row("ten coins against one at that latency", f"{ratio:.2f}", "<= 1.50", ratio <= 1.5)


def added(kind: str, coins: Sequence[str]) -> tuple[float, int]:
    """Milliseconds that the delay adds to one tick (medians), and the rounds it took."""
    slow: list[float] = []
    fast: list[float] = []
    rounds = 0
    for _ in range(LATENCY_RUNS):
        for delay_ms, into in ((0.0, fast), (DELAY_MS, slow)):
            took_ms, rounds = one_tick(kind, coins, delay_ms)
            into.append(took_ms)
    return statistics.median(slow) - statistics.median(fast), rounds


def in_turn(kind: str, few: Sequence[str], many: Sequence[str]) -> tuple[float, float]:
    """Median milliseconds of a tick over each set of coins, at the latency, in turn."""
    taken: dict[int, list[float]] = {len(few): [], len(many): []}
    for _ in range(LATENCY_RUNS):
        for coins in (few, many):
            taken[len(coins)].append(one_tick(kind, coins, DELAY_MS)[0])
    return statistics.median(taken[len(few)]), statistics.median(taken[len(many)])


def one_tick(kind: str, coins: Sequence[str], delay_ms: float) -> tuple[float, int]:
    """One tick of a process that has already started, over HTTP, to a fresh exchange."""
    command = [sys.executable, __file__, "serve", str(delay_ms), json.dumps(list(coins)), kind]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        took_ms, rounds, ran = tick_against(url, coins)
    finally:
        process.terminate()
        process.wait()
    entered = sum(isinstance(done.action, Enter) for done in ran.done)
    if ran.codes or entered != (len(coins) if kind == "entry" else 0):
        raise SystemExit(f"the {kind} tick did not do what is measured: {ran.codes} {ran.problems}")
    return took_ms, rounds


class Counting(HttpTransport):
    """Counts the rounds that go over the wire."""

    def __init__(self, url: str) -> None:
        super().__init__((urlsplit(REAL).netloc,), reroute={REAL: url})
        self.rounds = 0

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.rounds += 1
        return super().exchange(requests, timeout_s=timeout_s)


def tick_against(url: str, coins: Sequence[str]) -> tuple[float, int, Ran]:
    """Milliseconds and rounds of one run; the pen is warm, as its first stroke is no matter of latency."""
    markets = "{" + ", ".join(f"{coin}: {{strategy: breakout}}" for coin in coins) + "}"
    settings = config.load(None, (f"markets={markets}", "sizing.position_ratio=0.05")).settings
    identity = paper_identity(settings.account)
    pen = CcxtPen(identity.agent_private_key, source="a")
    pen.sign({"type": "noop"}, nonce=scenes.NOW_MS, expires_ms=scenes.NOW_MS)
    transport = Counting(url)
    env = fresh_env(
        settings,
        ManualClock(scenes.NOW_MS),
        transport,
        account_id=identity.account_address,
        pen=pen,
        word=KeptWord(),
    )
    tag = account_tag(identity.account_address)
    policy = policy_of(settings, account_tag=tag, entries_for=frozenset(coins))
    started = time.perf_counter()
    ran = run_once(env, policy)
    return (time.perf_counter() - started) * 1000, transport.rounds, ran


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
