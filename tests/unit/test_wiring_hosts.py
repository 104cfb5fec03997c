"""Which hosts a connection may ask: those of the venue's adapter, each answered by the one paper exchange."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.configurations import write
from trader import config
from trader.core.candles import DAY_MS
from trader.core.past import Past
from trader.core.ports import Scope
from trader.parts import NAMES, parts_of
from trader.parts.serving import ServeOptions, prepare
from trader.sim.clock import ManualClock
from trader.wiring import Connection, connect, wire

NOW_MS = 1_780_000_020_000
PAPER = "venue: {venue}\nmode: paper\naccount: main\npaper: {{url: {url}}}\n"
MARKETS = "markets:\n  BTC: {strategy: breakout}\n"


def connected(folder: Path, venue: str, url: str, clock: ManualClock) -> Connection:
    wired = wire(config.load(write(folder, PAPER.format(venue=venue, url=url) + MARKETS)))
    return connect(wired, clock, lambda cap_s: cap_s)


@pytest.mark.parametrize("venue", NAMES)
def test_a_paper_exchange_that_is_served_answers_for_every_host(tmp_path: Path, venue: str) -> None:
    clock = ManualClock(NOW_MS)
    options = ServeOptions(venue=venue, equity=Decimal(1_000), two_sided=parts_of(venue).two_sided_usual)
    served = prepare(options, clock)
    with served.server:
        connection = connected(tmp_path, venue, served.server.url, clock)
        snapshot = connection.venue.observe(Scope(past_ms=2 * DAY_MS))
        connection.close()
    served.close()
    assert isinstance(snapshot.past, Past)
    assert snapshot.account_problem is None
    assert connection.requests() > 0


def test_what_a_binance_key_may_do_is_asked_on_the_real_network_alone() -> None:
    parts = parts_of("binance")
    assert parts.further_urls(practice=False) == ("https://api.binance.com",)
    assert parts.further_urls(practice=True) == ()
