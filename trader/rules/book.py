"""What an entry joins: everything that is held, rests or was let through before it, counted as filled.

Pure. The rules of the gate read it and nothing else. What waits may fill while no process runs, so it counts
at its price from the moment it rests.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import field, replace
from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.frozen import frozen
from trader.core.known import Answer, Known
from trader.core.market import Leg, Slot
from trader.core.orders import Order, Unreadable
from trader.core.ownership import Doubt, Owned, share
from trader.core.policy import Policy
from trader.core.snapshot import MarketView, Snapshot
from trader.core.standing import Standing
from trader.rules.standing import standing_of

ZERO = Decimal(0)


def worst_price(entry: Enter | Rest) -> Decimal:
    """The worst price at which an entry may fill."""
    return entry.bound if isinstance(entry, Enter) else entry.price


def notional(entry: Enter | Rest) -> Decimal:
    """What an entry commits when it fills at its worst price."""
    return entry.size * worst_price(entry)


@frozen
class Book:
    """What an entry is judged against: the observation, the policy, and what was let through before it.

    `standing` is how the account has fared. `entered` and `rested` are entries let through; `gone` are the
    venue's ids of orders that this plan cancels first; `writes` is what its other actions write. `known` is
    what was worked out from these without the entries.
    """

    snapshot: Snapshot
    policy: Policy
    halted: str | None
    standing: Standing
    entered: tuple[Enter, ...] = ()
    gone: frozenset[str] = frozenset()
    rested: tuple[Rest, ...] = ()
    writes: int = 0
    known: Known = field(default_factory=Known)

    @classmethod
    def of(cls, snapshot: Snapshot, policy: Policy, halted: str | None) -> "Book":
        return cls(snapshot, policy, halted, standing_of(snapshot, policy))

    def once(self, name: Hashable, work: Callable[[], Answer]) -> Answer:
        """What no entry that is let through changes, worked out once: a ladder asks for it at each rung."""
        return self.known.once((self.snapshot, self.policy, self.gone), name, work)

    def plus(self, entry: Enter | Rest) -> "Book":
        """The book with this entry let through."""
        if isinstance(entry, Enter):
            return replace(self, entered=(*self.entered, entry))
        return replace(self, rested=(*self.rested, entry))

    @property
    def through(self) -> tuple[Enter | Rest, ...]:
        """Every entry that was let through."""
        return (*self.entered, *self.rested)

    def view(self, coin: str) -> MarketView:
        return self.snapshot.markets[coin]

    def gross(self) -> Decimal:
        """Everything at once."""
        return self.of_side(Leg.LONG) + self.of_side(Leg.SHORT)

    def of_coin(self, coin: str) -> Decimal:
        """One coin, both sides."""
        return self.of_side(Leg.LONG, coin) + self.of_side(Leg.SHORT, coin)

    def of_side(self, leg: Leg, coin: str | None = None) -> Decimal:
        """All longs or all shorts, of the account or of one coin, with what rests on that side."""
        return self.held(leg, coin) + self.waiting(leg, coin)

    def held(self, leg: Leg, coin: str | None = None) -> Decimal:
        """What stands on one side at mark, and what this plan enters there at once."""
        positions = self.snapshot.holdings.positions
        standing = self.once(
            ("held", leg, coin),
            lambda: total(p.notional for p in positions if p.leg is leg and coin in (None, p.coin)),
        )
        return standing + total(notional(e) for e in self.entered if e.leg is leg and coin in (None, e.coin))

    def waiting(self, leg: Leg, coin: str | None = None) -> Decimal:
        """What rests on one side, now or with this plan."""
        live = self.once(
            ("waiting", leg, coin),
            lambda: total(resting_value(o) for o in self.resting_orders(coin) if o.side is leg.opening),
        )
        return live + total(notional(r) for r in self.rested if r.leg is leg and coin in (None, r.coin))

    def share(self, slot: Slot) -> Owned | Doubt:
        """Our part of a slot."""
        return self.once(slot, lambda: share(self.snapshot.holdings, slot, self.policy))

    def resting_orders(self, coin: str | None = None) -> list[Order]:
        """Live orders, ours or not, that could still open something and that this plan leaves."""
        orders = self.snapshot.holdings.orders
        found = () if isinstance(orders, Unreadable) else orders
        return [o for o in found if o.opens and o.order_id not in self.gone and coin in (None, o.coin)]

    def slots(self) -> set[Slot]:
        """Every slot that is held once everything that was let through or rests has filled."""
        placed = {self.snapshot.slot_of(e.coin, e.leg) for e in self.through}
        return (
            {p.slot for p in self.snapshot.holdings.positions}
            | placed
            | {o.slot for o in self.resting_orders()}
        )


def resting_value(order: Order) -> Decimal:
    """What a live order still commits."""
    return order.size * (order.level if order.price is None else order.price)


def total(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
