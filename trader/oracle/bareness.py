"""Watches the cover of every position of ours at every instant: how long one is bare, and who made it so.

A state that lasts no time is none: within one instant an exchange does many things one after the other. What
began at an instant is therefore kept, and counts once time has passed and it is still so.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from trader.exchange.orders import Order, Position
from trader.exchange.rows import Event
from trader.exchange.status import Kind, Status
from trader.oracle.books import SOMEBODY, Books, Found
from trader.oracle.seen import Bare
from trader.oracle.stops import Slot, is_stop, told

ZERO = Decimal(0)
DRIFT_MS = 60_000  # how often a liquidation price that moves by itself is looked at
FORCED = SOMEBODY | {"forced"}
# Time in a clean run without cover; anything that went wrong in it may be the reason.
ANYTHING = FORCED | {"disturbed", "venue_lied", "gap", "late_twice", "dark", "hosts"}


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is a finding unless, within its instant, stops cover so much of the position. Without a finding it
    may stand bare, and its loss has no bound."""

    found: Found | None
    at_ms: int
    needed: Decimal


@dataclass(slots=True)
class State:
    """One slot: what its stops cover, since when it is bare and whether nobody of ours ran then, and what was
    bare when the run began or ended."""

    covered: Decimal = ZERO
    bare_since_ms: int | None = None
    was_alone: bool = False
    bare_before: Decimal = ZERO
    grew: set[int] = field(default_factory=set)
    doubts: list[Doubt] = field(default_factory=list)


class Bareness:
    """One account's."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._states: dict[Slot, State] = {}
        self._intervals: list[int] = []
        self._clock_seen = (-1, -1)
        self.look_at_all(books.model.now_ms)
        self.draw_line()

    @property
    def bare(self) -> Bare:
        """Each interval so far, the running ones included."""
        now = self._books.model.now_ms
        since = (s.bare_since_ms for s in self._states.values())
        running = (now - at_ms for at_ms in since if at_ms is not None and at_ms < now)
        return Bare((*self._intervals, *running))

    def is_bare(self, slot: Slot) -> bool:
        """Was a position of ours bare before this instant, and is it still?"""
        state = self._states.get(slot)
        since = None if state is None else state.bare_since_ms
        return since is not None and since < self._books.model.now_ms

    def since(self, slot: Slot) -> int:
        """Since when a slot is bare; -1 for one that is not."""
        state = self._states.get(slot)
        return -1 if state is None or state.bare_since_ms is None else state.bare_since_ms

    def lost_alone(self, slot: Slot, after_ms: int) -> bool:
        """Has a slot become bare after this instant, while nobody of ours ran?"""
        state = self._states.get(slot)
        return state is not None and state.was_alone and self.since(slot) > after_ms

    def bare_slots(self) -> list[Slot]:
        return [slot for slot in self._states if self.is_bare(slot)]

    def draw_line(self) -> None:
        """A run begins or ends: what is bare now is not the doing of what comes."""
        for slot, state in self._states.items():
            state.bare_before = max(ZERO, self._books.ours(slot) - state.covered)

    def clock(self, at_ms: int) -> None:
        """Time has passed, or prices were moved by hand."""
        revision, seen_ms = self._clock_seen
        if revision == self._books.model.revision and at_ms - seen_ms < DRIFT_MS:
            self._pass(at_ms)
            return
        self._clock_seen = (self._books.model.revision, at_ms)
        self.look_at_all(at_ms)

    def see(self, event: Event) -> None:
        """One event of this account."""
        order = event.order
        if event.kind is Kind.ORDER_FILLED and order is not None and self._is_opening(order):
            self._states.setdefault((order.coin, order.leg), State()).grew.add(order.oid)
        if event.kind is Kind.ORDER_FILLED or (order is not None and order.status is Status.FILLED):
            return  # the position's own event follows
        if order is None:
            self.look_at_all(event.at_ms)
            return
        slot = (order.coin, order.leg)
        before = self._states[slot].covered if slot in self._states else ZERO
        self._look(slot, event.at_ms)
        if self._takes_away(event.kind, order):
            self._doubt_change(slot, order, before, event.at_ms)

    def look_at_all(self, at_ms: int) -> None:
        held = {(p.coin, p.leg): p for p in self._books.positions}
        for slot in dict.fromkeys((*held, *self._states)):
            self._judge(slot, held.get(slot), at_ms)

    def _look(self, slot: Slot, at_ms: int) -> None:
        if self._books.ours(slot) or slot in self._states:
            position = next((p for p in self._books.positions if (p.coin, p.leg) == slot), None)
            self._judge(slot, position, at_ms)

    def _judge(self, slot: Slot, position: Position | None, at_ms: int) -> None:
        books, state = self._books, self._states.setdefault(slot, State())
        ours = books.ours(slot) if position is not None else ZERO
        state.covered = books.covered(position) if position is not None and ours else ZERO
        is_bare = state.covered < ours
        if is_bare and state.bare_since_ms is None:
            state.bare_since_ms, state.was_alone = at_ms, not books.running
        elif not is_bare and state.bare_since_ms is not None:
            if at_ms > state.bare_since_ms:
                self._intervals.append(at_ms - state.bare_since_ms)
            state.bare_since_ms = None
        if state.grew:
            is_excused = state.grew <= books.excused
            state.grew.clear()
            if not is_excused:
                self._doubt_growth(slot, ours, at_ms)
            elif is_bare:
                state.doubts.append(Doubt(None, at_ms, ours))
        self._settle(slot, state, ours, at_ms)

    def _settle(self, slot: Slot, state: State, ours: Decimal, at_ms: int) -> None:
        """Doubts of this instant are over where cover is there again; older ones have lasted."""
        for doubt in list(state.doubts):
            if at_ms > doubt.at_ms:
                state.doubts.remove(doubt)
                if doubt.found is None:
                    self._books.exposed.add(slot)
                    continue
                self._books.report(doubt.found.invariant, doubt.found.text, doubt.found.unless)
            elif state.covered >= min(doubt.needed, ours):
                state.doubts.remove(doubt)

    def _pass(self, at_ms: int) -> None:
        for slot, state in self._states.items():
            if state.doubts:
                self._settle(slot, state, self._books.ours(slot), at_ms)

    def _is_opening(self, order: Order) -> bool:
        said = self._books.whose(order)
        return said is not None and said.opens

    def _takes_away(self, kind: Kind, order: Order) -> bool:
        """A stop of ours was cancelled or changed while a run of ours was on."""
        if not self._books.running or not is_stop(order) or self._books.whose(order) is None:
            return False
        return kind is Kind.ORDER_AMENDED or (kind is Kind.ORDER_ENDED and order.status is Status.CANCELED)

    def _doubt_change(self, slot: Slot, order: Order, before: Decimal, at_ms: int) -> None:
        """I1e: while a stop is changed, what was covered stays covered."""
        state, ours = self._states.get(slot, State()), self._books.ours(slot)
        needed = min(before, ours)
        if state.covered < needed:
            text = f"{told(slot)}: stop {order.oid} was taken off or changed and {state.covered} of {needed} "
            text += "stayed covered"
            state.doubts.append(Doubt(Found("I1e", text, FORCED), at_ms, needed))

    def _doubt_growth(self, slot: Slot, ours: Decimal, at_ms: int) -> None:
        """An entry of ours filled. While nobody runs, what fills uncovered is worth at most so much (I1f); in
        a clean run it is not bare for any time (I1)."""
        books, state = self._books, self._states[slot]
        mark = books.model.quote(slot[0]).mark
        needed = ours - state.bare_before - max(ZERO, books.terms.naked_max - self._others(slot)) / mark
        if state.covered >= needed:
            if state.covered < ours:
                books.exposed.add(slot)
            return
        bare = f"{told(slot)}: {ours - state.covered} of {ours} stood bare when an entry filled"
        if books.running:
            found = Found("I1", f"{bare} in a clean run", ANYTHING)
        else:
            found = Found("I1f", f"{bare} while nobody ran; {books.terms.naked_max} may", FORCED)
        state.doubts.append(Doubt(found, at_ms, needed))

    def _others(self, slot: Slot) -> Decimal:
        """What entries have left bare in the other slots since the line was drawn, in money."""
        total = ZERO
        for other, state in self._states.items():
            bare = self._books.ours(other) - state.covered - state.bare_before
            if other != slot and bare > 0:
                total += bare * self._books.model.quote(other[0]).mark
        return total
