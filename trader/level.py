"""Where a missing stop belongs: at the level that the position already had.

A level that the venue never took counts only when there was no other; without any it is the strategy's
tightest. It never lies behind liquidation: there it is tightened, a little more than needed, so that the next
funding does not move it again. Where mark has no room left for that, a part of the position goes instead.
"""

from decimal import Decimal

from trader.core.identity import STOP_ROLES, Identity, Role, decode
from trader.core.market import Leg, Market
from trader.core.orders import Found, Kind, Order, Status
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Position
from trader.cover import (
    clear_of,
    is_tighter,
    liquidation_margin,
    own_stops,
    tightest,
    waits_for_another_price,
)
from trader.examine import Case

AHEAD = Decimal("0.001")  # of mark
LEAVING_COST = Decimal("0.005")  # of mark: fee and slippage of a close
LEAST_CUT = Decimal("0.25")  # of ours: what the venue asks for is not known to the cent, and slices cost too


def own_records(case: Case, history: tuple[Found, ...]) -> list[Found]:
    """Our stops for the present position, by the signal in their ids."""
    records: list[Found] = []
    for found in history if case.mine.entry is not None else ():
        identity = decode(found.order.client_id)
        if found.order.slot != case.slot or found.order.kind is not Kind.STOP:
            continue
        if not isinstance(identity, Identity) or identity.role not in STOP_ROLES:
            continue
        if not _is_of_its_signal(found.order, case) or _is_of_an_earlier_one(found, case):
            continue
        records.append(found)
    return records


def _is_of_its_signal(stop: Order, case: Case) -> bool:
    """One that stood behind another trade does not say where the stop of this one belongs."""
    identity, entry = decode(stop.client_id), case.mine.entry
    return entry is None or (isinstance(identity, Identity) and identity.reference == entry.reference)


def _is_of_an_earlier_one(found: Found, case: Case) -> bool:
    """A signal has one position, but the rungs of an anchor open one after another: what ended before this
    one began was behind another average."""
    entry, began_ms = case.mine.entry, case.mine.entry_ms
    if entry is None or entry.role is not Role.RUNG or began_ms is None:
        return False
    return found.status is not Status.LIVE and found.at_ms < began_ms


def told_in_vain(case: Case, policy: Policy, holdings: Holdings) -> int:
    """How many live stops of ours wait for another price than mark, which is far beyond them, but for the
    first: a second one that is taken tells that their price has not come, and further ones tell no more."""
    stops = own_stops(holdings.orders_in(case.slot), policy.account_tag)
    return max(0, sum(waits_for_another_price(o, case.position, policy.stops) for o in stops) - 1)


def stop_level(
    case: Case, policy: Policy, market: Market, history: tuple[Found, ...], holdings: Holdings
) -> Decimal:
    """The level the position already had; else the strategy's tightest; never behind liquidation."""
    position, leg = case.position, case.position.leg
    level = had_level(case, policy, market, history, holdings)
    if position.liquidation_ahead is None:
        return level
    safe = clear_of(position.liquidation_ahead, position, policy.stops)
    if not is_tighter(safe, level, leg):
        return level
    ahead = safe + AHEAD * position.mark * leg.sign
    wanted = safe if is_beyond(ahead, position.mark, leg) else ahead
    wanted = max(wanted, market.price_step(position.mark))
    return market.price_up(wanted) if leg is Leg.LONG else market.price_down(wanted)


def had_level(
    case: Case, policy: Policy, market: Market, history: tuple[Found, ...], holdings: Holdings
) -> Decimal:
    """The level the position already had; else the strategy's tightest. Where liquidation overtakes a live
    stop, it is that one's: what stood before it has gone its way, and this one is tightened."""
    position, leg = case.position, case.position.leg
    stops = own_stops(holdings.orders_in(case.slot), policy.account_tag)
    live = [o for o in stops if o.side is leg.closing and o.is_armed and _is_of_its_signal(o, case)]
    if case.found.overtaken and live:
        return tightest(live, leg)
    records = [f for f in own_records(case, history) if f.order.side is leg.closing]
    had = [f.order for f in records if f.status is not Status.REJECTED] + live
    had = had or [f.order for f in records]
    if had:
        return tightest(had, leg)
    entry = case.mine.entry_price or position.entry_price
    return market.price(entry * (1 - _fallback(case, policy) * leg.sign))


def keepable(case: Case, had: Decimal, policy: Policy, market: Market, holdings: Holdings) -> Decimal:
    """How much of ours may stay so that a stop at the level it had acts before liquidation again.

    A rest that the venue would not let stand alone goes too.
    """
    position, sign = case.position, case.position.leg.sign
    way = max(Decimal(0), (position.mark - had) * sign) + liquidation_margin(position, had, policy.stops)
    find = _keepable_on_cross if position.cross else _keepable_alone
    ours = abs(case.mine.ours)
    cut = max(abs(position.size) - find(position, way, market, holdings), LEAST_CUT * ours)
    least = market.notional_min / position.mark
    left = market.size_down(max(Decimal(0), ours - max(cut, least)))
    stands = left >= max(least, market.size_min)
    return left if stands else Decimal(0)


def _keepable_on_cross(position: Position, way: Decimal, market: Market, holdings: Holdings) -> Decimal:
    """What goes sets its maintenance free and loses nothing more on the way, less what leaving costs."""
    end, mark, sign, size = position.liquidation_ahead, position.mark, position.leg.sign, abs(position.size)
    if end is None:
        return Decimal(0)
    rate = max(_asked_of(size, position, market), _asked_now(holdings))
    slope = 1 - rate * sign
    moving = abs(sum((p.size for p in holdings.positions_of(position.coin) if p.cross), Decimal(0)))
    missing = moving * slope * (way - (mark - end) * sign)
    won = way * slope + (rate - LEAVING_COST) * mark
    return size - missing / won if won > 0 else Decimal(0)


def _keepable_alone(position: Position, way: Decimal, market: Market, _holdings: Holdings) -> Decimal:
    """What leaves an isolated position takes its share of the margin along: only a lower tier helps."""
    end, mark, sign, whole = position.liquidation_ahead, position.mark, position.leg.sign, abs(position.size)
    if end is None:
        return Decimal(0)
    own, room = position.margin_used / whole, (mark - end) * sign
    told = (own - room) / (mark - room * sign)  # maintenance, by the venue's own liquidation price
    more = max(Decimal(0), told - _asked_of(whole, position, market))
    low, high = 0, int(whole / market.lot)
    while high - low > 1:
        middle = (low + high) // 2
        asked = _asked_of(middle * market.lot, position, market) + more
        low, high = (middle, high) if own - way >= asked * mark else (low, middle)
    return low * market.lot


def _asked_of(size: Decimal, position: Position, market: Market) -> Decimal:
    """The maintenance of so much of a position, as a fraction of what it is worth."""
    worth = size * position.mark
    return market.maintenance(size, worth) / worth


def _asked_now(holdings: Holdings) -> Decimal:
    """The same of the whole account, by the venue's own word."""
    worth = sum((p.notional for p in holdings.positions), Decimal(0))
    return holdings.account.maintenance / worth


def _fallback(case: Case, policy: Policy) -> Decimal:
    if case.coin in policy.adopt:
        return Decimal(str(policy.adopt[case.coin]))
    market_policy = policy.markets.get(case.coin)
    return Decimal(str(market_policy.stop_fallback if market_policy else policy.stops.fallback))


def is_beyond(level: Decimal, mark: Decimal, leg: Leg) -> bool:
    return (mark - level) * leg.sign <= 0
