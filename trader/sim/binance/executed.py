"""What has been traded of each order, added up once and kept in step with the model's executions."""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.model import Model


@frozen
class Executed:
    """What has been traded of one order."""

    size: Decimal = Decimal(0)
    notional: Decimal = Decimal(0)

    @property
    def average(self) -> Decimal:
        return self.notional / self.size if self.size else Decimal(0)


class ExecutedBook:
    """Sums by user and order; reads only executions that it has not seen."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int], Executed] = {}
        self._last: dict[str, int] = {}

    def of(self, model: Model, user: str, oid: int) -> Executed:
        fills = model.fills(user)
        last = self._last.get(user, 0)
        for fill in reversed(fills):
            if fill.tid <= last:
                break
            before = self._sums.get((user, fill.oid), Executed())
            sums = Executed(before.size + fill.sz, before.notional + fill.px * fill.sz)
            self._sums[user, fill.oid] = sums
        if fills:
            self._last[user] = fills[-1].tid
        return self._sums.get((user, oid), Executed())

    def clear(self) -> None:
        """Another state of the exchange stands now."""
        self._sums.clear()
        self._last.clear()
