"""A reading is made again: for a coin that turns up, a clock that is off, a state that is old."""

from typing import Any

import pytest

from tests.support.binance_answers import (
    NOW_MS,
    Given,
    Scripted,
    a_position,
    a_venue,
    an_account,
    an_error,
    sample,
)
from tests.support.clocks import ManualClock
from trader.core.candles import DAY_MS
from trader.core.errors import Malformed, Unavailable
from trader.core.orders import Unreadable


def test_a_coin_that_turns_up_has_its_orders_and_fills_read_before_anything_is_told() -> None:
    wire = Scripted()
    venue = a_venue(wire, coins=("SOL",))
    venue.inspect(DAY_MS)
    other = a_position(symbol="ETHUSDT", positionAmt="1.5")
    settings = sample("GetSymbolConfiguration")[0]
    wire.answers |= {
        "positionRisk": [a_position(), other],
        "account": an_account(a_position(), other),
        "symbolConfig": [settings | {"symbol": f"{coin}USDT"} for coin in ("SOL", "ETH")],
    }
    wire.by_request = lambda name, named: [] if named.get("symbol") == "ETHUSDT" else None
    with pytest.raises(Malformed, match="no leverage and margin type of ETH"):
        venue.inspect(DAY_MS)
    holdings = venue.inspect(DAY_MS)
    assert {position.coin for position in holdings.positions} == {"SOL", "ETH"}
    asked = [r.url for r in wire.rounds[-1]]
    assert any("userTrades?" in url and "ETHUSDT" in url for url in asked)


def test_what_the_venue_took_for_a_request_of_another_time_is_asked_again_in_its_time() -> None:
    off_ms = 90_000
    late = an_error(400, -1021, "Timestamp for this request is outside of the recvWindow.")

    def answer(name: str, named: Any) -> Given | None:
        is_off = "timestamp" in named and abs(int(named["timestamp"]) - NOW_MS) > 1_000
        return late if is_off else None

    wire = Scripted(by_request=answer)
    venue = a_venue(wire, ManualClock(wall_ms=NOW_MS + off_ms), coins=("SOL",))
    holdings = venue.inspect(DAY_MS)
    assert holdings.at_ms == NOW_MS
    assert venue.venue_now_ms() == NOW_MS
    assert len(wire.rounds) == 2
    assert "time" not in wire.asked[1]
    assert a_venue(wire, ManualClock(wall_ms=NOW_MS - off_ms)).find({"a": "SOL"})["a"] is not None
    with pytest.raises(Unavailable, match="another time"):
        a_venue(Scripted(by_request=lambda name, named: late if "timestamp" in named else None)).inspect(
            DAY_MS
        )


def test_a_setting_that_was_missing_is_asked_for_again() -> None:
    wire = Scripted(answers={"symbolConfig": []})
    venue = a_venue(wire, coins=("SOL",))
    with pytest.raises(Malformed, match="no leverage and margin type of SOL"):
        venue.inspect(DAY_MS)
    wire.answers["symbolConfig"] = Scripted().answers["symbolConfig"]
    assert len(venue.inspect(DAY_MS).positions) == 1


def test_a_state_older_than_one_that_was_seen_is_read_again_and_a_lasting_one_refused() -> None:
    def asset_of(changed_ms: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = sample("GetAccountInfoV3")["assets"]
        return [row | {"updateTime": changed_ms} for row in rows]

    wire = Scripted(answers={"account": an_account(a_position(), assets=asset_of(NOW_MS))})
    venue = a_venue(wire, coins=("SOL",))
    venue.inspect(DAY_MS)
    older = [an_account(a_position(), assets=asset_of(NOW_MS - 1))] * 3
    wire.by_request = lambda name, named: older.pop() if name == "account" and older else None
    assert venue.inspect(DAY_MS).positions[0].size == 2
    assert len(wire.rounds) == 1 + 4
    older += [an_account(a_position(), assets=asset_of(NOW_MS - 1))] * 9
    with pytest.raises(Malformed, match="was seen before"):
        venue.inspect(DAY_MS)


def test_a_coin_that_the_venue_does_not_know_spoils_no_reading() -> None:
    unheard = an_error(400, -1121, "Invalid symbol.")
    wire = Scripted(by_request=lambda name, named: unheard if named.get("symbol") == "GONEUSDT" else None)
    venue = a_venue(wire, coins=("SOL", "GONE"))
    for _ in range(2):
        holdings = venue.inspect(DAY_MS)
        assert not isinstance(holdings.fills, Unreadable)
        assert not isinstance(holdings.orders, Unreadable)
    assert sum("GONEUSDT" in request.url for request in wire.rounds[-1]) == 0
