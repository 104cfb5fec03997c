"""Where the adapter is tried: an embedded exchange, in this process or behind HTTP, or the test network."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.support.account_bench import Watched
from tests.support.hyperliquid_bench import Bench, Sim
from trader.clock import SystemClock
from trader.core.candles import MINUTE_MS
from trader.core.wire import Transport
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.feed import flat_feed
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.build import new_venue
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.hyperliquid.switches import Switches
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.server import Server
from trader.venues.hyperliquid.pen import CcxtPen
from trader.venues.transport import HttpTransport

OFFICIAL_URL = "https://api.hyperliquid.xyz"
TEST_NETWORK_URL = "https://api.hyperliquid-testnet.xyz"
# A border of half-hour bars and of funding hours.
START_MS = 1_750_003_200_000
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 100.0}
HISTORY_MINUTES = 3 * 24 * 60

ACCOUNT_VARIABLE = "TRADER_TESTNET_ACCOUNT"
KEY_VARIABLE = "TRADER_TESTNET_AGENT_KEY"
COIN_VARIABLE = "TRADER_TESTNET_COIN"


def an_exchange(clock: ManualClock, switches: Switches | None = None) -> Sim:
    """A market that stands still, five seconds into a bar, with one funded account."""
    feed = flat_feed(PRICES, start_ms=START_MS - HISTORY_MINUTES * MINUTE_MS, minutes=HISTORY_MINUTES)
    embedded = new_venue(feed, start_ms=START_MS, switches=switches)
    embedded.declare(paper_identity("contract"))
    # Time stands still here, so a minute's budget would never come back.
    embedded.ip_budget.limit = 1_000_000
    return Sim(embedded, Line(HyperliquidApp(embedded)), clock, feed)


def _bench(transport: Transport, clock: ManualClock, sim: Sim) -> Bench:
    identity = paper_identity("contract")
    return Bench(
        wire=Watched(transport),
        clock=clock,
        address=identity.account_address,
        pen=CcxtPen(identity.agent_private_key, source="a"),
        base_url=OFFICIAL_URL,
        coin="SOL",
        sim_or_none=sim,
    )


def in_process(switches: Switches | None = None, *, latency_ms: float = 0) -> Bench:
    clock = ManualClock(START_MS + 5_000)
    sim = an_exchange(clock, switches)
    return _bench(Mount(sim.line, clock, latency_ms=latency_ms), clock, sim)


@contextmanager
def over_http(switches: Switches | None = None) -> Iterator[Bench]:
    clock = ManualClock(START_MS + 5_000)
    sim = an_exchange(clock, switches)
    with Server(sim.line, VenueTime(clock)) as server:
        transport = HttpTransport(
            {"api.hyperliquid.xyz"}, reroute={OFFICIAL_URL: server.url}, retry_pause_s=0.0
        )
        with closing(transport):
            yield _bench(transport, clock, sim)


@contextmanager
def on_the_test_network() -> Iterator[Bench]:
    """Account and key come from the environment; what a test leaves there is closed and cancelled."""
    missing = [name for name in (ACCOUNT_VARIABLE, KEY_VARIABLE) if not os.environ.get(name)]
    if missing:
        raise LookupError(
            f"set {' and '.join(missing)}: a funded account of the test network and its agent's key"
        )
    transport = HttpTransport({"api.hyperliquid-testnet.xyz"})
    bench = Bench(
        wire=Watched(transport),
        clock=SystemClock(),
        address=os.environ[ACCOUNT_VARIABLE],
        pen=CcxtPen(os.environ[KEY_VARIABLE], source="b"),
        base_url=TEST_NETWORK_URL,
        coin=os.environ.get(COIN_VARIABLE, "ETH"),
        sim_or_none=None,
    )
    with closing(transport):
        bench.leave_nothing()
        try:
            yield bench
        finally:
            bench.leave_nothing()
