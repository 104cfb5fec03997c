"""What makes thousands of episodes possible, in counts: what is the same is read, made and loaded once.

Times are not asserted: they are the machine's. A count that rises is a cost that every episode pays.
"""

from collections import Counter

import pytest

from tests.support.scenes import NOW_MS, feed_of
from trader import config
from trader.core.memo import Memo
from trader.core.wire import Answer, Lost, Request
from trader.exchange.prices import Bar
from trader.rehearsal import Stage
from trader.sim.bars import Past
from trader.sim.feed import ScriptedFeed
from trader.sim.hyperliquid.quick_signing import QuickPen

VENUES = ("hyperliquid", "okx", "binance")
COINS = ("BTC", "ETH", "SOL")
GAPS_S = (5, 70, 1800)


class Counting(Past):
    """Counts the longer bars that are put together."""

    asked = 0

    def span(self, first: int, count: int) -> Bar:
        self.asked += 1
        return super().span(first, count)


def pasts() -> dict[str, Counting]:
    """Three coins of which one signals, each with a counter."""
    known = {coin: feed_of().past(coin) for coin in COINS}
    return {
        coin: Counting(past.first_minute, past.bars) for coin, past in known.items() if isinstance(past, Past)
    }


class Episode:
    """Three runs; counts the requests, and keeps what was asked and answered."""

    def __init__(self, venue: str, memo: Memo | None, past: dict[str, Counting] | None = None) -> None:
        settings = config.load(None, (f"venue={venue}",)).settings
        feed = ScriptedFeed(past or pasts(), start_ms=0)
        self.stage = Stage(settings, feed, now_ms=NOW_MS, memo=memo, signs_quickly=True)
        self.writes = 0
        self.bodies: list[bytes] = []
        self.said: list[object] = []
        self.stage.host.mount.after_request = self.see
        for gap_s in GAPS_S:
            ran = self.stage.host.run()
            self.said.append(ran and (ran.codes, ran.verdict, ran.problems))
            self.stage.pass_time(gap_s)

    def see(self, _number: int, request: Request, answer: Answer | Lost) -> None:
        self.writes += request.is_write
        if isinstance(answer, Answer):
            self.bodies.append(answer.body)


@pytest.mark.parametrize("venue", VENUES)
def test_bars_that_were_read_are_not_read_again(venue: str) -> None:
    """Three runs of one bar read each coin's closed bars once; so do all episodes after them."""
    memo, past = Memo(), pasts()
    first = Episode(venue, memo, past)
    assert first.stage.coins_held() == ["BTC"]
    assert memo.read == len(COINS)
    assert memo.reused == 2 * len(COINS)
    second = Episode(venue, memo, past)
    assert memo.read == len(COINS), "another episode reads nothing that this process has read"
    assert second.bodies == first.bodies
    assert second.said == first.said


@pytest.mark.parametrize("venue", VENUES)
def test_bars_that_were_written_are_not_written_again(venue: str) -> None:
    past = pasts()
    Episode(venue, Memo(), past)
    made = Counter({coin: one.asked for coin, one in past.items()})
    assert min(made.values()) > 200, "as many bars as a strategy looks back"
    Episode(venue, Memo(), past)
    for coin, one in past.items():
        # What is left is the price of a day ago, and the bar that forms.
        assert one.asked - made[coin] < 30, coin


@pytest.mark.parametrize("venue", VENUES)
def test_an_episode_is_the_same_with_a_memory_and_without(venue: str) -> None:
    plain, remembering = Episode(venue, None), Episode(venue, Memo())
    assert plain.bodies == remembering.bodies
    assert plain.said == remembering.said


def test_nothing_is_signed_but_what_is_sent() -> None:
    episode = Episode("hyperliquid", Memo())
    pen = episode.stage.host.pen
    assert isinstance(pen, QuickPen)
    assert episode.writes > 0
    assert pen.signed == episode.writes


def test_a_real_pen_is_made_once_for_all_runs_of_a_process() -> None:
    settings = config.load(None, ()).settings
    stage = Stage(settings, feed_of(), now_ms=NOW_MS)
    stage.host.run()
    made = stage.host.pen._ccxt
    assert made is not None
    for order in stage.model.open_orders(stage.user, "BTC"):
        assert stage.model.cancel(stage.user, order.oid)
    stage.pass_time(60)
    before = len(stage.model.history(stage.user))
    stage.host.run()
    assert len(stage.model.history(stage.user)) > before, "the second run signed as well"
    assert stage.host.pen._ccxt is made
