"""Why an order is refused: pure questions, each with the reason as its answer.

The order of the questions is the venue's: cap, tick, oracle, minimum, trigger, reduce-only, margin, tier.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.lifecycle import claimed, must_reduce, reduces
from trader.exchange.margin import exceeds_tier, free
from trader.exchange.orders import LONG, SHORT, Order, OrderSpec, Quote
from trader.exchange.quotes import quote, source_price
from trader.exchange.rules import Market, Rules, on_tick
from trader.exchange.status import Grouping, Reason, Trigger


def refuses_batch(engine: Engine, specs: Sequence[OrderSpec], grouping: Grouping) -> Reason | None:
    """What refuses the whole placement before any order exists."""
    if not specs:
        return Reason.EMPTY
    if not group_is_sound(specs, grouping, triggers_reduce=engine.rules.trigger_must_reduce):
        return Reason.BAD_GROUP
    for spec in specs:
        market = engine.markets.get(spec.coin)
        if market is None:
            return Reason.UNKNOWN_COIN
        reduces_only = spec.reduce_only or spec.closes_leg
        if spec.trigger is not None and engine.rules.trigger_must_reduce and not reduces_only:
            return Reason.TRIGGER_NOT_REDUCING
        reference = quote(engine, spec.coin).oracle
        if spec.px > 0 and abs(spec.px - reference) > reference * engine.rules.reference_distance_max:
            return Reason.FAR_FROM_REFERENCE
    return None


def group_is_sound(specs: Sequence[OrderSpec], grouping: Grouping, *, triggers_reduce: bool = True) -> bool:
    """One coin and leg; a parent (without trigger, unless triggers may open) and one or two children with
    one, or one or two triggers."""
    if grouping is Grouping.NONE:
        return True
    if len({(spec.coin, spec.leg) for spec in specs}) != 1:
        return False
    triggers = specs[1:] if grouping is Grouping.ATTACHED else specs
    if grouping is Grouping.ATTACHED and specs[0].trigger is not None and triggers_reduce:
        return False
    kinds = [spec.trigger.kind for spec in triggers if spec.trigger is not None]
    return 1 <= len(triggers) <= 2 and len(kinds) == len(triggers) == len(set(kinds))


def refuses_leg(order: Order, *, two_sided: bool) -> Reason | None:
    """An account with two sides wants a leg with each order, any other wants none."""
    if two_sided and order.leg not in (LONG, SHORT):
        return Reason.LEG_MISSING
    return Reason.LEG_UNWANTED if not two_sided and order.leg is not None else None


def refuses_shape(market: Market, order: Order, *, needs_price: bool) -> Reason | None:
    """Numbers that no order may have."""
    if order.sz < 0 or (order.sz == 0 and not order.position_bound):
        return Reason.SIZE_ZERO
    if order.sz % market.size_step != 0:
        return Reason.SIZE_STEP
    if order.trigger is not None and order.trigger.px <= 0:
        return Reason.PRICE_ZERO
    if order.px < 0 or (order.px == 0 and (needs_price or not order.at_market)):
        return Reason.PRICE_ZERO
    if 0 < order.sz < market.size_min:
        return Reason.SIZE_MIN
    return Reason.SIZE_MAX if too_large(market, order) else None


def too_large(market: Market, order: Order) -> bool:
    """More than one order of its kind may have."""
    size_max = market.size_max
    if order.at_market and market.market_size_max is not None:
        size_max = market.market_size_max
    return size_max is not None and order.sz > size_max


def outside_band(market: Market, order: Order, mark: Decimal) -> bool:
    """A limit price further on the paying side of mark than the venue takes."""
    if market.limit_band is None or order.at_market:
        return False
    if order.is_buy:
        return order.px > mark * (1 + market.limit_band)
    return order.px < mark * (1 - market.limit_band)


def refuses(
    engine: Engine, order: Order, *, replacing: int | None = None, parent: Order | None = None
) -> Reason | None:
    """The first reason against an order, None when it may be placed. `replacing` is the order it succeeds."""
    market, rules = engine.markets[order.coin], engine.rules
    if market.is_delisted:
        return Reason.DELISTED
    shape = refuses_leg(order, two_sided=engine.account(order.user).two_sided)
    shape = shape or refuses_shape(market, order, needs_price=rules.market_needs_price)
    if shape is not None:
        return shape
    if order.expires_ms is not None and order.expires_ms <= engine.now_ms:
        return Reason.EXPIRY_PAST
    if too_many(engine, order, replacing):
        return Reason.TOO_MANY_ORDERS
    if is_duplicate(engine, order, replacing):
        return Reason.DUPLICATE_ID
    quoted = quote(engine, order.coin)
    price = refuses_price(market, rules, order, quoted)
    if price is not None:
        return price
    if below_minimum(market, rules, order, szi=engine.szi_of(order), mark=quoted.mark):
        return Reason.MIN_NOTIONAL
    if order.trigger is not None:
        return refuses_trigger(engine, order, parent) or refuses_exit(engine, order, parent, replacing)
    if order.reduce_only:
        return refuses_reduce_only(engine, order, replacing)
    if exceeds_tier(engine, order):
        return Reason.POSITION_TIER
    if needs_margin(engine, order) and free(engine, order.user, order, replacing) < 0:
        return Reason.MARGIN
    return None


def refuses_price(market: Market, rules: Rules, order: Order, quoted: Quote) -> Reason | None:
    """Prices off the tick, or too far from where the market is."""
    if not on_tick(market, order.px):
        return Reason.PRICE_TICK
    if order.trigger is not None:
        fits = rules.off_tick_triggers or on_tick(market, order.trigger.px)
        return None if fits else Reason.PRICE_TICK
    if outside_band(market, order, quoted.mark):
        return Reason.PRICE_BAND
    band = rules.oracle_band
    if band is not None and abs(order.px - quoted.oracle) > quoted.oracle * band:
        return Reason.FAR_FROM_ORACLE
    return None


def needs_margin(engine: Engine, order: Order) -> bool:
    """Everything but an order that fits inside the opposite position."""
    szi = engine.szi_of(order)
    return not (reduces(order, szi) and order.sz <= abs(szi))


def too_many(engine: Engine, order: Order, replacing: int | None) -> bool:
    """The soft cap stops reducing and conditional orders, the hard cap all."""
    others = (o for o in engine.state.orders.values() if o.user == order.user and o.oid != replacing)
    count = sum(1 for _ in others)
    if count >= engine.rules.open_orders_max:
        return True
    return count >= engine.rules.open_orders_soft_max and (must_reduce(order) or order.trigger is not None)


def is_duplicate(engine: Engine, order: Order, replacing: int | None) -> bool:
    """Where the venue refuses a client id that an open order (of its kind, conditional or not) carries."""
    reading = engine.rules.duplicate_cloid
    if reading == "accept" or order.cloid is None:
        return False
    live = (o for o in engine.orders_of(order.user) if o.cloid == order.cloid and o.oid != replacing)
    return any(reading == "reject_open" or o.waiting == order.waiting for o in live)


def below_minimum(market: Market, rules: Rules, order: Order, *, szi: Decimal, mark: Decimal) -> bool:
    """Size times price under the minimum, unless the order closes the whole position."""
    if order.trigger is not None and (not rules.min_notional_on_triggers or order.sz == 0):
        return False
    minimum = rules.min_notional if market.min_notional is None else market.min_notional
    px = order.px or (order.trigger.px if order.trigger is not None else mark)
    if order.sz * px >= minimum:
        return False
    if rules.min_notional_spares_reducing and must_reduce(order):
        return False
    if not reduces(order, szi):
        return True
    return order.sz < abs(szi) if order.reduce_only else order.sz != abs(szi)


def is_crossed(order: Order, price: Decimal) -> bool:
    """Is the price that it watches at or beyond the trigger, in the direction that fires it?"""
    if order.trigger is None:
        return False
    falls = order.is_buy == (order.trigger.kind is Trigger.TAKE)
    return price <= order.trigger.px if falls else price >= order.trigger.px


def refuses_trigger(engine: Engine, order: Order, parent: Order | None) -> Reason | None:
    """A trigger already crossed, or bounded on the wrong side."""
    trigger = order.trigger
    if trigger is None:
        return None
    if parent is not None and order.is_buy == parent.is_buy:
        return Reason.TRIGGER_SIDE
    quoted = quote(engine, order.coin)
    reference = source_price(quoted, trigger.source)
    if parent is not None:
        reference = parent_price(engine.rules, parent, quoted, reference)
    if is_crossed(order, reference):
        return Reason.TRIGGER_PRICE
    if trigger.kind is Trigger.TAKE or order.px == 0 or not engine.rules.stop_bound_beyond_trigger:
        return None
    is_near = order.px < trigger.px if order.is_buy else order.px > trigger.px
    return Reason.TRIGGER_PRICE if is_near else None


def parent_price(rules: Rules, parent: Order, quoted: Quote, watched: Decimal) -> Decimal:
    """What a child's trigger must lie beyond."""
    if parent.trigger is not None:
        return parent.trigger.px
    if rules.child_reference == "order":
        if parent.at_market:
            return quoted.ask if parent.is_buy else quoted.bid
        return parent.px
    is_passive = parent.px < quoted.ask if parent.is_buy else parent.px > quoted.bid
    return parent.px if is_passive else watched


def refuses_exit(engine: Engine, order: Order, parent: Order | None, replacing: int | None) -> Reason | None:
    """A conditional exit with nothing to reduce, on the opening side, or one too many of its kind."""
    if parent is not None or not must_reduce(order):
        return None
    if order.leg is not None and not order.reduce_only:
        return Reason.NOT_CLOSING
    if order.follows_position and bound_slots_taken(engine, order, replacing):
        return Reason.BOUND_EXISTS
    rules, szi = engine.rules, engine.szi_of(order)
    may_be_flat = (
        rules.bound_while_flat == "accept" if order.position_bound else not rules.trigger_needs_position
    )
    if szi == 0 and may_be_flat:
        return None
    return None if reduces(order, szi) else Reason.REDUCE_ONLY


def bound_slots_taken(engine: Engine, order: Order, replacing: int | None) -> bool:
    """Does the slot have as many position-bound orders of this kind and side as the venue allows?"""
    rules = engine.rules
    if rules.bound_max is None or order.trigger is None:
        return False
    count = 0
    for other in engine.slot_orders(order.user, order.coin, order.leg):
        if other.follows_position and other.waiting and other.oid != replacing and other.trigger is not None:
            is_alike = rules.bound_max_over_kinds or other.trigger.kind is order.trigger.kind
            count += other.is_buy == order.is_buy and is_alike
    return count >= rules.bound_max


def refuses_reduce_only(engine: Engine, order: Order, replacing: int | None) -> Reason | None:
    """Nothing to reduce, or (a switch) more than what other orders leave."""
    szi = engine.szi_of(order)
    if not reduces(order, szi):
        return Reason.REDUCE_ONLY
    if engine.rules.rejects_oversized(order.leg) and order.sz > abs(szi):
        return Reason.REDUCE_ONLY_SIZE
    if engine.rules.reduce_only_sum == "reject":
        others = claimed(engine, order, without=replacing)
        if others + min(order.sz, abs(szi)) > abs(szi):
            return Reason.REDUCE_ONLY
    return None
