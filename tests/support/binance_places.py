"""Where the adapter is tried: an embedded Binance in this process or behind HTTP, or its demo trading."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.support.account_bench import Watched
from tests.support.binance_bench import (
    LABEL,
    OFFICIAL_URL,
    START_MS,
    WALLET_URL,
    BinanceAccount,
    BinanceBench,
)
from tests.support.whole_cycle import practice_keys
from trader.clock import SystemClock
from trader.core.candles import MINUTE_MS
from trader.parts import parts_of
from trader.sim.binance.app import BinanceApp
from trader.sim.binance.build import new_venue
from trader.sim.binance.identity import PaperIdentity, paper_identity
from trader.sim.binance.switches import Switches
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.feed import flat_feed
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.server import Server
from trader.venues.transport import HttpTransport

PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 100.0}
HISTORY_MINUTES = 3 * 24 * 60


def _exchange(clock: ManualClock, switches: Switches | None, *, two_sided: bool) -> dict[str, Any]:
    """A market that stands still, five seconds into a bar, with one funded account."""
    feed = flat_feed(PRICES, start_ms=START_MS - HISTORY_MINUTES * MINUTE_MS, minutes=HISTORY_MINUTES)
    embedded = new_venue(feed, start_ms=START_MS, switches=switches or Switches(weight_per_minute=1_000_000))
    identity = paper_identity(LABEL)
    embedded.declare(identity)
    if two_sided:
        embedded.model.set_two_sided(identity.user, True)
    return {"clock": clock, "embedded": embedded, "line": Line(BinanceApp(embedded)), "feed": feed}


def in_process(
    switches: Switches | None = None, *, two_sided: bool = False, latency_ms: float = 0
) -> BinanceBench:
    clock = ManualClock(START_MS + 5_000)
    made = _exchange(clock, switches, two_sided=two_sided)
    return BinanceBench(wire=Watched(Mount(made["line"], clock, latency_ms=latency_ms)), **made)


@contextmanager
def over_http(switches: Switches | None = None, *, two_sided: bool = False) -> Iterator[BinanceBench]:
    clock = ManualClock(START_MS + 5_000)
    made = _exchange(clock, switches, two_sided=two_sided)
    with Server(made["line"], VenueTime(clock)) as server:
        reroute = {OFFICIAL_URL: server.url, WALLET_URL: server.url}
        hosts = {urlsplit(url).netloc for url in reroute}
        transport = HttpTransport(hosts, reroute=reroute, retry_pause_s=0.0)
        with closing(transport):
            yield BinanceBench(wire=Watched(transport), **made)


@contextmanager
def on_the_test_network() -> Iterator[BinanceAccount]:
    """Demo trading, with account and key from the environment; what a test leaves there is taken off."""
    parts = parts_of("binance")
    keys, url = practice_keys(parts), parts.base_url(practice=True, region="global")
    transport = HttpTransport({urlsplit(url).netloc})
    bench = BinanceAccount(
        wire=Watched(transport),
        clock=SystemClock(),
        identity=PaperIdentity(keys.account_id, keys.secrets["API_KEY"], keys.secrets["API_SECRET"]),
        base_url=url,
        wallet_url=None,
    )
    with closing(transport):
        bench.leave_nothing()
        try:
            yield bench
        finally:
            bench.leave_nothing()
