"""Bars read with the help of what was read before are the bars that are read without it, or refused alike."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import hyperliquid_answers, okx_answers
from trader.core.candles import Candles
from trader.core.errors import Malformed, TraderError
from trader.core.memo import Memo
from trader.core.ports import CandleNeed
from trader.core.wire import Answer
from trader.venues.binance import parse_candles as of_binance
from trader.venues.hyperliquid import parse_candles as of_hyperliquid
from trader.venues.okx.bar_pages import bars_of, remembered
from trader.venues.okx.parse_candles import newest

FRAME_MS = hyperliquid_answers.HALF_HOUR_MS
NOW_MS = hyperliquid_answers.NOW_MS
FORMING_MS = NOW_MS // FRAME_MS * FRAME_MS
NEED = CandleNeed("SOL", FRAME_MS, 4)
ROWS = 6


def hyperliquid_pages(forming: str) -> list[bytes]:
    rows = hyperliquid_answers.some_candles(ROWS)
    rows[-1] |= {"c": forming, "h": "999999.0"}
    return [json.dumps(rows, separators=(",", ":")).encode()]


def okx_pages(forming: str) -> list[bytes]:
    rows = okx_answers.some_candles(ROWS, newest_ms=FORMING_MS)
    rows[0][2], rows[0][4] = "999999", forming
    pages = (rows[: ROWS // 2 + 1], rows[ROWS // 2 :])
    return [b'{"code":"0","msg":"","data":%b}' % json.dumps(p, separators=(",", ":")).encode() for p in pages]


def binance_pages(forming: str) -> list[bytes]:
    rows: list[list[Any]] = []
    for number in range(ROWS):
        open_ms = FORMING_MS - (ROWS - 1 - number) * FRAME_MS
        price = str(100 + number)
        cells = [open_ms, price, "999999", "1", price, "10", open_ms + FRAME_MS - 1, "1", 5, "1", "1", "0"]
        rows.append(cells)
    rows[-1][4] = forming
    pages = (rows[: ROWS // 2], rows[ROWS // 2 :])
    return [json.dumps(page, separators=(",", ":")).encode() for page in pages]


def read_hyperliquid(pages: Sequence[bytes], memo: Memo | None) -> Candles:
    return of_hyperliquid.candles(pages[0], NEED, asked_ms=NOW_MS, venue_ms=NOW_MS, memo=memo)


def read_okx(pages: Sequence[bytes], memo: Memo | None) -> Candles:
    answers = [Answer(200, page, {}) for page in pages]
    found = None if memo is None else remembered(memo, answers, NEED)
    return newest(found or bars_of(answers, NEED), NEED, venue_ms=NOW_MS)


def read_binance(pages: Sequence[bytes], memo: Memo | None) -> Candles:
    return of_binance.candles(pages, NEED, asked_ms=NOW_MS, venue_ms=NOW_MS, memo=memo)


Read = Callable[[Sequence[bytes], Memo | None], Candles]
VENUES: dict[str, tuple[Callable[[str], list[bytes]], Read]] = {
    "hyperliquid": (hyperliquid_pages, read_hyperliquid),
    "okx": (okx_pages, read_okx),
    "binance": (binance_pages, read_binance),
}


def outcome(read: Read, pages: Sequence[bytes], memo: Memo | None) -> Candles | str:
    """What came of it, in a form that can be compared."""
    try:
        return read(pages, memo)
    except TraderError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("venue", sorted(VENUES))
def test_only_the_bar_that_forms_is_read_again(venue: str) -> None:
    made, read = VENUES[venue]
    memo = Memo()
    first, second = read(made("101"), memo), read(made("102"), memo)
    assert len(first) == 4
    assert first == second == read(made("103"), None)
    assert (memo.read, memo.reused) == (1, 1)


@pytest.mark.parametrize("venue", sorted(VENUES))
def test_what_is_wrong_is_refused_in_the_same_words(venue: str) -> None:
    made, read = VENUES[venue]
    memo = Memo()
    read(made("101"), memo)
    for forming in ("-1", "x", "1000000"):
        pages = made(forming)
        assert outcome(read, pages, memo) == outcome(read, pages, None)
        with pytest.raises(Malformed):
            read(pages, memo)


@pytest.mark.parametrize("venue", sorted(VENUES))
def test_an_answer_that_was_cut_off_is_not_completed(venue: str) -> None:
    made, read = VENUES[venue]
    for missing in range(1, 6):
        whole = made("101")
        for which, page in enumerate(whole):
            pages = [*whole[:which], page[:-missing], *whole[which + 1 :]]
            assert outcome(read, pages, Memo()) == outcome(read, pages, None)


PIECES = [
    b"},{",
    b"],[",
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b",",
    b":",
    b"0",
    b"null",
    b'"t":1,',
    b"]]}",
    b" ",
    b"",
]


@pytest.mark.parametrize("venue", sorted(VENUES))
@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_body_is_understood_otherwise(venue: str, data: st.DataObject) -> None:
    made, read = VENUES[venue]
    pages = made("101")
    which = data.draw(st.integers(0, len(pages) - 1))
    body = pages[which]
    place = data.draw(st.integers(0, len(body)))
    gone = data.draw(st.integers(0, 40))
    pages[which] = body[:place] + data.draw(st.sampled_from(PIECES)) + body[place + gone :]
    memo = Memo()
    assert [outcome(read, pages, memo) for _ in range(2)] == [outcome(read, pages, None)] * 2
