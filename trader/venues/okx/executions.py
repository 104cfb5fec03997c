"""The fills of one reading: page after page, joined with their orders, counted back from what is held.

* The newest page comes in the round of the positions; older ones follow and cannot change what it showed.
* Three days are read where they are freshest, and what is older from the archive.
* A fill whose id is not ours is joined with its order (origins.py), since an exit's fill is named by the
  order it sent. One that still has no id, and might be an exit's, leaves the history incomplete.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.identity import Role
from trader.core.market import Slot
from trader.core.orders import Fill, Unreadable
from trader.core.ownership import is_ours
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking, parse_fills
from trader.venues.okx.asking import ROWS_A_PAGE, Question
from trader.venues.okx.envelope import read
from trader.venues.okx.origins import OrderNames
from trader.venues.okx.parse_fills import FillRow, Origin
from trader.venues.okx.parse_orders import ContractOf
from trader.venues.okx.wire import Wire
from trader.venues.walk_back import walked_back

RECENT_MS = 3 * DAY_MS
_OVERLAP_MS = HOUR_MS
PAGES_MAX = 10
_MAY_OPEN = frozenset({Role.STOP})  # one that came with an entry is not marked as reducing in net mode

Fills = tuple[Fill, ...] | Unreadable
NextPage = Callable[[str], Question]


class Executions:
    """What to ask in the round, and what the answers tell."""

    def __init__(self, wire: Wire, names: OrderNames, back_ms: int) -> None:
        now_ms = wire.time.now_ms()
        self._wire = wire
        self._names = names
        self.since_ms = max(strict.MOMENT_MIN, now_ms - back_ms)
        recent_ms = max(self.since_ms, now_ms - RECENT_MS)
        since_ms, until_ms = self.since_ms, recent_ms + _OVERLAP_MS
        self._series: list[NextPage] = [lambda after: asking.fills(recent_ms, after or None)]
        if back_ms > RECENT_MS:
            self._series.append(lambda after: asking.older_fills(since_ms, until_ms, after or None))

    @property
    def questions(self) -> list[Question]:
        return [*(page("") for page in self._series), asking.orders_history()]

    def told(
        self,
        answers: Sequence[Answer | Lost],
        contract_of: ContractOf,
        held: Mapping[Slot, Decimal],
        account: int,
    ) -> tuple[Fills, bool]:
        """The fills, oldest first, and whether they are all of them since then."""
        rows: dict[int, Fill] = {}
        complete = True
        for page, answer in zip(self._series, answers, strict=False):
            found = self._pages(page, answer, contract_of)
            if isinstance(found, Unreadable):
                return found, False
            rows |= {row.bill: row.fill for row in found[0]}
            complete = complete and found[1]
        ordered = [rows[bill] for bill in sorted(rows)]
        named = self._named(ordered, answers[-1], account)
        if isinstance(named, Unreadable):
            return named, False
        fills, all_named = named
        return walked_back(fills, held, account, may_open=_MAY_OPEN), complete and all_named

    def _pages(
        self, page: NextPage, answer: Answer | Lost, contract_of: ContractOf
    ) -> tuple[list[FillRow], bool] | Unreadable:
        found: list[FillRow] = []
        for number in range(PAGES_MAX):
            told = read(answer, "fills", lambda data: parse_fills.fills(data, contract_of))
            if isinstance(told, Unreadable):
                return told
            rows, bills = told
            found += rows
            if len(bills) < ROWS_A_PAGE:
                return found, True
            if number + 1 < PAGES_MAX:
                answer = self._wire.ask([page(min(bills, key=int))])[0]
        return found, False

    def _named(
        self, fills: Sequence[Fill], history: Answer | Lost, account: int
    ) -> tuple[list[Fill], bool] | Unreadable:
        """Each fill under the id of the exit or entry it belongs to, and whether all ids are known."""
        unnamed = [fill for fill in fills if not is_ours(fill.client_id, account)]
        if not unnamed:
            return list(fills), True
        origins = self._names.of(unnamed, history)
        if isinstance(origins, Unreadable):
            return origins
        joined = {fill.order_id for fill in unnamed}
        named = [
            _with(fill, origins.get(fill.order_id)) if fill.order_id in joined else fill for fill in fills
        ]
        return named, all(fill.client_id or fill.order_id in origins for fill in fills)


def _with(fill: Fill, origin: Origin | None) -> Fill:
    """What the venue's own flags on the fill say stands."""
    if origin is None:
        return fill
    return replace(
        fill,
        client_id=origin.client_id or fill.client_id,
        is_liquidation=fill.is_liquidation or (origin.is_liquidation and not fill.is_deleverage),
        is_deleverage=fill.is_deleverage or origin.is_deleverage,
    )
