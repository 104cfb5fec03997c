"""The model exchange as its clients see it, where time goes by whole bars: for a wire in front of a replay.

Rules: reads are the model's. What is sent waits for its bar as `bar_orders` says, so an order at the market
is answered as one that rests; `waits` says when each may act. Post-only orders that mark has reached are
refused, attached exits only reduce. No request lets time or prices pass: nothing moves but by `bar_walk`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.exchange import amending, bar_orders, placing
from trader.exchange.bar_engine import BarEngine, Due
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec, Placed
from trader.exchange.prices import Bar
from trader.exchange.quotes import mark
from trader.exchange.status import Grouping, Reason, Tif

Waits = Callable[[OrderSpec], Due]


class BarModel(Model):
    """A bar engine behind the model's own methods."""

    def __init__(self, engine: BarEngine, waits: Waits) -> None:
        self._engine: BarEngine = engine
        self._waits = waits

    def advance(self, to_ms: int) -> None:
        """The bars are walked elsewhere; an earlier time changes nothing."""
        self._engine.be_at(max(to_ms, self._engine.now_ms))

    def bar_so_far(self, coin: str) -> Bar:
        """Of the bar now forming no more is known than the price at which the last one closed."""
        price = self._engine.price[coin]
        return Bar(price, price, price, price, 0.0)

    def place(
        self, user: str, specs: Sequence[OrderSpec], grouping: Grouping = Grouping.NONE
    ) -> list[Placed]:
        first = specs[0]
        if grouping is Grouping.ATTACHED:
            return self._enter(user, first, specs[1:])
        if grouping is Grouping.NONE:
            return [answer for spec in specs for answer in self._one(user, spec)]
        return placing.place(self._engine, user, specs, grouping)

    def amend(
        self,
        user: str,
        oid: int,
        *,
        px: Decimal | None = None,
        sz: Decimal | None = None,
        trigger_px: Decimal | None = None,
    ) -> Placed:
        return amending.amend(self._engine, user, oid, px=px, sz=sz, trigger_px=trigger_px)

    def _one(self, user: str, spec: OrderSpec) -> list[Placed]:
        if not (spec.reduce_only or spec.closes_leg):
            return self._enter(user, spec, ())
        if spec.trigger is not None:
            return placing.place(self._engine, user, [spec], Grouping.NONE)
        return [bar_orders.admit_close(self._engine, user, replace(spec, tif=Tif.GTC))]

    def _enter(self, user: str, entry: OrderSpec, exits: Sequence[OrderSpec]) -> list[Placed]:
        sign = 1 if entry.is_buy else -1
        if entry.tif is Tif.ALO and (entry.px - mark(self._engine, entry.coin)) * sign >= 0:
            refused = Placed("refused", None, entry.cloid, reason=Reason.ALO_CROSSES)
            return [refused, *(Placed("refused", None, e.cloid, reason=Reason.PARENT_REFUSED) for e in exits)]
        due, reducing = self._waits(entry), [replace(spec, reduce_only=True) for spec in exits]
        return bar_orders.admit(self._engine, user, replace(entry, tif=Tif.GTC), reducing, due)
