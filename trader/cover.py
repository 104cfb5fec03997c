"""Judges whether a position has a stop that would really close it, from what was read.

A stop counts when it is live and armed, on the closing side, reduce-only or bound to the position, a market
stop whose limit leg leaves room to fill, on the configured trigger source, no farther from price than this
process asked, and between mark and liquidation with a margin, and when it would be accepted if it fired now.
Sizes of counting stops add up, but those of somebody else guard his part first; a position-bound one covers
the whole. Orders handed in are those of the position's slot.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.abilities import Abilities
from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.orders import Kind, Order
from trader.core.ownership import is_ours
from trader.core.policy import StopRules
from trader.core.snapshot import Position

BOUND_FRACTION_MIN = Decimal("0.05")  # a fired stop must be able to fill through a fast market
MARK = "mark"
SOURCES_APART_MAX = Decimal("0.02")  # mark and another price, in a market that can still be believed
MARGIN_OF_PRICE = Decimal("0.005")
MARGIN_OF_DISTANCE = Decimal("0.25")


@frozen
class Covered:
    """The stops that cover, and the level that acts first."""

    stops: tuple[Order, ...]
    level: Decimal
    by_foreign: bool


@frozen
class Uncovered:
    """Why not. `overtaken` is set when a live stop stands too near to liquidation or beyond it."""

    why: str
    overtaken: bool = False


def margin_asked(rules: StopRules, *, entry: Decimal, mark: Decimal, level: Decimal) -> Decimal:
    """How far liquidation must stay behind a stop, in price."""
    if rules.liquidation_margin is not None:
        return Decimal(str(rules.liquidation_margin)) * mark
    return max(MARGIN_OF_PRICE * mark, MARGIN_OF_DISTANCE * abs(entry - level))


def liquidation_margin(position: Position, level: Decimal, rules: StopRules) -> Decimal:
    """The same of a position's stop at this level."""
    return margin_asked(rules, entry=position.entry_price, mark=position.mark, level=level)


def flaw(order: Order, position: Position, rules: StopRules) -> str | None:
    """The first reason why this order is no stop for this position now, or None."""
    built = misbuilt(order, position, rules)
    if built is not None:
        return built
    if order.trigger is None or (position.mark - order.trigger) * position.leg.sign <= -_apart(order):
        return f"mark {position.mark} is beyond its trigger {order.trigger}"
    return None


def _apart(order: Order) -> Decimal:
    """How far mark may be beyond a stop that the venue still lists: one that acts on mark would have fired;
    another price may be so far behind, and acts when it gets there."""
    if order.trigger is None or order.trigger_source == MARK:
        return Decimal(0)
    return SOURCES_APART_MAX * order.trigger


def waits_for_another_price(order: Order, position: Position, rules: StopRules) -> bool:
    """True for a stop of the configured price beyond which mark stands already, while its own does not."""
    if order.trigger_source == MARK or order.trigger is None or misbuilt(order, position, rules) is not None:
        return False
    return (position.mark - order.trigger) * position.leg.sign <= 0


def misbuilt(order: Order, position: Position, rules: StopRules) -> str | None:
    """Why this order could never be a stop for this position, wherever price is; or None."""
    leg = position.leg
    if order.kind is not Kind.STOP or order.trigger is None:
        return "not a stop"
    if not order.is_armed:
        return "waits for an entry that never filled whole"
    if order.side is not leg.closing:
        return "on the wrong side"
    if order.asked is not None:
        return f"it was asked to stand at {order.asked}"
    if not (order.reduce_only or order.position_bound):
        return "not reduce-only"
    if order.trigger_source != rules.trigger:
        return f"acts on {order.trigger_source}, not on {rules.trigger}"
    if not order.is_market or not _has_room(order, leg):
        return f"its limit {order.price} leaves no room beyond the trigger {order.trigger}"
    return None


def overtaken(order: Order, position: Position, rules: StopRules) -> bool:
    """True when liquidation would come before this stop, or too close behind it."""
    end = position.liquidation_ahead
    if end is None or order.trigger is None:
        return False
    room = (order.trigger - end) * position.leg.sign
    return room < liquidation_margin(position, order.trigger, rules)


def clear_of(end: Decimal, position: Position, rules: StopRules) -> Decimal:
    """The farthest level of a stop that liquidation at `end` does not overtake; may lie beyond mark."""
    sign, entry = position.leg.sign, position.entry_price
    if rules.liquidation_margin is not None:
        return end + margin_asked(rules, entry=entry, mark=position.mark, level=end) * sign
    by_price = end + MARGIN_OF_PRICE * position.mark * sign
    ahead = 1 if (entry - end) * sign >= 0 else -1  # the level lies between the two, or beyond the entry
    by_distance = (end + ahead * MARGIN_OF_DISTANCE * entry) / (1 + ahead * MARGIN_OF_DISTANCE)
    return max(by_price, by_distance) if sign > 0 else min(by_price, by_distance)


def refused_at_trigger(
    order: Order, position: Position, orders: Sequence[Order], abilities: Abilities
) -> str | None:
    """Why this stop would be refused if it fired now, or None.

    Where the venue does not trim, a sized exit must fit into what the closing orders that rest in the book
    leave of the position; one bound to the position always does.
    """
    if order.position_bound or abilities.oversized_exit == "trims":
        return None
    held = sum((o.size for o in orders if _rests_to_close(o, position)), Decimal(0))
    left = abs(position.size) - held
    return None if order.size <= left else f"its size {order.size} is more than the {left} that can be closed"


def _rests_to_close(order: Order, position: Position) -> bool:
    return order.kind is Kind.LIMIT and not order.opens and order.side is position.leg.closing


def judge(
    position: Position,
    size: Decimal,
    orders: Sequence[Order],
    rules: StopRules,
    account: int,
    abilities: Abilities,
) -> Covered | Uncovered:
    """Is `size` (unsigned) of this position covered by these live orders of its slot?"""
    stops = [o for o in orders if o.kind is Kind.STOP]
    if not stops:
        return Uncovered("no stop is live")
    flaws = [
        (o, flaw(o, position, rules) or refused_at_trigger(o, position, orders, abilities)) for o in stops
    ]
    good = [o for o, why in flaws if why is None]
    if not good:
        return Uncovered("; ".join(f"stop {o.trigger}: {why}" for o, why in flaws))
    safe = [o for o in good if not overtaken(o, position, rules)]
    if not safe:
        return Uncovered(f"liquidation at {position.liquidation} overtakes the stop", overtaken=True)
    own = [o for o in safe if is_ours(o.client_id, account)]
    total = _closed_by(safe, own, rest=abs(position.size) - size)
    if not any(o.position_bound for o in safe) and total < size:
        return Uncovered(f"stops cover {total} of {size}")
    return Covered(tuple(safe), tightest(safe, position.leg), by_foreign=not own)


def _closed_by(stops: Sequence[Order], own: Sequence[Order], *, rest: Decimal) -> Decimal:
    """What these sized stops close of a part of a position; `rest` is what of it is somebody else's.

    What fires without our id closes the rest first: it guards our part with what it has beyond that.
    """
    ours = sum((o.size for o in own), Decimal(0))
    others = sum((o.size for o in stops), Decimal(0)) - ours
    return ours + max(Decimal(0), others - rest)


def tightest(stops: Sequence[Order], leg: Leg) -> Decimal:
    """The level that acts first, of a displaced one the level that it was asked to have."""
    levels = [o.trigger if o.asked is None else o.asked for o in stops if o.trigger is not None]
    return max(levels) if leg is Leg.LONG else min(levels)


def is_tighter(level: Decimal, than: Decimal, leg: Leg) -> bool:
    """True when `level` acts before `than`."""
    return (level - than) * leg.sign > 0


def own_stops(orders: Sequence[Order], account: int) -> list[Order]:
    """Our stops among live orders, whether or not they cover."""
    return [o for o in orders if o.kind is Kind.STOP and is_ours(o.client_id, account)]


def as_shown(orders: Sequence[Order]) -> list[Order]:
    """The same, wherever they were asked to stand: of two stops the one that acts first is the better."""
    return [o if o.asked is None else replace(o, asked=None) for o in orders]


def own_targets(orders: Sequence[Order], account: int) -> list[Order]:
    """Our targets among live orders."""
    return [o for o in orders if o.kind is Kind.TARGET and is_ours(o.client_id, account)]


def _has_room(order: Order, leg: Leg) -> bool:
    if order.trigger is None:
        return False
    if order.price is None:
        return True
    return (order.trigger - order.price) * leg.sign >= BOUND_FRACTION_MIN * order.trigger
