"""The difference between the entries that are to wait on the venue and those that do.

Keyed by leg and rung. What rests within one basis point and one percent of what is wanted stays; anything
else of ours that could open a position goes, and what is missing is placed. Orders that are not ours are
never touched. The diff of its own result is empty.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trader.bounds import entry_bound, exit_bound
from trader.core.actions import Cancel, Rest
from trader.core.candles import last_closed_ms
from trader.core.first_stops import entries_of, first_stop, goes_first, stop_id_of
from trader.core.frozen import frozen
from trader.core.identity import Identity, Role, decode, market_code
from trader.core.market import Leg, Market, exact
from trader.core.orders import Found, Kind, Order, Unreadable
from trader.core.policy import MarketPolicy, Policy
from trader.core.snapshot import Quote, Snapshot
from trader.core.target import RestingWant, WantGrid, WantResting
from trader.ids import MINUTE_MS, next_id
from trader.resting_orders import own_resting, unfit

PRICE_TOLERANCE = Decimal("0.0001")
SIZE_TOLERANCE = Decimal("0.01")
EXPIRY_MARGIN_MS = 60_000  # the venue measures the shortest life from when the order reaches it

Key = tuple[Leg, int, int]  # leg, rung, anchor in ticks (0 where there is none)


@frozen
class Resting:
    """What the diff of one coin comes to."""

    cancels: tuple[Cancel, ...] = ()
    rests: tuple[Rest, ...] = ()
    notes: tuple[str, ...] = ()


@frozen
class _Coin:
    """All that the diff of one coin reads. Live orders that end before `renew_ms` are placed anew."""

    policy: MarketPolicy
    account: int
    market: Market
    quote: Quote
    snapshot: Snapshot
    seen: Sequence[Identity]
    expires_ms: int | None
    renew_ms: int | None
    signal_ms: int
    anchor_ticks: int
    reason: str
    trigger_source: str


@frozen
class _Wanted:
    """One entry in the venue's ticks and lots. `level` is where it acts, `price` the worst it fills at."""

    want: RestingWant
    level: Decimal
    price: Decimal
    size: Decimal
    stop: Decimal


def rest(
    wanted: WantResting | WantGrid,
    coin: str,
    snapshot: Snapshot,
    policy: Policy,
    seen: Sequence[Identity],
) -> Resting:
    """What makes exactly the wanted entries rest. A run that is narrowed to other coins changes nothing.

    The nearest to mark stands first: where a limit lets only some of them through, it is those.
    """
    view = snapshot.markets.get(coin)
    if view is None or isinstance(view.quote, Unreadable) or coin not in policy.entries_for:
        return Resting()
    found = _coin(wanted, view.market, view.quote, snapshot, policy, seen)
    orders, notes = _placeable(found, _entries(wanted))
    live = own_resting(snapshot.holdings, coin, policy)
    kept, cancels = _kept(found, live, orders, unfit(snapshot, coin, policy))
    rests: list[Rest] = []
    crossing: list[_Wanted] = []
    for key, one in orders.items():
        if key in kept:
            continue
        if _would_act(one, found):
            crossing.append(one)
        else:
            rests.append(_rest(found, one, key))
    rests.sort(key=lambda placed: abs(placed.price - found.quote.mark))
    told = [*notes, *_told("they would fill at once", crossing)]
    return Resting(tuple(cancels), tuple(rests), tuple(f"{coin}: {note}" for note in told))


def _entries(wanted: WantResting | WantGrid) -> tuple[RestingWant, ...]:
    return wanted.orders if isinstance(wanted, WantResting) else wanted.rungs


def _coin(
    wanted: WantResting | WantGrid,
    market: Market,
    quote: Quote,
    snapshot: Snapshot,
    policy: Policy,
    seen: Sequence[Identity],
) -> _Coin:
    market_policy = policy.markets[market.coin]
    bar_ms = last_closed_ms(snapshot.venue_ms, market_policy.frame_ms)
    expires_ms, renew_ms = _life(wanted, snapshot, market_policy)
    looked_up = (decode(i) for i, found in snapshot.lookups.items() if isinstance(found, Found))
    known = [*seen, *(i for i in looked_up if isinstance(i, Identity))]
    return _Coin(
        policy=market_policy,
        account=policy.account_tag,
        market=market,
        quote=quote,
        snapshot=snapshot,
        seen=[*known, *entries_of(known)] if snapshot.stops_before_resting else known,
        expires_ms=expires_ms,
        renew_ms=renew_ms,
        signal_ms=bar_ms if isinstance(wanted, WantGrid) else wanted.signal_ms,
        anchor_ticks=wanted.anchor_ticks if isinstance(wanted, WantGrid) else 0,
        reason=wanted.reason,
        trigger_source=policy.stops.trigger,
    )


def _life(
    wanted: WantResting | WantGrid, snapshot: Snapshot, policy: MarketPolicy
) -> tuple[int | None, int | None]:
    """When new orders end by themselves, and before when the end of a live one is too soon.

    An order of a grid is renewed in its last quarter, and at the latest two bars before its end, so that
    most ticks write nothing. One for a single bar lasts that bar, or as long as the venue makes it.
    """
    shortest_s = snapshot.abilities.resting_expiry_min_s
    if shortest_s is None:
        return None, None
    now_ms, shortest_ms = snapshot.venue_ms, shortest_s * 1000 + EXPIRY_MARGIN_MS
    if isinstance(wanted, WantResting):
        end_ms = max(wanted.expires_ms, now_ms + shortest_ms)
        return end_ms // 1000 * 1000, wanted.expires_ms - 1000
    life_ms = max(policy.entries.resting_life_s * 1000, shortest_ms)
    early_ms = min(max(life_ms // 4, 2 * policy.frame_ms), life_ms // 2)
    return (now_ms + life_ms) // 1000 * 1000, now_ms + early_ms


def _placeable(coin: _Coin, wants: Sequence[RestingWant]) -> tuple[dict[Key, _Wanted], list[str]]:
    """The wanted entries by key in ticks and lots; and what is left out because it is too small."""
    orders: dict[Key, _Wanted] = {}
    small: list[_Wanted] = []
    for want in wants:
        one = _in_ticks(coin, want)
        too_small = one.size * one.level < coin.market.notional_min or one.size < coin.market.size_min
        if one.size <= 0 or too_small:
            small.append(one)
        else:
            orders[want.leg, want.rung, coin.anchor_ticks] = one
    return orders, list(_told("they are below the venue's minimum", small))


def _in_ticks(coin: _Coin, want: RestingWant) -> _Wanted:
    market = coin.market
    level = market.price(exact(want.price))
    price = level
    if want.is_stop_entry:
        price = entry_bound(level, want.leg, market, exact(coin.policy.entries.slippage_max))
    if want.size is not None:
        size = market.size_down(exact(want.size))
    else:
        size = market.size_down(exact(want.notional or 0.0) / level)
    return _Wanted(want, level, price, size, market.price(exact(want.stop)))


def _told(why: str, some: Sequence[_Wanted]) -> Iterator[str]:
    """One line for all of them: how many, and which."""
    if some:
        names = ", ".join(
            f"{one.want.leg.value} {one.want.rung}" if one.want.rung else one.want.leg.value for one in some
        )
        yield f"{len(some)} resting entries not placed, {why} ({names})"


def _kept(
    coin: _Coin, live: Sequence[tuple[Order, Identity]], orders: dict[Key, _Wanted], unfit: str | None
) -> tuple[set[Key], list[Cancel]]:
    """Which wanted entries rest already, and the cancels of everything else.

    What came to rest on other terms goes whole: beside a foreign position the gate lets nothing take its
    place, and the venue's leverage can be set only where nothing waits.
    Of two on one key the older stays. One that filled in part is never replaced: what it still has to fill
    stays or goes.
    """
    kept: set[Key] = set()
    cancels: list[Cancel] = []
    for order, identity in sorted(live, key=lambda one: (one[0].placed_ms, one[0].order_id)):
        key = _key(identity)
        one = orders.get(key)
        why: str | None
        if one is None:
            other = identity.role is Role.RUNG and identity.reference != coin.anchor_ticks
            why = "recentred" if other else "not wanted any more"
        elif key in kept:
            why = "a second order for one rung"
        else:
            why = unfit or _differs(order, one, coin)
            if why is None or order.filled > 0:
                kept.add(key)
        if why is not None:
            cancels.append(Cancel.of(order, why))
    return kept, cancels


def _key(identity: Identity) -> Key:
    if identity.role is Role.RUNG:
        return identity.leg, identity.rung, identity.reference
    return identity.leg, 0, 0


def _differs(order: Order, one: _Wanted, coin: _Coin) -> str | None:
    """Why a live order is not the wanted one."""
    if (order.kind is Kind.STOP_ENTRY) is not one.want.is_stop_entry:
        return f"{order.kind.value} where another kind is wanted"
    if abs(order.level - one.level) > PRICE_TOLERANCE * order.level:
        return f"at {order.level} where {one.level} is wanted"
    whole = order.size + order.filled
    if abs(whole - one.size) > SIZE_TOLERANCE * whole:
        return f"{whole} where {one.size} is wanted"
    soon = order.expires_ms is not None and coin.renew_ms is not None and order.expires_ms <= coin.renew_ms
    if soon and order.filled == 0:
        return "it ends soon"
    return _lacks_stop(order, one, coin) if goes_first(one.want, coin.snapshot) else None


def _lacks_stop(order: Order, one: _Wanted, coin: _Coin) -> str | None:
    """Why a live order, which is the wanted one, does not have the stop that was to be live before it."""
    stop = first_stop(order, coin.snapshot.holdings)
    if stop is None:
        return "its stop is not live"
    if abs(stop.level - one.stop) > PRICE_TOLERANCE * one.stop:
        return f"its stop is at {stop.level} where {one.stop} is wanted"
    return None if stop.trigger_source == coin.trigger_source else f"its stop acts on {stop.trigger_source}"


def _would_act(one: _Wanted, coin: _Coin) -> bool:
    """True for an order that would not wait: a limit through the book, a trigger that mark has reached."""
    quote, leg = coin.quote, one.want.leg
    if one.want.is_stop_entry:
        return (one.level - quote.mark) * leg.sign <= 0
    if not one.want.post_only:
        return False
    touch = quote.ask if leg is Leg.LONG else quote.bid
    return touch is None or (touch - one.level) * leg.sign <= 0


def _rest(coin: _Coin, one: _Wanted, key: Key) -> Rest:
    want, market, abilities = one.want, coin.market, coin.snapshot.abilities
    client_id = next_id(_identity(coin, key), coin.seen)
    first, attaches = goes_first(want, coin.snapshot), coin.snapshot.attaches_to_resting
    both = coin.expires_ms is None or abilities.post_only_expires
    return Rest(
        coin=market.coin,
        leg=want.leg,
        role=Role.RUNG if want.rung else Role.ENTRY,
        size=one.size,
        price=one.price,
        trigger=one.level if want.is_stop_entry else None,
        post_only=want.post_only and both,
        expires_ms=coin.expires_ms,
        stop=one.stop,
        stop_bound=exit_bound(one.stop, want.leg, market),
        client_id=client_id,
        stop_id=stop_id_of(client_id) if attaches and not first else None,
        signal_ms=coin.signal_ms,
        mark=coin.quote.mark,
        reason=f"rung {want.rung}, {coin.reason}" if want.rung else coin.reason,
        first_stop_id=stop_id_of(client_id) if first else None,
    )


def _identity(coin: _Coin, key: Key) -> Identity:
    leg, rung, anchor_ticks = key
    minute = coin.signal_ms // MINUTE_MS
    return Identity(
        account=coin.account,
        market=market_code(coin.market.coin),
        strategy=coin.policy.strategy_number,
        leg=leg,
        role=Role.RUNG if rung else Role.ENTRY,
        bar_minute=minute,
        reference=anchor_ticks if rung else minute,
        rung=rung,
    )
