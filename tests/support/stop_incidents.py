"""Stops that a venue takes and then lets die, and what the wire said meanwhile.

A stop can die in the answer's wake, between runs, or when its trigger is reached. Each way of ending is a
state that the exchange really reaches; what it tells of it is read back through its own endpoints.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tests.support.way_cases import leg_of, way_stage
from trader.core.orders import Found, Status, Unreadable
from trader.core.reasons import told_reason
from trader.core.wire import Answer, Lost, Request
from trader.exchange.status import Status as Ended
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.sim.faults import Fault
from trader.sim.okx.venue import Venue as OkxVenue

SECONDS_FOR_BUDGETS = 3.0
LEGS = {"long": True, "short": False}
STOP_WRITES = {"attached": ("trade/order", "trade/order-algo"), "stop first": ("POST algoOrder",) * 2}


def dying(way: str, place: int, times: int = 1) -> Fault:
    """The stop that a tick sends as its first (0) or second one is taken, and then ends."""
    kind = way.partition(",")[0]
    nth = 1 + (place if kind == "stop first" else 0)
    what = STOP_WRITES[kind][place]
    return Fault("V5", what=what, is_write=True, nth=nth, times=times, params={"leg": "stop"})


def always_dying() -> Fault:
    """Every stop that is taken ends."""
    return Fault("V5", is_write=True, times=0, params={"leg": "stop"})


@dataclass
class Scene:
    """One signal in one market, and everything that its host wrote and was told."""

    way: str
    is_long: bool = True
    overrides: tuple[str, ...] = ()
    heard: list[tuple[str, Any, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.made: Stage = way_stage(self.way, overrides=self.overrides, rises=self.is_long)
        self.made.host.mount.after_request = self._hear

    def _hear(self, _number: int, request: Request, answer: Answer | Lost) -> None:
        if request.is_write and isinstance(answer, Answer):
            path = urlsplit(request.url).path
            self.heard.append((path, request.body or urlsplit(request.url).query, json.loads(answer.body)))

    @property
    def leg(self) -> str | None:
        return leg_of(self.way, "long" if self.is_long else "short")

    @property
    def sign(self) -> int:
        return 1 if self.is_long else -1

    @property
    def held(self) -> Decimal:
        """The size of the position, positive for this scene's side."""
        return self.made.size("BTC", self.leg) * self.sign

    def is_covered(self) -> bool:
        return self.made.watch.covered(self.made.user, "BTC", self.leg)

    def stops(self) -> list[tuple[Decimal, Decimal]]:
        """Level and size of each armed stop; a size of 0 is bound to the position."""
        orders = self.made.model.open_orders(self.made.user, "BTC")
        return [
            (o.trigger.px, o.sz)
            for o in orders
            if o.trigger is not None and o.trigger.kind is Trigger.STOP and o.armed and o.leg == self.leg
        ]

    def beyond(self) -> Decimal:
        """A price at which the stop of this scene is hit, and liquidation is not."""
        return self.made.model.quote("BTC").mark * (Decimal("0.93") if self.is_long else Decimal("1.07"))

    def jump(self, price: Decimal) -> None:
        """Every price is there at once and stays."""
        by = price - self.made.model.quote("BTC").last
        self.made.model.set_offsets("BTC", mark=by, mid=by, oracle=by)

    def codes(self, path: str) -> list[str]:
        """What the venue said to each write to this endpoint, in its own codes."""
        return [_said(answer) for at, _, answer in self.heard if at.endswith(path)]

    def can_only_reduce(self) -> bool:
        """Did the last plain order that was sent say that it closes: by its flag, or by its leg and side?"""
        body = next(str(sent) for path, sent, _ in reversed(self.heard) if path.endswith("/order"))
        plain = body.lower().translate(str.maketrans("=&", ":,", '"'))
        if self.leg is None:
            return "reduceonly:true" in plain
        side = "sell" if self.is_long else "buy"
        return f"side:{side}," in plain and f"side:{self.leg}," in plain.replace("posside", "side").replace(
            "positionside", "side"
        )

    def records(self) -> dict[str, Found]:
        """Every stop that the venue's history tells of, by id."""
        self.made.pass_time(SECONDS_FOR_BUDGETS)
        venue = self.made.host.env().venue
        venue.inspect(86_400_000)
        told = venue.history()
        assert not isinstance(told, Unreadable), told
        return {f.order.client_id or "": f for f in told if f.order.trigger is not None}

    def dead(self) -> list[Found]:
        """The stops that the venue calls refused or failed."""
        return [f for f in self.records().values() if f.status is Status.REJECTED]

    def reasons(self) -> list[str | None]:
        """Why each fill happened that the venue tells of, oldest first; an entry has no reason."""
        self.made.pass_time(SECONDS_FOR_BUDGETS)
        fills = self.made.host.env().venue.inspect(86_400_000).fills
        assert not isinstance(fills, Unreadable), fills
        return [told_reason(fill, self.made.tag) for fill in fills]

    def sizes(self) -> list[Decimal]:
        """The position after each fill, positive for this scene's side."""
        fills = self.made.model.fills(self.made.user)
        return [(f.start_position + (f.sz if f.is_buy else -f.sz)) * self.sign for f in fills]


def _said(answer: Any) -> str:
    """The code of an answer, of its first row where it has rows."""
    if "data" in answer:
        row = answer["data"][0] if answer["data"] else {}
        return str(row.get("sCode", answer["code"]))
    return str(answer.get("code", 0))


def end_stops(made: Stage, *, fail_code: str = "1000") -> int:
    """The venue ends every live stop by itself while nobody runs; how many those were."""
    orders = made.model.open_orders(made.user)
    stops = [o for o in orders if o.trigger is not None and o.trigger.kind is Trigger.STOP]
    for order in stops:
        algo = made.venue.book.algo_for(order.oid) if isinstance(made.venue, OkxVenue) else None
        assert made.model.cancel(made.user, order.oid, status=Ended.REJECTED)
        if algo is not None:
            algo.state, algo.fail_code = "order_failed", fail_code
    return len(stops)
