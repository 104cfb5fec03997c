"""What a client asked for that the model has no use for, kept by order so that it can be told again.

Rules: one entry for each order the venue took, plain or conditional; an order the venue refused has none
and therefore does not exist for any query. Entries older than the venue's longest retention are dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from trader.core.frozen import frozen

DAY_MS = 86_400_000
RETENTION_MS = 90 * DAY_MS
UNFILLED_RETENTION_MS = 3 * DAY_MS

# The two id spaces of one order: a conditional order has an algo id, and an order id once it triggered.
_ORDER_ID_OFFSET = 8_389_765_000_000
_ALGO_ID_OFFSET = 4_000_000_230_000_000


def order_id_of(oid: int) -> int:
    return _ORDER_ID_OFFSET + oid


def algo_id_of(oid: int) -> int:
    return _ALGO_ID_OFFSET + oid


def oid_of_order_id(order_id: int) -> int:
    return order_id - _ORDER_ID_OFFSET


def oid_of_algo_id(algo_id: int) -> int:
    return algo_id - _ALGO_ID_OFFSET


@frozen
class Details:
    """One order as it was asked for. Prices and quantities are the texts that are told again."""

    oid: int
    user: str
    coin: str
    client_id: str
    type: str
    time_in_force: str
    position_side: str
    price: str
    quantity: str
    reduce_only: bool
    placed_ms: int
    is_algo: bool = False
    trigger_price: str = ""
    working_type: str = "CONTRACT_PRICE"
    price_protect: bool = False
    close_position: bool = False
    stp: str = "EXPIRE_MAKER"
    good_till_ms: int = 0
    visible_from_ms: int = 0
    is_doomed: bool = False
    doomed_at_ms: int = 0
    expired_as: str = ""


class DetailsBook:
    """All of them, by the model's order number.

    What may still be open is known apart, so that reading open orders does not look at those of months; it
    is a guess on the large side that readers make smaller with `settle`.
    """

    def __init__(self, rows: Iterable[Details] = ()) -> None:
        self._rows: dict[int, Details] = {}
        self._by_client_id: dict[tuple[str, str], list[int]] = {}
        self._unsettled: dict[int, None] = {}
        self._unfilled: set[int] = set()
        for row in rows:
            self.put(row)

    def put(self, row: Details) -> None:
        if row.oid not in self._rows:
            self._by_client_id.setdefault((row.user, row.client_id), []).append(row.oid)
            self._unsettled[row.oid] = None
        self._rows[row.oid] = row

    def get(self, oid: int) -> Details | None:
        return self._rows.get(oid)

    def of(self, user: str, coin: str | None = None) -> list[Details]:
        """An account's orders, oldest first."""
        return [row for row in self._rows.values() if row.user == user and coin in (None, row.coin)]

    def named(self, user: str, client_id: str) -> list[Details]:
        """An account's orders of that client id, oldest first."""
        return [self._rows[oid] for oid in self._by_client_id.get((user, client_id), ())]

    def unsettled(self, user: str, coin: str | None = None) -> list[Details]:
        """Those that may still be open, oldest first."""
        rows = (self._rows[oid] for oid in sorted(self._unsettled))
        return [row for row in rows if row.user == user and coin in (None, row.coin)]

    def settle(self, oid: int, *, is_filled: bool) -> None:
        """It has ended for good."""
        self._unsettled.pop(oid, None)
        if not is_filled:
            self._unfilled.add(oid)

    def dump(self, *, now_ms: int) -> list[dict[str, Any]]:
        """What must be kept; each row without what is as it usually is."""
        self._forget(now_ms)
        return [_compact(row) for row in self._rows.values()]

    def _forget(self, now_ms: int) -> None:
        """Drop what the venue no longer tells of."""
        for oid, row in list(self._rows.items()):
            age_ms = now_ms - row.placed_ms
            if age_ms > RETENTION_MS or (oid in self._unfilled and age_ms > UNFILLED_RETENTION_MS):
                del self._rows[oid]
                self._by_client_id[row.user, row.client_id].remove(oid)
                self._unsettled.pop(oid, None)
                self._unfilled.discard(oid)

    @classmethod
    def load(cls, rows: Iterable[Mapping[str, Any]]) -> "DetailsBook":
        return cls(Details(**row) for row in rows)


_DEFAULTS = {field.name: field.default for field in fields(Details)}


@lru_cache(maxsize=4_096)
def _compact(row: Details) -> dict[str, Any]:
    """A row as JSON; made once, because most never change again. The caller does not change it."""
    values = ((name, getattr(row, name)) for name in _DEFAULTS)
    return {name: value for name, value in values if value != _DEFAULTS[name]}
