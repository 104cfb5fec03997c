"""What an entry joins: everything that is held, rests or was let through before it, counted as filled.

Pure. The rules of the gate (entries.py, resting.py) read it and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.orders import Order, Unreadable
from trader.core.policy import Policy
from trader.core.snapshot import MarketView, Snapshot


def notional(entry: Enter) -> Decimal:
    """What an entry commits when it fills at its worst price."""
    return entry.size * entry.bound


@dataclass(frozen=True, slots=True)
class Book:
    """What an entry is judged against: the observation, the policy, and what was let through before it.

    `gone` are the venue's ids of orders that this plan cancels first; `rested` are entries let through that
    will wait. What waits counts as filled at its price.
    """

    snapshot: Snapshot
    policy: Policy
    halted: str | None
    added: Mapping[str, Decimal]
    gone: frozenset[str] = frozenset()
    rested: tuple[Rest, ...] = ()

    @classmethod
    def of(cls, snapshot: Snapshot, policy: Policy, halted: str | None) -> "Book":
        return cls(snapshot, policy, halted, {})

    def plus(self, entry: Enter) -> "Book":
        """The book with this entry counted as filled at its bound."""
        added = {**self.added, entry.coin: self.added.get(entry.coin, Decimal(0)) + notional(entry)}
        return replace(self, added=added)

    def view(self, coin: str) -> MarketView:
        return self.snapshot.markets[coin]

    def gross(self) -> Decimal:
        held = sum((p.notional for p in self.snapshot.holdings.positions), Decimal(0))
        return held + sum(self.added.values(), Decimal(0)) + self._resting()

    def of_coin(self, coin: str) -> Decimal:
        held = sum((p.notional for p in self.snapshot.holdings.positions_of(coin)), Decimal(0))
        return held + self.added.get(coin, Decimal(0)) + self._resting(coin)

    def resting_orders(self, coin: str | None = None) -> list[Order]:
        """Live orders, ours or not, that could still open something and that this plan leaves."""
        orders = self.snapshot.holdings.orders
        found = () if isinstance(orders, Unreadable) else orders
        return [o for o in found if o.opens and o.order_id not in self.gone and coin in (None, o.coin)]

    def _resting(self, coin: str | None = None) -> Decimal:
        live = sum((resting_value(o) for o in self.resting_orders(coin)), Decimal(0))
        return live + sum((r.size * r.price for r in self.rested if coin in (None, r.coin)), Decimal(0))


def resting_value(order: Order) -> Decimal:
    """What a live order still commits."""
    return order.size * (order.level if order.price is None else order.price)
