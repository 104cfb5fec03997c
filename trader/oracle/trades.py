"""Watches every execution: no exit opens or flips (I6), nothing foreign is closed (I5), no trade loses more
than it may (I4).

A trade is our part of a slot from flat to flat. What it lost is judged where price went on without a jump,
nobody else had a hand in it, and it never stood bare in a way that is allowed; the rest is told apart.
Fees are not in it: `loss_max` is of price.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from trader.exchange.orders import Order
from trader.exchange.rows import Event, Fill
from trader.exchange.status import Kind
from trader.oracle.books import Books
from trader.oracle.holdings import Part, Taken
from trader.oracle.ids import STOPPING, own
from trader.oracle.stops import Slot, is_stop, told

ZERO = Decimal(0)
JUMP = Decimal("0.001")  # between two instants of a path without jumps price moves far less
# What makes a loss larger than it was meant to be, and is not the trader's doing.
TWICE = frozenset({"late_twice", "hosts"})
OUTSIDE = TWICE | {"gap", "forced", "hand", "venue_took"}


@dataclass(slots=True)
class Trade:
    """Our part of one slot since it was flat."""

    gained: Decimal = ZERO
    outside: bool = False


class Trades:
    """One account's executions; `on_flat` is told of each slot in which nothing of ours is left. `older`:
    slots that have held something of ours since before there was a judge, or something entered twice."""

    def __init__(self, books: Books, on_flat: Callable[[Slot], None]) -> None:
        self._books = books
        self._on_flat = on_flat
        self._trades = {slot: Trade(outside=True) for slot, part in books.parts.items() if part.ours}
        self._over: list[tuple[Slot, Trade]] = []
        self.older = set(self._trades)

    def see(self, event: Event) -> None:
        """One event of this account; those with a fill are booked."""
        if event.kind is Kind.ORDER_TRIGGERED and event.order is not None:
            self._jump(event.order)
        fill = event.fill
        if fill is None:
            return
        slot = (fill.coin, fill.leg)
        part = self._books.parts.setdefault(slot, Part())
        foreign_since_ms = part.foreign_since_ms
        taken = part.take(fill)
        after = fill.start_position + (fill.sz if fill.is_buy else -fill.sz)
        self._books.sizes.setdefault(slot, [(0, ZERO)]).append((event.at_ms, after))
        self._flip(fill, slot, after)
        if taken.foreign_closed:
            self._foreign(fill, slot, taken, foreign_since_ms)
        self._book(slot, part, taken)

    def judge(self, excused: frozenset[str]) -> None:
        """What else happened is known now: judge the trades that are over."""
        outside = bool(OUTSIDE & excused)
        for trade in self._trades.values():
            trade.outside = trade.outside or outside
        if TWICE & excused:
            self.older |= self._trades.keys()
        over, self._over = self._over, []
        for slot, trade in over:
            limit = self._books.terms.loss_max.get(slot[0])
            if limit is None or outside or trade.outside:
                continue
            if -trade.gained > limit * (1 + self._books.terms.slippage):
                text = f"{told(slot)}: one signal lost {-trade.gained}, and {limit} was the most"
                self._books.report("I4", text)

    def _jump(self, order: Order) -> None:
        """A stop fires at its level, unless price never was there: what it loses then is a gap's."""
        trigger = order.trigger
        if trigger is None or not is_stop(replace(order, fired=False)):
            return
        quoted = self._books.model.quote(order.coin)
        met = {"mark": quoted.mark, "last": quoted.last, "index": quoted.oracle}[trigger.source]
        if abs(met - trigger.px) > JUMP * trigger.px:
            self._books.exposed.add((order.coin, order.leg))

    def _flip(self, fill: Fill, slot: Slot, after: Decimal) -> None:
        """I6: an exit only ever makes a position smaller, and an entry never meets one of the other side."""
        said, start = own(fill.cloid), fill.start_position
        if said is None:
            return
        if said.exits and start * after <= 0 and after != 0:
            self._books.report("I6", f"an exit took {told(slot)} from {start} to {after}")
        elif said.opens and abs(after) < abs(start) + fill.sz:
            text = f"an entry took {told(slot)} from {start} to {after}"
            self._books.report("I6", text, frozenset({"hand"}))

    def _foreign(self, fill: Fill, slot: Slot, taken: Taken, since_ms: int | None) -> None:
        """I5: an order of ours closed what is not ours. One that stood before the foreign part came is
        nobody's fault until a clean run has met both; one of another version may be there for that part; and
        a second stop was placed where the venue hid the first."""
        books, said = self._books, own(fill.cloid)
        if slot[0] in books.terms.adopted or since_ms is None or said is None or not said.role:
            return
        if slot in books.doubled and said.role in STOPPING:
            return
        row = books.model.order(books.user, fill.oid)
        placed_ms = row.order.placed_ms if row is not None else fill.at_ms
        known = any(since_ms < began_ms <= placed_ms for began_ms in books.began_ms)
        if known or any(began_ms > since_ms for began_ms in books.clean_began_ms):
            text = f"{taken.foreign_closed} of {told(slot)} that is not ours was closed by an order of ours"
            books.report("I5", text)

    def _book(self, slot: Slot, part: Part, taken: Taken) -> None:
        trade = self._trades.get(slot)
        if trade is None and (taken.opened or taken.closed):
            trade = self._trades[slot] = Trade()
        if trade is None:
            return
        trade.gained += taken.gained
        if part.ours == 0:
            self.older.discard(slot)
            trade.outside = trade.outside or slot in self._books.exposed
            self._books.exposed.discard(slot)
            self._over.append((slot, self._trades.pop(slot)))
            self._on_flat(slot)
