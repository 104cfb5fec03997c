"""The difference between what is wanted and what is: actions in the order in which they are safe.

Protection and exits come first, then clearing, then leverage, then entries. Floats become Decimal ticks and
lots here and only here. The diff of its own result is empty.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import assert_never

from trader.bounds import entry_bound, exit_bound
from trader.core.actions import Action, Cancel, Enter, SetLeverage
from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.market import Leg, exact
from trader.core.orders import Unreadable
from trader.core.ownership import Doubt, is_opening, one_held
from trader.core.policy import Policy
from trader.core.snapshot import Snapshot
from trader.core.target import Stay, Want, WantClose, WantEntry, WantGrid, WantHold, WantResting
from trader.holding import Coin, coin_of, exit_id, held_in, hold, leave
from trader.ids import claim_id, entry_id, seen_ids
from trader.resting import rest
from trader.resting_orders import beyond_limit, withdraw


@frozen
class Plan:
    """What would make the wants true, and what was left out for a stated reason."""

    actions: tuple[Action, ...]
    notes: tuple[str, ...]


def diff(
    wants: Mapping[str, Want],
    snapshot: Snapshot,
    policy: Policy,
    stopped: str | None = None,
    stopped_coins: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """What would make the wants true; where entries are stopped, none of ours waits."""
    exits: list[Action] = []
    entries: list[Action] = []
    notes: list[str] = []
    seen = seen_ids(snapshot.holdings)
    if stopped is not None:
        exits.extend(called_off(snapshot, policy, stopped))
    for name in sorted(wants):
        wanted, halted = wants[name], stopped or stopped_coins.get(name)
        if stopped is None and halted is not None:
            exits.extend(c for c in called_off(snapshot, policy, halted) if c.coin == name)
        if isinstance(wanted, Stay):
            exits.extend(withdraw(name, snapshot, policy) if halted is None else ())
            continue
        coin = coin_of(name, snapshot, policy, seen)
        if coin is None:
            continue
        match wanted:
            case WantEntry():
                exits.extend(_call_off(coin, "an entry at once takes its place"))
                entries.extend(_enter(coin, wanted, notes))
            case WantHold():
                exits.extend(_hold(coin, wanted, notes))
                exits.extend(_call_off(coin, "a position is open"))
            case WantClose():
                exits.extend(_hold(coin, wanted, notes))
                exits.extend(_call_off(coin, "the position is to go"))
            case WantResting():
                entries.extend(_rest(coin, wanted, exits, notes, halted))
            case WantGrid():
                exits.extend(_both_legs(coin, wanted, notes))
                entries.extend(_rest(coin, wanted, exits, notes, halted))
            case _:
                assert_never(wanted)
    gone = {a.order_id for a in exits if isinstance(a, Cancel)}
    exits.extend(beyond_limit(snapshot, policy, gone))
    return Plan(tuple(exits + entries), tuple(notes))


def called_off(snapshot: Snapshot, policy: Policy, reason: str) -> list[Cancel]:
    """The cancels of every entry of ours that could still fill, in whatever coin."""
    orders = snapshot.holdings.orders
    if isinstance(orders, Unreadable):
        return []
    mine = (o for o in orders if o.opens and is_opening(o.client_id, policy.account_tag))
    return [Cancel.of(o, reason) for o in mine]


def _call_off(coin: Coin, reason: str) -> list[Cancel]:
    """A coin holds one position, so no other entry of ours may wait beside it."""
    return [c for c in called_off(coin.snapshot, coin.whole, reason) if c.coin == coin.market.coin]


def _rest(
    coin: Coin, wanted: WantResting | WantGrid, exits: list[Action], notes: list[str], halted: str | None
) -> list[Action]:
    """Cancels first; what takes their place is sent only once they are read back as gone."""
    if halted is not None:
        return []
    found = rest(wanted, coin.market.coin, coin.snapshot, coin.whole, coin.seen)
    exits.extend(found.cancels)
    notes.extend(found.notes)
    held = coin.snapshot.holdings.positions_of(coin.market.coin)
    leverage = _leverage(coin) if found.rests and not held else []
    return [*leverage, *found.rests]


def _both_legs(coin: Coin, wanted: WantGrid, notes: list[str]) -> list[Action]:
    """The exits of each leg that a grid holds."""
    actions: list[Action] = []
    for leg, answer in ((Leg.LONG, wanted.long), (Leg.SHORT, wanted.short)):
        held = None if answer is None else held_in(coin, coin.snapshot.slot_of(coin.market.coin, leg))
        if held is None:
            continue
        if isinstance(answer, WantHold):
            actions.extend(hold(coin, answer, held, notes))
        elif isinstance(answer, WantClose):
            actions.append(leave(coin, answer, held))
    notes.extend(f"{coin.market.coin}: {note}" for note in wanted.notes)
    return actions


def _signal_id(of: Callable[..., str], coin: Coin, wanted: WantEntry) -> str:
    return of(
        account=coin.account,
        coin=coin.market.coin,
        strategy=coin.policy.strategy_number,
        leg=wanted.leg,
        signal_ms=wanted.signal_ms,
    )


def _enter(coin: Coin, wanted: WantEntry, notes: list[str]) -> list[Action]:
    market, leg, name = coin.market, wanted.leg, coin.market.coin
    bound = entry_bound(coin.mark, leg, market, exact(coin.policy.entries.slippage_max))
    size = market.size_down(exact(wanted.notional) / bound)
    if size * bound < market.notional_min:
        notes.append(
            f"{name}: no entry, {wanted.notional:.2f} USD buys {size} {name} worth {size * bound:.2f}, "
            f"below the venue's minimum of {market.notional_min}; raise equity or sizing.position_ratio"
        )
        return []
    stop, target = market.price(exact(wanted.stop)), market.price(exact(wanted.target))
    attaches = coin.snapshot.abilities.attach != "none"
    enter = Enter(
        coin=name,
        leg=leg,
        size=size,
        bound=bound,
        stop=stop,
        stop_bound=exit_bound(stop, leg, market),
        target=target,
        target_bound=exit_bound(target, leg, market),
        client_id=_signal_id(entry_id, coin, wanted),
        stop_id=(
            exit_id(coin, leg, Role.STOP, wanted.signal_ms)
            if attaches
            else _signal_id(claim_id, coin, wanted)
        ),
        target_id=exit_id(coin, leg, Role.TARGET, wanted.signal_ms),
        signal_ms=wanted.signal_ms,
        signal_close_ms=wanted.signal_ms + coin.policy.frame_ms,
        mark=coin.mark,
        reason=wanted.reason,
    )
    return [*_leverage(coin), enter]


def _leverage(coin: Coin) -> list[Action]:
    """One write before the entry where the venue's setting differs from the file's, or was not read."""
    view = coin.snapshot.markets[coin.market.coin]
    sizing = coin.policy.sizing
    if isinstance(view.leverage, Unreadable):
        return []
    if view.leverage is None:
        return [SetLeverage(coin.market.coin, sizing.leverage, sizing.cross, "the file says so")]
    if view.leverage.is_just(sizing.leverage, cross=sizing.cross):
        return []
    kind = ("cross" if view.leverage.cross else "isolated") + " on one leg" * view.leverage.legs_differ
    reason = f"the file says so, the venue has {view.leverage.leverage}x {kind}"
    return [SetLeverage(coin.market.coin, sizing.leverage, sizing.cross, reason)]


def _hold(coin: Coin, wanted: WantHold | WantClose, notes: list[str]) -> list[Action]:
    """Of a coin whose strategy holds one position, whichever leg it is."""
    found = one_held(coin.snapshot, coin.market.coin, coin.whole)
    held = None if isinstance(found, Doubt) else held_in(coin, found[0])
    if held is None:
        return []
    return hold(coin, wanted, held, notes) if isinstance(wanted, WantHold) else [leave(coin, wanted, held)]
