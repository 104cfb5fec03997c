"""Stale answers are those given before; what is kept for them does not grow without end."""

from decimal import Decimal
from typing import Any

from trader.parts import parts_of
from trader.sim.faults import Fault
from trader.sim.hyperliquid.reading_lies import ReadingLies
from trader.sim.reading_lies import GIVEN_MAX

NOW_MS = 1_750_000_000_000
STALE = Fault("V7")


def lies() -> ReadingLies:
    parts = parts_of("hyperliquid")
    venue: Any = parts.dialect().new_venue(parts.bundle_feed(), start_ms=NOW_MS, switches=None)
    return ReadingLies(venue)


def test_a_stale_answer_is_the_last_one_given_to_the_same_question() -> None:
    told = lies()
    assert told.told(("balance", "me"), lambda _venue: Decimal(1), []) == 1
    assert told.told(("balance", "me"), lambda _venue: Decimal(2), [STALE]) == 1
    assert told.told(("balance", "you"), lambda _venue: Decimal(3), [STALE]) == 3
    assert told.told(("balance", "me"), lambda _venue: Decimal(4), []) == 4


def test_what_is_asked_again_is_kept_and_what_is_not_is_let_go() -> None:
    told = lies()
    for number in range(3 * GIVEN_MAX):
        told.told(("candles", str(number)), lambda _venue: "bars", [])
        told.told(("balance", "me"), lambda _venue: "money", [])
    assert told.told(("balance", "me"), lambda _venue: "more", [STALE]) == "money"
    assert told.told(("candles", "0"), lambda _venue: "new", [STALE]) == "new"
