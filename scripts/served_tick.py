"""One tick over HTTP against a fresh embedded exchange in a process of its own, which may answer slowly.

The exchange's clock and the tick's stand still, so that two ticks differ by their latency alone. Run as a
program this file is the exchange: `served_tick.py DELAY_MS KIND VENUE COINS`.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # for tests/, which is not installed

from tests.support import scenes
from trader import config
from trader.core.actions import Enter
from trader.core.identity import account_tag
from trader.core.wire import Answer, Lost, Request
from trader.parts import parts_of
from trader.parts.serving import Served, ServeOptions, prepare
from trader.policies import policy_of
from trader.rehearsal import KeptWord, fresh_env
from trader.run import Ran, run_once
from trader.sim.clock import ManualClock
from trader.venues.transport import HttpTransport

COINS = ("BTC", "ETH", "SOL", "BNB", "AVAX", "DOGE", "LTC", "OP", "ATOM", "ARB")
LISTED = (*COINS[:7], "XRP", "ADA", "LINK")
"""Ten coins that the embedded OKX and Binance list."""
EQUITY = 20_000


@dataclass(frozen=True)
class Tick:
    """What one tick took."""

    took_ms: float
    rounds: int
    requests: int


def one_tick(kind: str, coins: Sequence[str], delay_ms: float, venue: str = "hyperliquid") -> Tick:
    """One tick of a process that has already started, `noop` or `entry`; a failing one is no measurement."""
    command = [sys.executable, __file__, str(delay_ms), kind, venue, json.dumps(list(coins))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        tick, ran = tick_against(url, coins, venue)
    finally:
        process.terminate()
        process.wait()
    entered = sum(isinstance(done.action, Enter) for done in ran.done)
    if ran.codes or entered != (len(coins) if kind == "entry" else 0):
        raise SystemExit(
            f"the {kind} tick at {venue} did not do what is measured: {ran.codes} {ran.problems}"
        )
    return tick


class Counting(HttpTransport):
    """Counts what goes over the wire."""

    def __init__(self, officials: Sequence[str], url: str) -> None:
        hosts = [urlsplit(official).netloc for official in officials]
        super().__init__(hosts, reroute=dict.fromkeys(officials, url))
        self.rounds = 0
        self.requests = 0

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.rounds += 1
        self.requests += len(requests)
        return super().exchange(requests, timeout_s=timeout_s)


def tick_against(url: str, coins: Sequence[str], venue: str) -> tuple[Tick, Ran]:
    """One run; the pen is warm, as its first stroke is no matter of latency."""
    markets = "{" + ", ".join(f"{coin}: {{strategy: breakout}}" for coin in coins) + "}"
    asked = (f"venue={venue}", f"markets={markets}", "sizing.position_ratio=0.05")
    settings = config.load(None, asked).settings
    parts = parts_of(venue)
    keys = parts.paper_keys(settings.account)
    officials = (parts.base_url(practice=False, region="global"), *parts.further_urls(practice=False))
    transport = Counting(officials, url)
    env = fresh_env(
        settings,
        ManualClock(scenes.NOW_MS),
        transport,
        account_id=keys.account_id,
        pen=warm(parts.pen(keys, practice=False), venue),
        word=KeptWord(),
    )
    policy = policy_of(settings, account_tag=account_tag(keys.account_id), entries_for=frozenset(coins))
    started = time.perf_counter()
    ran = run_once(env, policy)
    took_ms = (time.perf_counter() - started) * 1000
    return Tick(took_ms, transport.rounds, transport.requests), ran


def warm(pen: Any, venue: str) -> Any:
    """A pen whose signing is loaded."""
    if venue == "hyperliquid":
        pen.sign({"type": "noop"}, nonce=scenes.NOW_MS, expires_ms=scenes.NOW_MS)
    return pen


def serve(delay_ms: float, kind: str, venue: str, coins: list[str]) -> None:
    """The exchange: a signal in every coin, or in none, on a clock that stands."""
    scenes.BASE.update({coin: 20.0 for coin in coins if coin not in scenes.BASE})
    feed = scenes.feed_of(coins if kind == "entry" else (), coins)
    settings = config.load(None).settings
    options = ServeOptions(
        venue=venue,
        label=settings.account,
        equity=settings.paper.equity if venue == "hyperliquid" else type(settings.paper.equity)(EQUITY),
        delay_ms=delay_ms,
        feed=feed,
    )
    served = prepare(options, ManualClock(scenes.NOW_MS))
    served.exchange.run_to(scenes.NOW_MS)
    for coin in coins:
        served.exchange.model.set_leverage(served.exchange.user, coin, value=3, is_cross=True)
    if venue == "hyperliquid":
        have_at_hand(served, coins)
    print(served.server.url, flush=True)
    served.server.serve_forever()


def have_at_hand(served: Served, coins: list[str]) -> None:
    """A venue has its bars and its day's prices at hand."""
    venue = served.exchange.venue
    for coin in coins:
        venue.candles.snapshot(venue.model, coin, "30m", start_ms=0, end_ms=None)
    official = parts_of("hyperliquid").base_url(practice=False, region="global")
    day = Request(f"{official}/info", b'{"type":"metaAndAssetCtxs"}')
    served.server.line.app.answer(day, at_ms=scenes.NOW_MS, client="warm-up")


if __name__ == "__main__":
    serve(float(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
