"""Judges how a run left the account: cover (I1, I1c), its size (I1b), what was tried (I1d), what may fill
bare until the next run (I1f), levels (I1g), and exits that could open something (I1h).

A run that was killed is judged by what it did to stops and entries alone (I1g, I1f); the rest of what it left
is for the next one to heal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from trader.exchange.orders import Order
from trader.exchange.status import Trigger
from trader.oracle.books import SOMEBODY, Books, Found
from trader.oracle.seen import RunSeen
from trader.oracle.stops import Slot, is_stop, level, only_reduces, stops_of, told

OK, NAKED, UNREADABLE = 0, 20, 23
ADMITS = frozenset({NAKED, UNREADABLE})
SETTLED = frozenset({OK, 21, 25})  # codes of a run that claims to have left nothing open
SEES_TO_IT = frozenset({"run", "check-sl"})
CLOSING_MS = 20_000  # before its deadline a run begins no close of what it cannot see
VERIFYING = frozenset({"run", "check-sl", "protect", "flatten"})
# What may take a stop away after the last look.
SINCE_LOOKED = SOMEBODY | {"gap", "forced"}
# The form of our own exits is the trader's matter, whatever the venue made of them.
BY_HAND = frozenset({"hand"})
# What hides from a run that a stop was taken away between two runs: the list of all stops, as it was before.
HIDDEN = frozenset({"old_stops"})
# A repair may place two, and one comes with an entry or with a move that the strategy wants.
STOPS_MORE_MAX = 3
# The venue counts the same margin with prices a moment older: what is short of it by so little is not short.
MARGIN_COUNTED = Decimal("0.9")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Start:
    """What stood when a run began: levels of our stops, how many there were, and how many executions."""

    began_ms: int
    levels: dict[Slot, Decimal] = field(default_factory=dict)
    stops: dict[Slot, int] = field(default_factory=dict)
    traded: dict[Slot, int] = field(default_factory=dict)


def started(books: Books) -> Start:
    """Look, just before a run."""
    start = Start(books.model.now_ms)
    for position in books.positions:
        slot = (position.coin, position.leg)
        at = level(books.model, books.user, position)
        if at is not None:
            start.levels[slot] = at
        start.stops[slot] = len(_own_stops(books, slot))
        start.traded[slot] = len(books.sizes.get(slot, ()))
    return start


def codes_of(run: RunSeen) -> frozenset[int]:
    """All that a run says of itself; its exit code is the worst of them."""
    told_codes = (run.document or {}).get("exit_codes", ())
    codes = {code for code in told_codes if isinstance(code, int)}
    return frozenset(codes | ({run.code} if run.code is not None else set()))


def uncovered(books: Books) -> dict[Slot, str]:
    """Each position of ours that its stops leave bare, wholly or in part, and why that is so."""
    found = {}
    for position in books.positions:
        slot = (position.coin, position.leg)
        ours = books.ours(slot)
        if not ours:
            continue
        margin = books.terms.liquidation_margin * MARGIN_COUNTED
        covered = books.covered(position, margin)
        if covered < ours:
            found[slot] = f"{told(slot)}: stops cover {covered} of {ours}"
    return found


def at_end(
    books: Books,
    run: RunSeen,
    start: Start,
    bare: dict[Slot, str],
    late: set[Slot],
    hidden: set[Slot],
    *,
    heals: bool,
) -> Iterator[Found]:
    """Everything of this file. `bare` is what `uncovered` says, `late` are those of them that became so after
    the run had looked for the last time, `hidden` those that became so while nobody ran, and no run has been
    told the truth since; `heals`: this run had to restore cover."""
    yield from _moved_away(books, run, start)
    yield from _resting(books)
    if run.code is None or run.command not in VERIFYING or run.was_locked:
        return
    yield from _cover(run, bare, late, hidden, heals=heals)
    yield from _tried(run)
    yield from _unseen(books, run, start)
    if run.code in SETTLED:
        for slot in dict.fromkeys((o.coin, o.leg) for o in books.model.open_orders(books.user)):
            yield from _could_open(books, slot)
    yield from _crowd(books, start)


def _cover(
    run: RunSeen, bare: dict[Slot, str], late: set[Slot], hidden: set[Slot], *, heals: bool
) -> Iterator[Found]:
    """I1: bare only with the code and the alarm that say so; after a clean run that had to heal, not at
    all."""
    admits = bool(codes_of(run) & ADMITS)
    for slot, text in bare.items():
        unless = SINCE_LOOKED if slot in late else frozenset[str]()
        if heals:
            yield Found("I1c", f"{text} after a clean run, exit {run.code}", unless)
        elif not admits:
            unless |= HIDDEN if slot in hidden else frozenset()
            yield Found("I1", f"{text} with exit {run.code}", unless)
        elif not run.alarms:
            yield Found("I1", f"{text} with exit {run.code} and no alarm")


def _tried(run: RunSeen) -> Iterator[Found]:
    """I1d: who says naked has tried to close, and has looked what became of it. Without an answer to believe,
    a table of markets among them, no order can be written."""
    if run.code != NAKED or run.command == "protect":
        return
    writes = [asked.number for asked in run.asked if asked.is_write]
    if not writes:
        yield Found("I1d", "left with 20 and had sent nothing", frozenset({"dark", "venue_lied"}))
    elif not any(asked.number > writes[-1] and not asked.is_write for asked in run.asked):
        yield Found(
            "I1d", "left with 20 and had read nothing after its last write", frozenset({"dark", "venue_lied"})
        )


def _unseen(books: Books, run: RunSeen, start: Start) -> Iterator[Found]:
    """I1d: where the file says so, what nothing could show covered was closed, or at least tried to be. A run
    that came too near to its deadline had no time for it."""
    asks = books.terms.flattens and run.is_blind and run.command in SEES_TO_IT
    if not asks or run.took_ms > run.deadline_ms - CLOSING_MS or any(asked.is_write for asked in run.asked):
        return
    for position in books.positions:
        slot = (position.coin, position.leg)
        if books.ours(slot) and start.traded.get(slot) == len(books.sizes.get(slot, ())):
            text = f"nothing could show that {told(slot)} is covered, and it was not closed"
            yield Found("I1d", text, SINCE_LOOKED | {"hosts"})


def _moved_away(books: Books, run: RunSeen, start: Start) -> Iterator[Found]:
    """I1g: the level that acts first is never farther from price than before, unless a fill changed whose
    position it is, or the operator asked for it in words."""
    if run.loosened:
        return
    for position in books.positions:
        slot = (position.coin, position.leg)
        old, new = start.levels.get(slot), level(books.model, books.user, position)
        if old is None or new is None or start.traded[slot] != len(books.sizes.get(slot, ())):
            continue
        if (new - old) * position.szi < 0:
            yield Found("I1g", f"the stop of {told(slot)} moved away, from {old} to {new}", SOMEBODY)


def _could_open(books: Books, slot: Slot) -> Iterator[Found]:
    """I1b and I1h: exits of ours that would open or flip something if the position vanished now."""
    position = next((p for p in books.positions if (p.coin, p.leg) == slot), None)
    size = abs(position.szi) if position is not None else ZERO
    for order in books.model.open_orders(books.user, slot[0]):
        said = books.whose(order)
        if order.leg != slot[1] or said is None or not said.exits or only_reduces(order) or not order.armed:
            continue
        what = f"{told(slot)}: exit {order.oid} of {order.sz} can do more than reduce"
        if position is not None and is_stop(order) and order.sz > size:
            yield Found("I1b", f"{what}, and the position is {size}", BY_HAND)
        else:
            yield Found("I1h", what, BY_HAND)


def _crowd(books: Books, start: Start) -> Iterator[Found]:
    """I1b: stops of ours do not pile up behind a position."""
    for position in books.positions:
        slot = (position.coin, position.leg)
        more = len(_own_stops(books, slot)) - start.stops.get(slot, 0) - _rungs(books, slot)
        if more > STOPS_MORE_MAX:
            yield Found("I1b", f"{more} more stops of ours stand behind {told(slot)} than before", SOMEBODY)


def _rungs(books: Books, slot: Slot) -> int:
    """Entries that rest, each of which may have a stop of its own."""
    return len(_openings(books, slot))


def _own_stops(books: Books, slot: Slot) -> list[Order]:
    return [o for o in stops_of(books.model, books.user, slot) if books.whose(o) is not None]


def _openings(books: Books, slot: Slot) -> list[Order]:
    orders = books.model.open_orders(books.user, slot[0])
    wanted = [(order, books.whose(order)) for order in orders if order.leg == slot[1]]
    return [o for o, said in wanted if said is not None and said.opens and not only_reduces(o)]


def bare_entries(books: Books) -> dict[int, Decimal]:
    """The entries that may fill until the next run and would then stand bare, and what each is worth."""
    slots = dict.fromkeys((o.coin, o.leg) for o in books.model.open_orders(books.user))
    orders = [order for slot in slots for order in bare_openings(books, slot)]
    return {o.oid: o.sz * (o.px or books.model.quote(o.coin).mark) for o in orders}


def _resting(books: Books) -> Iterator[Found]:
    """I1f: such entries are worth at most so much."""
    worth = {oid: value for oid, value in bare_entries(books).items() if oid not in books.excused}
    total = sum(worth.values(), ZERO)
    if total > books.terms.naked_max:
        text = f"entries {sorted(worth)} worth {total} may fill bare until the next run; "
        text += f"{books.terms.naked_max} may"
        yield Found("I1f", text, SOMEBODY)


def bare_openings(books: Books, slot: Slot) -> list[Order]:
    """Those entries of one slot of which a part that fills would be bare, the nearest covered first."""
    openings = _openings(books, slot)
    if not openings:
        return []
    model, user = books.model, books.user
    children = {o.parent for o in model.open_orders(user, slot[0]) if _is_stop_child(o)}
    grows = model.rules.attach == "pro_rata"
    alone = [o for o in openings if not (grows and o.oid in children)]
    left = -books.ours(slot) if slot in books.parts else ZERO
    found = []
    stops = [o for o in stops_of(model, user, slot) if only_reduces(o)]
    rejects = model.rules.rejects_oversized(slot[1])
    left += sum((o.sz for o in stops if not o.follows_position and not rejects), ZERO)
    for order in sorted(alone, key=lambda o: (-o.px if o.is_buy else o.px, o.oid)):
        behind = [o for o in stops if o.is_buy != order.is_buy and _is_behind(o, order)]
        if any(o.follows_position for o in behind):
            continue
        if behind and order.sz <= left:
            left -= order.sz
        else:
            found.append(order)
    return found


def _is_stop_child(order: Order) -> bool:
    return order.trigger is not None and order.trigger.kind is Trigger.STOP and not order.fired


def _is_behind(stop: Order, entry: Order) -> bool:
    """Would price meet the entry first?"""
    if stop.trigger is None:
        return False
    at = entry.trigger.px if entry.trigger is not None else entry.px
    return stop.trigger.px < at if entry.is_buy else stop.trigger.px > at
