"""How the account stands, from what the venue keeps: the day, the fall from its top, losing trades, failures.

Pure and remembered nowhere: each run counts anew from the venue's records. What cannot be counted is said in
words and never taken for zero.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from trader.core.candles import DAY_MS
from trader.core.identity import STOP_ROLES, Identity, Role, decode
from trader.core.orders import Found, Status, Unreadable
from trader.core.past import Cause, Gain, Past
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Snapshot
from trader.core.standing import Fall, Money, Standing
from trader.core.text import utc
from trader.rules.curve import fall_of
from trader.rules.trips import losing_streak

LATE_MS = 60_000  # how much later than asked a record, or a window, may begin: clocks differ
_ZERO = Decimal(0)


def standing_of(snapshot: Snapshot, policy: Policy) -> Standing:
    """How the account stands at the moment of this observation."""
    resumed_ms = _resumed_ms(snapshot, policy)
    since_ms = max(snapshot.venue_ms - DAY_MS, resumed_ms)
    streak_since_ms = max(snapshot.holdings.fills_since_ms, resumed_ms)
    return Standing(
        money=_money(snapshot, policy),
        streak=losing_streak(snapshot.holdings, policy.account_tag, streak_since_ms),
        streak_since_ms=streak_since_ms,
        emergency_closes=_emergency_closes(snapshot, policy.account_tag, since_ms),
        dead_stops=_dead_stops(snapshot, policy.account_tag, since_ms),
        failures_since_ms=since_ms,
    )


def _resumed_ms(snapshot: Snapshot, policy: Policy) -> int:
    """When the operator last resumed; one that is still to come, by a clock that was wrong then, counts not.

    Until it came every loss would be forgotten as it happens.
    """
    told_ms = policy.resumed_ms
    return 0 if told_ms is None or told_ms > snapshot.venue_ms + LATE_MS else told_ms


def _money(snapshot: Snapshot, policy: Policy) -> Money | str:
    past = snapshot.past
    if past is None:
        return "the record of the account's money was not read"
    if isinstance(past, Unreadable):
        return f"{past.what} could not be read: {past.why}"
    if past.missing is not None:
        return f"the record of the account's money is not whole: {past.missing}"
    day_ms = snapshot.venue_ms // DAY_MS * DAY_MS
    if past.gains_since_ms > day_ms + LATE_MS:
        return f"the record of gains begins only at {utc(past.gains_since_ms)}, after 00:00 UTC"
    past = replace(past, gains=(*past.gains, *_told_late(snapshot.holdings, past, day_ms)))
    open_profit = sum((p.unrealised for p in snapshot.holdings.positions), _ZERO)
    fall = _fall(snapshot, policy, past, open_profit)
    if isinstance(fall, str):
        return fall
    day_gain = sum((g.amount for g in past.gains if g.at_ms >= day_ms), _ZERO)
    return Money(day_ms, day_gain, open_profit, fall)


def _told_late(holdings: Holdings, past: Past, day_ms: int) -> Iterator[Gain]:
    """What the day's fills lost in a coin beyond what the record tells, which may be written a little later.

    Such a loss is no open one any more, and would be seen nowhere. What they won waits for the record.
    """
    fills = () if isinstance(holdings.fills, Unreadable) else holdings.fills
    told = [g for g in past.gains if g.at_ms >= day_ms and g.cause is Cause.CLOSED]
    for coin in sorted({f.coin for f in fills}):
        closed = sum((f.realised for f in fills if f.coin == coin and f.at_ms >= day_ms), _ZERO)
        known = sum((g.amount for g in told if g.coin == coin), _ZERO)
        yield Gain(holdings.at_ms, min(_ZERO, closed - known), Cause.CLOSED, coin)


def _fall(snapshot: Snapshot, policy: Policy, past: Past, open_profit: Decimal) -> Fall | str:
    """The fall over the window of the file; where the file limits it, all of the window must be there."""
    limits = policy.limits
    start_ms = max(snapshot.venue_ms - limits.drawdown_days * DAY_MS, _resumed_ms(snapshot, policy))
    fall = fall_of(snapshot.holdings, past, start_ms, open_profit)
    if isinstance(fall, str) or limits.drawdown_fraction_max is None:
        return fall
    if fall.since_ms > start_ms + LATE_MS:
        return (
            f"the record of the account's money reaches back to {utc(fall.since_ms)}, "
            f"limits.drawdown_days {limits.drawdown_days} asks for {utc(start_ms)}"
        )
    return fall


def _emergency_closes(snapshot: Snapshot, account: int, since_ms: int) -> Mapping[str, int]:
    """By coin: one for each position that was closed so, however many orders it took."""
    fills = snapshot.holdings.fills
    seen = [] if isinstance(fills, Unreadable) else [(f.coin, f.client_id, f.at_ms) for f in fills]
    seen += [(f.order.coin, f.order.client_id, f.at_ms) for f in _ended(snapshot)]
    found = {
        (coin, replace(identity, attempt=1))
        for coin, client_id, at_ms in seen
        if at_ms >= since_ms
        and isinstance(identity := decode(client_id), Identity)
        and (identity.account, identity.role) == (account, Role.CLOSE_EMERGENCY)
    }
    return Counter(coin for coin, _ in found)


def _dead_stops(snapshot: Snapshot, account: int, since_ms: int) -> Mapping[str, int]:
    """By coin: stops of ours that the venue refused, when they were placed or when they fired."""
    dead = {
        (found.order.coin, found.order.client_id)
        for found in _ended(snapshot)
        if found.at_ms >= since_ms and _is_dead(found)
        if isinstance(identity := decode(found.order.client_id), Identity)
        and identity.account == account
        and identity.role in STOP_ROLES
    }
    return Counter(coin for coin, _ in dead)


def _is_dead(found: Found) -> bool:
    """A child that never armed, because its entry did not fill, guarded nothing and is no failure."""
    return found.status is Status.REJECTED and found.order.is_armed


def _ended(snapshot: Snapshot) -> Iterator[Found]:
    return iter(snapshot.ended if isinstance(snapshot.ended, tuple) else ())
