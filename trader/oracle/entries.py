"""Watches what opens positions: once per signal (I2), within the limit (I3), after what needs cover (I15).

An entry counts once the exchange took it, filled or not. One that ended without a fill has entered nothing,
so that its signal may be tried again; one that filled, or still rests, is the one that its signal had. A rung
may come again at its anchor once its side is flat. Of an entry whose signal had one already, a second is
excused where the network delivered a write twice, or where two hosts run and the venue does not refuse
duplicates: then somebody has to leave with 24, and a third is excused by nothing.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from trader.exchange.orders import Order
from trader.exchange.rows import Event
from trader.exchange.status import LIVE, Kind, Tif
from trader.oracle.bareness import Bareness
from trader.oracle.books import SOMEBODY, Books
from trader.oracle.ids import RUNG, Own
from trader.oracle.stops import Slot, only_reduces, stops_of, told

# account, strategy, coin, reference, rung, is_buy
Signal = tuple[int, int, str, int, int, bool]
IMMEDIATE = frozenset({Tif.IOC, Tif.MARKET, Tif.FOK})
TWICE = frozenset({"late_twice"})
ROUND_MS = 50  # writes of one round leave together: what the first of them did, the others do not know


@dataclass(slots=True)
class Entered:
    """The entries of one signal: those that rest, and those that filled."""

    live: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)

    @property
    def count(self) -> int:
        return len(self.live | self.filled)


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry that the exchange took: when, where, and how far from mark it was priced, as a fraction."""

    at_ms: int
    slot: Slot
    oid: int
    away: Decimal


@dataclass(slots=True)
class Owed:
    """A second entry that somebody has to tell of: the hosts that could, and what happened."""

    hosts: frozenset[str]
    text: str
    could: bool = False


def signal_of(order: Order, said: Own) -> Signal:
    return (said.account, said.strategy, order.coin, said.reference, said.rung, order.is_buy)


def _margin(value: int, is_cross: bool) -> str:
    return f"{value}x {'cross' if is_cross else 'isolated'}"


class Entries:
    """One account's entries."""

    def __init__(self, books: Books, bareness: Bareness) -> None:
        self._books = books
        self._bareness = bareness
        self._signals: dict[Signal, Entered] = {}
        self._signal_by_oid: dict[int, Signal] = {}
        self._rungs: dict[Slot, set[Signal]] = {}  # those that filled since their slot was flat
        self.opened: list[Opened] = []
        self.owed: list[Owed] = []
        self._recall()

    def see(self, event: Event) -> None:
        """One event of this account that tells of an order."""
        order = event.order
        if order is None:
            return
        if event.kind is Kind.ORDER_PLACED:
            said = self._books.whose(order)
            if said is not None and said.opens and not only_reduces(order):
                self._place(order, said, event.at_ms)
            return
        signal = self._signal_by_oid.get(order.oid)
        if signal is None:
            return
        if event.kind is Kind.ORDER_FILLED:
            self._signals[signal].filled.add(order.oid)
            if signal[4] > 0:
                self._rungs.setdefault((order.coin, order.leg), set()).add(signal)
            self._limit(order, event.at_ms)
        elif event.kind is Kind.ORDER_ENDED:
            self._signals[signal].live.discard(order.oid)

    def flat(self, slot: Slot) -> None:
        """Our part of a slot is gone: what its rungs had filled is over."""
        for signal in self._rungs.pop(slot, ()):
            self._signals[signal].filled.clear()

    def told_by(self, host: str, codes: frozenset[int], *, is_whole: bool) -> None:
        """A run has ended: did it say that another host trades here?"""
        if 24 in codes:
            self.owed.clear()
        for owed in self.owed:
            if host in owed.hosts:
                owed.could = owed.could or (is_whole and not any(codes))
                owed.hosts -= {host}  # its next run can no longer know

    def _place(self, order: Order, said: Own, at_ms: int) -> None:
        books, slot, signal = self._books, (order.coin, order.leg), signal_of(order, said)
        entered = self._signals.setdefault(signal, Entered())
        self._signal_by_oid[order.oid] = signal
        entered.live.add(order.oid)
        if entered.count > 1:
            self._again(order, said, entered)
        mark = books.model.quote(order.coin).mark
        away = abs(order.px / mark - 1) if order.tif in IMMEDIATE and order.px else Decimal(0)
        self.opened.append(Opened(at_ms, slot, order.oid, away))
        self._limit(order, at_ms)
        self._leverage(order)
        self._stop_first(order, slot)
        known_ms = at_ms - ROUND_MS
        bare = [
            o for o in self._bareness.bare_slots() if books.running and self._bareness.since(o) <= known_ms
        ]
        if bare:
            names = ", ".join(told(other) for other in bare)
            unless = SOMEBODY | {"venue_lied", "forced"}
            books.report("I15", f"{told(slot)} was entered while {names} stood bare", unless)

    def _stop_first(self, order: Order, slot: Slot) -> None:
        """Where the stop goes first, none is entered before one of all its size lives."""
        books = self._books
        if not books.terms.stops_first or not books.running or order.tif not in IMMEDIATE:
            return
        stops = (o for o in stops_of(books.model, books.user, slot) if o.is_buy != order.is_buy)
        if not any(only_reduces(o) and (o.follows_position or o.sz >= order.sz) for o in stops):
            unless = TWICE | {"hand", "hosts", "venue_lied"}
            books.report("I15", f"{told(slot)} was entered before a stop of it was live", unless)

    def _again(self, order: Order, said: Own, entered: Entered) -> None:
        what = f"rung {said.rung} of anchor" if said.role == RUNG else "signal"
        oids = sorted(entered.live | entered.filled)
        text = f"{order.coin}: {what} {said.reference} has {entered.count} entries, orders {oids}"
        unless = frozenset[str]()
        if entered.count == 2:
            unless = TWICE if self._books.terms.refuses_duplicates else TWICE | {"hosts"}
        self._books.report("I2", text, unless)
        if "hosts" in unless and len(self._books.hosts) > 1:
            self.owed.append(Owed(frozenset(self._books.running), text))

    def _limit(self, order: Order, at_ms: int) -> None:
        """I3: what is held of our own, with all that could still fill on the same side, at its own price or
        at mark, whichever makes less of it."""
        books, coin, slot = self._books, order.coin, (order.coin, order.leg)
        limit = books.terms.notional_max.get(coin)
        if limit is None:
            return
        part, mark = books.parts.get(slot), books.model.quote(coin).mark
        sign = 1 if order.is_buy else -1
        held = Decimal(0)
        if part is not None and part.ours * sign > 0:
            held = min(abs(part.cost), abs(part.ours) * mark)
        waiting = Decimal(0)
        for other in books.model.open_orders(books.user, coin):
            said = books.whose(other)
            if said is not None and said.opens and (other.leg, other.is_buy) == (order.leg, order.is_buy):
                waiting += other.sz * min(other.px or mark, mark)
        if held + waiting > limit * (1 + books.terms.slippage):
            text = f"{told(slot)}: {held + waiting} is held or may fill, the limit is {limit}"
            books.report("I3", text, TWICE | {"hosts", "venue_took"})

    def _leverage(self, order: Order) -> None:
        """I3: none is entered on other margin than the file says, or with more of the venue's money."""
        books, wanted = self._books, self._books.terms.leverage.get(order.coin)
        if wanted is None or not books.running:
            return
        has = books.model.leverage(books.user, order.coin)
        if (has.value, has.is_cross) != wanted:
            said, other = (_margin(*each) for each in (wanted, (has.value, has.is_cross)))
            text = f"{told((order.coin, order.leg))} was entered at {other}, the file says {said}"
            books.report("I3", text, SOMEBODY | TWICE | {"hosts", "venue_lied"})

    def _recall(self) -> None:
        """The entries that were there before the judge came."""
        books, slots = self._books, dict[Slot, None]()
        for row in books.model.history(books.user):
            order, said = row.order, books.whose(row.order)
            if said is None or not said.opens:
                continue
            signal = signal_of(order, said)
            self._signal_by_oid[order.oid] = signal
            entered = self._signals.setdefault(signal, Entered())
            if order.filled > 0:
                entered.filled.add(order.oid)
                if said.rung:
                    self._rungs.setdefault((order.coin, order.leg), set()).add(signal)
            if row.status in LIVE:
                entered.live.add(order.oid)
            else:
                entered.live.discard(order.oid)
            slots[order.coin, order.leg] = None
        for slot in slots:
            if not books.ours(slot):
                self.flat(slot)
