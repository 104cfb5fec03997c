"""Why an order is refused: pure questions, each with the reason as its answer.

The order of the questions is the venue's: cap, tick, oracle, minimum, trigger, reduce-only, margin, tier.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.lifecycle import must_reduce, reduces, resting_reduce_only
from trader.exchange.margin import exceeds_tier, free
from trader.exchange.orders import Order, OrderSpec
from trader.exchange.quotes import quote
from trader.exchange.rules import Market, Rules, on_tick
from trader.exchange.status import Grouping, Reason, Trigger


def refuses_batch(engine: Engine, specs: Sequence[OrderSpec], grouping: Grouping) -> Reason | None:
    """What refuses the whole placement before any order exists."""
    if not specs:
        return Reason.EMPTY
    if not group_is_sound(specs, grouping):
        return Reason.BAD_GROUP
    for spec in specs:
        market = engine.markets.get(spec.coin)
        if market is None:
            return Reason.UNKNOWN_COIN
        if spec.trigger is not None and engine.rules.trigger_must_reduce and not spec.reduce_only:
            return Reason.TRIGGER_NOT_REDUCING
        reference = quote(engine, spec.coin).oracle
        if spec.px > 0 and abs(spec.px - reference) > reference * engine.rules.reference_distance_max:
            return Reason.FAR_FROM_REFERENCE
    return None


def group_is_sound(specs: Sequence[OrderSpec], grouping: Grouping) -> bool:
    """One coin; a parent without trigger and one or two children with one, or one or two triggers."""
    if grouping is Grouping.NONE:
        return True
    if len({spec.coin for spec in specs}) != 1:
        return False
    triggers = specs[1:] if grouping is Grouping.ATTACHED else specs
    if grouping is Grouping.ATTACHED and specs[0].trigger is not None:
        return False
    kinds = [spec.trigger.kind for spec in triggers if spec.trigger is not None]
    return 1 <= len(triggers) <= 2 and len(kinds) == len(triggers) == len(set(kinds))


def refuses_shape(market: Market, order: Order) -> Reason | None:
    """Numbers that no order may have."""
    if order.sz < 0 or (order.sz == 0 and not order.position_bound):
        return Reason.SIZE_ZERO
    if order.sz % market.size_step != 0:
        return Reason.SIZE_STEP
    if order.px <= 0 or (order.trigger is not None and order.trigger.px <= 0):
        return Reason.PRICE_ZERO
    return None


def refuses(
    engine: Engine, order: Order, *, replacing: int | None = None, parent: Order | None = None
) -> Reason | None:
    """The first reason against an order, None when it may be placed. `replacing` is the order it succeeds."""
    market, rules = engine.markets[order.coin], engine.rules
    if market.is_delisted:
        return Reason.DELISTED
    shape = refuses_shape(market, order)
    if shape is not None:
        return shape
    if too_many(engine, order, replacing):
        return Reason.TOO_MANY_ORDERS
    if is_duplicate(engine, order, replacing):
        return Reason.DUPLICATE_ID
    if not on_tick(market, order.px) or (order.trigger is not None and not on_tick(market, order.trigger.px)):
        return Reason.PRICE_TICK
    oracle = quote(engine, order.coin).oracle
    band = rules.oracle_band if order.trigger is None else None
    if band is not None and abs(order.px - oracle) > oracle * band:
        return Reason.FAR_FROM_ORACLE
    if below_minimum(rules, order, engine.szi(order.user, order.coin)):
        return Reason.MIN_NOTIONAL
    if order.trigger is not None:
        return refuses_trigger(engine, order, parent)
    if order.reduce_only:
        return refuses_reduce_only(engine, order, replacing)
    if exceeds_tier(engine, order):
        return Reason.POSITION_TIER
    if needs_margin(engine, order) and free(engine, order.user, order, replacing) < 0:
        return Reason.MARGIN
    return None


def needs_margin(engine: Engine, order: Order) -> bool:
    """Everything but an order that fits inside the opposite position."""
    szi = engine.szi(order.user, order.coin)
    return not (reduces(order, szi) and order.sz <= abs(szi))


def too_many(engine: Engine, order: Order, replacing: int | None) -> bool:
    """The soft cap stops reducing and conditional orders, the hard cap all."""
    others = (o for o in engine.state.orders.values() if o.user == order.user and o.oid != replacing)
    count = sum(1 for _ in others)
    if count >= engine.rules.open_orders_max:
        return True
    return count >= engine.rules.open_orders_soft_max and (must_reduce(order) or order.trigger is not None)


def is_duplicate(engine: Engine, order: Order, replacing: int | None) -> bool:
    """Where the venue refuses a client id that an open order carries."""
    if engine.rules.duplicate_cloid != "reject_open" or order.cloid is None:
        return False
    live = engine.orders_of(order.user)
    return any(o.cloid == order.cloid and o.oid != replacing for o in live)


def below_minimum(rules: Rules, order: Order, szi: Decimal) -> bool:
    """Size times price under the minimum, unless the order closes the whole position."""
    if order.trigger is not None and (not rules.min_notional_on_triggers or order.sz == 0):
        return False
    if order.sz * order.px >= rules.min_notional:
        return False
    if not reduces(order, szi):
        return True
    return order.sz < abs(szi) if order.reduce_only else order.sz != abs(szi)


def is_crossed(order: Order, mark: Decimal) -> bool:
    """Is mark at or beyond the trigger, in the direction that fires it?"""
    if order.trigger is None:
        return False
    falls = order.is_buy == (order.trigger.kind is Trigger.TAKE)
    return mark <= order.trigger.px if falls else mark >= order.trigger.px


def refuses_trigger(engine: Engine, order: Order, parent: Order | None) -> Reason | None:
    """A trigger already crossed, bounded on the wrong side, or with nothing to reduce."""
    trigger = order.trigger
    if trigger is None:
        return None
    if parent is not None and order.is_buy == parent.is_buy:
        return Reason.TRIGGER_SIDE
    quoted = quote(engine, order.coin)
    reference = quoted.mark
    if parent is not None and (parent.px < quoted.ask if parent.is_buy else parent.px > quoted.bid):
        reference = parent.px
    if is_crossed(order, reference):
        return Reason.TRIGGER_PRICE
    if trigger.kind is Trigger.STOP and (order.px < trigger.px if order.is_buy else order.px > trigger.px):
        return Reason.TRIGGER_PRICE
    if parent is not None or not must_reduce(order):
        return None
    szi = engine.szi(order.user, order.coin)
    if szi == 0 and not order.position_bound and not engine.rules.trigger_needs_position:
        return None
    return None if reduces(order, szi) else Reason.REDUCE_ONLY


def refuses_reduce_only(engine: Engine, order: Order, replacing: int | None) -> Reason | None:
    """Nothing to reduce, or (a switch) more than what other orders leave."""
    szi = engine.szi(order.user, order.coin)
    if not reduces(order, szi):
        return Reason.REDUCE_ONLY
    if engine.rules.reduce_only_sum == "reject":
        claimed = resting_reduce_only(engine, order.user, order.coin, without=replacing)
        if claimed + min(order.sz, abs(szi)) > abs(szi):
            return Reason.REDUCE_ONLY
    return None
