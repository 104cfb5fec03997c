"""Which orders would close a position, how much of it, and from which level on; by the exchange's own books.

A stop counts while it is live, armed and unfired, on the reducing side of its leg, able only to reduce (or
the child of an entry, no larger than the position), with its trigger strictly between the price that it
watches and liquidation; and it counts with the size that the exchange says it would close if it fired now.
One of ours also has to watch the configured price and, fired, to trade at market with room beyond its
trigger. Stops of other hands count as they are, unless they wait for prices to agree, and for our part with
what they have beyond their own. Targets are not cover.
"""

from collections.abc import Iterator
from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import Order, Position, Quote
from trader.exchange.status import Trigger
from trader.oracle.ids import own
from trader.oracle.seen import Terms

# coin, leg; one leg where the account holds long and short of a coin apart, else None
Slot = tuple[str, str | None]
ROOM_MIN = Decimal("0.02")  # a limit nearer to the trigger than this does not fill in a fast market


def told(slot: Slot) -> str:
    return " ".join(filter(None, slot))


def is_stop(order: Order) -> bool:
    """A stop that waits for its price."""
    trigger = order.trigger
    return trigger is not None and trigger.kind is Trigger.STOP and order.armed and not order.fired


def stops_of(model: Model, user: str, slot: Slot) -> Iterator[Order]:
    """The stops that wait in one slot, whoever placed them."""
    coin, leg = slot
    return (order for order in model.open_orders(user, coin) if order.leg == leg and is_stop(order))


def only_reduces(order: Order) -> bool:
    return order.reduce_only or order.position_bound


def covered(
    model: Model,
    user: str,
    position: Position,
    terms: Terms,
    *,
    rest: Decimal = Decimal(0),
    margin: Decimal = Decimal(0),
) -> Decimal:
    """How much of our part of a position its stops would close. `rest`: how much of it is somebody else's,
    which a stop of another hand closes first; `margin`: how far liquidation must lie behind a stop, as a
    fraction of mark."""
    stops = list(stops_of(model, user, (position.coin, position.leg)))
    if not stops:
        return Decimal(0)
    quoted = model.quote(position.coin)
    end = _liquidation(model, user, position, quoted.mark)
    ours = others = Decimal(0)
    for order in stops:
        if _is_real(order, position, terms) and _is_between(order, position, quoted, end, margin):
            closes = model.closes(user, order)
            is_own = own(order.cloid) is not None
            ours, others = (ours + closes, others) if is_own else (ours, others + closes)
    return min(ours + max(Decimal(0), others - rest), abs(position.szi))


def level(model: Model, user: str, position: Position) -> Decimal | None:
    """The level of a stop of ours that acts first; a stop-limit may pass without a fill and has none."""
    is_long = position.szi > 0
    levels = [
        order.trigger.px
        for order in stops_of(model, user, (position.coin, position.leg))
        if order.trigger is not None
        and order.trigger.is_market
        and order.is_buy != is_long
        and own(order.cloid) is not None
    ]
    return (max(levels) if is_long else min(levels)) if levels else None


def _liquidation(model: Model, user: str, position: Position, mark: Decimal) -> Decimal | None:
    """The price to stay clear of. Legs of one coin share theirs: beyond mark on the other side it is that of
    the larger leg, and never met first by this one."""
    end = model.liquidation_px(user, position.coin, position.leg)
    if end is not None and position.leg is not None and (end > mark) == (position.szi > 0):
        return None
    return end


def _is_real(order: Order, position: Position, terms: Terms) -> bool:
    """The right side, only reducing, held back by nothing else, and of our own: watching the right price, and
    filling when it fires."""
    trigger = order.trigger
    if trigger is None or order.is_buy == (position.szi > 0):
        return False
    if not only_reduces(order) and order.parent is None:
        return False
    if trigger.gap_max is not None:
        return False
    if own(order.cloid) is None:
        return True
    has_room = order.px == 0 or abs(trigger.px - order.px) >= ROOM_MIN * trigger.px
    return trigger.source == terms.trigger and trigger.is_market and has_room


def _is_between(
    order: Order, position: Position, quoted: Quote, end: Decimal | None, margin: Decimal
) -> bool:
    """Strictly between the price that it watches and liquidation, which goes by mark: what watches another
    price is taken as far from mark as it is from its own."""
    trigger = order.trigger
    if trigger is None:
        return False
    sources = {"mark": quoted.mark, "last": quoted.last, "index": quoted.oracle}
    watched, sign = sources[trigger.source], 1 if position.szi > 0 else -1
    if (watched - trigger.px) * sign <= 0:
        return False
    if end is None:
        return True
    room = (trigger.px + quoted.mark - watched - end) * sign
    return room > 0 and room >= margin * quoted.mark
