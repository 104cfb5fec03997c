"""Watches from outside whether every position has a live stop, over exchange time and to the millisecond.

Rules of this file: it looks at the exchange's own state and at nothing of any trader; it judges by the
written definition of cover, not by how an order was meant. A position is covered while live, armed stops on
the reducing side, reduce-only or bound to the position, whose trigger lies strictly between mark and the
liquidation price and which would close if they fired now, add up to the position. Targets are not cover.

State changes are judged as they happen. A liquidation price that drifts past a stop between two events is
seen at the next event, or at the end of a walk when a minute has passed, or at the next full hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.orders import Order, Position
from trader.exchange.rows import Event
from trader.exchange.status import Kind, Trigger

DRIFT_MS = 60_000


@dataclass(slots=True)
class Exposure:
    """What was seen of one user's position in one coin."""

    naked_ms: int = 0
    longest_ms: int = 0
    intervals: list[tuple[int, int]] = field(default_factory=list)
    naked_since_ms: int | None = None


class CoverWatch:
    """Subscribe one to a model; it judges from that moment on."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._seen: dict[tuple[str, str], Exposure] = {}
        self._clock_seen = (-1, -1)
        model.subscribe(self.see)
        self._judge_all()

    def see(self, event: Event) -> None:
        """Judge after one event: margin ties all coins of a user together, the clock ties all users."""
        if event.kind is Kind.CLOCK and not self._is_news(event.at_ms):
            return
        for user in (event.user,) if event.user else self._model.users:
            self._judge(user, event.at_ms)

    def covered(self, user: str, coin: str) -> bool:
        """Is the position covered now? A flat coin is."""
        position = self._model.position(user, coin)
        return position is None or covering_size(self._model, user, position) >= abs(position.szi)

    def naked_ms(self, user: str, coin: str) -> int:
        """Milliseconds without cover so far, the running interval included."""
        seen = self._seen.get((user, coin), Exposure())
        return seen.naked_ms + self._running(seen)

    def longest_ms(self, user: str, coin: str) -> int:
        """The longest interval without cover so far, the running one included."""
        seen = self._seen.get((user, coin), Exposure())
        return max(seen.longest_ms, self._running(seen))

    def intervals(self, user: str, coin: str) -> tuple[tuple[int, int], ...]:
        """(from, to) of each interval without cover; a running one ends now."""
        seen = self._seen.get((user, coin), Exposure())
        since = seen.naked_since_ms
        open_end = () if since is None or since == self._model.now_ms else ((since, self._model.now_ms),)
        return (*seen.intervals, *open_end)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each (user, coin) that ever had a position while watched."""
        return tuple(sorted(self._seen))

    def total_ms(self) -> int:
        """Milliseconds without cover over all users and coins."""
        return sum(self.naked_ms(user, coin) for user, coin in self._seen)

    def dump(self) -> dict[str, Any]:
        """What was seen, as JSON values."""
        return {
            f"{user} {coin}": [
                seen.naked_ms,
                seen.longest_ms,
                seen.naked_since_ms,
                list(map(list, seen.intervals)),
            ]
            for (user, coin), seen in self._seen.items()
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from what another watch has seen, up to the model's present state."""
        for key, (naked, longest, since, intervals) in data.items():
            user, _, coin = key.partition(" ")
            spans = [(int(start), int(end)) for start, end in intervals]
            self._seen[(user, coin)] = Exposure(naked, longest, spans, since)
        self._judge_all()

    def _is_news(self, at_ms: int) -> bool:
        revision, judged_ms = self._clock_seen
        if revision == self._model.revision and at_ms - judged_ms < DRIFT_MS:
            return False
        self._clock_seen = (self._model.revision, at_ms)
        return True

    def _running(self, seen: Exposure) -> int:
        return 0 if seen.naked_since_ms is None else self._model.now_ms - seen.naked_since_ms

    def _judge_all(self) -> None:
        for user in self._model.users:
            self._judge(user, self._model.now_ms)

    def _judge(self, user: str, at_ms: int) -> None:
        held = {position.coin for position in self._model.positions(user)}
        for coin in held:
            self._seen.setdefault((user, coin), Exposure())
        for (owner, coin), seen in self._seen.items():
            if owner == user:
                note(seen, is_naked=coin in held and not self.covered(user, coin), at_ms=at_ms)


def note(seen: Exposure, *, is_naked: bool, at_ms: int) -> None:
    """Open or end an interval; one of no length is none."""
    if is_naked and seen.naked_since_ms is None:
        seen.naked_since_ms = at_ms
    elif not is_naked and seen.naked_since_ms is not None:
        length = at_ms - seen.naked_since_ms
        if length > 0:
            seen.naked_ms += length
            seen.longest_ms = max(seen.longest_ms, length)
            seen.intervals.append((seen.naked_since_ms, at_ms))
        seen.naked_since_ms = None


def covering_size(model: Model, user: str, position: Position) -> Decimal:
    """How much of the position its stops would close."""
    total = Decimal(0)
    mark = model.quote(position.coin).mark
    liquidation = model.liquidation_px(user, position.coin)
    for order in model.open_orders(user, position.coin):
        if is_stop_of(order, position, mark, liquidation):
            total += model.closes(user, order)
    return total


def is_stop_of(order: Order, position: Position, mark: Decimal, liquidation: Decimal | None) -> bool:
    """Right kind, right side, only reducing, and the trigger strictly between mark and liquidation."""
    trigger = order.trigger
    if trigger is None or trigger.kind is not Trigger.STOP or order.fired or not order.armed:
        return False
    if order.is_buy == (position.szi > 0) or not (order.reduce_only or order.position_bound):
        return False
    if position.szi > 0:
        return trigger.px < mark and (liquidation is None or liquidation < trigger.px)
    return mark < trigger.px and (liquidation is None or trigger.px < liquidation)
