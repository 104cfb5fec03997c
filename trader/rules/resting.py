"""The rules that an entry which waits on the venue must pass, each a pure function of it and the book.

It may fill while no process runs, so it counts as filled at its price from the moment it rests, together with
everything else that rests. A rule answers None or why not; what an entry at the tick asks as well is asked by
the same function. Cancels are never asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from trader.core.actions import Rest
from trader.core.first_stops import naked_live, naked_placed
from trader.core.identity import Identity, Role, decode, encode
from trader.core.orders import Found, Unreadable
from trader.core.ownership import Doubt, is_ours
from trader.rules import conditions, liquidation, prices, sizes
from trader.rules.book import Book, notional, resting_value
from trader.rules.both import FIRST, LAST, SIZE

Rule = Callable[[Rest, Book], str | None]


def foreign(entry: Rest, book: Book) -> str | None:
    """No new risk in a coin where something is not ours, or not known to be."""
    for slot in book.snapshot.slots_of(entry.coin):
        mine = book.share(slot)
        if isinstance(mine, Doubt):
            return f"in doubt: {mine.why}"
        if mine.foreign != 0:
            return f"a foreign position of {mine.foreign} {slot} is open"
        if mine.ours != 0 and entry.role is not Role.RUNG:
            return f"a position of {mine.ours} {slot} is open already"
    return None


def strange_order(entry: Rest, book: Book) -> str | None:
    """An entry of ours that another configuration or version of this program left there blocks its coin."""
    number = book.policy.markets[entry.coin].strategy_number
    for order in book.resting_orders(entry.coin):
        if not is_ours(order.client_id, book.policy.account_tag):
            continue
        identity = decode(order.client_id)
        if (
            not isinstance(identity, Identity)
            or identity.strategy != number
            or identity.role is not entry.role
        ):
            return f"an order of ours of another configuration rests there ({order.side.value} {order.size})"
    return None


def one_each(entry: Rest, book: Book) -> str | None:
    """At most one order on one rung, whatever the plan says."""
    wanted = _place(decode(entry.client_id))
    live = [_place(decode(o.client_id)) for o in book.resting_orders(entry.coin)]
    placed = [_place(decode(r.client_id)) for r in book.rested]
    return "an order for it rests already" if wanted is None or wanted in (*live, *placed) else None


def _place(identity: object) -> tuple[object, ...] | None:
    """Account, market, leg and rung; for an entry of one bar there is one place a leg."""
    if not isinstance(identity, Identity):
        return None
    anchor = identity.reference if identity.role is Role.RUNG else 0
    return identity.account, identity.market, identity.leg, identity.rung, anchor


def once(entry: Rest, book: Book) -> str | None:
    """A signal fills at most once; one that was called off before anything filled may rest again.

    Any entry of ours that filled since the signal's bar closed counts: an older order may have been kept. One
    that is not over and not listed may fill yet: the list trails, or another host was faster.
    """
    if entry.role is not Role.ENTRY:
        return None
    frame_ms = book.policy.markets[entry.coin].frame_ms
    lookup = book.snapshot.lookups.get(_first_id(entry))
    if lookup is None or isinstance(lookup, Unreadable):
        why = "it was not looked up" if lookup is None else lookup.why
        return f"whether this signal was entered could not be read: {why}"
    if isinstance(lookup, Found) and lookup.order.filled > 0:
        return "this signal was entered before"
    listed = {order.client_id for order in book.snapshot.holdings.orders_of(entry.coin)}
    if isinstance(lookup, Found) and not lookup.is_dead and lookup.order.client_id not in listed:
        return f"the entry of this signal is {lookup.status.value} on the venue, which does not list it"
    for fill in book.snapshot.holdings.fills_of(entry.coin):
        identity = decode(fill.client_id)
        if not isinstance(identity, Identity) or identity.account != book.policy.account_tag:
            continue
        if identity.role is Role.ENTRY and fill.at_ms >= entry.signal_ms + frame_ms:
            return "this signal was entered before"
    return None


def _first_id(entry: Rest) -> str:
    """The id of the first attempt at this entry, under which it is looked up."""
    identity = decode(entry.client_id)
    return encode(replace(identity, attempt=1)) if isinstance(identity, Identity) else entry.client_id


def stop_side(entry: Rest, book: Book) -> str | None:
    """The stop lies behind the entry, and mark has not left it behind already."""
    for name, price in (("its price", entry.price), ("mark", entry.mark)):
        if (price - entry.stop) * entry.leg.sign <= 0:
            return f"{name} {price} is at or beyond its stop {entry.stop}"
    return None


def band(entry: Rest, book: Book) -> str | None:
    """A limit so far through the market that the venue would refuse it, tick after tick."""
    room = book.view(entry.coin).market.limit_band
    if (
        room is None
        or entry.trigger is not None
        or (entry.price - entry.mark) * entry.leg.sign <= room * entry.mark
    ):
        return None
    return f"its price {entry.price} is beyond the venue's band of {room} around mark {entry.mark}"


def same_leverage(entry: Rest, book: Book) -> str | None:
    """Leverage is set while flat; beside a position that has another, or another kind of margin than the file
    says (somebody else's, adopted; or one of before the file was edited), nothing is added."""
    setting = book.view(entry.coin).leverage
    held = book.snapshot.holdings.positions_of(entry.coin)
    wanted = book.policy.markets[entry.coin].sizing
    if any(position.cross is not wanted.cross for position in held):
        return f"a position in {entry.coin} is on another kind of margin than the file says"
    if setting is None or isinstance(setting, Unreadable) or not held:
        return None
    if setting.is_just(wanted.leverage, cross=wanted.cross):
        return None
    return (
        f"the venue has {setting.leverage}x for {entry.coin} and a position is open; the file says otherwise"
    )


def naked_resting(entry: Rest, book: Book) -> str | None:
    """What could stand without a stop until the next run, if everything that rests filled now."""
    if not naked_placed([entry], book.snapshot):
        return None
    ours = [o for o in book.resting_orders() if is_ours(o.client_id, book.policy.account_tag)]
    worst = sum((resting_value(o) for o in naked_live(ours, book.snapshot)), Decimal(0)) + notional(entry)
    worst += sum((notional(r) for r in naked_placed(book.rested, book.snapshot)), Decimal(0))
    limit = book.policy.limits.naked_resting_notional_max
    if worst <= limit:
        return None
    return (
        f"nothing covers a part of it as it fills: in the worst case {worst:.2f} USD stand "
        f"without a stop until the next run or check-sl, above limits.naked_resting_notional_max {limit}; "
        f"set it to {worst.to_integral_value(ROUND_CEILING)} or more to accept that"
    )


REST_RULES: Mapping[str, Rule] = {
    **FIRST,
    "position": foreign,
    "orders": strange_order,
    "one_each": one_each,
    "once": once,
    "stop": stop_side,
    "band": band,
    "leverage": conditions.leverage,
    "same_leverage": same_leverage,
    "limit_deviation": prices.limit_deviation,
    **SIZE,
    "naked_resting": naked_resting,
    "liquidation": liquidation.resting,
    "resting_per_side": sizes.resting_per_side,
    **LAST,
}
