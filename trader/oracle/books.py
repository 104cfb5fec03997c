"""What the judge keeps of one account while time passes: whose each position is, who runs, what it has found.

A finding waits here until a run ends or a move is over, because only then is it told what else happened: the
names in `unless` are those of the world (seen.World), `disturbed` for a run in which anything went wrong, and
`hosts` for an account that two machines run.
"""

from dataclasses import dataclass, field, fields
from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import Order, Position
from trader.oracle.holdings import ZERO, Part
from trader.oracle.ids import Own, own
from trader.oracle.seen import Terms, World
from trader.oracle.stops import Slot, covered, stops_of

SOMEBODY = frozenset({"hand", "venue_took"})  # took, placed or changed what the trader did not


@dataclass(frozen=True, slots=True)
class Found:
    """One broken promise, and what would excuse it."""

    invariant: str
    text: str
    unless: frozenset[str] = frozenset()


def excuses(world: World, *, disturbed: bool) -> frozenset[str]:
    """The names of what happened."""
    names = {each.name for each in fields(world) if getattr(world, each.name) is True}
    names |= {"disturbed"} if disturbed else set()
    return frozenset(names | ({"hosts"} if world.hosts > 1 else set()))


@dataclass(slots=True)
class Books:
    """One account on one model. `running`: which hosts run, and since when. `left_well`: nobody runs, and who
    left last said that nothing is unknown. `arrived_ms`: when writes about orders of ours took effect since
    a run began. `exposed`: slots whose loss has no bound: price jumped past
    their stop, or they stood bare, within the number that may or admitted by the run that left them so.
    `hosts`: everybody who ever ran. `excused`: entries
    that rest bare since somebody else saw to it, or since a run that could not help it. `doubled`: slots with
    several stops of ours since the venue hid one, or a run was cut short, until a clean run. `began_ms`: when
    each run began, and which of them were clean."""

    model: Model
    user: str
    terms: Terms
    running: dict[str, int] = field(default_factory=dict)
    parts: dict[Slot, Part] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    sizes: dict[Slot, list[tuple[int, Decimal]]] = field(default_factory=dict)
    left_well: bool = False
    arrived_ms: list[int] = field(default_factory=list)
    exposed: set[Slot] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    doubled: frozenset[Slot] = frozenset()
    hosts: set[str] = field(default_factory=set)
    began_ms: list[int] = field(default_factory=list)
    clean_began_ms: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for fill in self.model.fills(self.user):
            self.parts.setdefault((fill.coin, fill.leg), Part()).take(fill)
        for position in self.positions:
            self.sizes[(position.coin, position.leg)] = [(0, position.szi)]

    @property
    def positions(self) -> tuple[Position, ...]:
        return self.model.positions(self.user)

    def ours(self, slot: Slot) -> Decimal:
        """The unsigned size of what is ours in a slot."""
        part = self.parts.get(slot)
        if part is None:
            return Decimal(0)
        return abs(part.ours + part.foreign) if slot[0] in self.terms.adopted else abs(part.ours)

    def with_several_stops(self) -> frozenset[Slot]:
        """Where more than one stop of ours waits."""
        every = ((p.coin, p.leg) for p in self.positions)
        return frozenset(
            slot
            for slot in every
            if sum(own(order.cloid) is not None for order in stops_of(self.model, self.user, slot)) > 1
        )

    def whose(self, order: Order) -> Own | None:
        return own(order.cloid)

    def covered(self, position: Position, margin: Decimal = Decimal(0)) -> Decimal:
        rest = abs(position.szi) - self.ours((position.coin, position.leg))
        return covered(self.model, self.user, position, self.terms, rest=max(ZERO, rest), margin=margin)

    def forget_sizes(self) -> None:
        """Keep only what is held now."""
        self.sizes = {slot: sizes[-1:] for slot, sizes in self.sizes.items()}

    def report(self, invariant: str, text: str, unless: frozenset[str] = frozenset()) -> None:
        """Keep one finding, once."""
        found = Found(invariant, text, unless)
        if found not in self.found:
            self.found.append(found)

    def taken(self, excused: frozenset[str]) -> list[Found]:
        """What was found since the last time, without what is excused."""
        found, self.found = self.found, []
        return [each for each in found if not each.unless & excused]
