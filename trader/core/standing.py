"""How the account stands, as values: the day, the fall from its top, losing trades, failures.

What could not be told is said in words, and is never a zero.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.frozen import frozen


@frozen
class Fall:
    """How much of its top the index has lost, 0 to 1, and since when it was followed."""

    fraction: Decimal
    since_ms: int


@frozen
class Money:
    """What the record of the account's money says.

    `day_gain` is what was closed, paid and received since `day_ms`, 00:00 UTC by the venue's clock;
    `open_profit` what open positions stand at.
    """

    day_ms: int
    day_gain: Decimal
    open_profit: Decimal
    fall: Fall

    @property
    def day_loss(self) -> Decimal:
        """The day's loss: an open loss counts, an open profit is none before it is taken."""
        return -(self.day_gain + min(Decimal(0), self.open_profit))


@frozen
class Standing:
    """The whole. `money` is in words where it cannot be told; failures are by coin."""

    money: Money | str
    streak: int
    streak_since_ms: int
    emergency_closes: Mapping[str, int]
    dead_stops: Mapping[str, int]
    failures_since_ms: int
