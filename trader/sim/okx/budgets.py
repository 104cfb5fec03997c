"""Request budgets: so many requests in so many milliseconds, by user, by address, and by instrument.

Rules: one bucket for each (budget, whose, instrument). A request that does not fit is refused and costs
nothing. Placing, amending and cancelling have budgets of their own; a batch costs its orders.
"""

from collections import deque

from trader.core.frozen import frozen


@frozen
class Budget:
    """A limit. `scope` is user, user_inst, ip or ip_inst."""

    name: str
    limit: int
    scope: str = "user"
    window_ms: int = 2_000


class Budgets:
    """What was spent, for this process alone."""

    def __init__(self) -> None:
        self._spent: dict[tuple[str, str, str], deque[int]] = {}

    def spend(self, budget: Budget, *, whose: str, inst_id: str, count: int, at_ms: int) -> bool:
        """Take `count` requests from the budget; false when they do not fit."""
        key = (budget.name, whose, inst_id if budget.scope.endswith("_inst") else "")
        spent = self._spent.setdefault(key, deque())
        while spent and spent[0] <= at_ms - budget.window_ms:
            spent.popleft()
        if len(spent) + count > budget.limit:
            return False
        spent.extend([at_ms] * count)
        return True
