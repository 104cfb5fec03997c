"""Which live orders are entries of ours that wait, and which of them go because nothing is to wait any more.

An order of another version, account or strategy is not among them: it is shown and left alone.
"""

from trader.core.actions import Cancel
from trader.core.identity import Identity, Role, decode
from trader.core.orders import Order
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Snapshot


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
