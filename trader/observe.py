"""Reads everything that a decision may look at, again where something is missing, and waits for a late bar.

What is still missing at the end is a value in the snapshot, or raised when there is no snapshot at all. What
only new risk needs is not read again where that would take of what the venue's limits keep for protection; an
observation without markets is for protection, and is.
"""

from dataclasses import replace

from trader.core.candles import last_closed_ms
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.policy import Policy
from trader.core.ports import ARRIVAL_MARGIN_MS, CandleNeed, Env, Scope
from trader.core.snapshot import Snapshot
from trader.ids import entry_id
from trader.recall import recalled

BAR_WAIT_S = 20.0
BAR_PAUSE_S = 2.0
READS_MAX = 3
READ_PAUSE_S = 1.0
CROWDED_MS = 60_000  # what a process asked that died just now still counts against the venue's minute
SPARED = (
    "reading again would take of the last quarter of the venue's limit on requests, which is kept for "
    "protection"
)


def observe(env: Env, policy: Policy) -> Snapshot:
    """Everything a decision may look at; waits a little for a bar that is late."""
    scope = scope_of(env.clock.now_ms(), policy, env.fills_back_ms)
    before = patiently(env, scope)
    waited = 0.0
    while (
        waited < BAR_WAIT_S
        and _bar_is_late(before, policy)
        and env.venue.affords(scope)
        and env.deadline.entry_remaining_s() > BAR_PAUSE_S
    ):
        env.clock.sleep(BAR_PAUSE_S)
        waited += BAR_PAUSE_S
        before = patiently(env, scope_of(before.venue_ms, policy, env.fills_back_ms))
    return before


def patiently(env: Env, scope: Scope) -> Snapshot:
    """Reads are tried again within the deadline; what is still missing then is a value, or raised."""
    pause = READ_PAUSE_S
    for _ in range(1, READS_MAX):
        if env.deadline.entry_remaining_s() <= pause:
            break
        try:
            before = _whole(env, scope)
        except (Unavailable, Malformed) as error:
            if not _affords(env, scope):
                raise
            env.remarks.append(f"observed again after: {error}")
        else:
            missing = unread_parts(before)
            if not missing or not _affords(env, scope):
                return before
            env.remarks.append(f"observed again after: {missing[0].what}: {missing[0].why}")
        env.clock.sleep(pause)
        pause *= 2
    return _whole(env, scope)


def _affords(env: Env, scope: Scope) -> bool:
    return not scope.candles or env.venue.affords(scope)


def _whole(env: Env, scope: Scope) -> Snapshot:
    """One observation, with older fills where a position needs them."""
    seen = env.venue.observe(scope)
    return replace(seen, holdings=recalled(env.venue, seen.holdings))


def unread_parts(snapshot: Snapshot) -> list[Unreadable]:
    """Everything in an observation that was asked for and could not be read."""
    holdings = snapshot.holdings
    parts: list[object] = [holdings.orders, holdings.fills, *snapshot.lookups.values()]
    parts += [snapshot.past, snapshot.ended, snapshot.budgets]
    for view in snapshot.markets.values():
        parts += [view.quote, view.candles, view.leverage]
    return [p for p in parts if isinstance(p, Unreadable)]


def observe_again(env: Env, policy: Policy, last: Snapshot) -> tuple[Snapshot, str | None]:
    """A newer observation; or the last one, and why nothing may be entered on it."""
    scope = scope_of(env.clock.now_ms(), policy, env.fills_back_ms)
    died_ms = env.dirty_until_ms - env.venue.abilities.write_expiry_ms - ARRIVAL_MARGIN_MS
    is_crowded = died_ms + CROWDED_MS > env.clock.now_ms()
    if not env.venue.affords(replace(scope, past_ms=None), unseen=int(is_crowded)):
        return last, SPARED
    try:
        return _newer(env, policy, scope, last), None
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return last, f"the account could not be read again: {error}"


def _newer(env: Env, policy: Policy, scope: Scope, last: Snapshot) -> Snapshot:
    """The record of the account's money is dear to ask for: anew only where something has filled since."""
    seen = patiently(env, replace(scope, past_ms=None))
    if seen.holdings.fills != last.holdings.fills or isinstance(last.past, Unreadable | None):
        return observe(env, policy)
    told = () if isinstance(last.budgets, Unreadable) else last.budgets
    fresh = () if isinstance(seen.budgets, Unreadable) else seen.budgets
    return replace(
        seen,
        past=last.past,
        account_problem=seen.account_problem or last.account_problem,
        venue_problem=seen.venue_problem or last.venue_problem,
        budgets=tuple({b.what: b for b in (*told, *fresh)}.values()),
    )


def scope_of(now_ms: int, policy: Policy, fills_back_ms: int) -> Scope:
    """What to read for a decision at this moment: candles, and whether its signals were entered before.

    The entries of a grid are told apart by their rungs, which fills and live orders name: nothing to look up.
    """
    needs = tuple(
        CandleNeed(coin, policy.markets[coin].frame_ms, policy.markets[coin].bars_needed)
        for coin in sorted(policy.markets)
    )
    lookups = {
        entry_id(
            account=policy.account_tag,
            coin=coin,
            strategy=market.strategy_number,
            leg=leg,
            signal_ms=last_closed_ms(now_ms, market.frame_ms),
        ): coin
        for coin, market in sorted(policy.markets.items())
        if not market.both_legs
        for leg in Leg
    }
    return Scope(needs, lookups, fills_back_ms, policy.past_ms)


def _bar_is_late(snapshot: Snapshot, policy: Policy) -> bool:
    for coin, view in snapshot.markets.items():
        if coin not in policy.markets or isinstance(view.candles, Unreadable) or not view.candles.open_ms:
            continue
        if view.candles.open_ms[-1] < last_closed_ms(snapshot.venue_ms, policy.markets[coin].frame_ms):
            return True
    return False
