"""Reads the record of the account's money: all kinds of income at once, at most two pages in one round.

* The pages are asked for together, so that the record costs no round, though most accounts fill one alone.
* What a process has read whole it keeps: its later readings ask one page, from a little before the last.
* The venue keeps three months. A record that begins later than was asked for is incomplete, and so is one
  with more rows than the pages hold; that of an account younger than the question is whole.
"""

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.frozen import frozen
from trader.core.orders import Unreadable
from trader.core.past import Past
from trader.venues.binance import asking
from trader.venues.binance.failures import read
from trader.venues.binance.parse_income import Income, fee_coins, flows, gains, incomes
from trader.venues.binance.signing import Question
from trader.venues.binance.trades import Answers, Key

PAGES_MAX = 2
KEPT_MS = 89 * DAY_MS  # the shortest three months there are
AGAIN_MS = 10 * MINUTE_MS  # rows may be written a little late


@frozen
class _Known:
    """A record that was whole: how far back it goes, and up to when."""

    since_ms: int
    until_ms: int
    rows: tuple[Income, ...]


class PastReader:
    """What a process has read of its account's money."""

    def __init__(self) -> None:
        self.fee_coins: set[str] = set()
        self._known: _Known | None = None
        self._since_ms = 0
        self._back_ms: int | None = None

    def questions(self, back_ms: int | None, *, now_ms: int) -> dict[Key, Question]:
        """Both pages of the whole time, or one of what is new; nothing where nobody asks."""
        self._back_ms = back_ms
        if back_ms is None:
            return {}
        since_ms = now_ms - min(back_ms, KEPT_MS)
        known = self._known
        if known is not None and known.since_ms <= since_ms:
            self._since_ms = known.since_ms
            return _pages(max(known.since_ms, known.until_ms - AGAIN_MS), 1)
        self._known, self._since_ms = None, since_ms
        return _pages(since_ms, PAGES_MAX)

    def taken(self, answers: Answers, *, now_ms: int) -> Past | Unreadable | None:
        """The record, as far as it was asked for in this round; `now_ms` is the venue's clock after it."""
        if self._back_ms is None:
            return None
        pages: list[list[Income]] = []
        for key in sorted(key for key in answers if key[0] == "income"):
            page = read(answers[key], "income", incomes)
            if isinstance(page, Unreadable):
                return page
            pages.append(page)
        before = () if self._known is None else self._known.rows
        unique = dict.fromkeys([*before, *(one for page in pages for one in page)])
        rows = tuple(sorted(unique, key=lambda one: (one.at_ms, one.kind, one.number)))
        is_whole = _is_whole(pages)
        since_ms = max(self._since_ms, now_ms - KEPT_MS)
        self._known = _Known(since_ms, now_ms, rows) if is_whole else None
        self.fee_coins |= fee_coins(rows)
        missing = _missing(self._back_ms, is_whole=is_whole)
        return Past(since_ms, since_ms, gains(rows), flows(rows), missing=missing)


def _pages(start_ms: int, count: int) -> dict[Key, Question]:
    return {("income", str(n)): asking.income(start_ms, page=n) for n in range(1, count + 1)}


def _is_whole(pages: list[list[Income]]) -> bool:
    """Whether nothing can stand behind the last page, or has fallen out of the first."""
    first, *others = pages
    if len(first) < asking.ROWS_A_PAGE:
        return all(set(page) <= set(first) for page in others)
    return bool(others) and len(others[-1]) < asking.ROWS_A_PAGE


def _missing(back_ms: int, *, is_whole: bool) -> str | None:
    days = back_ms // DAY_MS
    if not is_whole:
        return (
            f"the last {days} days hold more rows of income than the {PAGES_MAX * asking.ROWS_A_PAGE} that "
            f"one run reads; shorten limits.drawdown_days"
        )
    if back_ms > KEPT_MS:
        return (
            f"the venue keeps three months of income, and {days} days were asked for; set "
            f"limits.drawdown_days to {KEPT_MS // DAY_MS} or less"
        )
    return None
