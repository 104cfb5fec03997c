"""The judge of one account on one model exchange: told when runs begin and end, it says what was broken.

Rules: it never changes the model, and it believes nothing that a run says. Instants are judged from the
exchange's events as they happen, runs when they end, histories at every end.
"""

from collections.abc import Iterable
from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import Order
from trader.exchange.rows import Event
from trader.exchange.status import Kind
from trader.oracle import data, exits, honesty, runs, strangers, targets
from trader.oracle.bareness import Bareness
from trader.oracle.books import SOMEBODY, Books, Found, excuses
from trader.oracle.entries import Entries
from trader.oracle.ids import DECIDED, EMERGENCY, ENTRY, RUNG, TARGET
from trader.oracle.seen import Bare, RunSeen, Terms, Violation, World
from trader.oracle.stops import Slot, told
from trader.oracle.trades import Trades

INVARIANTS = (
    *("I0", "I1", "I1b", "I1c", "I1d", "I1e", "I1f", "I1g", "I1h", "I2", "I3", "I4", "I5", "I6", "I7", "I8"),
    *("I9", "I10", "I11", "I12", "I13", "I14", "I15", "I16", "I17"),
)
HEALING = frozenset({"run", "check-sl"})
DECIDING = frozenset({"run", "flatten"})  # what takes entries off; a check of stops leaves them as they are


def looked_ms(run: RunSeen) -> int:
    """When it looked for stops the last time; what became of them after that it could not know."""
    if run.looked_ms is not None:
        return run.looked_ms
    return max((asked.at_ms for asked in run.asked), default=run.began_ms)


def _is_reached(order: Order, mark: Decimal) -> bool:
    """An order that rests at its limit, and would fill at once at this price."""
    if order.trigger is not None:
        return False
    return order.px >= mark if order.is_buy else order.px <= mark


class Oracle:
    """One account, over any number of runs and hosts. Make it when the start state stands."""

    def __init__(self, model: Model, user: str, terms: Terms) -> None:
        self._books = Books(model, user, terms)
        self._bareness = Bareness(self._books)
        self._entries = Entries(self._books, self._bareness)
        self._trades = Trades(self._books, self._entries.flat)
        self._starts: dict[str, exits.Start] = {}
        self._emergencies: list[Slot] = []
        self._wrote: set[str] = set()
        self._run = 0
        self._clean_in_a_row = 0
        self._grace = 0
        self._may_arrive = False
        self._owes_a_write = False
        self._left_something = False
        self._has_decided = False
        self._marks: dict[str, Decimal] = {}
        self._rungs_off: set[str] = set()  # coins of which rungs were called off, in this run
        self._without_ladder: set[str] = set()  # and, when the last one ended, had no other
        self._true_stops_ms = model.now_ms
        if terms.edited:
            self._books.excused |= set(exits.bare_entries(self._books))
        model.subscribe(self._see)

    @property
    def bare(self) -> Bare:
        """How long positions of ours stood without cover, by ground truth."""
        return self._bareness.bare

    def is_covered(self, coin: str) -> bool:
        """Is our part of this coin, of each leg of it, covered now?"""
        return not any(slot[0] == coin for slot in exits.uncovered(self._books))

    def foreign(self, coin: str) -> Decimal:
        """The part of this coin that is not ours, its legs added up."""
        parts = (part for slot, part in self._books.parts.items() if slot[0] == coin)
        return sum((part.foreign for part in parts), Decimal(0))

    def begin(self, host: str) -> None:
        """Just before a run."""
        books = self._books
        if host in books.running:
            books.report("I7", f"a second run began on {host} while one ran there")
        if not books.running:
            self._entries.opened.clear()
            self._emergencies.clear()
            self._rungs_off.clear()
            self._has_decided = False
            books.arrived_ms.clear()
            books.forget_sizes()
            self._bareness.draw_line()
        self._starts[host] = exits.started(books)
        books.running[host] = books.model.now_ms
        books.hosts.add(host)
        books.began_ms.append(books.model.now_ms)

    def end(self, run: RunSeen, world: World) -> list[Violation]:
        """Just after it; the model has been settled to now."""
        self._run += 1
        books, start = self._books, self._starts.pop(run.host)
        bare = exits.uncovered(books)
        late = {slot for slot in bare if self._bareness.since(slot) > looked_ms(run)}
        hidden = {slot for slot in bare if self._bareness.lost_alone(slot, self._true_stops_ms)}
        emergencies = [] if self._may_arrive or run.landed_late else self._emergencies
        books.exposed |= set(bare)
        is_clean = self._is_clean(run, world)
        if is_clean and run.command in DECIDING:
            books.excused.clear()
        was_cut_short = world.venue_lied or run.code not in exits.SETTLED
        if is_clean or was_cut_short:
            books.doubled = books.with_several_stops() if was_cut_short else frozenset()
        is_steady = is_clean and self._clean_in_a_row > 0 and not excuses(world, disturbed=False)
        heals = is_clean and run.command in HEALING and not self._grace
        found = [
            *runs.judge(books.terms, run, is_done=not (self._left_something or self._found_another_price())),
            *exits.at_end(books, run, start, bare, late, hidden, heals=heals),
            *honesty.told_truth(books, run, start, bare, emergencies, steady=is_steady and heals),
            *data.judge(books.terms, self._entries.opened, run, world),
            *targets.judge(
                books, run, start, self._trades.older, is_clean=is_clean, is_left=runs.left_something(run)
            ),
            *self._late(run),
        ]
        self._excuse(run, world)
        self._entries.told_by(run.host, exits.codes_of(run), is_whole=run.code is not None)
        self._count(run, world, start, is_clean=is_clean)
        self._marks = self._quoted()
        self._without_ladder = self._rungs_off - self._with_rungs()
        if run.code is not None and not world.old_stops:
            self._true_stops_ms = looked_ms(run)
        del books.running[run.host]
        if not books.running:
            books.left_well = run.code == exits.OK
            self._bareness.draw_line()
        return self._told([*self._collected(world, disturbed=run.disturbed), *self._kept(found, run, world)])

    def between(self, world: World) -> list[Violation]:
        """After a move, with nobody running."""
        return self._told(self._collected(world, disturbed=True))

    def close(self, world: World) -> list[Violation]:
        """At the end of the episode: what only a whole history shows."""
        found = self._collected(world, disturbed=True)
        for owed in self._entries.owed:
            if owed.could:
                found.append(Found("I2", f"nobody left with 24: {owed.text}"))
        self._run = 0
        return self._told(found)

    def _see(self, event: Event) -> None:
        """One event of the exchange; it may be of somebody else."""
        if event.kind is Kind.CLOCK:
            self._bareness.clock(event.at_ms)
        elif event.user == self._books.user:
            self._trades.see(event)
            self._emergency(event)
            strangers.see(self._books, event)
            self._entries.see(event)
            self._bareness.see(event)

    def _emergency(self, event: Event) -> None:
        """I1d, its other half: a position that is covered is not closed in an emergency. With several
        positions one may be closed for the others, whose stops could not all act before liquidation."""
        books, order = self._books, event.order
        said = None if order is None else books.whose(order)
        if order is None or said is None or not books.running:
            return
        is_at_once = said.role == TARGET and order.trigger is None
        is_anew = said.role == RUNG and (self._was_reached(order) or order.coin in self._without_ladder)
        decides = said.role in DECIDED or is_at_once or is_anew
        self._has_decided |= event.kind is Kind.ORDER_PLACED and decides
        if event.kind is Kind.ORDER_ENDED and said.role == RUNG:
            self._rungs_off.add(order.coin)
        if event.kind is Kind.ORDER_ENDED and said.role == ENTRY and not self._was_reached(order):
            self._has_decided |= _is_reached(order, books.model.quote(order.coin).mark)
        if said.role != EMERGENCY:
            return
        slot = (order.coin, order.leg)
        if event.kind is Kind.ORDER_FILLED and slot not in self._emergencies:
            self._emergencies.append(slot)
        held = [p for p in books.positions if books.ours((p.coin, p.leg))]
        is_covered = slot not in exits.uncovered(books) and not targets.are_too_far(books, slot)
        if event.kind is Kind.ORDER_PLACED and len(held) == 1 and is_covered:
            unless = SOMEBODY | {"venue_lied", "gap", "forced"}
            unless |= {"disturbed"} if books.terms.flattens else frozenset()
            books.report("I1d", f"{told(slot)} was closed in an emergency while its stops covered it", unless)

    def _was_reached(self, order: Order) -> bool:
        """Would it have filled at once at the price of the last run?"""
        mark = self._marks.get(order.coin)
        return mark is not None and _is_reached(order, mark)

    def _found_another_price(self) -> bool:
        """Price has moved since the last run, and this one entered or closed as a strategy wants it, or
        rested what had no room then or a new ladder where that run called off the last rung, or called off
        an entry that has been reached since: that is a new decision. Whatever else it sends it should have
        sent before."""
        return self._has_decided and self._quoted() != self._marks

    def _with_rungs(self) -> set[str]:
        books = self._books
        resting = ((order.coin, books.whose(order)) for order in books.model.open_orders(books.user))
        return {coin for coin, said in resting if said is not None and said.role == RUNG}

    def _quoted(self) -> dict[str, Decimal]:
        model = self._books.model
        return {coin: model.quote(coin).mark for coin in self._books.terms.notional_max}

    def _late(self, run: RunSeen) -> Iterable[Found]:
        """I9: what a run left on the way when it left with 0 takes effect in the next one, before that one
        has written anything. What arrives while nobody runs is seen at once."""
        wrote_ms = min((asked.at_ms for asked in run.asked if asked.is_write), default=None)
        early = [at_ms for at_ms in self._books.arrived_ms if wrote_ms is None or at_ms < wrote_ms]
        if early and self._owes_a_write and len(self._books.running) == 1:
            text = "a write of the run before, which had left with 0, took effect in this one"
            yield Found("I9", text, SOMEBODY)

    def _excuse(self, run: RunSeen, world: World) -> None:
        """Entries that rest bare now, where that is nobody's fault here: until a clean run has met them."""
        is_helpless = run.code is not None and run.code not in exits.SETTLED
        if is_helpless or SOMEBODY & excuses(world, disturbed=run.disturbed):
            self._books.excused |= set(exits.bare_entries(self._books))

    def _is_clean(self, run: RunSeen, world: World) -> bool:
        """A run that ended by itself, alone, with nothing wrong in it."""
        is_whole = run.code is not None and not run.was_locked and len(self._books.running) == 1
        is_limited = any(asked.status in (runs.TOO_MANY, runs.BANNED) for asked in run.asked)
        return is_whole and not (run.disturbed or is_limited or world.venue_took or world.dark)

    def _count(self, run: RunSeen, world: World, start: exits.Start, *, is_clean: bool) -> None:
        """Keep what the next run is owed: after an outage one more run may pass before all is healed."""
        if run.was_locked:
            return
        self._left_something = runs.left_something(run)
        self._owes_a_write = run.code == exits.OK and run.left_behind > 0
        self._may_arrive = run.code is None or run.disturbed or run.left_behind > 0
        if not is_clean:
            self._clean_in_a_row = 0
            self._grace = 1 if world.dark else self._grace
        elif run.command in HEALING:
            self._clean_in_a_row += 1
            self._grace = 0
            self._books.clean_began_ms.append(start.began_ms)

    def _collected(self, world: World, *, disturbed: bool) -> list[Found]:
        """What instants and trades have shown."""
        excused = excuses(world, disturbed=disturbed)
        self._trades.judge(excused)
        return self._books.taken(excused)

    def _kept(self, found: Iterable[Found], run: RunSeen, world: World) -> list[Found]:
        excused = excuses(world, disturbed=run.disturbed)
        return [each for each in found if not each.unless & excused]

    def _told(self, found: Iterable[Found]) -> list[Violation]:
        """Each of them once, in the order found."""
        return [Violation(each.invariant, self._run, each.text) for each in dict.fromkeys(found)]
