"""The venues' limits on requests: what ticks take is known beforehand, and a quiet day writes nothing.

What was asked and written is counted where it arrives, at the exchange's own door.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from tests.support.grid_stage import grid_stage
from tests.support.scenes import BASE, cancel_stops, code, drive, stage, stops
from tests.support.still_market import still_stage, ten_coins
from trader.config.rules import tolls_of
from trader.core.report import Exit
from trader.core.wire import Answer, Lost, Request
from trader.parts import NAMES
from trader.rehearsal import Stage

CLIENT = "127.0.0.1"
MINUTE_MS = 60_000
HELD = "markets={BTC: {strategy: breakout, params: {early_mfe: 0, regime_recheck_bars: 200}}}"


class Door:
    """What arrived of one stage's host: how often each endpoint was asked, and the writes."""

    def __init__(self, made: Stage) -> None:
        self.asked: Counter[str] = Counter()
        self.writes: list[str] = []
        made.host.mount.after_request = self._look

    def _look(self, _number: int, request: Request, answer: Answer | Lost) -> None:
        path = urlsplit(request.url).path
        assert isinstance(answer, Answer) and answer.status != 429, path
        self.asked[path.removeprefix("/api/v5/")] += 1
        if path == "/exchange" or (request.method != "GET" and path != "/info"):
            self.writes.append(path)


def weight_used(made: Stage) -> int:
    """The exchange's own count of the minute."""
    if made.settings.venue == "hyperliquid":
        return int(made.venue.ip_budget.used(CLIENT, at_ms=made.venue.now_ms))
    return int(made.venue.weights.used(CLIENT, now_ms=made.venue.now_ms))


STRATEGIES = ("breakout", "bollinger", "hedge_grid")
QUIET = [
    (venue, count, strategy)
    for venue in NAMES
    for strategy in STRATEGIES
    for count in (1, 3, 10)
    if venue != "hyperliquid" or strategy != "hedge_grid"
]


@pytest.mark.parametrize(("venue", "count", "strategy"), QUIET)
def test_what_a_quiet_tick_takes_is_known_before_it_is_made(venue: str, count: int, strategy: str) -> None:
    """Exactly, in an account with an empty record; ten coins of any strategy fit, for one account."""
    made = still_stage(venue, ten_coins(venue)[:count], strategy)
    made.host.halted = "a grid would rest"
    tolls = tolls_of(made.settings)
    assert tolls and all(toll.fits(1) for toll in tolls)
    door = Door(made)
    ran = made.host.run()
    assert ran is not None and not ran.done
    if venue == "okx":
        grown = {toll.what.removeprefix("requests for "): toll.asked for toll in tolls}
        assert grown == {what: door.asked[what] for what in grown}
        assert {what for what, times in door.asked.items() if times >= max(count, 4)} <= {
            *grown,
            *("public/funding-rate", "trade/order"),  # counted by instrument
        }
    else:
        (toll,) = tolls
        assert toll.asked == weight_used(made)


def quiet_day(made: Stage, ticks: int) -> list[str]:
    """What is written in so many ticks, one a minute, in a market that stands still."""
    first_ms, door = made.clock.now_ms(), Door(made)
    for number in range(1, ticks + 1):
        made.clock.advance_to(max(made.clock.now_ms(), first_ms + number * MINUTE_MS))
        made.settle()
        ran = made.host.run()
        assert ran is not None and ran.codes == set(), ran.problems
    assert sum(door.asked.values()) > 2 * ticks
    return door.writes


def with_position(venue: str, coins: Sequence[str] = ("BTC",)) -> Stage:
    made = stage(coins, (f"venue={venue}", HELD))
    door = Door(made)
    made.host.run()
    assert made.coins_held() == list(coins)
    assert door.writes, "a write is seen where there is one"
    return made


@pytest.mark.parametrize(("venue", "ticks"), [("hyperliquid", 1_440), ("okx", 240), ("binance", 240)])
def test_a_quiet_day_behind_a_stop_that_trails_nothing_sends_no_write(venue: str, ticks: int) -> None:
    assert quiet_day(with_position(venue), ticks) == []


@pytest.mark.parametrize("venue", NAMES)
def test_quiet_hours_without_a_signal_send_no_write(venue: str) -> None:
    assert quiet_day(stage((), (f"venue={venue}", HELD)), 60) == []


@pytest.mark.parametrize("venue", ["okx", "binance"])
def test_quiet_hours_of_a_grid_that_rests_unchanged_send_no_write(venue: str) -> None:
    made = grid_stage(venue)
    made.host.run()
    assert made.model.open_orders(made.user, "BTC")
    assert quiet_day(made, 120) == []


RATCHET = "{range_target: 0.5, early_mfe: 0, trailing: ratchet, trail_activation: 0.01, trail_distance: 0.02}"


def test_at_its_reserve_an_account_of_hyperliquid_enters_nothing_and_still_places_and_moves_its_stop() -> (
    None
):
    """Three quarters of the actions that the account has are used up: the rest is for protection."""
    markets = f"{{BTC: {{strategy: breakout, params: {RATCHET}}}, ETH: {{strategy: breakout}}}}"
    made = stage(("BTC", "ETH"), (f"markets={markets}",))
    made.host.run(only=["BTC"])
    made.settle()
    budget, volume = made.venue.address_budget, made.venue.volume(made.user)
    reserve = 3 * budget.cap(volume) // 4 - budget.used(made.user)
    budget.spend(made.user, reserve, volume=volume, at_ms=made.venue.now_ms)
    made.pass_time(61)
    door, ran = Door(made), made.host.run()
    assert ran is not None and ran.verdict is not None
    assert {(r.action.coin, r.rule) for r in ran.verdict.refused} == {("ETH", "budget")}
    assert door.writes == []
    cancel_stops(made, "BTC")
    made.pass_time(61)
    assert code(made.host.check()) is Exit.OK
    assert made.is_covered("BTC")
    (first,) = stops(made, "BTC")
    price = BASE["BTC"]
    drive(made, "BTC", *(price * (1 + 0.001 * step) for step in range(1, 61)))
    assert code(made.host.run()) is Exit.OK
    (moved,) = stops(made, "BTC")
    assert moved > first * Decimal("1.05")
