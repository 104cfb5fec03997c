"""What a client asked for that the model has no use for, kept by order so that it can be told again.

Rules: one entry for each order the venue took, plain or conditional; an order the venue refused has none
and therefore does not exist for any query. Entries older than the venue's longest retention are dropped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
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
    """All of them, by the model's order number."""

    def __init__(self, rows: Iterable[Details] = ()) -> None:
        self._rows = {row.oid: row for row in rows}

    def put(self, row: Details) -> None:
        self._rows[row.oid] = row

    def drop(self, oid: int) -> None:
        """Forget an order as if it had never been."""
        self._rows.pop(oid, None)

    def get(self, oid: int) -> Details | None:
        return self._rows.get(oid)

    def of(self, user: str, coin: str | None = None) -> list[Details]:
        """An account's orders, oldest first."""
        return [row for row in self._rows.values() if row.user == user and coin in (None, row.coin)]

    def dump(self, *, now_ms: int) -> list[dict[str, Any]]:
        kept = (row for row in self._rows.values() if now_ms - row.placed_ms <= RETENTION_MS)
        return [asdict(row) for row in kept]

    @classmethod
    def load(cls, rows: Iterable[Mapping[str, Any]]) -> "DetailsBook":
        return cls(Details(**row) for row in rows)
