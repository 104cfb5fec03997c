"""What the wire says about orders beyond what the model keeps: ids, texts, links, and an algo's own life.

Rules: an order on the wire and its order in the model are tied by the model's oid; an algo and the order that
it becomes share one oid and have two ids. The book hears what happens from the model and changes nothing in
it. Ids grow with time and are never used twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.exchange.orders import Order
from trader.exchange.rows import Event, Fill
from trader.exchange.status import Kind, Reason, Trigger
from trader.sim.okx.by_hand import algo_ticket, order_ticket
from trader.sim.okx.numbers import text
from trader.sim.okx.tickets import (
    CANCELED,
    EFFECTIVE,
    FAILED,
    AlgoTicket,
    Attached,
    Exits,
    OrderTicket,
    plain,
)

_ID_ORIGIN = 2_150_000_000_000_000_000
_KEPT_MS = 92 * 86_400_000
_PRUNE_EACH_MS = 3_600_000
# Why an order that has just triggered was refused, in the venue's codes.
_FAIL_CODES = {
    Reason.MARGIN: "51008",
    Reason.REDUCE_ONLY: "51169",
    Reason.REDUCE_ONLY_SIZE: "51112",
    Reason.POSITION_TIER: "51004",
    Reason.PRICE_BAND: "51006",
}
_FORCED = {"Auto-Deleveraging": "adl", "Settlement": "delivery"}


def category_of(fill: Fill) -> str | None:
    """What kind of order of the venue's own this was; None for anybody else's."""
    return "full_liquidation" if fill.liquidation is not None else _FORCED.get(fill.direction)


class Book:
    """All tickets of one exchange, by id and by the model's oid."""

    def __init__(self, contract_of: Callable[[str], Decimal]) -> None:
        self._contract_of = contract_of
        self._clear()

    def _clear(self) -> None:
        self.orders: dict[int, OrderTicket] = {}
        self.algos: dict[int, AlgoTicket] = {}
        self._order_of: dict[int, int] = {}
        self._algo_of: dict[int, int] = {}
        self._next = 1
        self._pruned_ms = 0
        # What is being placed: its numbers come with the first event, before it can execute.
        self._expected: OrderTicket | AlgoTicket | None = None

    def new_id(self) -> int:
        """An id greater than all before."""
        number = _ID_ORIGIN + self._next
        self._next += 1
        return number

    def expect(self, ticket: OrderTicket | AlgoTicket | None) -> None:
        """The next order that the model takes is this one; None when the placing is over."""
        self._expected = ticket

    def add_order(self, ticket: OrderTicket) -> OrderTicket:
        self.orders[ticket.ord_id] = ticket
        self._order_of[ticket.oid] = ticket.ord_id
        return ticket

    def add_algo(self, ticket: AlgoTicket) -> AlgoTicket:
        self.algos[ticket.algo_id] = ticket
        for oid in ticket.oids:
            self._algo_of[oid] = ticket.algo_id
        return ticket

    def order_for(self, oid: int) -> OrderTicket | None:
        """The order on the wire that the model knows by this number."""
        found = self._order_of.get(oid)
        return None if found is None else self.orders.get(found)

    def algo_for(self, oid: int) -> AlgoTicket | None:
        found = self._algo_of.get(oid)
        return None if found is None else self.algos.get(found)

    def forget_order(self, ord_id: int) -> None:
        """As if it had never been there."""
        ticket = self.orders.pop(ord_id, None)
        if ticket is not None:
            self._order_of.pop(ticket.oid, None)

    def forget_algo(self, algo_id: int) -> None:
        ticket = self.algos.pop(algo_id, None)
        for oid in ticket.oids if ticket is not None else ():
            self._algo_of.pop(oid, None)

    def prune(self, now_ms: int) -> None:
        """Drop what no endpoint shows any more, some time after it is old enough."""
        if now_ms - self._pruned_ms < _PRUNE_EACH_MS:
            return
        self._pruned_ms = now_ms
        for order in [o for o in self.orders.values() if o.created_ms < now_ms - _KEPT_MS]:
            self.forget_order(order.ord_id)
        ended = [a for a in self.algos.values() if not a.is_alive and a.updated_ms < now_ms - _KEPT_MS]
        for algo in ended:
            self.forget_algo(algo.algo_id)

    def hear(self, event: Event) -> None:
        """Keep up with the model."""
        order = event.order
        if event.kind is Kind.LIQUIDATION and event.fill is not None:
            self._force(event)
        elif order is None:
            return
        elif event.kind is Kind.ORDER_PLACED:
            self._admit(order, event.at_ms)
        elif event.kind is Kind.ORDER_ARMED:
            self._arm(order, event.at_ms)
        elif event.kind is Kind.ORDER_TRIGGERED:
            self._trigger(order, event.at_ms)
        elif event.kind is Kind.ORDER_ENDED:
            self._end(order, event.at_ms)

    def _admit(self, order: Order, at_ms: int) -> None:
        """Tie what is being placed to the model's numbers; what nobody placed here was made by hand."""
        expected = self._expected
        if expected is None:
            self._note_by_hand(order, at_ms)
            return
        if order.parent is not None:
            if expected.attached is not None:
                expected.attached.oids.append(order.oid)
        elif isinstance(expected, OrderTicket):
            expected.oid = order.oid
            self.add_order(expected)
        elif order.trigger is not None:
            expected.tie(order.oid, order.trigger.kind)
            self.add_algo(expected)

    def _note_by_hand(self, order: Order, at_ms: int) -> None:
        if order.parent is not None:
            return
        number, contract = self.new_id(), self._contract_of(order.coin)
        if order.trigger is None:
            self.add_order(order_ticket(order, number=number, contract=contract, at_ms=at_ms))
        else:
            self.add_algo(algo_ticket(order, number=number, contract=contract, at_ms=at_ms))

    def _arm(self, child: Order, at_ms: int) -> None:
        """Attached exits become an algo of their own; what fills after they fired gets another."""
        parent = self.order_for(child.parent or 0)
        if parent is None or parent.attached is None or self.algo_for(child.oid) is not None:
            return
        attached = parent.attached
        exits, oids = attached.exits, attached.oids
        has_both = bool(exits.sl_trigger) and bool(exits.tp_trigger) and child.oid in oids
        is_stop = child.trigger is not None and child.trigger.kind is Trigger.STOP
        stop_oid, take_oid = (child.oid, None) if is_stop else (None, child.oid)
        if has_both:
            stop_oid, take_oid = oids[0], oids[1]
        self.add_algo(
            AlgoTicket(
                algo_id=self.new_id(), user=parent.user, coin=parent.coin, is_buy=child.is_buy,
                ord_type="oco" if has_both else "conditional", td_mode=parent.td_mode, leg=parent.leg,
                created_ms=at_ms, updated_ms=at_ms, client_id=attached.client_id, tag=parent.tag,
                sz=parent.sz, reduce_only=child.reduce_only, exits=replace(exits), lever=parent.lever,
                stop_oid=stop_oid, take_oid=take_oid, parent_ord_id=parent.ord_id,
            )
        )  # fmt: skip

    def _trigger(self, order: Order, at_ms: int) -> None:
        """An algo sends its order."""
        algo = self.algo_for(order.oid)
        if algo is None:
            return
        exits = algo.exits
        px = {algo.stop_oid: exits.sl_px, algo.take_oid: exits.tp_px}.get(order.oid, algo.order_px)
        child = self.add_order(
            OrderTicket(
                ord_id=self.new_id(), oid=order.oid, user=order.user, coin=order.coin, is_buy=order.is_buy,
                ord_type="market" if px == "-1" else "limit", td_mode=algo.td_mode, leg=algo.leg,
                created_ms=at_ms, px="" if px == "-1" else px, tag=algo.tag, reduce_only=order.reduce_only,
                source="6" if algo.ord_type == "trigger" else "7", algo_id=algo.algo_id, lever=algo.lever,
                algo_client_id=algo.client_id, sz=algo.sz, attached=algo.attached,
            )
        )  # fmt: skip
        algo.state, algo.triggered_ms, algo.updated_ms = EFFECTIVE, at_ms, at_ms
        algo.actual_side = {algo.stop_oid: "sl", algo.take_oid: "tp"}.get(order.oid, "")
        algo.ord_ids.append(child.ord_id)

    def _end(self, order: Order, at_ms: int) -> None:
        """An algo that was cancelled, or whose order was refused when it triggered."""
        algo = self.algo_for(order.oid)
        if algo is None:
            return
        if not order.fired:
            if algo.is_alive:
                algo.state, algo.updated_ms = CANCELED, at_ms
            return
        if order.failure is not None:
            child = self.order_for(order.oid)
            if child is not None:
                self.forget_order(child.ord_id)
            algo.state, algo.updated_ms, algo.ord_ids = FAILED, at_ms, []
            algo.fail_code = _FAIL_CODES.get(order.failure, "1000")

    def _force(self, event: Event) -> None:
        """An order of the venue's own: a liquidation, a deleveraging, or the end of a coin."""
        fill = event.fill
        category = None if fill is None else category_of(fill)
        if fill is None or category is None:
            return
        self.add_order(
            OrderTicket(
                ord_id=self.new_id(), oid=fill.oid, user=fill.user, coin=fill.coin, is_buy=fill.is_buy,
                ord_type="market", td_mode="cross", leg=fill.leg, created_ms=event.at_ms, sz="",
                category=category, px=text(fill.px),
            )
        )  # fmt: skip

    def dump(self) -> dict[str, Any]:
        return {
            "next": self._next,
            "orders": [plain(ticket) for ticket in self.orders.values()],
            "algos": [plain(ticket) for ticket in self.algos.values()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._clear()
        self._next = state["next"]
        for row in state["orders"]:
            self.add_order(OrderTicket(**{**row, "attached": _attached(row["attached"])}))
        for row in state["algos"]:
            exits = Exits(**row["exits"])
            self.add_algo(AlgoTicket(**{**row, "exits": exits, "attached": _attached(row["attached"])}))


def _attached(row: Mapping[str, Any] | None) -> Attached | None:
    return None if row is None else Attached(**{**row, "exits": Exits(**row["exits"])})
