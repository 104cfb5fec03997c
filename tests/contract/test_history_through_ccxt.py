"""The real ccxt reads each embedded exchange's past, page by page, into files that a backtest reads."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from trader.backtest.data import read_bars, read_rates
from trader.backtest.data.fetching import Order, fetch
from trader.core.candles import HOUR_MS, MINUTE_MS
from trader.core.errors import ConfigError, Malformed, Unavailable
from trader.core.wire import Answer, Lost, Request
from trader.exchange.prices import Bar
from trader.parts import NAMES, parts_of
from trader.parts.embedded import in_memory
from trader.parts.history import ARCHIVES, FRAMES, history_of
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.feed import ScriptedFeed
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.venues.history import History, Kind

NOW_MS = 1_780_000_020_000
NOW_MS -= NOW_MS % HOUR_MS
MINUTES = 2_600
FIRST_MS = NOW_MS - MINUTES * MINUTE_MS


def a_bar(number: int) -> Bar:
    opened = 50_000.0 + number % 50
    return Bar(opened, opened + 3.0, opened - 2.0, opened + 1.0, float(1 + number % 9))


class Watch(ManualClock):
    """Writes down how long it was made to wait."""

    def __init__(self, waited: list[float]) -> None:
        super().__init__(NOW_MS + 30_000)
        self._waited = waited

    def sleep(self, seconds: float) -> None:
        self._waited.append(seconds)
        super().sleep(seconds)


class Past:
    """One venue, its clock, and the requests that reached it; a test may answer in its stead."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self.waited: list[float] = []
        self.clock = Watch(self.waited)
        self.sent: list[Request] = []
        self.instead: Callable[[Request], Answer | Lost | None] = lambda _request: None
        parts = parts_of(venue)
        feed = ScriptedFeed({"BTC": [a_bar(n) for n in range(MINUTES + 2)]}, start_ms=FIRST_MS)
        switches = parts.open_switches(equity=Decimal(1000), weight=None)
        exchange = in_memory(
            parts.dialect(),
            feed,
            label="main",
            start_ms=NOW_MS,
            equity=Decimal(1000),
            two_sided=False,
            switches=switches,
        )
        self._mount = Mount(Line(exchange.app), self.clock, venue_time=VenueTime(self.clock))

    def exchange(self, requests: Any, *, timeout_s: float) -> list[Answer | Lost]:
        (request,) = requests
        self.sent.append(request)
        instead = self.instead(request)
        return [instead] if instead else self._mount.exchange(requests, timeout_s=timeout_s)

    def close(self) -> None:
        return None

    def history(self, kind: Kind, frame: str, monkeypatch: pytest.MonkeyPatch) -> History:
        monkeypatch.setattr("trader.parts.history.HttpTransport", lambda *_, **__: self)
        return history_of(self.venue, self.clock, coin="BTC", kind=kind, frame=frame, url=None)


@pytest.fixture(params=NAMES)
def past(request: pytest.FixtureRequest) -> Past:
    return Past(request.param)


def completed(
    past: Past, folder: Path, kind: Kind, frame: str, first_ms: int, monkeypatch: pytest.MonkeyPatch
) -> Path:
    path = folder / "series.parquet"
    order = Order(path, 0 if kind == "funding" else FRAMES[frame], first_ms, NOW_MS + HOUR_MS)
    source = past.history(kind, frame, monkeypatch)
    told: list[str] = []
    shares: list[float] = []
    fetch(order, source, tell=told.append, advance=shares.append)
    assert told == []
    assert sum(shares) == pytest.approx(1.0)
    return path


def test_minutes_over_several_pages(past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = ARCHIVES[past.venue].shelves["candles"]
    first = MINUTES - shelf.rows - shelf.rows // 2
    path = completed(past, tmp_path, "candles", "1m", FIRST_MS + first * MINUTE_MS, monkeypatch)
    bars = read_bars(path, now_ms=NOW_MS + HOUR_MS)
    # The minute that runs is left out, and so is nothing else.
    assert bars.open_ms.tolist() == [FIRST_MS + n * MINUTE_MS for n in range(first, MINUTES)]
    assert bars.high.tolist() == [a_bar(n).high for n in range(first, MINUTES)]
    assert bars.volume.tolist() == [a_bar(n).volume for n in range(first, MINUTES)]
    # Two pages, and the venue's pause between them.
    assert past.waited == [shelf.pause_s]
    assert all(not name.lower().startswith(("x-", "ok-")) for r in past.sent for name, _ in r.headers)


def test_longer_bars(past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = completed(past, tmp_path, "candles", "30m", NOW_MS - 10 * HOUR_MS, monkeypatch)
    bars = read_bars(path, now_ms=NOW_MS + HOUR_MS)
    assert bars.open_ms.tolist() == [NOW_MS - 30 * n * MINUTE_MS for n in range(20, 0, -1)]
    last = [a_bar(n) for n in range(MINUTES - 30, MINUTES)]
    assert bars.high[-1] == max(bar.high for bar in last)
    assert bars.volume[-1] == pytest.approx(sum(bar.volume for bar in last))


def test_marks(past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if past.venue == "hyperliquid":
        with pytest.raises(ConfigError, match="hyperliquid keeps no mark of the past; it has candles, fund"):
            completed(past, tmp_path, "mark", "30m", NOW_MS - HOUR_MS, monkeypatch)
        return
    path = completed(past, tmp_path, "mark", "30m", NOW_MS - 10 * HOUR_MS, monkeypatch)
    bars = read_bars(path, marks=True, now_ms=NOW_MS + HOUR_MS)
    assert (len(bars), bars.volume.tolist()) == (20, [0.0] * 20)
    assert bars.low[-1] == min(a_bar(n).low for n in range(MINUTES - 30, MINUTES))


def test_funding(past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every_ms = HOUR_MS if past.venue == "hyperliquid" else 8 * HOUR_MS
    path = completed(past, tmp_path, "funding", "1m", NOW_MS - 240 * HOUR_MS, monkeypatch)
    rates = read_rates(path)
    first = -(-(NOW_MS - 240 * HOUR_MS) // every_ms) * every_ms
    assert rates.at_ms.tolist() == list(range(first, NOW_MS + 1, every_ms))
    assert set(pl.read_parquet(path)["funding_rate"].to_list()) == {float(rates.rate[0])}


def test_a_coin_that_is_not_listed(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trader.parts.history.HttpTransport", lambda *_, **__: past)
    source = history_of(past.venue, past.clock, coin="NOPE", kind="candles", frame="1m", url=None)
    with pytest.raises(ConfigError, match="the venue does not know what was asked"):
        source.page(NOW_MS - HOUR_MS)


BINANCE = "binance"


def test_a_lost_answer_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(BINANCE)
    source = past.history("candles", "1m", monkeypatch)
    lost = iter([Lost(reached=True, reason="reset")] * 2)
    past.instead = lambda request: next(lost, None) if "klines" in request.url else None
    assert len(source.page(NOW_MS - HOUR_MS)) == 61
    assert past.waited == [1.0, 2.0]
    past.instead = lambda _request: Lost(reached=False, reason="refused")
    with pytest.raises(Unavailable, match="the venue could not be asked"):
        source.page(NOW_MS - HOUR_MS)
    assert past.waited[-4:] == [1.0, 2.0, 4.0, 8.0]


def test_too_many_requests_wait_a_minute_and_a_ban_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    past = Past(BINANCE)
    source = past.history("candles", "1m", monkeypatch)
    crowded = b'{"code":-1003,"msg":"Too many requests."}'
    answers = iter([Answer(429, crowded)])
    past.instead = lambda request: next(answers, None) if "klines" in request.url else None
    # A minute later there is one more.
    assert len(source.page(NOW_MS - HOUR_MS)) == 62
    assert past.waited == [60.0]
    for status, waits in ((418, 0), (403, 0), (429, 3)):
        past.waited.clear()
        past.instead = lambda _request, status=status: Answer(status, crowded)  # type: ignore[misc]
        with pytest.raises(Unavailable):
            source.page(NOW_MS - HOUR_MS)
        assert past.waited.count(60.0) == waits


@pytest.mark.parametrize(
    "body", [b"{}", b'[[1780000000000,"1","2",null,"1","5"]]', b"<html>", b'[[1780000000000,"NaN"]]', b"[7]"]
)
def test_garbage_is_no_empty_page(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    past = Past(BINANCE)
    source = past.history("candles", "1m", monkeypatch)
    past.instead = lambda request: Answer(200, body) if "klines" in request.url else None
    with pytest.raises((Malformed, Unavailable)):
        source.page(NOW_MS - HOUR_MS)
