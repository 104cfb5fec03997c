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
from trader.core.ports import Scope
from trader.core.report import Exit
from trader.core.wire import Answer, Lost, Request
from trader.parts import NAMES
from trader.rehearsal import Stage
from trader.sim.faults import Fault

CLIENT = "127.0.0.1"
MINUTE_MS = 60_000
HELD = (
    "markets={BTC: {strategy: breakout, params: {early_mfe: 0, regime_recheck_bars: 200, "
    "trend_window: 25, regime_days: 1}}}"
)  # little to read, and nothing that ends it within a day


class Door:
    """What arrived of one stage's host: how often each endpoint was asked, and the writes."""

    def __init__(self, made: Stage, *, may_fail: bool = False) -> None:
        self.asked: Counter[str] = Counter()
        self.writes: list[str] = []
        self.banned_in: int | None = None
        self.after_ban = 0
        self._mount = made.host.mount
        self._may_fail = may_fail
        made.host.mount.after_request = self._look

    def _look(self, _number: int, request: Request, answer: Answer | Lost) -> None:
        path = urlsplit(request.url).path
        assert self._may_fail or (isinstance(answer, Answer) and answer.status != 429), path
        if self.banned_in is not None and self._mount.rounds > self.banned_in:
            self.after_ban += 1
        if isinstance(answer, Answer) and answer.status == 418:
            self.banned_in = self._mount.rounds
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
        assert ran is not None
        assert ran.codes == set(), ran.problems
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


BARS = {"hyperliquid": "candleSnapshot", "okx": "market/candles", "binance": "GET klines"}


def half_entered(venue: str) -> Stage:
    """A position whose stop somebody took off, and a signal of another coin that still waits."""
    made = stage(
        ("BTC", "ETH"), (f"venue={venue}", "markets={BTC: {strategy: breakout}, ETH: {strategy: breakout}}")
    )
    made.host.run(only=["BTC"])
    assert made.coins_held() == ["BTC"]
    made.pass_time(61)
    cancel_stops(made, "BTC")
    return made


@pytest.mark.parametrize("venue", NAMES)
def test_once_told_that_it_is_too_much_a_run_protects_and_enters_nothing(venue: str) -> None:
    """The exit is put back with reads and writes of its own; the market is not read again."""
    made = half_entered(venue)
    made.faults(Fault("H2", what=BARS[venue], params={"status": 429}))
    asked = Counter[bool]()
    made.host.mount.before_request = lambda _, request: asked.update([BARS[venue] in what_is_asked(request)])
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert made.is_covered("BTC") and made.coins_held() == ["BTC"]
    pages = 3 if venue == "okx" else 1
    assert asked[True] == pages * len(made.settings.markets), "the bars of each coin once"
    assert {r.rule for r in ran.verdict.refused if r.action.coin == "ETH"} <= {"halted", "budget"}
    made.faults()
    made.pass_time(61)
    assert code(made.host.run()) is Exit.OK
    assert made.coins_held() == ["BTC", "ETH"], "the next run is a new one"


def what_is_asked(request: Request) -> str:
    path = urlsplit(request.url).path
    return f"{request.method} {path.rsplit('/', 1)[-1]} {path} {request.body.decode()}"


@pytest.mark.parametrize("venue", NAMES)
def test_while_an_address_is_banned_a_run_asks_nothing_more(venue: str) -> None:
    made = half_entered(venue)
    made.faults(Fault("H3", what=BARS[venue], params={"retry_after": 300}))
    door = Door(made, may_fail=True)
    ran = made.host.run()
    assert ran is not None
    assert code(ran) in (Exit.UNREADABLE, Exit.DENIED, Exit.UNAVAILABLE)
    assert door.after_ban == 0
    assert door.writes == []
    made.faults()
    made.pass_time(300)
    made.host.run()
    assert made.is_covered("BTC")


RATCHET = "{range_target: 0.5, early_mfe: 0, trailing: ratchet, trail_activation: 0.01, trail_distance: 0.02}"


def test_at_its_reserve_an_account_of_hyperliquid_enters_nothing_and_still_moves_its_stop() -> None:
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


@pytest.mark.parametrize("venue", ["hyperliquid", "binance"])
def test_a_check_of_cover_takes_what_is_known_too_and_less_than_a_tick(venue: str) -> None:
    made = still_stage(venue, ten_coins(venue), "breakout")
    (toll,), (of_tick,) = made.parts.tolls(Scope(), made.settings.markets), tolls_of(made.settings)
    ran = made.host.check()
    assert ran is not None and ran.codes == set()
    assert toll.asked == weight_used(made) < of_tick.asked
    assert made.parts.tolls(Scope(), ())[0].asked <= toll.asked
