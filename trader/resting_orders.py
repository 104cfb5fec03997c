"""Which live orders are entries of ours that wait, and which of them go because nothing is to wait any more.

An order of another version, account or strategy is not among them: it is shown and left alone.
"""

from collections.abc import Collection
from decimal import Decimal

from trader.core.actions import Cancel
from trader.core.first_stops import naked_live
from trader.core.identity import Identity, Role, decode
from trader.core.orders import Order, Unreadable
from trader.core.ownership import Owned, is_opening, share
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Snapshot
from trader.rules.book import resting_value


def own_resting(holdings: Holdings, coin: str, policy: Policy) -> list[tuple[Order, Identity]]:
    """Live orders by which this coin's own strategy could open a position, with what their ids say."""
    market_policy = policy.markets.get(coin)
    if market_policy is None:
        return []
    whose = (policy.account_tag, market_policy.strategy_number)
    found: list[tuple[Order, Identity]] = []
    for order in holdings.orders_of(coin):
        identity = decode(order.client_id)
        if not order.opens or not isinstance(identity, Identity):
            continue
        if (identity.account, identity.strategy) == whose and identity.role in (Role.ENTRY, Role.RUNG):
            found.append((order, identity))
    return found


def withdraw(coin: str, snapshot: Snapshot, policy: Policy) -> list[Cancel]:
    """Entries that go because their strategy wants nothing of the coin.

    Rungs stay, since a grid that says so could only not be looked at, until they are as old as they may be.
    """
    gone: list[Cancel] = []
    for order, identity in own_resting(snapshot.holdings, coin, policy):
        age_ms = snapshot.venue_ms - order.placed_ms
        is_old = age_ms >= policy.markets[coin].entries.resting_life_s * 1000
        if identity.role is Role.ENTRY:
            gone.append(Cancel.of(order, "no entry is to rest any more"))
        elif is_old:
            gone.append(Cancel.of(order, "its grid could not be looked at for too long"))
    return gone


def beyond_limit(snapshot: Snapshot, policy: Policy, gone: Collection[str]) -> list[Cancel]:
    """Entries that go because more waits without a stop than the file allows now, the farthest first.

    `gone` are the venue's ids of orders that the plan cancels anyway.
    """
    orders = snapshot.holdings.orders
    if isinstance(orders, Unreadable):
        return []
    live = [o for o in orders if o.opens and o.order_id not in gone]
    ours = naked_live([o for o in live if is_opening(o.client_id, policy.account_tag)], snapshot)
    total = sum((resting_value(o) for o in ours), Decimal(0))
    cancels: list[Cancel] = []
    for order in sorted(ours, key=lambda o: (_distance(o, snapshot), o.order_id), reverse=True):
        if total <= policy.limits.naked_resting_notional_max:
            break
        total -= resting_value(order)
        cancels.append(Cancel.of(order, "more rests without a stop than limits.naked_resting_notional_max"))
    return cancels


def _distance(order: Order, snapshot: Snapshot) -> Decimal:
    """How far it stands from mark, as a fraction; without a price as far as can be."""
    view = snapshot.markets.get(order.coin)
    if view is None or isinstance(view.quote, Unreadable):
        return Decimal("Infinity")
    return abs(order.level - view.quote.mark) / view.quote.mark


def unfit(snapshot: Snapshot, coin: str, policy: Policy) -> str | None:
    """Why none of this coin's entries may go on waiting as it waits now, whatever its strategy wants."""
    for slot in snapshot.slots_of(coin):
        mine = share(snapshot.holdings, slot, policy)
        if isinstance(mine, Owned) and mine.foreign != 0:
            return f"a foreign position of {mine.foreign} {slot} is open"
    setting, sizing = snapshot.markets[coin].leverage, policy.markets[coin].sizing
    if setting is None or isinstance(setting, Unreadable) or snapshot.holdings.positions_of(coin):
        return None
    if (setting.leverage, setting.cross) == (sizing.leverage, sizing.cross):
        return None
    return f"the venue has {setting.leverage}x {'cross' if setting.cross else 'isolated'} by now"
