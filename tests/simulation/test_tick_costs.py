"""What ticks cost at OKX and Binance, held to the numbers, so that no change makes them dearer unseen.

Rounds are what a tick waits for, requests what OKX counts by endpoint, weight what Binance counts by address
and minute (2,400). A change that costs less writes its lower number down here and in docs/limits.md.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.support.scenes import stage
from trader.core.wire import Answer, Lost, Request
from trader.rehearsal import Stage
from trader.run import Ran

COINS = ("BTC", "ETH", "SOL")
WEIGHT_A_MINUTE = 2_400
ACCOUNTS = 5
DAY_S = 86_400.0


@dataclass(frozen=True)
class Cost:
    """Of one run: `weight` is what the venue's headers say, None where they say nothing."""

    rounds: int
    requests: int
    weight: int | None = None


def staged(venue: str, count: int, *, signal: bool) -> Stage:
    coins = COINS[:count]
    markets = ", ".join(f"{coin}: {{strategy: breakout}}" for coin in coins)
    return stage(coins if signal else (), (f"venue={venue}", f"markets={{{markets}}}"))


def cost_of(made: Stage, what: str = "run") -> Cost:
    """What one run costs that must end well."""
    mount = made.host.mount
    rounds, requests = mount.rounds, mount.requests
    told: list[int] = []
    failed: list[str] = []

    def look(_number: int, request: Request, answer: Answer | Lost) -> None:
        path = urlsplit(request.url).path
        if not isinstance(answer, Answer) or answer.status == 429:
            failed.append(path)
            return
        named = {name.lower(): value for name, value in answer.headers.items()}
        told.extend(int(v) for n, v in named.items() if n == "x-mbx-used-weight-1m")

    mount.after_request = look
    ran: Ran | None = made.host.run() if what == "run" else made.host.check()
    mount.after_request = None
    assert ran is not None
    assert (ran.codes, failed) == (set(), [])
    return Cost(mount.rounds - rounds, mount.requests - requests, max(told, default=None))


QUIET = {
    ("okx", 1): Cost(2, 31),
    ("okx", 3): Cost(2, 57),
    ("binance", 1): Cost(2, 25, 211),
    ("binance", 3): Cost(2, 43, 255),
}
ENTRY = {
    ("okx", 1): Cost(9, 72),
    ("okx", 3): Cost(9, 102),
    ("binance", 1): Cost(12, 59, 301),
    ("binance", 3): Cost(12, 119, 427),
}
CHECK = {
    ("okx", 3): Cost(2, 12),
    ("binance", 3): Cost(2, 17, 139),
}
CLOSE_OF_OLD = {
    ("okx", 3): Cost(18, 177),
    ("binance", 3): Cost(14, 169, 634),
}


@pytest.mark.parametrize(("venue", "count"), QUIET)
def test_a_quiet_tick(venue: str, count: int) -> None:
    assert cost_of(staged(venue, count, signal=False)) == QUIET[venue, count]


@pytest.mark.parametrize(("venue", "count"), ENTRY)
def test_a_tick_that_enters_every_coin(venue: str, count: int) -> None:
    made = staged(venue, count, signal=True)
    assert cost_of(made) == ENTRY[venue, count]
    assert made.coins_held() == list(COINS[:count])


@pytest.mark.parametrize(("venue", "count"), CHECK)
def test_a_check_of_cover(venue: str, count: int) -> None:
    made = staged(venue, count, signal=True)
    made.host.run()
    made.pass_time(120)
    assert cost_of(made, "check") == CHECK[venue, count]


@pytest.mark.parametrize(("venue", "count"), CLOSE_OF_OLD)
def test_a_tick_that_leaves_positions_older_than_the_fills_that_are_read(venue: str, count: int) -> None:
    """The dearest there is: every reading has to look far back, and positions are closed one by one."""
    made = staged(venue, count, signal=True)
    made.host.run()
    made.pass_time(8 * DAY_S)
    assert cost_of(made) == CLOSE_OF_OLD[venue, count]
    assert made.coins_held() == []


def test_five_accounts_behind_one_address_fit_into_a_minute_of_binance() -> None:
    quiet, entry, check = QUIET["binance", 3], ENTRY["binance", 3], CHECK["binance", 3]
    assert quiet.weight and entry.weight and check.weight
    assert entry.weight < WEIGHT_A_MINUTE / 2
    assert ACCOUNTS * entry.weight < WEIGHT_A_MINUTE
    assert ACCOUNTS * (quiet.weight + check.weight) < WEIGHT_A_MINUTE
