"""Whose exits and entries the fills are: each fill joined with the order that it is of.

* The newest orders are listed in the round of the fills; older pages are read only while an order is missing.
* What ended before the venue's list of the last days is in its archive of three months, read by what is
  missing: from the newest fill without a name back to the oldest, a bounded number of pages.
* What no list has is looked up by its number, the newest first; what stays unknown leaves them incomplete.
* An order's name never changes, so what a process has learned of one it keeps.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.errors import Malformed
from trader.core.orders import Fill, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking, parse_fills
from trader.venues.okx.asking import ROWS_A_PAGE, Question
from trader.venues.okx.envelope import NOT_FOUND, code_of, only_row, read
from trader.venues.okx.parse_fills import Origin
from trader.venues.okx.wire import Wire

PAGES_MAX = 10
ORDERS_LOOKED_UP_MAX = 40
LISTED_MS = 7 * DAY_MS
# Younger orders are not sought in the archive, which need not have them yet.
ARCHIVED_MS = DAY_MS
# An order is made before it fills; by how much the venue's own clocks may differ.
_CLOCKS_MS = MINUTE_MS

Origins = Mapping[str, Origin]


class OrderNames:
    """What a process has learned of its account's orders, by their numbers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[str, Origin] = {}

    def of(self, fills: Sequence[Fill], newest: Answer | Lost) -> Origins | Unreadable:
        """Origins of the orders of these fills, as far as the venue tells them; `newest` lists orders."""
        oldest_first = {fill.order_id: fill for fill in fills}
        steps: tuple[Callable[[Mapping[str, Fill]], Unreadable | None], ...] = (
            partial(self._recent, newest),
            self._archived,
            self._looked_up,
        )
        for step in steps:
            missing = {number: f for number, f in oldest_first.items() if number not in self._known}
            problem = step(missing) if missing else None
            if problem is not None:
                return problem
        return self._known

    def _recent(self, newest: Answer | Lost, missing: Mapping[str, Fill]) -> Unreadable | None:
        """Those of the last days: the page that is there already, and older ones while they can help."""
        since_ms = self._wire.time.now_ms() - LISTED_MS
        listed = [number for number, fill in missing.items() if fill.at_ms >= since_ms]
        return self._listed(newest, asking.orders_history, listed)

    def _archived(self, missing: Mapping[str, Fill]) -> Unreadable | None:
        """Those whose fills are no longer fresh."""
        since_ms = self._wire.time.now_ms() - ARCHIVED_MS
        old = {number: fill for number, fill in missing.items() if fill.at_ms < since_ms}
        if not old:
            return None
        until_ms = max(fill.at_ms for fill in old.values()) + _CLOCKS_MS
        page = partial(asking.older_orders, until_ms)
        return self._listed(self._wire.ask([page()])[0], page, old)

    def _listed(
        self, answer: Answer | Lost, page: Callable[[str], Question], wanted: Iterable[str]
    ) -> Unreadable | None:
        """Page after page of a list, newest first, until the wanted are among them or cannot follow."""
        for number in range(PAGES_MAX):
            told = read(answer, "orders-history", parse_fills.origins)
            if isinstance(told, Unreadable):
                return told
            origins, numbers = told
            self._known |= origins
            oldest = min(map(int, numbers), default=0)
            reaches = all(one in self._known or int(one) > oldest for one in wanted)
            if reaches or len(numbers) < ROWS_A_PAGE or number + 1 == PAGES_MAX:
                return None
            answer = self._wire.ask([page(str(oldest))])[0]
        return None

    def _looked_up(self, missing: Mapping[str, Fill]) -> Unreadable | None:
        """One by one; too old ones have no answer."""
        chosen = list(missing.items())[::-1][:ORDERS_LOOKED_UP_MAX]
        questions = [asking.order_by_number(fill.coin, number) for number, fill in chosen]
        for (number, _), answer in zip(chosen, self._wire.ask(questions), strict=True):
            if code_of(answer) == NOT_FOUND:
                continue
            origin = read(answer, "order of a fill", partial(_origin, number))
            if isinstance(origin, Unreadable):
                return origin
            self._known[number] = origin
        return None


def _origin(number: str, data: list[object]) -> Origin:
    where = f"order {number}"
    row = only_row(data, where)
    if strict.text(row, "ordId", where) != number:
        raise Malformed(f"{where}: the answer is about {strict.shown(row['ordId'])}")
    return parse_fills.origin(row, where)
