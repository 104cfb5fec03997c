"""Serves an embedded exchange over HTTP for as long as it is wanted: the body of `trader sim serve`.

Rules: prints one line with the URL and whom it lets trade, then nothing. With a file the exchange is the
one in the file; without, it lives in memory and ends with the process.
"""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.parts import Keys, parts_of
from trader.parts.embedded import Exchange, in_file, in_memory
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.feed import Feed
from trader.sim.line import Line
from trader.sim.server import Server
from trader.sim.server_control import Control
from trader.sim.truth import truth_of

MINUTE_MS = 60_000


@frozen
class ServeOptions:
    """How to serve. `label` names the paper account, `two_sided` is how it is kept while it is flat;
    `switches` None takes the dialect's for strangers."""

    venue: str = "hyperliquid"
    label: str = "main"
    equity: Decimal = Decimal(1000)
    database: Path | None = None
    address: str = "127.0.0.1"
    port: int = 0
    delay_ms: float = 0
    weight: int | None = None
    two_sided: bool = False
    feed: Feed | None = None
    switches: Any = None


@frozen
class Served:
    """A server that is ready to start, and what stands behind it."""

    server: Server
    exchange: Exchange
    keys: Keys

    def close(self) -> None:
        self.exchange.close()


def prepare(options: ServeOptions, clock: Clock) -> Served:
    """Put everything together; the port is bound when this returns."""
    parts = parts_of(options.venue)
    feed = options.feed or parts.bundle_feed()
    venue_time = VenueTime(clock)
    now_ms = venue_time.now_ms()
    more: dict[str, Any] = {
        "label": options.label,
        "start_ms": now_ms - now_ms % MINUTE_MS,
        "equity": options.equity,
        "two_sided": options.two_sided,
        "switches": options.switches or parts.open_switches(equity=options.equity, weight=options.weight),
    }
    exchange = (
        in_memory(parts.dialect(), feed, **more)
        if options.database is None
        else in_file(parts.dialect(), feed, options.database, **more)
    )
    line = Line(exchange.app)
    control = Control(
        line,
        venue_time,
        clock=clock if isinstance(clock, ManualClock) else None,
        truth=lambda: truth_of(exchange.model),
    )
    server = Server(
        line,
        venue_time,
        address=options.address,
        port=options.port,
        delay_ms=options.delay_ms,
        official_url=parts.base_url(practice=False, region="global"),
        control=control,
    )
    return Served(server, exchange, parts.paper_keys(options.label))


def serve(options: ServeOptions, clock: Clock, *, tell: Callable[[str], None]) -> None:
    """Serve until interrupted."""
    served = prepare(options, clock)
    secrets = " ".join(f"{name}={text}" for name, text in served.keys.secrets.items())
    tell(
        f"embedded {options.venue} at {served.server.url} account {served.keys.account_id} {secrets} "
        "(worthless anywhere else); Ctrl-C ends it"
    )
    try:
        served.server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        served.server.close()
        served.close()
