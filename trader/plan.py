"""The difference between what is wanted and what is: actions in the order in which they are safe.

Protection and exits come first, then clearing, then leverage, then entries. Floats become Decimal ticks and
lots here and only here. The diff of its own result is empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from trader.bounds import close_bound, exit_bound
from trader.core.actions import Action, Close, Enter, PlaceExit, SetLeverage
from trader.core.candles import last_closed_ms
from trader.core.identity import Identity, Role
from trader.core.market import Leg, Market, exact
from trader.core.orders import Unreadable
from trader.core.ownership import Doubt, Owned, share
from trader.core.policy import MarketPolicy, Policy
from trader.core.snapshot import Snapshot
from trader.core.target import Stay, Want, WantClose, WantEntry, WantGrid, WantHold, WantResting
from trader.cover import is_tighter, own_stops, own_targets, tightest
from trader.ids import entry_id, identity_for, next_id, seen_ids


@dataclass(frozen=True, slots=True)
class Plan:
    """What would make the wants true, and what was left out for a stated reason."""

    actions: tuple[Action, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Coin:
    """All that the diff of one coin reads."""

    policy: MarketPolicy
    whole: Policy
    market: Market
    mark: Decimal
    account: int
    bar_ms: int
    seen: list[Identity]
    snapshot: Snapshot


def diff(wants: Mapping[str, Want], snapshot: Snapshot, policy: Policy) -> Plan:
    """What would make the wants true."""
    exits: list[Action] = []
    entries: list[Action] = []
    notes: list[str] = []
    seen = seen_ids(snapshot.holdings)
    for name in sorted(wants):
        wanted = wants[name]
        if isinstance(wanted, Stay):
            continue
        coin = _coin(name, snapshot, policy, seen)
        if coin is None:
            continue
        match wanted:
            case WantEntry():
                entries.extend(_enter(coin, wanted, notes))
            case WantHold():
                exits.extend(_hold(coin, wanted, notes))
            case WantClose():
                exits.extend(_close(coin, wanted))
            case WantResting() | WantGrid():
                notes.append(f"{name}: resting entries are not placed yet")
            case _:
                assert_never(wanted)
    return Plan(tuple(exits + entries), tuple(notes))


def _coin(name: str, snapshot: Snapshot, policy: Policy, seen: list[Identity]) -> _Coin | None:
    view = snapshot.markets.get(name)
    if view is None or isinstance(view.quote, Unreadable):
        return None
    market_policy = policy.markets[name]
    bar_ms = last_closed_ms(snapshot.venue_ms, market_policy.frame_ms)
    return _Coin(
        market_policy, policy, view.market, view.quote.mark, policy.account_tag, bar_ms, seen, snapshot
    )


def _ours(coin: _Coin) -> Owned | None:
    mine = share(coin.snapshot.holdings, coin.market.coin, coin.whole)
    return None if isinstance(mine, Doubt) or mine.ours == 0 else mine


def _id(coin: _Coin, leg: Leg, role: Role, signal_ms: int) -> str:
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


def _enter(coin: _Coin, wanted: WantEntry, notes: list[str]) -> list[Action]:
    market, leg, name = coin.market, wanted.leg, coin.market.coin
    raw_bound = coin.mark * (1 + exact(coin.policy.entries.slippage_max) * leg.sign)
    bound = market.price_down(raw_bound) if leg is Leg.LONG else market.price_up(raw_bound)
    size = market.size_down(exact(wanted.notional) / bound)
    if size * bound < market.notional_min:
        notes.append(
            f"{name}: no entry, {wanted.notional:.2f} USD buys {size} {name} worth {size * bound:.2f}, "
            f"below the venue's minimum of {market.notional_min}; raise equity or sizing.position_ratio"
        )
        return []
    stop, target = market.price(exact(wanted.stop)), market.price(exact(wanted.target))
    enter = Enter(
        coin=name,
        leg=leg,
        size=size,
        bound=bound,
        stop=stop,
        stop_bound=exit_bound(stop, leg, market),
        target=target,
        target_bound=exit_bound(target, leg, market),
        client_id=entry_id(
            account=coin.account,
            coin=name,
            strategy=coin.policy.strategy_number,
            leg=leg,
            signal_ms=wanted.signal_ms,
        ),
        stop_id=_id(coin, leg, Role.STOP, wanted.signal_ms),
        target_id=_id(coin, leg, Role.TARGET, wanted.signal_ms),
        signal_ms=wanted.signal_ms,
        signal_close_ms=wanted.signal_ms + coin.policy.frame_ms,
        mark=coin.mark,
        reason=wanted.reason,
    )
    return [*_leverage(coin), enter]


def _leverage(coin: _Coin) -> list[Action]:
    """One write before the entry where the venue's setting differs from the file's."""
    view = coin.snapshot.markets[coin.market.coin]
    sizing = coin.policy.sizing
    if isinstance(view.leverage, Unreadable):
        return []
    if (view.leverage.leverage, view.leverage.cross) == (sizing.leverage, sizing.cross):
        return []
    kind = "cross" if sizing.cross else "isolated"
    return [
        SetLeverage(coin.market.coin, sizing.leverage, sizing.cross, f"file says {sizing.leverage}x {kind}")
    ]


def _hold(coin: _Coin, wanted: WantHold, notes: list[str]) -> list[Action]:
    mine = _ours(coin)
    if mine is None or mine.entry is None or mine.entry_price is None:
        return []
    return [*_move_stop(coin, wanted, mine, notes), *_move_target(coin, wanted, mine)]


def _move_stop(coin: _Coin, wanted: WantHold, mine: Owned, notes: list[str]) -> list[Action]:
    """A stop moves only towards price, and the old one stays until the new one is proven live."""
    if mine.entry is None or mine.entry_price is None:
        return []
    leg, name = mine.leg, coin.market.coin
    stops = own_stops(coin.snapshot.holdings.orders_of(name), coin.account)
    if not stops:
        return []
    live, level = tightest(stops, leg), coin.market.price(exact(wanted.stop))
    if not is_tighter(level, live, leg):
        return []
    tolerance = exact(coin.policy.entries.level_tolerance) * mine.entry_price
    if wanted.stop_role is Role.STOP and abs(level - live) < tolerance:
        return []
    if (coin.mark - level) * leg.sign <= 0:
        notes.append(
            f"{name}: stop stays at {live}; {level} is beyond mark {coin.mark} ({wanted.stop_reason})"
        )
        return []
    return [_exit(coin, mine, wanted.stop_role, level, mine.entry, wanted.stop_reason)]


def _move_target(coin: _Coin, wanted: WantHold, mine: Owned) -> list[Action]:
    entry = mine.entry
    if entry is None or mine.entry_price is None:
        return []
    level = coin.market.price(exact(wanted.target))
    targets = own_targets(coin.snapshot.holdings.orders_of(coin.market.coin), coin.account)
    tolerance = Decimal(0)
    if not wanted.target_is_chosen:
        tolerance = exact(coin.policy.entries.level_tolerance) * mine.entry_price
    if any(o.trigger == level or _is_near(o.trigger, level, tolerance) for o in targets):
        return []
    return [_exit(coin, mine, Role.TARGET, level, entry, wanted.target_reason)]


def _is_near(trigger: Decimal | None, level: Decimal, tolerance: Decimal) -> bool:
    return trigger is not None and abs(trigger - level) < tolerance


def _exit(coin: _Coin, mine: Owned, role: Role, level: Decimal, entry: Identity, reason: str) -> PlaceExit:
    whole, leg = mine.foreign == 0, mine.leg
    return PlaceExit(
        coin=coin.market.coin,
        leg=leg,
        role=role,
        size=None if whole else abs(mine.ours),
        trigger=level,
        bound=exit_bound(level, leg, coin.market),
        client_id=_id(coin, leg, role, entry.signal_ms),
        reason=reason,
    )


def _close(coin: _Coin, wanted: WantClose) -> list[Action]:
    mine = _ours(coin)
    if mine is None or mine.entry is None:
        return []
    leg = mine.leg
    return [
        Close(
            coin=coin.market.coin,
            leg=leg,
            role=wanted.role,
            size=abs(mine.ours),
            bound=close_bound(coin.mark, leg, coin.market),
            client_id=_id(coin, leg, wanted.role, mine.entry.signal_ms),
            reason=wanted.reason,
        )
    ]
