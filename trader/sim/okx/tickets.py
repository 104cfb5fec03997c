"""What the wire says of one order beyond what the model keeps: ids, texts, links, and an algo's state.

Rules: plain values that go into the exchange's memory as they are. `leg` is None in a net account; prices and
sizes are the client's texts, sizes in contracts.
"""

from dataclasses import dataclass, field
from typing import Any

from trader.exchange.status import Trigger

_NESTED = frozenset({"attached", "exits"})
_LISTS = frozenset({"oids", "ord_ids"})
ALIVE, EFFECTIVE, CANCELED, FAILED = "live", "effective", "canceled", "order_failed"


@dataclass(slots=True)
class Exits:
    """A stop, a target or both, in the words of the client. `*_px` is the limit, "-1" at market."""

    sl_trigger: str = ""
    sl_px: str = ""
    sl_type: str = ""
    tp_trigger: str = ""
    tp_px: str = ""
    tp_type: str = ""


@dataclass(slots=True)
class Attached:
    """Exits attached to an order, before they are an algo of their own."""

    attach_id: int
    client_id: str
    exits: Exits
    oids: list[int] = field(default_factory=list)
    fail_code: str = ""
    fail_reason: str = ""


@dataclass(slots=True)
class OrderTicket:
    """One normal order. `px` and `sz` as asked; `leg` None in net mode."""

    ord_id: int
    oid: int
    user: str
    coin: str
    is_buy: bool
    ord_type: str
    td_mode: str
    leg: str | None
    created_ms: int
    px: str = ""
    sz: str = ""
    client_id: str = ""
    tag: str = ""
    reduce_only: bool = False
    source: str = ""
    category: str = "normal"
    cancel_source: str = ""
    algo_id: int | None = None
    algo_client_id: str = ""
    attached: Attached | None = None
    lever: str = ""


@dataclass(slots=True)
class AlgoTicket:
    """One algo order. `stop_oid`, `take_oid` and `trigger_oid` are its orders in the model."""

    algo_id: int
    user: str
    coin: str
    is_buy: bool
    ord_type: str
    td_mode: str
    leg: str | None
    created_ms: int
    updated_ms: int
    client_id: str = ""
    tag: str = ""
    sz: str = ""
    close_fraction: str = ""
    reduce_only: bool = False
    ends_with_position: bool = False
    exits: Exits = field(default_factory=Exits)
    trigger_px: str = ""
    trigger_type: str = ""
    order_px: str = ""
    last: str = ""
    state: str = ALIVE
    fail_code: str = ""
    actual_side: str = ""
    triggered_ms: int = 0
    stop_oid: int | None = None
    take_oid: int | None = None
    trigger_oid: int | None = None
    ord_ids: list[int] = field(default_factory=list)
    parent_ord_id: int | None = None
    attached: Attached | None = None
    lever: str = ""

    def tie(self, oid: int, kind: Trigger) -> None:
        """Remember which order of the model this leg is."""
        if self.ord_type == "trigger":
            self.trigger_oid = oid
        elif kind is Trigger.STOP:
            self.stop_oid = oid
        else:
            self.take_oid = oid

    @property
    def oids(self) -> list[int]:
        return [oid for oid in (self.stop_oid, self.take_oid, self.trigger_oid) if oid is not None]

    @property
    def is_alive(self) -> bool:
        return self.state == ALIVE


def plain(value: Any) -> dict[str, Any]:
    """A ticket as JSON values. Every request writes them all; `dataclasses.asdict` takes far longer."""
    row = {name: getattr(value, name) for name in value.__slots__}
    for name in _NESTED & row.keys():
        if row[name] is not None:
            row[name] = plain(row[name])
    for name in _LISTS & row.keys():
        row[name] = list(row[name])
    return row
