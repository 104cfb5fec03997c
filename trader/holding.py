"""What a held position needs so that what is wanted of it becomes true: exits placed, moved or left through.

Pure. Nothing here is entered. A stop moves only towards price and the old one stays until the new one is
proven live; which form an exit takes is the venue's matter (exits.py).
"""

from decimal import Decimal

from trader.bounds import close_bound, exit_bound
from trader.core.actions import Action, AmendStop, Close, PlaceExit
from trader.core.candles import last_closed_ms
from trader.core.errors import require
from trader.core.frozen import frozen
from trader.core.identity import Identity, Role
from trader.core.market import Leg, Market, Slot, exact
from trader.core.orders import Kind, Order, Unreadable
from trader.core.ownership import Doubt, Owned, share
from trader.core.policy import MarketPolicy, Policy
from trader.core.snapshot import Position, Snapshot
from trader.core.target import WantClose, WantHold
from trader.cover import is_tighter, own_stops, own_targets, tightest
from trader.exits import exit_size, movable, without_target
from trader.ids import identity_for, next_id


@frozen
class Coin:
    """All that the diff of one coin reads."""

    policy: MarketPolicy
    whole: Policy
    market: Market
    mark: Decimal
    account: int
    bar_ms: int
    seen: list[Identity]
    snapshot: Snapshot


def coin_of(name: str, snapshot: Snapshot, policy: Policy, seen: list[Identity]) -> Coin | None:
    """What the diff of a coin reads; None where its prices could not be read."""
    view = snapshot.markets.get(name)
    if view is None or isinstance(view.quote, Unreadable):
        return None
    market_policy = policy.markets[name]
    bar_ms = last_closed_ms(snapshot.venue_ms, market_policy.frame_ms)
    return Coin(
        market_policy, policy, view.market, view.quote.mark, policy.account_tag, bar_ms, seen, snapshot
    )


@frozen
class Held:
    """Our position in one slot, the orders of that slot, and the entry that made it."""

    mine: Owned
    position: Position
    orders: tuple[Order, ...]
    entry: Identity
    entry_price: Decimal


def held_in(coin: Coin, slot: Slot) -> Held | None:
    """Our position in a slot; None when there is none, or none that the fills explain."""
    mine = share(coin.snapshot.holdings, slot, coin.whole)
    position = coin.snapshot.holdings.position_in(slot)
    if isinstance(mine, Doubt) or mine.ours == 0 or position is None:
        return None
    if mine.entry is None or mine.entry_price is None:
        return None
    return Held(mine, position, coin.snapshot.holdings.orders_in(slot), mine.entry, mine.entry_price)


def exit_id(coin: Coin, leg: Leg, role: Role, signal_ms: int) -> str:
    """The id of the next order of this role, decided at the bar that has closed."""
    wanted = identity_for(
        account=coin.account,
        coin=coin.market.coin,
        strategy=coin.policy.strategy_number,
        leg=leg,
        role=role,
        bar_ms=coin.bar_ms,
        signal_ms=signal_ms,
    )
    return next_id(wanted, coin.seen)


def hold(coin: Coin, wanted: WantHold, held: Held, notes: list[str]) -> list[Action]:
    """What brings the exits of a position to where they are wanted."""
    return [*_move_stop(coin, wanted, held, notes), *_move_target(coin, wanted, held, notes)]


def _move_stop(coin: Coin, wanted: WantHold, held: Held, notes: list[str]) -> list[Action]:
    """A stop moves only towards price, and the old one stays until the new one is proven live.

    Where only somebody else's stands, it covers; ours goes where the strategy wants it, if that is nearer.
    """
    leg, name, abilities = held.mine.leg, coin.market.coin, coin.snapshot.abilities
    behind = [o for o in held.orders if o.kind is Kind.STOP and o.is_armed and o.side is leg.closing]
    stops = [o for o in own_stops(held.orders, coin.account) if o.side is leg.closing]
    if not (stops or behind):
        return []
    live, level = tightest(stops or behind, leg), coin.market.price(exact(wanted.stop))
    if not is_tighter(level, live, leg):
        return []
    tolerance = exact(coin.policy.entries.level_tolerance) * held.entry_price
    if wanted.stop_role is Role.STOP and abs(level - live) < tolerance:
        return []
    if (coin.mark - level) * leg.sign <= 0:
        notes.append(
            f"{name}: stop stays at {live}; {level} is beyond mark {coin.mark} ({wanted.stop_reason})"
        )
        return []
    standing = movable(stops, leg, wanted.stop_role, coin.account, abilities)
    if standing is not None and held.mine.foreign == 0:
        return [moved(standing, leg, level, coin.market, wanted.stop_reason)]
    return [_exit(coin, held, Kind.STOP, wanted.stop_role, level, wanted.stop_reason)]


def moved(stop: Order, leg: Leg, level: Decimal, market: Market, reason: str) -> AmendStop:
    """A live stop of ours, moved in place."""
    require(stop.client_id is not None, f"stop {stop.order_id} of ours has no id of ours")
    bound = exit_bound(level, leg, market)
    return AmendStop(stop.coin, leg, stop.order_id, stop.client_id or "", level, bound, reason)


def _move_target(coin: Coin, wanted: WantHold, held: Held, notes: list[str]) -> list[Action]:
    """A target where none is near; where none is live and mark has passed the level, the position goes.

    Beside a part that is not ours none is placed; one that is live there is for verify to call off.
    """
    level = coin.market.price(exact(wanted.target))
    targets = own_targets(held.orders, coin.account)
    if not targets and (coin.mark - level) * held.mine.leg.sign >= 0:
        told = f"target: mark {coin.mark} is at or beyond {level}, and none is live"
        return [leave(coin, WantClose(Role.TARGET, told), held)]
    if held.mine.foreign != 0:
        notes.append(without_target(coin.market.coin))
        return []
    tolerance = Decimal(0)
    if not wanted.target_is_chosen:
        tolerance = exact(coin.policy.entries.level_tolerance) * held.entry_price
    if any(o.trigger == level or _is_near(o.trigger, level, tolerance) for o in targets):
        return []
    return [_exit(coin, held, Kind.TARGET, Role.TARGET, level, wanted.target_reason)]


def _is_near(trigger: Decimal | None, level: Decimal, tolerance: Decimal) -> bool:
    return trigger is not None and abs(trigger - level) < tolerance


def _exit(coin: Coin, held: Held, kind: Kind, role: Role, level: Decimal, reason: str) -> PlaceExit:
    leg = held.mine.leg
    return PlaceExit(
        coin=coin.market.coin,
        leg=leg,
        role=role,
        size=exit_size(held.position, held.mine, held.orders, kind, coin.snapshot.abilities),
        trigger=level,
        bound=exit_bound(level, leg, coin.market),
        client_id=exit_id(coin, leg, role, held.entry.signal_ms),
        reason=reason,
    )


def leave(coin: Coin, wanted: WantClose, held: Held) -> Close:
    """The close of our part of a position."""
    leg = held.mine.leg
    return Close(
        coin=coin.market.coin,
        leg=leg,
        role=wanted.role,
        size=abs(held.mine.ours),
        bound=close_bound(coin.mark, leg, coin.market),
        client_id=exit_id(coin, leg, wanted.role, held.entry.signal_ms),
        reason=wanted.reason,
    )
