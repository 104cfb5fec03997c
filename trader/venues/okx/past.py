"""The record of the account's money: the day from its bills, what is older from the ends of positions.

* The day is since 00:00 UTC by the venue's clock, and its gains are its bills: one row for each fill, fee and
  funding payment, at the moment at which it was paid. A bill of any type is seen there.
* Bills do not reach further: two pages are 200 rows, and a position alone makes three to 24 rows of funding
  a day. Older gains come from `positions-history`, one row for each close of a position or of a part of it.
  What a position that stands realised before the day (lives.py) is told by the position itself. So a gain
  of before the day is dated to the close that told it, and part of it may be older than the window.
* Nothing is counted twice: rows of the history since 00:00 UTC are what the bills tell, and are left out.
* Flows of the day are among its bills; older ones are the transfers of the last seven days and, beyond, of
  the archive, each once by its number. Before the day, money that moved by another way than a transfer (a
  conversion, a loan) is not seen: each such type would take a request of its own.
* All of it is asked in the round of the positions and the balance, not in the one before: what was closed in
  between would be missing from the gains and from the open profit too, and a loss would be seen nowhere.
* Second pages follow together in one round, and only where a first page is full. What does not fit is said.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.core.orders import Unreadable
from trader.core.past import Gain, Past
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking, bills, lives
from trader.venues.okx.asking import ROWS_A_PAGE, Question
from trader.venues.okx.bills import Bill
from trader.venues.okx.envelope import read
from trader.venues.okx.lives import Life, Times, Told
from trader.venues.okx.wire import Wire

_KEPT_DAYS = 90
_RECENT_MS = 7 * DAY_MS
_PAGES = 2
_SHORTEN = "shorten limits.drawdown_days"
_NEXT_DAY = "trade less often; the next day begins at 00:00 UTC"

Row = TypeVar("Row")


@frozen
class _Kind(Generic[Row]):
    """One kind of rows: `following` names where the second page begins, None when it adds nothing."""

    what: str
    page: Callable[[str | None], Question]
    parse: Callable[[list[object]], list[Row]]
    following: Callable[[Sequence[Row]], str | None]
    advice: str


class MoneyRecord:
    """What to ask in the round, and what the answers tell."""

    def __init__(self, wire: Wire, past_ms: int) -> None:
        now_ms = wire.time.now_ms()
        self._wire = wire
        self._is_kept = past_ms <= _KEPT_DAYS * DAY_MS
        since_ms = max(strict.MOMENT_MIN, now_ms - past_ms)
        self.times = times = Times(since_ms, now_ms // DAY_MS * DAY_MS, now_ms)
        recent_ms = max(since_ms, now_ms - _RECENT_MS)
        self._history: _Kind[Told] = _Kind(
            "positions-history", asking.ended_positions, lives.ended, self._older, _SHORTEN
        )
        day = partial(asking.bills_of_day, times.midnight_ms)
        self._money: list[_Kind[Bill]] = [_Kind("bills", day, bills.bills, _below, _NEXT_DAY)]
        spans = [(recent_ms, True)]
        if since_ms < recent_ms:
            spans.append((since_ms, False))
        for from_ms, is_recent in spans:
            page = partial(_transfers, from_ms, is_recent)
            self._money.append(_Kind("transfers", page, bills.bills, _below, _SHORTEN))

    @property
    def questions(self) -> list[Question]:
        return [self._history.page(None), *(kind.page(None) for kind in self._money)]

    def take(self, answers: Sequence[Answer | Lost], positions: Answer | Lost) -> None:
        """The answers to the questions, and the one about the positions, of one round."""
        self._answers, self._positions = answers, positions

    def told(self) -> Past | Unreadable:
        """The record, with the second pages that it takes."""
        answers = self._answers
        held = read(self._positions, "positions", lives.standing)
        if isinstance(held, Unreadable):
            return held
        history = _first(self._history, answers[0])
        if isinstance(history, Unreadable):
            return history
        money: list[list[Bill]] = []
        for kind, answer in zip(self._money, answers[1:], strict=True):
            rows = _first(kind, answer)
            if isinstance(rows, Unreadable):
                return rows
            money.append(rows)
        beyond = self._second_pages(history, money)
        if isinstance(beyond, Unreadable):
            return beyond
        return self._put_together(lives.lives_of(history, held), money, beyond)

    def _second_pages(self, history: list[Told], money: list[list[Bill]]) -> list[str] | Unreadable:
        """Add what the second pages have, and say what is beyond them."""
        more: list[Callable[[Answer | Lost], str | Unreadable | None]] = []
        questions: list[Question] = []
        older = self._history.following(history)
        if older is not None:
            questions.append(self._history.page(older))
            more.append(partial(_add, self._history, history))
        for kind, rows in zip(self._money, money, strict=True):
            after = kind.following(rows)
            if after is not None:
                questions.append(kind.page(after))
                more.append(partial(_add, kind, rows))
        beyond: list[str] = []
        for take, answer in zip(more, self._wire.ask(questions) if questions else (), strict=True):
            said = take(answer)
            if isinstance(said, Unreadable):
                return said
            beyond += [said] if said else []
        return beyond

    def _older(self, rows: Sequence[Told]) -> str | None:
        """Where the history goes on: at the moment of its oldest row, which other rows may share."""
        oldest_ms = min((row.at_ms for row in rows), default=0)
        if len(rows) < ROWS_A_PAGE or oldest_ms < self.times.since_ms:
            return None
        return str(oldest_ms + 1)

    def _put_together(self, lived: Sequence[Life], money: Sequence[list[Bill]], beyond: list[str]) -> Past:
        times = self.times
        known = {bill.number: bill for rows in money for bill in rows}
        rows = [known[number] for number in sorted(known) if known[number].at_ms >= times.since_ms]
        by_instrument: dict[str, list[Gain]] = {}
        day: list[Gain] = []
        for bill in rows:
            if bill.at_ms >= times.midnight_ms:
                day += bill.gains
                by_instrument.setdefault(bill.instrument, []).extend(bill.gains)
        gains = [*day, *lives.told_late(lived, by_instrument, times)]
        for life in lived:
            gains += life.gains_between(since_ms=times.since_ms, until_ms=times.midnight_ms)
        if not self._is_kept:
            beyond = [*beyond, f"the venue keeps {_KEPT_DAYS} days of such records: {_SHORTEN}"]
        return Past(
            since_ms=times.since_ms,
            gains_since_ms=times.since_ms,
            gains=tuple(sorted(gains, key=lambda gain: gain.at_ms)),
            flows=tuple(bill.flow for bill in rows if bill.flow is not None),
            missing="; ".join(beyond) or None,
        )


def _first(kind: _Kind[Row], answer: Answer | Lost) -> list[Row] | Unreadable:
    return read(answer, kind.what, kind.parse)


def _add(kind: _Kind[Row], rows: list[Row], answer: Answer | Lost) -> str | Unreadable | None:
    """Take over a second page; says what lies beyond it."""
    page = _first(kind, answer)
    if isinstance(page, Unreadable):
        return page
    rows += page
    if kind.following(page) is None:
        return None
    return f"{kind.what}: more than {_PAGES} pages of {ROWS_A_PAGE} rows: {kind.advice}"


def _below(rows: Sequence[Bill]) -> str | None:
    """Where bills go on: below the smallest number of a full page."""
    return str(min(bill.number for bill in rows)) if len(rows) == ROWS_A_PAGE else None


def _transfers(since_ms: int, is_recent: bool, after: str | None) -> Question:
    return asking.transfers(since_ms, is_recent=is_recent, after=after)
