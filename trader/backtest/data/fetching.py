"""Fetching a series from a venue: what is on disk stays, what is missing is asked for, page by page.

Rules: only what had closed by the venue's own clock some seconds ago is kept. Where new rows follow old ones
the last old one is asked for again and must be the same. What the venue has not is told as a gap and asked
for again next time. Nothing here knows a venue: a `Source` answers for it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from trader.backtest.data.bad_data import BadData, Tell
from trader.backtest.data.store import Row, Store, opened
from trader.core.candles import HOUR_MS
from trader.core.frozen import frozen
from trader.core.text import plural, utc

BAR_NAMES = ("timestamp_ms", "open", "high", "low", "close", "volume")
RATE_NAMES = ("timestamp_ms", "funding_rate")
SETTLED_MS = 5_000  # a venue may still correct a bar in its first seconds
FUNDING_STEP_MS = 8 * HOUR_MS  # no venue lets more time pass between payments
_SAME = 1e-9


class Source(Protocol):
    """One series of one coin at a venue."""

    page_ms: int
    """How much time one page covers."""

    def now_ms(self) -> int:
        """By the venue's clock."""
        ...

    def page(self, since_ms: int) -> list[Row]:
        """Rows from a time on, oldest first; none where the venue has none in the page's time."""
        ...


@frozen
class Order:
    """What to fetch: bars of a frame, or funding (frame 0), that lie in [start, end)."""

    path: Path
    frame_ms: int
    start_ms: int
    end_ms: int


@frozen
class Fetched:
    """How it went."""

    path: Path
    new: int
    rows: int


def fetch(order: Order, source: Source, *, tell: Tell, advance: Callable[[float], None]) -> Fetched:
    """Complete the file; `advance` is told the share of the time span that each page settled."""
    end_ms = min(order.end_ms, source.now_ms() - SETTLED_MS - order.frame_ms + 1)
    span_ms = max(1, end_ms - order.start_ms)
    with opened(order.path, BAR_NAMES if order.frame_ms else RATE_NAMES) as store:
        new = 0
        runs = list(missing(sorted(store.rows), order, end_ms))
        advance(1.0 - sum(last - first for first, last in runs) / span_ms)
        for first, last in runs:
            for rows, settled_ms in _pages(store, order, source, first, last, tell):
                new += store.add(rows)
                advance(settled_ms / span_ms)
        if new or not order.path.exists():
            store.finish()
        return Fetched(order.path, new, len(store.rows))


def missing(times: list[int], order: Order, end_ms: int) -> Iterator[tuple[int, int]]:
    """Spans [first, last) in which rows are not on disk."""
    step_ms = order.frame_ms or FUNDING_STEP_MS
    start_ms = -(-order.start_ms // order.frame_ms) * order.frame_ms if order.frame_ms else order.start_ms
    first = start_ms
    for at_ms in times[bisect_left(times, start_ms) :]:
        if at_ms >= end_ms:
            break
        if order.frame_ms == 0 and at_ms - first <= step_ms and first > start_ms:
            first = at_ms + 1
            continue
        if at_ms > first:
            yield first, at_ms
        first = at_ms + (order.frame_ms or 1)
    if first < end_ms:
        yield first, end_ms


def _pages(
    store: Store, order: Order, source: Source, first: int, last: int, tell: Tell
) -> Iterator[tuple[list[Row], int]]:
    """The rows of one span, and how much time each page settled."""
    since = asked = first
    if order.frame_ms and first - order.frame_ms in store.rows:
        asked = first - order.frame_ms
    is_first = asked == first
    while since < last:
        page = source.page(asked)
        if asked < since:
            _hold_against(store, page, asked)
        rows = [row for row in page if since <= row[0] < last]
        after = rows[-1][0] + (order.frame_ms or 1) if rows else min(asked + source.page_ms, last)
        if is_first and not rows:
            after = _beginning(source, first, last)
        if is_first and (rows[0][0] if rows else after) - first >= 2 * (order.frame_ms or FUNDING_STEP_MS):
            reached = utc(rows[0][0] if rows else after)
            tell(f"{order.path}: the venue has nothing between {utc(first)} and {reached}")
        yield rows, min(after, last) - since
        since = asked = after
        is_first = False


def _beginning(source: Source, first: int, last: int) -> int:
    """The last page's time before the first one that has rows; `last` where none has any. The page at `first`
    has none; what a venue keeps is taken to reach from some time to now."""
    low, high = 0, -(-(last - first) // source.page_ms)
    if high <= 1 or not source.page(first + (high - 1) * source.page_ms):
        return last
    high -= 1
    while high - low > 1:
        middle = (low + high) // 2
        if source.page(first + middle * source.page_ms):
            high = middle
        else:
            low = middle
    return first + high * source.page_ms


def _hold_against(store: Store, rows: list[Row], at_ms: int) -> None:
    """The bar before the gap, as it is on disk and as the venue tells it now."""
    told = next((row for row in rows if row[0] == at_ms), None)
    kept = store.rows[at_ms]
    if told is None or all(abs(a - b) <= _SAME * abs(b) for a, b in zip(kept, told, strict=True)):
        return
    what = f"the bar of {utc(at_ms)} is {kept[1:]} here, and the venue says {told[1:]}"
    fix = "Another market, or a bar that had not closed: move the file away and fetch again"
    raise BadData(store.path, what, fix=fix)


def said(fetched: Fetched) -> str:
    """One line about it."""
    return f"{fetched.path}: {plural(fetched.new, 'new row')}, {fetched.rows} in all"
