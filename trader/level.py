"""Where a missing stop belongs: at the level that the position already had.

A level that the venue never took counts only when there was no other; without any it is the strategy's
tightest. It never lies behind liquidation.
"""

from decimal import Decimal

from trader.core.identity import STOP_ROLES, Identity, decode
from trader.core.market import Leg, Market
from trader.core.orders import Found, Kind, Status
from trader.core.policy import Policy
from trader.core.snapshot import Holdings
from trader.cover import is_tighter, liquidation_margin, own_stops, tightest
from trader.examine import Case


def own_records(case: Case, history: tuple[Found, ...]) -> list[Found]:
    """Our stops for the present position, by the signal in their ids."""
    entry = case.mine.entry
    records: list[Found] = []
    for found in history:
        identity = decode(found.order.client_id)
        if found.order.slot != case.slot or found.order.kind is not Kind.STOP:
            continue
        if not isinstance(identity, Identity) or identity.role not in STOP_ROLES:
            continue
        if entry is not None and identity.reference == entry.reference:
            records.append(found)
    return records


def stop_level(
    case: Case, policy: Policy, market: Market, history: tuple[Found, ...], holdings: Holdings
) -> Decimal:
    """The level the position already had; else the strategy's tightest; never behind liquidation."""
    position, leg = case.position, case.position.leg
    records = [f for f in own_records(case, history) if f.order.side is leg.closing]
    live = own_stops(holdings.orders_in(case.slot), policy.account_tag)
    had = [f.order for f in records if f.status is not Status.REJECTED]
    had += [o for o in live if o.side is leg.closing and o.is_armed]
    had = had or [f.order for f in records]
    if had:
        level = tightest(had, leg)
    else:
        entry = case.mine.entry_price or position.entry_price
        level = market.price(entry * (1 - _fallback(case, policy) * leg.sign))
    if position.liquidation_ahead is not None:
        safe = position.liquidation_ahead + liquidation_margin(position, level, policy.stops) * leg.sign
        safe = (
            market.price_up(safe)
            if leg is Leg.LONG
            else market.price_down(max(safe, market.price_step(safe)))
        )
        if is_tighter(safe, level, leg):
            level = safe
    return level


def _fallback(case: Case, policy: Policy) -> Decimal:
    if case.coin in policy.adopt:
        return Decimal(str(policy.adopt[case.coin]))
    market_policy = policy.markets.get(case.coin)
    return Decimal(str(market_policy.stop_fallback if market_policy else policy.stops.fallback))


def is_beyond(level: Decimal, mark: Decimal, leg: Leg) -> bool:
    return (mark - level) * leg.sign <= 0
