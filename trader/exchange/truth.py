"""Watches from outside whether every position has a live stop, over exchange time and to the millisecond.

In an account with two sides each leg of a coin is a position of its own, judged by the stops of its leg.

Rules of this file: it looks at the exchange's own state and at nothing of any trader; it judges by the
written definition of cover, not by how an order was meant. A position is covered while live, armed stops on
the reducing side, reduce-only or bound to the position, whose trigger lies strictly between the price that
it watches and the liquidation price and which would close if they fired now, add up to the position. A child
of the entry counts where its venue does not mark it as reducing, while it is no larger than the position.
Targets are not cover.

State changes are judged as they happen. A liquidation price that drifts past a stop between two events is
seen at the next event, or at the end of a walk when a minute has passed, or at the next full hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.orders import Order, Position, Quote
from trader.exchange.quotes import source_price
from trader.exchange.rows import Event
from trader.exchange.status import Kind, Trigger

DRIFT_MS = 60_000


@dataclass(slots=True)
class Exposure:
    """What was seen of one user's position in one slot."""

    naked_ms: int = 0
    longest_ms: int = 0
    intervals: list[tuple[int, int]] = field(default_factory=list)
    naked_since_ms: int | None = None


# user, coin, leg
Slot = tuple[str, str, str | None]


class CoverWatch:
    """Subscribe one to a model; it judges from that moment on. One that does not listen knows of no interval
    and says only whether there is cover now."""

    def __init__(self, model: Model, *, listens: bool = True) -> None:
        self._model = model
        self._seen: dict[Slot, Exposure] = {}
        self._clock_seen = (-1, -1)
        if listens:
            model.subscribe(self.see)
            self._judge_all()

    def see(self, event: Event) -> None:
        """Judge after one event: margin ties all coins of a user together, the clock ties all users."""
        if event.kind is Kind.CLOCK and not self._is_news(event.at_ms):
            return
        for user in (event.user,) if event.user else self._model.users:
            self._judge(user, event.at_ms)

    def covered(self, user: str, coin: str, leg: str | None = None) -> bool:
        """Is the position covered now? A flat coin is. Without a leg: everything held in the coin."""
        held = [p for p in self._model.positions(user) if p.coin == coin and leg in (None, p.leg)]
        return not any(is_uncovered(self._model, user, position) for position in held)

    def naked_ms(self, user: str, coin: str, leg: str | None = None) -> int:
        """Milliseconds without cover so far, the running interval included; the legs of a coin add up."""
        return sum(seen.naked_ms + self._running(seen) for seen in self._of(user, coin, leg))

    def longest_ms(self, user: str, coin: str, leg: str | None = None) -> int:
        """The longest interval without cover so far, the running one included."""
        seen = self._of(user, coin, leg)
        return max((max(each.longest_ms, self._running(each)) for each in seen), default=0)

    def intervals(self, user: str, coin: str, leg: str | None = None) -> tuple[tuple[int, int], ...]:
        """(from, to) of each interval without cover; a running one ends now."""
        now = self._model.now_ms
        found: list[tuple[int, int]] = []
        for seen in self._of(user, coin, leg):
            found += seen.intervals
            if seen.naked_since_ms is not None and seen.naked_since_ms != now:
                found.append((seen.naked_since_ms, now))
        return tuple(sorted(found))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each (user, coin) that ever had a position while watched."""
        return tuple(sorted({(user, coin) for user, coin, _ in self._seen}))

    def slots(self) -> tuple[Slot, ...]:
        """Each (user, coin, leg) that ever had a position while watched."""
        return tuple(sorted(self._seen, key=lambda slot: (slot[0], slot[1], slot[2] or "")))

    def total_ms(self) -> int:
        """Milliseconds without cover over all users, coins and legs."""
        return sum(self.naked_ms(user, coin) for user, coin in self.pairs())

    def dump(self) -> dict[str, Any]:
        """What was seen, as JSON values."""
        return {
            " ".join((user, coin) if leg is None else (user, coin, leg)): [
                seen.naked_ms,
                seen.longest_ms,
                seen.naked_since_ms,
                list(map(list, seen.intervals)),
            ]
            for (user, coin, leg), seen in self._seen.items()
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Go on from what another watch has seen, up to the model's present state."""
        for key, (naked, longest, since, intervals) in data.items():
            user, coin, *leg = key.split(" ")
            spans = [(int(start), int(end)) for start, end in intervals]
            self._seen[(user, coin, leg[0] if leg else None)] = Exposure(naked, longest, spans, since)
        self._judge_all()

    def _of(self, user: str, coin: str, leg: str | None) -> list[Exposure]:
        """What was seen of a coin's slots, of one when it is named."""
        return [
            seen
            for (owner, held, side), seen in self._seen.items()
            if owner == user and held == coin and leg in (None, side)
        ]

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
        held = {(user, p.coin, p.leg): p for p in self._model.positions(user)}
        for slot in held:
            self._seen.setdefault(slot, Exposure())
        for slot, seen in self._seen.items():
            if slot[0] == user:
                position = held.get(slot)
                is_naked = position is not None and is_uncovered(self._model, user, position)
                note(seen, is_naked=is_naked, at_ms=at_ms)


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


def is_uncovered(model: Model, user: str, position: Position) -> bool:
    """Would its stops leave a part of the position?"""
    return covering_size(model, user, position) < abs(position.szi)


def covering_size(model: Model, user: str, position: Position) -> Decimal:
    """How much of the position its stops would close."""
    total = Decimal(0)
    stops = [order for order in model.open_orders(user, position.coin) if waits_as_stop(order, position.leg)]
    if not stops:
        return total
    quoted = model.quote(position.coin)
    liquidation = model.liquidation_px(user, position.coin, position.leg)
    for order in stops:
        if is_stop_of(order, position, quoted, liquidation):
            total += model.closes(user, order)
    return total


def waits_as_stop(order: Order, leg: str | None) -> bool:
    """A stop of this leg that waits for its price."""
    is_stop = order.trigger is not None and order.trigger.kind is Trigger.STOP
    return is_stop and order.leg == leg and order.armed and not order.fired


def is_stop_of(order: Order, position: Position, quoted: Quote, liquidation: Decimal | None) -> bool:
    """Right side, only reducing, and the trigger strictly between its price and liquidation.

    Liquidation goes by mark: a trigger on another price is compared as far from mark as it is from its own.
    A liquidation price beyond mark on the other side (legs that outweigh each other) is never met first.
    """
    trigger = order.trigger
    if trigger is None:
        return False
    only_closes = order.reduce_only or order.position_bound or order.parent is not None
    if order.is_buy == (position.szi > 0) or not only_closes:
        return False
    watched, mark = source_price(quoted, trigger.source), quoted.mark
    px = trigger.px + mark - watched
    if position.leg is not None and liquidation is not None and (liquidation > mark) == (position.szi > 0):
        liquidation = None
    if position.szi > 0:
        return trigger.px < watched and (liquidation is None or liquidation < px)
    return watched < trigger.px and (liquidation is None or px < liquidation)
