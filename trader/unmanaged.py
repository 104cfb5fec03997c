"""What a person must hear though every stop is live: what nobody manages, and coins that cannot be traded.

Pure, and told in each run as long as it is so. A position keeps its stop whatever the file says. An entry
that waits, and that no strategy of the file placed, is neither moved nor taken off, because another file may
trade the same account; but it may fill at any time, and then nothing but a stop is behind it.
"""

from collections import Counter

from trader.core.identity import Identity, OtherVersion, decode
from trader.core.orders import Order, Unreadable
from trader.core.ownership import is_opening
from trader.core.policy import Policy
from trader.core.report import Protected, Verified
from trader.core.snapshot import Holdings, Snapshot
from trader.core.target import ONE_SIDED


def unmanaged(snapshot: Snapshot | None, policy: Policy, proof: Verified) -> list[str]:
    """A coin without its strategy, or the reverse."""
    held = dict.fromkeys(p.coin for p in proof.proofs if isinstance(p, Protected) and not p.by_foreign)
    lost = [
        f"{coin}: a position of ours, but not under `markets`: its stop is kept, nothing else manages it; "
        f"put the coin back, or `trader flatten --coin {coin}`"
        for coin in held
        if coin not in policy.markets
    ]
    orders = _orders(proof.holdings)
    lost += [*_waiting(orders, policy), *_of_another_version(orders)]
    if snapshot is None:
        return lost
    account = [snapshot.account_problem] if snapshot.account_problem else []
    if not snapshot.two_sided:
        account += [f"{coin}: {ONE_SIDED}" for coin, market in policy.markets.items() if market.both_legs]
    return [*lost, *account, *(f"{coin}: {why}" for coin, why in snapshot.missing.items())]


def _orders(holdings: Holdings | None) -> tuple[Order, ...]:
    return () if holdings is None or isinstance(holdings.orders, Unreadable) else holdings.orders


def _waiting(orders: tuple[Order, ...], policy: Policy) -> list[str]:
    """Entries of ours that no strategy of this file looks after, by coin."""
    strange = Counter(o.coin for o in orders if o.opens and _is_strange(o, policy))
    return [
        f"{coin}: {count} resting {'entry' if count == 1 else 'entries'} of ours, of no strategy of this "
        "file: nothing takes them off before they fill; put that strategy back, or "
        f"`trader flatten --coin {coin}`"
        for coin, count in sorted(strange.items())
    ]


def _is_strange(order: Order, policy: Policy) -> bool:
    identity, market = decode(order.client_id), policy.markets.get(order.coin)
    if not isinstance(identity, Identity) or not is_opening(order.client_id, policy.account_tag):
        return False
    return market is None or identity.strategy != market.strategy_number


def _of_another_version(orders: tuple[Order, ...]) -> list[str]:
    """Orders of ours of which nobody here knows what they are for."""
    return [
        f"{o.slot}: order {o.order_id} is of another version of this program and is left alone, whatever it "
        "may close or open; cancel it, or run that version"
        for o in orders
        if isinstance(decode(o.client_id), OtherVersion)
    ]
