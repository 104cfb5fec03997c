"""`trader data` as a user starts it: fetched over HTTP, killed on the way, completed, and looked through."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.support.machine import Machine
from tests.support.served import Killer, RunningClock, WatchedLine
from trader.core.candles import HOUR_MS, MINUTE_MS
from trader.core.text import utc
from trader.core.wire import Request
from trader.exchange.prices import Bar
from trader.parts import parts_of
from trader.parts.embedded import in_memory
from trader.sim.clock import VenueTime
from trader.sim.feed import ScriptedFeed
from trader.sim.server import Server

NOW_MS = 1_780_000_020_000
NOW_MS -= NOW_MS % HOUR_MS
MINUTES = 2_640
FIRST_MS = NOW_MS - MINUTES * MINUTE_MS
VENUE = "binance"


def a_bar(number: int) -> Bar:
    return Bar(50_000.0 + number, 50_003.0 + number, 49_998.0, 50_001.0 + number, 1.0)


class Venue:
    """A venue of minutes, served; what reaches it may be watched."""

    def __init__(self) -> None:
        parts = parts_of(VENUE)
        equity = Decimal(1000)
        feed = ScriptedFeed({"BTC": [a_bar(n) for n in range(MINUTES + 60)]}, start_ms=FIRST_MS)
        switches = parts.open_switches(equity=equity, weight=None)
        self.exchange = in_memory(
            parts.dialect(),
            feed,
            label="main",
            start_ms=NOW_MS,
            equity=equity,
            two_sided=False,
            switches=switches,
        )
        self.clock = RunningClock(NOW_MS + 30_000)
        self.line = WatchedLine(self.exchange.app)
        official = parts.base_url(practice=False, region="global")
        self.server = Server(self.line, VenueTime(self.clock), official_url=official)


@pytest.fixture
def venue() -> Iterator[Venue]:
    made = Venue()
    with made.server:
        yield made
        made.line.before = made.line.after = None
    made.exchange.close()


def is_page(request: Request) -> bool:
    return "/klines" in request.url


def test_a_fetch_that_was_killed_goes_on_and_loses_nothing(venue: Venue, tmp_path: Path) -> None:
    machine = Machine(tmp_path, NOW_MS + 30_000)
    asked = ("data", "fetch", "--venue", VENUE, "--coin", "BTC", "--frame", "1m", "--url", venue.server.url)
    span = ("--start", utc(FIRST_MS)[:16], "--out", str(tmp_path / "bars"))
    killer = Killer(venue.line, is_page, nth=2, worked=True)
    process = machine.start(*asked, *span, haste=100)
    killer.aim(process)
    assert process.wait(timeout=30) == -9
    process.communicate()
    side, path = tmp_path / "bars" / "binance-BTC-1m.part", tmp_path / "bars" / "binance-BTC-1m.parquet"
    assert (len(side.read_text().splitlines()), path.exists()) == (1_000, False)
    venue.line.before = venue.line.after = None
    done = machine.run(*asked, *span, "--json", haste=100)
    assert (done.code, done.said) == (0, "")
    told = json.loads(done.out)
    files = [{"path": str(path), "new": MINUTES - 1_000, "rows": MINUTES}]
    assert told == {"schema": "trader.data.fetch/1", "files": files, "notes": []}
    assert pl.read_parquet(path).rows() == [
        (FIRST_MS + n * MINUTE_MS, bar.open, bar.high, bar.low, bar.close, bar.volume)
        for n, bar in ((n, a_bar(n)) for n in range(MINUTES))
    ]
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    looked = machine.run("data", "check", str(path), "--json")
    assert (looked.code, looked.said, json.loads(looked.out)["files"][0]["findings"]) == (0, "", [])
