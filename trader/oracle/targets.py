"""Judges whether each position has the target that its strategy wants (I17), and whether its stops, whoever
placed them, let it lose more than it may (I4).

Asked of a run that decides and says all is well; of targets where nothing went wrong in it, of stops also
where the venue lied to it. A position that was traded while it ran is the next one's: its target follows what
has filled. Beside a part that is not ours stands no target, and none of two legs of which a strategy manages
one. At which level it stands the books do not know.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal

from trader.exchange.orders import Order
from trader.exchange.status import Trigger
from trader.oracle.books import SOMEBODY, Books, Found
from trader.oracle.exits import OK, Start, codes_of
from trader.oracle.seen import RunSeen
from trader.oracle.stops import Slot, stops_of, told

DECIDES = "run"
NEAR = Decimal("0.75")  # of the most that may be lost, which is a fifth more than the stop's own distance
UNLESS = SOMEBODY | {"gap", "forced", "venue_lied", "hosts"}
UNLESS_MOVED = frozenset({"hand", "gap", "forced", "hosts"})


def judge(
    books: Books, run: RunSeen, start: Start, older: Collection[Slot], *, is_clean: bool, is_left: bool
) -> Iterator[Found]:
    """`older`: held since before the episode, or entered twice; `is_clean`: nothing went wrong in the run;
    `is_left`: something was refused or is to be tried again."""
    if run.command != DECIDES or is_left or codes_of(run) != {OK}:
        return
    for slot in _managed(books):
        ours, is_settled = books.ours(slot), start.traded.get(slot) == len(books.sizes.get(slot, ()))
        aimed = sum(books.model.closes(books.user, order) for order in _targets(books, slot))
        if is_clean and is_settled and aimed < ours:
            yield Found("I17", f"{told(slot)}: targets close {aimed} of {ours} after a clean run", UNLESS)
        limit = None if slot in older else books.terms.stop_max.get(slot[0])
        stops = list(stops_of(books.model, books.user, slot))
        stood = any(order.placed_ms < start.began_ms for order in stops)
        if limit is not None and stops and (is_settled or not stood):
            yield from _stand_too_far(books, slot, limit)


def _stand_too_far(books: Books, slot: Slot, limit: Decimal) -> Iterator[Found]:
    """Once mark has come where the stop belongs no stop brings that back: then the trade is judged when it is
    over. Where what is new is covered by a stop that stood there before, the next run puts one nearer."""
    part = books.parts[slot]
    lost, most = _at_stake(books, slot, limit)
    now = part.cost - part.ours * books.model.quote(slot[0]).mark
    if lost > most and now <= NEAR * most:
        text = f"{told(slot)}: its stops let it lose {lost} after exit 0, and {most} is the most"
        yield Found("I4", text, UNLESS_MOVED)


def _at_stake(books: Books, slot: Slot, limit: Decimal) -> tuple[Decimal, Decimal]:
    """What a position loses at the stop that acts first, and the most that it may; `limit` is a fraction of
    what it cost."""
    part, stops = books.parts[slot], stops_of(books.model, books.user, slot)
    levels = [order.trigger.px for order in stops if order.trigger is not None]
    lost = part.cost - part.ours * (max(levels) if part.ours > 0 else min(levels))
    return lost, limit * (1 + books.terms.slippage) * abs(part.cost)


def are_too_far(books: Books, slot: Slot) -> bool:
    """True where the stops that cover a position let it lose more than the file allows."""
    limit = books.terms.stop_max.get(slot[0])
    if limit is None or not list(stops_of(books.model, books.user, slot)):
        return False
    lost, most = _at_stake(books, slot, limit)
    return lost > most


def _managed(books: Books) -> Iterator[Slot]:
    """The slots in which nothing but ours is held, as far as a strategy manages them."""
    held = [slot for slot in ((p.coin, p.leg) for p in books.positions) if books.ours(slot)]
    for slot in held:
        is_alone = [other for other in held if other[0] == slot[0]] == [slot]
        both = books.terms.targets.get(slot[0])
        if both is not None and (both or is_alone) and books.parts[slot].foreign == 0:
            yield slot


def _targets(books: Books, slot: Slot) -> Iterator[Order]:
    for order in books.model.open_orders(books.user, slot[0]):
        trigger = order.trigger
        is_target = trigger is not None and trigger.kind is Trigger.TAKE
        if order.leg == slot[1] and is_target and books.whose(order) is not None:
            yield order
