"""Bars that pass a coin by: nothing of it is reached, paid or liquidated, so that the walk would do nothing.

Rules: between two changes of the account the nearest levels on either side of price stay what they are, and
are looked for once. Where orders are on their way, rest for one bar, wait for a stop entry or a close, and
where finer bars are walked, no bar passes. A level that is met to the digit counts as reached. A test walks
every bar that passed.
"""

from collections.abc import Sequence
from typing import Final

from trader.core.frozen import frozen
from trader.exchange import bar_orders
from trader.exchange.bar_ends import is_short_at
from trader.exchange.bar_engine import BarEngine
from trader.exchange.bar_tape import Prices, WholeBar
from trader.exchange.bar_walk import BarWalk
from trader.exchange.fill_model import FillModel
from trader.exchange.orders import Order, Position

INFINITY: Final = float("inf")


@frozen
class Room:
    """How far prices may go: `rests` takes rungs, `fires` sets off exits; and which legs are held."""

    rests: tuple[float, float]
    fires: tuple[float, float]
    holds_long: bool
    holds_short: bool


class Passing:
    """Asks for one account."""

    def __init__(self, engine: BarEngine, user: str, walk: BarWalk, model: FillModel) -> None:
        self._engine = engine
        self._user = user
        self._walk = walk
        self._model = model
        self._seen: dict[str, tuple[int, Room | None]] = {}

    def passes(self, coin: str, bar: WholeBar) -> bool:
        """Would the walk of this bar change nothing?"""
        revision = self._engine.state.revision
        seen = self._seen.get(coin)
        if seen is None or seen[0] != revision:
            seen = self._seen[coin] = revision, self._room(coin)
        room, whole = seen[1], bar.whole
        if room is None or bar.inner:
            return False
        if not (_within(whole.last, room.rests) and _within(whole.fires, room.fires)):
            return False
        if not (room.holds_long or room.holds_short):
            return True
        pays = self._model.funding != "none" and (bar.before or bar.within)
        return not pays and not (self._model.liquidation and self._is_short(coin, whole.mark, room))

    def _is_short(self, coin: str, mark: Prices, room: Room) -> bool:
        """Below maintenance at any mark that the walk would ask about."""
        asked = [mark.open]
        asked += [mark.low] if room.holds_long else []
        asked += [mark.high] if room.holds_short else []
        return any(is_short_at(self._engine, self._user, coin, one) for one in asked)

    def _room(self, coin: str) -> Room | None:
        """None where no bar passes."""
        engine, user = self._engine, self._user
        waiting = bar_orders.entries(engine, user, coin)
        if bar_orders.closes(engine, user, coin) or not all(self._rests_on(order) for order in waiting):
            return None
        held = self._walk.positions(coin)
        levels = [self._levels(position) for position in held]
        return Room(
            rests=_between(
                [float(o.px) for o in waiting if o.is_buy], [float(o.px) for o in waiting if not o.is_buy]
            ),
            fires=_between([low for low, _ in levels], [high for _, high in levels]),
            holds_long=any(position.szi > 0 for position in held),
            holds_short=any(position.szi < 0 for position in held),
        )

    def _rests_on(self, order: Order) -> bool:
        """One that has come and stays until it is taken off, which limits alone do."""
        due = self._engine.due[order.oid]
        return due.bars_before == 0 and due.rests_at_ms is None and not due.at_market

    def _levels(self, position: Position) -> tuple[float, float]:
        exits = self._walk.exits(position)
        one, other = exits.stop_level, exits.target_level
        return (one, other) if position.szi > 0 else (other, one)


def _between(below: Sequence[float], above: Sequence[float]) -> tuple[float, float]:
    return max(below, default=-INFINITY), min(above, default=INFINITY)


def _within(prices: Prices, room: tuple[float, float]) -> bool:
    low, high = min(prices.open, prices.low), max(prices.open, prices.high)
    return room[0] < low <= high < room[1]
