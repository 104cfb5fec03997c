"""What the venue's headers tell of its limits, and that a ban is kept."""

from functools import partial

import pytest

from tests.support.binance_answers import NOW_MS, Scripted, a_venue
from tests.support.clocks import ManualClock
from trader.core.access import Budget
from trader.core.candles import DAY_MS
from trader.core.wire import Answer, Lost
from trader.venues.binance.used_weight import RateLimits, UsedWeight


def told(**headers: str) -> Answer:
    return Answer(200, b"", {name.replace("_", "-"): value for name, value in headers.items()})


def test_the_highest_count_of_a_round_is_kept_until_the_next_round_tells_another() -> None:
    used = UsedWeight(ManualClock(wall_ms=NOW_MS))
    assert (used.weight, used.orders_10s, used.orders_1m) == (None, None, None)
    used.saw([told(X_MBX_USED_WEIGHT_1M="41"), told(x_mbx_used_weight_1m="45"), told(), Lost(True, "x")])
    assert used.weight == 45
    used.saw([told(X_MBX_USED_WEIGHT_1M="3", X_MBX_ORDER_COUNT_10S="2", X_MBX_ORDER_COUNT_1M="7")])
    assert (used.weight, used.orders_10s, used.orders_1m) == (3, 2, 7)
    used.saw([told(X_MBX_USED_WEIGHT_1M="-5"), told(X_MBX_USED_WEIGHT_1M="many")])
    assert used.weight == 3


def test_orders_are_told_while_their_window_lasts_and_weight_with_every_answer() -> None:
    clock = ManualClock(wall_ms=NOW_MS)
    clock.run_ms(3_600_000)
    used = UsedWeight(clock)
    used.limits = RateLimits(6_000, 300, 1_200)
    assert used.budgets() == ()
    used.saw([told(X_MBX_USED_WEIGHT_1M="41")])
    assert used.budgets() == (Budget("weight of this address", 41, 6_000, 60),)
    used.saw([told(X_MBX_USED_WEIGHT_1M="42", X_MBX_ORDER_COUNT_10S="2", X_MBX_ORDER_COUNT_1M="7")])
    for passed_ms, windows in ((9_999, [60, 10, 60]), (1, [60, 60]), (49_999, [60, 60]), (1, [60])):
        clock.run_ms(passed_ms)
        assert [budget.per_s for budget in used.budgets()] == windows
    used.limits = RateLimits()
    used.saw([told(X_MBX_ORDER_COUNT_10S="2")])
    assert [budget.what for budget in used.budgets()] == ["weight of this address"]


def test_a_ban_lasts_as_long_as_the_venue_says() -> None:
    clock = ManualClock(wall_ms=NOW_MS)
    used = UsedWeight(clock)
    used.saw([Answer(429, b"", {"Retry-After": "30"})])
    assert used.ban() is None
    used.saw([Answer(418, b"", {"retry-after": "300"})])
    assert used.ban() == "the venue has banned this address for another 300 s"
    clock.run_ms(299_000)
    assert used.ban() is not None
    clock.run_ms(1_000)
    assert used.ban() is None
    used.saw([Answer(418, b"")])
    assert used.ban() == "the venue has banned this address for another 120 s"


SECOND_20_MS = NOW_MS - NOW_MS % 60_000 + 20_000


def test_what_may_not_fit_into_the_minute_waits_for_the_next_one() -> None:
    clock = ManualClock(wall_ms=SECOND_20_MS)
    used = UsedWeight(clock)
    assert used.pause_s(2_400, venue_ms=SECOND_20_MS) == 0
    used.saw([told(X_MBX_USED_WEIGHT_1M="2300")])
    assert used.pause_s(100, venue_ms=SECOND_20_MS) == 0
    assert used.pause_s(101, venue_ms=SECOND_20_MS) == 40.5
    clock.run_ms(39_999)
    assert used.pause_s(101, venue_ms=SECOND_20_MS + 39_999) > 0
    clock.run_ms(2)
    assert used.pause_s(101, venue_ms=SECOND_20_MS + 40_001) == 0


def test_a_reading_waits_where_the_run_has_the_time_and_goes_out_where_not() -> None:
    for left_s, waits_s in ((90.0, 60.5 - NOW_MS % 60_000 / 1000), (20.0, 0.0)):
        wire, clock = Scripted(), ManualClock(wall_ms=NOW_MS)
        venue = a_venue(wire, clock, coins=("SOL",), timeout=partial(min, left_s))
        venue.inspect(DAY_MS)
        venue.used.saw([told(X_MBX_USED_WEIGHT_1M="2399")])
        venue.inspect(DAY_MS)
        assert clock.slept_s == pytest.approx(waits_s)
        assert len(wire.rounds) == 2


def test_a_new_minute_has_used_nothing_and_after_a_refusal_none_has_anything_left() -> None:
    clock = ManualClock(wall_ms=NOW_MS)
    used = UsedWeight(clock)
    minute_ms = NOW_MS // 60_000 * 60_000
    used.saw([told(X_MBX_USED_WEIGHT_1M="41")])
    clock.run_ms(1_000)
    assert [b.used for b in used.budgets(venue_ms=minute_ms + 1_000)] == [41]
    assert [b.used for b in used.budgets(venue_ms=minute_ms + 999)] == [0]
    used.saw([Answer(429, b"", {})])
    assert [b.left for b in used.budgets(venue_ms=minute_ms + 999)] == [0]
    assert [b.left for b in used.budgets()] == [0]
