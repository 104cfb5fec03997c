"""The use cases of an operator's hand: flatten everything of ours, or put a stop behind one position.

A flatten closes reduce-only and keeps every stop until its position reads zero; orphans go by their own
rule. A hand-placed stop passes the gate like any repair and cannot do anything but protect.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from trader.act import close, our_part, send
from trader.bounds import close_bound, exit_bound
from trader.core.actions import Cancel, Close, PlaceExit
from trader.core.candles import last_closed_ms
from trader.core.errors import ConfigError, Denied, Malformed, Unavailable
from trader.core.identity import Role
from trader.core.market import Leg, Market
from trader.core.orders import Accepted, Order
from trader.core.ownership import Doubt, Owned, is_ours, share
from trader.core.policy import Policy
from trader.core.ports import Env, Scope
from trader.core.report import Exit
from trader.core.snapshot import Holdings, Position
from trader.cover import is_tighter, own_stops, tightest
from trader.gate import gate_repair
from trader.ids import identity_for, next_id, seen_ids
from trader.observe import patiently
from trader.run import Ran, codes_of
from trader.verify import verify

FRAME_MS = 60_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A stop that an operator asks for: a price, or a fraction of the entry price."""

    coin: str
    price: Decimal | None
    fraction: Decimal | None
    loosen: bool


def flatten(env: Env, policy: Policy, coins: Collection[str]) -> Ran:
    """Close our part of every position (of these coins, or of all), and prove what is left."""
    ran = Ran()
    try:
        ran.snapshot = patiently(env, Scope(fills_back_ms=env.fills_back_ms))
    except (Unavailable, Denied, Malformed) as error:
        env.trouble.append(error)
        return _ended(ran, env, policy, coins)
    holdings = ran.snapshot.holdings
    _tell_unknown(ran, holdings, policy, coins)
    ran.done += send(env, gate_repair(_entries_off(holdings, policy, coins), holdings, policy).approved)
    for position in sorted(holdings.positions, key=lambda p: (-p.notional, p.coin)):
        if coins and position.coin not in coins:
            continue
        _close_one(env, policy, holdings, position, ran)
    return _ended(ran, env, policy, coins)


def _tell_unknown(ran: Ran, holdings: Holdings, policy: Policy, coins: Collection[str]) -> None:
    """A coin that is neither held nor traded was spelled wrong, and what was meant is still open."""
    held = {p.coin for p in holdings.positions}
    for coin in sorted(set(coins) - held - set(policy.markets)):
        names = ", ".join(sorted(held)) or "none"
        ran.codes.add(Exit.CONFIG)
        ran.problems.append(f"{coin}: no position, and no market of the configuration; open: {names}")


def _entries_off(holdings: Holdings, policy: Policy, coins: Collection[str]) -> list[Cancel]:
    """Orders of ours that could still open something."""
    if not isinstance(holdings.orders, tuple):
        return []
    return [
        Cancel(o.coin, o.order_id, o.client_id, "flatten: no entry may fill any more")
        for o in holdings.orders
        if _opens(o) and is_ours(o.client_id, policy.account_tag) and (not coins or o.coin in coins)
    ]


def _opens(order: Order) -> bool:
    return not (order.reduce_only or order.position_bound)


def _close_one(env: Env, policy: Policy, holdings: Holdings, position: Position, ran: Ran) -> None:
    mine = share(holdings, position.coin, policy)
    if isinstance(mine, Doubt):
        ran.notes.append(f"not closed: {mine.why}")
        return
    if mine.ours == 0:
        ran.notes.append(f"{position.coin}: {mine.foreign} is not ours and stays")
        return
    market = env.venue.market(position.coin)
    wanted = Close(
        coin=position.coin,
        leg=position.leg,
        role=Role.FLATTEN,
        size=abs(mine.ours),
        bound=close_bound(position.mark, position.leg, market),
        client_id=_id(policy, mine, position, Role.FLATTEN, holdings),
        reason="flatten",
    )
    for approved in gate_repair([wanted], holdings, policy).approved:
        ran.done += close(env, approved, policy)


def _ended(ran: Ran, env: Env, policy: Policy, coins: Collection[str]) -> Ran:
    """Prove what is left, and say so when it is not nothing."""
    proof = verify(env, policy, None)
    ran.verified = proof
    ran.done += proof.done
    ran.notes += list(proof.notes)
    ran.codes |= codes_of(ran.done, proof, env.trouble)
    ran.problems += [str(e) for e in env.trouble]
    ran.notes += env.remarks
    meant = {d.action.coin for d in ran.done if isinstance(d.action, Close)}
    if proof.holdings is not None:
        meant |= {p.coin for p in proof.holdings.positions if not coins or p.coin in coins}
    for coin in sorted(meant):
        left = our_part(proof.holdings, coin, policy)
        if left != 0:
            ran.codes.add(Exit.UNKNOWN)
            size = "an unknown size" if left is None else left
            ran.problems.append(f"{coin}: {size} is still open; run `trader flatten --coin {coin}` again")
    return ran


def protect(env: Env, policy: Policy, wish: Wish, confirm: Callable[[str], bool]) -> Ran:
    """Put a stop behind one position, of whoever it is, after saying exactly what will be done."""
    ran = Ran()
    before = patiently(env, Scope(fills_back_ms=env.fills_back_ms))
    ran.snapshot = before
    position = before.holdings.position(wish.coin)
    if position is None:
        names = ", ".join(sorted(p.coin for p in before.holdings.positions)) or "none"
        raise ConfigError(
            f"{wish.coin}: no position is open there, so there is nothing to protect; open: {names}"
        )
    market = env.venue.market(wish.coin)
    level = _level(wish, position, market)
    live = own_stops(before.holdings.orders_of(wish.coin), policy.account_tag)
    _refuse_bad_level(wish, level, position, live)
    place = _hand_stop(policy, position, market, level, before.holdings)
    if not confirm(_preview(place, position)):
        ran.notes.append("nothing was sent")
        return ran
    ran.done += send(env, gate_repair([place], before.holdings, policy).approved)
    taken = all(isinstance(d.outcome, Accepted) for d in ran.done)
    # Repair would clear the looser of two stops, which is the one that was asked for.
    proof = verify(env, policy, None, repair=not wish.loosen)
    if wish.loosen and taken and proof.holdings is not None:
        looser = _tighter_than(level, proof.holdings, position.coin, position.leg, policy)
        ran.done += send(env, gate_repair(looser, proof.holdings, policy, frozenset({wish.coin})).approved)
        proof = verify(env, policy, None)
    ran.verified = proof
    ran.done += proof.done
    ran.notes += list(proof.notes)
    ran.codes |= codes_of(ran.done, proof, env.trouble)
    ran.problems += [str(e) for e in env.trouble]
    if not taken:
        ran.codes.add(Exit.UNKNOWN)
        ran.problems.append(f"{wish.coin}: the stop was not taken: {ran.done[0].outcome}")
    return ran


def _level(wish: Wish, position: Position, market: Market) -> Decimal:
    if wish.price is not None:
        return market.price(wish.price)
    fraction = wish.fraction or Decimal(0)
    return market.price(position.entry_price * (1 - fraction * position.leg.sign))


def _refuse_bad_level(wish: Wish, level: Decimal, position: Position, live: list[Order]) -> None:
    leg, coin = position.leg, position.coin
    if (position.mark - level) * leg.sign <= 0:
        raise ConfigError(
            f"{coin}: a stop at {level} is beyond mark {position.mark} and would close at once; "
            f"use `trader flatten --coin {coin}` if that is what you want"
        )
    if position.liquidation is not None and (level - position.liquidation) * leg.sign <= 0:
        raise ConfigError(
            f"{coin}: liquidation at {position.liquidation} would come before a stop at {level}"
        )
    if live and not wish.loosen and is_tighter(tightest(live, leg), level, leg):
        raise ConfigError(
            f"{coin}: a stop at {tightest(live, leg)} is live and tighter than {level}; "
            "only --loosen, on a terminal, moves it away from price"
        )


def _hand_stop(
    policy: Policy, position: Position, market: Market, level: Decimal, holdings: Holdings
) -> PlaceExit:
    found = share(holdings, position.coin, policy)
    mine = found if isinstance(found, Owned) else None
    return PlaceExit(
        coin=position.coin,
        leg=position.leg,
        role=Role.PROTECT,
        size=None,
        trigger=level,
        bound=exit_bound(level, position.leg, market),
        client_id=_id(policy, mine, position, Role.PROTECT, holdings),
        reason="by hand",
    )


def _id(policy: Policy, mine: Owned | None, position: Position, role: Role, holdings: Holdings) -> str:
    entry = mine.entry if mine else None
    wanted = identity_for(
        account=policy.account_tag,
        coin=position.coin,
        strategy=entry.strategy if entry else 0,
        leg=position.leg,
        role=role,
        bar_ms=last_closed_ms(holdings.at_ms, FRAME_MS),
        signal_ms=entry.signal_ms if entry else 0,
    )
    return next_id(wanted, seen_ids(holdings))


def _preview(place: PlaceExit, position: Position) -> str:
    away = abs(position.mark - place.trigger) / position.mark * 100
    return (
        f"a stop-market behind {position.size} {position.coin}: trigger {place.trigger} "
        f"({away:.2f} % from mark {position.mark}), reduce-only, bound to the whole position"
    )


def _tighter_than(level: Decimal, holdings: Holdings, coin: str, leg: Leg, policy: Policy) -> list[Cancel]:
    return [
        Cancel(coin, o.order_id, o.client_id, "loosened by hand")
        for o in own_stops(holdings.orders_of(coin), policy.account_tag)
        if o.trigger is not None and is_tighter(o.trigger, level, leg)
    ]
