"""Judges one run by what the embedded exchange holds, and by nothing that the trader believes.

It reads orders, fills and positions from the model, and of the run only its exit code. Each leg of a coin is
judged on its own. Ids are taken apart
by their layout as it is written down, not by the code under test. Each broken promise is one line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import Order, Position
from trader.exchange.rows import Fill
from trader.exchange.status import Trigger
from trader.exchange.truth import covering_size

OK, EMERGENCY, CANNOT_SAY = 0, 21, frozenset({20, 23})
ENTRY, EMERGENCY_ROLE, UNPROVEN_MAX = 1, 10, 2
STOP_ROLES, CLOSE_ROLES = frozenset({3, 5, 6}), frozenset({7, 8, 9, 10, 11, 12})
_MAGIC, _MAGIC_SHIFT, _ROLE_SHIFT, _REFERENCE_SHIFT = 0xA7, 120, 63, 5


def is_own(cloid: str | None) -> bool:
    if cloid is None or not set(cloid.removeprefix("0x")) <= set("0123456789abcdef"):
        return False
    return int(cloid, 16) >> _MAGIC_SHIFT == _MAGIC


def role(cloid: str | None) -> int:
    """The number of the role in an id; 0 for a foreign one."""
    return int(cloid, 16) >> _ROLE_SHIFT & 0xF if cloid is not None and is_own(cloid) else 0


def parts(fills: Iterable[Fill], coin: str, leg: str | None = None) -> tuple[Decimal, Decimal]:
    """(ours, foreign), signed, one lot of each fill after the other: whoever opened it owns it, and whoever
    closes takes his own first."""
    ours = foreign = Decimal(0)
    for fill in fills:
        if (fill.coin, fill.leg) != (coin, leg):
            continue
        left = fill.sz if fill.is_buy else -fill.sz
        own = is_own(fill.cloid)
        for part_is_own in (own, not own):
            part = ours if part_is_own else foreign
            if part * left < 0:
                taken = max(left, -part) if left < 0 else min(left, -part)
                left -= taken
                ours, foreign = (ours + taken, foreign) if part_is_own else (ours, foreign + taken)
        ours, foreign = (ours + left, foreign) if own else (ours, foreign + left)
    return ours, foreign


# coin, leg
Slot = tuple[str, str | None]


def told(slot: Slot) -> str:
    return " ".join(filter(None, slot))


@dataclass(slots=True)
class Before:
    """What stood when a run began."""

    fills: int
    foreign_orders: dict[Slot, set[int]]
    foreign: dict[Slot, Decimal]
    levels: dict[Slot, Decimal]
    stops: dict[Slot, int]


@dataclass(slots=True)
class Oracle:
    """One account on one model, over any number of runs."""

    model: Model
    user: str
    human: bool = False  # somebody trades by hand meanwhile: what is foreign may change
    venue_ends_orders: bool = False  # the venue itself loses or refuses stops
    may_close: bool = False  # an emergency close is called for
    before: Before = field(default_factory=lambda: Before(0, {}, {}, {}, {}))

    def begin(self) -> None:
        """Look, just before a run."""
        self.before = Before(
            fills=len(self.model.fills(self.user)),
            foreign_orders={slot: self._foreign_orders(slot) for slot in self._held()},
            foreign={slot: self._parts(slot)[1] for slot in self._held()},
            levels={(p.coin, p.leg): at for p in self._positions() if (at := self._level(p)) is not None},
            stops={slot: len(self._own_stops(slot)) for slot in self._held()},
        )

    def judge(self, code: int) -> list[str]:
        """Every promise that the exchange's books show broken after a run that left with this code."""
        found = [*self._cover(code), *self._entries(), *self._flips(), *self._levels()]
        found += [*self._foreign(), *self._closes(code), *self._crowd()]
        return found

    def is_covered(self, coin: str) -> bool:
        """Is our part of this coin, of each leg of it, covered?"""
        return all(self._is_covered(p) for p in self._positions() if p.coin == coin)

    def _is_covered(self, position: Position) -> bool:
        ours = self._parts((position.coin, position.leg))[0]
        return ours == 0 or covering_size(self.model, self.user, position) >= abs(ours)

    def foreign(self, coin: str) -> Decimal:
        """The part of this coin that is not ours."""
        return sum((self._parts(slot)[1] for slot in self._held() if slot[0] == coin), Decimal(0))

    def _parts(self, slot: Slot) -> tuple[Decimal, Decimal]:
        return parts(self.model.fills(self.user), *slot)

    def _positions(self) -> tuple[Position, ...]:
        return self.model.positions(self.user)

    def _held(self) -> list[Slot]:
        return [(p.coin, p.leg) for p in self._positions()]

    def _new_fills(self) -> list[Fill]:
        return list(self.model.fills(self.user)[self.before.fills :])

    def _cover(self, code: int) -> list[str]:
        bare = [told((p.coin, p.leg)) for p in self._positions() if not self._is_covered(p)]
        return [f"naked {slot} with exit {code}" for slot in bare if code not in CANNOT_SAY]

    def _entries(self) -> list[str]:
        sent: dict[tuple[str, int], set[int]] = {}
        for fill in self.model.fills(self.user):
            if role(fill.cloid) == ENTRY and fill.cloid is not None:
                signal = int(fill.cloid, 16) >> _REFERENCE_SHIFT & (1 << 26) - 1
                sent.setdefault((fill.coin, signal), set()).add(fill.oid)
        return [f"entered {coin} {len(oids)} times" for (coin, _), oids in sent.items() if len(oids) > 1]

    def _flips(self) -> list[str]:
        found = []
        for fill in self._new_fills():
            after = fill.start_position + (fill.sz if fill.is_buy else -fill.sz)
            if role(fill.cloid) in STOP_ROLES | CLOSE_ROLES and fill.start_position * after < 0:
                found.append(f"an exit flipped {fill.coin} from {fill.start_position} to {after}")
        return found

    def _levels(self) -> list[str]:
        found = []
        for position in self._positions():
            slot = (position.coin, position.leg)
            old, new = self.before.levels.get(slot), self._level(position)
            touched = any((f.coin, f.leg) == slot for f in self._new_fills())
            if old is None or touched or self.venue_ends_orders or new is None:
                continue
            if (new - old) * position.szi < 0:
                found.append(f"the stop of {told(slot)} moved away from {old} to {new}")
        return found

    def _level(self, position: Position) -> Decimal | None:
        """The level of ours that acts first, among stops that are real ones."""
        mark, long = self.model.quote(position.coin).mark, position.szi > 0
        levels = [
            o.trigger.px
            for o in self._stops((position.coin, position.leg))
            if o.trigger is not None
            and is_own(o.cloid)
            and o.is_buy != long
            and o.trigger.is_market
            and (o.trigger.px < mark) == long
        ]
        return (max(levels) if long else min(levels)) if levels else None

    def _orders(self, slot: Slot) -> list[Order]:
        return [o for o in self.model.open_orders(self.user, slot[0]) if o.leg == slot[1]]

    def _stops(self, slot: Slot) -> list[Order]:
        orders = self._orders(slot)
        return [o for o in orders if o.trigger is not None and o.trigger.kind is Trigger.STOP and o.armed]

    def _foreign_orders(self, slot: Slot) -> set[int]:
        return {o.oid for o in self._orders(slot) if not is_own(o.cloid)}

    def _foreign(self) -> list[str]:
        found = []
        for slot, was in self.before.foreign.items():
            now = self._parts(slot)[1]
            if now != was and not self.human and not any(f.liquidation for f in self._new_fills()):
                found.append(f"the foreign part of {told(slot)} went from {was} to {now}")
        for slot, oids in self.before.foreign_orders.items():
            gone = oids - self._foreign_orders(slot)
            if gone and slot in self._held() and not self.human:
                found.append(f"foreign orders {sorted(gone)} of {told(slot)} are gone")
        return found

    def _closes(self, code: int) -> list[str]:
        hit = {f.coin for f in self._new_fills() if role(f.cloid) == EMERGENCY_ROLE}
        found = (
            [] if self.may_close else [f"closed {coin} in an emergency that was none" for coin in sorted(hit)]
        )
        if hit and code == OK:
            found.append(f"closed {sorted(hit)} in an emergency with exit 0")
        return found

    def _own_stops(self, slot: Slot) -> list[Order]:
        return [o for o in self._stops(slot) if is_own(o.cloid)]

    def _crowd(self) -> list[str]:
        found = []
        for slot in self._held():
            # A repair may place so many, and one comes with an entry or with a move that the strategy wants.
            more = len(self._own_stops(slot)) - self.before.stops.get(slot, 0)
            if more > UNPROVEN_MAX + 1:
                found.append(f"{more} more stops of ours stand behind {told(slot)}")
        return found
