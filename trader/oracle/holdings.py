"""Whose a position is, fill by fill: whoever opened a lot owns it, and whoever closes takes his own first.

A fill without an id of ours (by hand, by another program, a liquidation) takes foreign lots before ours. What
our own lots cost goes with them, so that each close has its result.
"""

from dataclasses import dataclass
from decimal import Decimal

from trader.exchange.rows import Fill
from trader.oracle.ids import own

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one fill did: our lots opened and closed, foreign lots closed, and what our closed ones gained."""

    opened: Decimal
    closed: Decimal
    foreign_closed: Decimal
    gained: Decimal


@dataclass(slots=True)
class Part:
    """One slot, signed: our lots, what they cost, and the foreign ones with when the first of them came."""

    ours: Decimal = ZERO
    foreign: Decimal = ZERO
    cost: Decimal = ZERO
    foreign_since_ms: int | None = None

    def take(self, fill: Fill) -> Taken:
        """Book one fill."""
        is_own = own(fill.cloid) is not None
        left = fill.sz if fill.is_buy else -fill.sz
        gained = closed = foreign_closed = ZERO
        for mine in (is_own, not is_own):
            part = self.ours if mine else self.foreign
            if part * left >= 0:
                continue
            amount = max(left, -part) if left < 0 else min(left, -part)
            left -= amount
            if mine:
                released = self.cost * -amount / self.ours
                gained -= amount * fill.px + released
                self.ours += amount
                self.cost = self.cost - released if self.ours else ZERO
                closed += abs(amount)
            else:
                self.foreign += amount
                foreign_closed += abs(amount)
        if is_own:
            self.ours, self.cost = self.ours + left, self.cost + left * fill.px
        else:
            self.foreign += left
        if self.foreign == 0:
            self.foreign_since_ms = None
        elif self.foreign_since_ms is None:
            self.foreign_since_ms = fill.at_ms
        return Taken(abs(left) if is_own else ZERO, closed, foreign_closed, gained)
