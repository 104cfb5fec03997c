"""One request as an endpoint sees it, and what an endpoint may say.

Rules: an endpoint returns rows, or a Reply where the envelope is not plain success. Batches keep the items'
order and take the top code from them: "0" when all succeeded, "1" when all failed, "2" otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Any

from trader.core.frozen import frozen
from trader.exchange.model import Model
from trader.sim.faults import Fault
from trader.sim.okx.keys import ApiKey
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.switches import Switches
from trader.sim.okx.venue import Venue

Row = dict[str, Any]


@frozen
class Call:
    """The venue, who asks, and with which parameters; `items` are the objects of an array body."""

    venue: Venue
    params: Parameters
    items: Sequence[Parameters] = ()
    key: ApiKey | None = None
    client: str = ""
    expires_ms: int | None = None
    lies: Sequence[Fault] = ()

    @property
    def user(self) -> str:
        return "" if self.key is None else self.key.user

    @property
    def model(self) -> Model:
        return self.venue.model

    @property
    def switches(self) -> Switches:
        return self.venue.switches

    @property
    def now_ms(self) -> int:
        return self.venue.now_ms

    @property
    def is_two_sided(self) -> bool:
        return self.venue.model.is_two_sided(self.user)


@frozen
class Reply:
    """Rows with an envelope of their own."""

    rows: list[Any]
    code: str = "0"
    msg: str = ""


@frozen
class Raw:
    """Rows that are encoded already."""

    rows: list[bytes] = field(default_factory=list)


def item_success(text: str = "") -> Row:
    return {"sCode": "0", "sMsg": text}


def item_failure(refusal: Refusal) -> Row:
    row = {"sCode": refusal.code, "sMsg": refusal.text}
    return row | {"subCode": refusal.sub_code} if refusal.sub_code else row


def reply_of(rows: list[Row], *, failed_text: str = "All operations failed") -> Reply:
    """The envelope that fits the items."""
    failures = sum(row["sCode"] != "0" for row in rows)
    if not failures:
        return Reply(rows)
    if failures == len(rows):
        return Reply(rows, "1", failed_text)
    return Reply(rows, "2", "Bulk operation partially succeeded")


def each(
    items: Sequence[Parameters], act: Callable[[Parameters], Row], failed: Callable[[Parameters], Row]
) -> list[Row]:
    """Every item by itself; one that is refused becomes a row that says so."""
    rows = []
    for item in items:
        try:
            rows.append(act(item))
        except Refusal as refusal:
            rows.append(failed(item) | item_failure(refusal))
    return rows


def paged(rows: Sequence[Row], params: Parameters, *, by: str, limit: int) -> list[Row]:
    """Rows that are older than `after` and newer than `before`, by a numeric field; newest first."""
    after, before = params.integer("after"), params.integer("before")
    kept = [
        row
        for row in sorted(rows, key=lambda row: int(row[by]), reverse=True)
        if (after is None or int(row[by]) < after) and (before is None or int(row[by]) > before)
    ]
    return kept[:limit]
