"""Builds the ids of new orders from what is wanted and what the venue already shows.

`attempt` is one more than the highest seen for the same other fields, so a repeated wish gets an id of
its own and a repeated request does not. When the attempts of a bar are used up, numbering goes on in its next
minute: protection never ends because its ids have run out.
"""

from collections.abc import Iterable
from dataclasses import replace

from trader.core.candles import last_closed_ms
from trader.core.identity import ATTEMPT_MAX, Identity, Role, decode, encode, market_code
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Position

MINUTE_MS = 60_000
DEFAULT_FRAME_MS = 1_800_000


def seen_ids(holdings: Holdings, more: Iterable[str | None] = ()) -> list[Identity]:
    """Every id of ours in live orders, fills and whatever else was read."""
    texts: list[str | None] = list(more)
    if not isinstance(holdings.orders, Unreadable):
        texts.extend(o.client_id for o in holdings.orders)
    if not isinstance(holdings.fills, Unreadable):
        texts.extend(f.client_id for f in holdings.fills)
    return [i for i in map(decode, texts) if isinstance(i, Identity)]


def next_id(wanted: Identity, seen: Iterable[Identity]) -> str:
    """The id of the next attempt at this order."""
    known = list(seen)
    while True:
        order = wanted.order
        attempt = max((i.attempt for i in known if i.order == order), default=0) + 1
        if attempt <= ATTEMPT_MAX:
            return encode(replace(wanted, attempt=attempt))
        wanted = replace(wanted, bar_minute=wanted.bar_minute + 1)


def identity_for(
    *, account: int, coin: str, strategy: int, leg: Leg, role: Role, bar_ms: int, signal_ms: int
) -> Identity:
    """The id's fields for an order decided at the bar that opened at `bar_ms`."""
    return Identity(
        account=account,
        market=market_code(coin),
        strategy=strategy,
        leg=leg,
        role=role,
        bar_minute=bar_ms // MINUTE_MS,
        reference=signal_ms // MINUTE_MS,
    )


def exit_identity(
    policy: Policy, position: Position, entry: Identity | None, role: Role, at_ms: int
) -> Identity:
    """The fields of an exit that no strategy asked for: of its position's entry, at the bar that is over."""
    market_policy = policy.markets.get(position.coin)
    return identity_for(
        account=policy.account_tag,
        coin=position.coin,
        strategy=entry.strategy if entry else 0,
        leg=position.leg,
        role=role,
        bar_ms=last_closed_ms(at_ms, market_policy.frame_ms if market_policy else DEFAULT_FRAME_MS),
        signal_ms=entry.signal_ms if entry else 0,
    )


def claim_id(*, account: int, coin: str, strategy: int, leg: Leg, signal_ms: int) -> str:
    """The id of a stop that goes before its entry: of the signal alone, so a second host's is refused."""
    return _of_signal(Role.STOP, account=account, coin=coin, strategy=strategy, leg=leg, signal_ms=signal_ms)


def entry_id(*, account: int, coin: str, strategy: int, leg: Leg, signal_ms: int) -> str:
    """The id of the one entry that a signal may have; its attempt is always 1."""
    return _of_signal(Role.ENTRY, account=account, coin=coin, strategy=strategy, leg=leg, signal_ms=signal_ms)


def _of_signal(role: Role, *, account: int, coin: str, strategy: int, leg: Leg, signal_ms: int) -> str:
    minute = signal_ms // MINUTE_MS
    return encode(
        Identity(
            account=account,
            market=market_code(coin),
            strategy=strategy,
            leg=leg,
            role=role,
            bar_minute=minute,
            reference=minute,
        )
    )
