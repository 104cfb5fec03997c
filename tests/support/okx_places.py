"""Where the OKX adapter is tried: an embedded exchange, in this process or behind HTTP, or demo trading."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from tests.support.account_bench import Watched
from tests.support.okx_bench import Account, Bench, Sim
from tests.support.whole_cycle import practice_keys
from trader.clock import SystemClock
from trader.core.candles import MINUTE_MS
from trader.core.wire import Transport
from trader.parts import parts_of
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.feed import flat_feed
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.okx.app import OkxApp
from trader.sim.okx.build import new_venue
from trader.sim.okx.identity import PaperIdentity, paper_identity
from trader.sim.okx.switches import Switches
from trader.sim.server import Server
from trader.venues.okx.hosts import REGION_URLS
from trader.venues.transport import HttpTransport

OFFICIAL_URL = REGION_URLS["global"]
# A border of half-hour bars and of funding intervals.
START_MS = 1_750_003_200_000
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "SOL": 100.0}
HISTORY_MINUTES = 3 * 24 * 60


def an_exchange(clock: ManualClock, switches: Switches) -> Sim:
    """A market that stands still, five seconds into a bar, with one funded account."""
    feed = flat_feed(PRICES, start_ms=START_MS - HISTORY_MINUTES * MINUTE_MS, minutes=HISTORY_MINUTES)
    embedded = new_venue(feed, start_ms=START_MS, switches=switches)
    embedded.declare(paper_identity("contract"))
    return Sim(embedded, Line(OkxApp(embedded)), clock, feed)


def _bench(transport: Transport, clock: ManualClock, sim: Sim, isolated: frozenset[str]) -> Bench:
    return Bench(
        wire=Watched(transport),
        clock=clock,
        identity=paper_identity("contract"),
        base_url=OFFICIAL_URL,
        sim=sim,
        isolated=isolated,
    )


def in_process(
    switches: Switches | None = None, *, two_sided: bool = True, isolated: frozenset[str] = frozenset()
) -> Bench:
    clock = ManualClock(START_MS + 5_000)
    sim = an_exchange(clock, replace(switches or Switches(), two_sided=two_sided))
    return _bench(Mount(sim.line, clock), clock, sim, isolated)


@contextmanager
def over_http(*, two_sided: bool = True, isolated: frozenset[str] = frozenset()) -> Iterator[Bench]:
    clock = ManualClock(START_MS + 5_000)
    sim = an_exchange(clock, Switches(two_sided=two_sided))
    with Server(sim.line, VenueTime(clock)) as server:
        transport = HttpTransport({"www.okx.com"}, reroute={OFFICIAL_URL: server.url}, retry_pause_s=0.0)
        with closing(transport):
            yield _bench(transport, clock, sim, isolated)


@contextmanager
def on_the_test_network() -> Iterator[Account]:
    """Demo trading, with account and key from the environment; what a test leaves there is taken off."""
    keys = practice_keys(parts_of("okx"))
    secrets = (keys.secrets[name] for name in ("API_KEY", "API_SECRET", "API_PASSPHRASE"))
    transport = HttpTransport({"www.okx.com"})
    bench = Account(
        wire=Watched(transport),
        clock=SystemClock(),
        identity=PaperIdentity(keys.account_id, *secrets),
        base_url=OFFICIAL_URL,
        simulated=True,
    )
    with closing(transport):
        bench.leave_nothing()
        try:
            yield bench
        finally:
            bench.leave_nothing()
