"""Serves an embedded Hyperliquid over HTTP for as long as it is wanted: the body of `trader sim serve`.

Rules: prints one line with the URL and whom it lets trade, then nothing. With a file the exchange is the
one in the file; without, it lives in memory and ends with the process.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from trader.core.ports import Clock
from trader.sim.app import App
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.feed import Feed
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.build import hyperliquid_bundle_feed, new_venue, stored_app
from trader.sim.hyperliquid.identity import PaperIdentity, paper_identity
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.truth import truth_of
from trader.sim.hyperliquid.venue import Venue
from trader.sim.line import Line
from trader.sim.server import Server
from trader.sim.server_control import Control

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How to serve. `label` names the paper identity; strangers are funded where `fund_unknown`."""

    label: str = "main"
    equity: Decimal = Decimal(1000)
    database: Path | None = None
    address: str = "127.0.0.1"
    port: int = 0
    delay_ms: float = 0
    fund_unknown: bool = True
    feed: Feed | None = None
    switches: Switches = field(default_factory=Switches)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready to start, and what stands behind it."""

    server: Server
    venue: Callable[[], Venue]
    identity: PaperIdentity
    close: Callable[[], None]


def prepare(options: ServeOptions, clock: Clock) -> Served:
    """Put everything together; the port is bound when this returns."""
    switches = replace(options.switches, equity=options.equity, fund_unknown=options.fund_unknown)
    feed = options.feed or hyperliquid_bundle_feed()
    venue_time = VenueTime(clock)
    identity = paper_identity(options.label)
    app, venue, close = _app(options, feed, switches, venue_time.now_ms(), identity)
    line = Line(app)
    control = Control(
        line,
        venue_time,
        clock=clock if isinstance(clock, ManualClock) else None,
        truth=lambda: truth_of(venue()),
    )
    server = Server(
        line,
        venue_time,
        address=options.address,
        port=options.port,
        delay_ms=options.delay_ms,
        control=control,
    )
    return Served(server, venue, identity, close)


def _app(
    options: ServeOptions, feed: Feed, switches: Switches, now_ms: int, identity: PaperIdentity
) -> tuple[App, Callable[[], Venue], Callable[[], None]]:
    start_ms = now_ms - now_ms % MINUTE_MS
    if options.database is None:
        venue = new_venue(feed, start_ms=start_ms, switches=switches)
        venue.declare(identity)
        return HyperliquidApp(venue), lambda: venue, lambda: None
    stored = stored_app(options.database, feed, start_ms=start_ms, switches=switches)
    stored.declare(identity)
    return stored, lambda: stored.venue, stored.close


def serve(options: ServeOptions, clock: Clock, *, tell: Callable[[str], None]) -> None:
    """Serve until interrupted."""
    served = prepare(options, clock)
    tell(
        f"embedded exchange at {served.server.url} account {served.identity.account_address} "
        f"agent key {served.identity.agent_private_key} (worthless anywhere else); Ctrl-C ends it"
    )
    try:
        served.server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        served.server.close()
        served.close()
