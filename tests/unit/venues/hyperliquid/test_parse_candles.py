"""Candle rows as closed bars: only what is surely final, and nothing out of place."""

import json
from typing import Any

import pytest

from tests.support.hyperliquid_answers import HALF_HOUR_MS, NOW_MS, a_candle, recorded, some_candles
from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.venues.hyperliquid.parse_candles import candles

FORMING_MS = NOW_MS // HALF_HOUR_MS * HALF_HOUR_MS
NEED = CandleNeed("SOL", HALF_HOUR_MS, 3)


def read(
    rows: object, *, asked_ms: int = NOW_MS, venue_ms: int | None = None, need: CandleNeed = NEED
) -> Candles:
    body = json.dumps(rows, separators=(",", ":")).encode()
    return candles(body, need, asked_ms=asked_ms, venue_ms=venue_ms or asked_ms)


def test_the_recorded_bars() -> None:
    rows = recorded("candles_2023")
    need = CandleNeed("kPEPE", 3_600_000, 500)
    bars = read(rows, asked_ms=rows[-1]["T"] + 1, need=need)
    assert len(bars) == len(rows)
    assert bars.open_ms[0] == 1684699200000
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (
        0.001601,
        0.001616,
        0.001601,
        0.001604,
    )
    assert bars.volume[0] == 520665683.0


def test_the_forming_bar_is_dropped_and_the_newest_closed_ones_are_kept() -> None:
    bars = read(some_candles(6))
    assert bars.open_ms == tuple(FORMING_MS - HALF_HOUR_MS * back for back in (3, 2, 1))
    assert bars.close == (101.0,) * 3


def test_fewer_bars_than_needed_are_what_there_is() -> None:
    assert len(read(some_candles(2))) == 1


def test_a_bar_is_closed_at_its_very_end() -> None:
    end_ms = FORMING_MS + HALF_HOUR_MS
    assert read(some_candles(4), asked_ms=end_ms).open_ms[-1] == FORMING_MS
    assert read(some_candles(4), asked_ms=end_ms - 1).open_ms[-1] == FORMING_MS - HALF_HOUR_MS


def test_a_bar_that_ended_after_the_question_left_is_not_final() -> None:
    end_ms = FORMING_MS + HALF_HOUR_MS
    bars = read(some_candles(4), asked_ms=end_ms - 50, venue_ms=end_ms + 50)
    assert bars.open_ms[-1] == FORMING_MS - HALF_HOUR_MS


def test_a_bar_is_final_when_the_answer_knows_the_next_one() -> None:
    end_ms = FORMING_MS + HALF_HOUR_MS
    rows = [*some_candles(4), a_candle(end_ms)]
    bars = read(rows, asked_ms=end_ms - 50, venue_ms=end_ms + 50)
    assert bars.open_ms[-1] == FORMING_MS


def test_the_venue_clock_and_not_the_next_bar_alone_closes_a_bar() -> None:
    end_ms = FORMING_MS + HALF_HOUR_MS
    rows = [*some_candles(4), a_candle(end_ms)]
    bars = read(rows, asked_ms=end_ms - 500, venue_ms=end_ms - 400)
    assert bars.open_ms[-1] == FORMING_MS - HALF_HOUR_MS


def test_a_gap_is_left_for_the_strategy_to_see() -> None:
    rows = some_candles(6)
    del rows[3]
    bars = read(rows)
    assert bars.open_ms == tuple(FORMING_MS - HALF_HOUR_MS * back for back in (4, 3, 1))


def test_a_field_more_changes_nothing() -> None:
    rows = some_candles(4)
    assert read([row | {"new": "x"} for row in rows]) == read(rows)


def damaged(**changes: object) -> list[Any]:
    rows = some_candles(5)
    rows[2] = rows[2] | changes
    return rows


@pytest.mark.parametrize(
    "rows",
    [
        None,
        {},
        [],
        "",
        [1, 2],
        [[]],
        ["candle"],
        [None],
        damaged(s="ETH"),
        damaged(s=None),
        damaged(i="1h"),
        damaged(t=FORMING_MS),
        damaged(t="1750000000000"),
        damaged(t=1.5),
        damaged(t=None),
        damaged(T=FORMING_MS),
        damaged(t=FORMING_MS - 2 * HALF_HOUR_MS + 1, T=FORMING_MS - HALF_HOUR_MS),
        damaged(o="0.0"),
        damaged(l="-99.0"),
        damaged(l="0.0"),
        damaged(h="NaN"),
        damaged(h="inf"),
        damaged(h="1e400"),
        damaged(h="1_02.0"),
        damaged(h=" 102.0"),
        damaged(h="١٠٢"),
        damaged(h="9" * 400),
        damaged(h="1" + "0" * 21),
        damaged(h="1.0.0"),
        damaged(h=""),
        damaged(h=102.0),
        damaged(h=None),
        damaged(h="100.5"),
        damaged(l="100.5"),
        damaged(o="150.0"),
        damaged(c="50.0"),
        damaged(v="-1.0"),
        damaged(v="nan"),
        list(reversed(some_candles(5))),
        [*some_candles(5), some_candles(5)[-1]],
        some_candles(5, last_open_ms=FORMING_MS + 3 * HALF_HOUR_MS),
        some_candles(5, last_open_ms=5 * HALF_HOUR_MS),
    ],
)
def test_anything_out_of_place_spoils_the_answer(rows: object) -> None:
    with pytest.raises(Malformed, match="candleSnapshot of SOL"):
        read(rows)


@pytest.mark.parametrize("name", ["t", "T", "s", "i", "o", "h", "l", "c", "v"])
def test_a_missing_column_spoils_the_answer(name: str) -> None:
    rows = some_candles(5)
    del rows[1][name]
    with pytest.raises(Malformed, match="candleSnapshot of SOL"):
        read(rows)


def test_a_key_twice_spoils_the_answer() -> None:
    body = json.dumps(some_candles(3)).replace('"o": "100.0"', '"o": "1.0", "o": "100.0"', 1).encode()
    with pytest.raises(Malformed, match="twice"):
        candles(body, NEED, asked_ms=NOW_MS, venue_ms=NOW_MS)
