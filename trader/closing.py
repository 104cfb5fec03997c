"""The use cases of an operator's hand: flatten everything of ours, or put a stop behind one position.

A flatten calls off what could open something, and once more what is still there; it closes reduce-only and
keeps every stop until its position reads zero; orphans go by their own rule. A hand-placed stop passes the
gate like any repair and cannot do anything but protect.
"""

from collections import Counter
from collections.abc import Callable, Collection
from decimal import Decimal

from trader.bounds import close_bound, exit_bound
from trader.core.actions import AmendStop, Cancel, Close, PlaceExit
from trader.core.candles import last_closed_ms
from trader.core.errors import ConfigError, Denied, Malformed, Unavailable
from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.market import Leg, Market, Slot
from trader.core.orders import Accepted, Kind, Order
from trader.core.ownership import Doubt, Owned, is_ours, share
from trader.core.policy import Policy
from trader.core.ports import Env, Scope
from trader.core.report import Done, Exit
from trader.core.snapshot import Holdings, Position
from trader.core.text import estimate, number, percent
from trader.cover import is_tighter, own_stops, tightest
from trader.exits import has_room, movable
from trader.gate import gate_repair
from trader.holding import moved
from trader.ids import identity_for, next_id, seen_ids
from trader.observe import patiently
from trader.reread import our_part, read_until
from trader.run import Ran, codes_of
from trader.sending import close, send, take_off
from trader.verify import verify

FRAME_MS = 60_000
AWAY_MAX = Decimal("0.5")  # 5 was meant as 5 %, and a stop at a price of 5 would protect nothing


@frozen
class Wish:
    """A stop that an operator asks for: a price, or a fraction of the entry price.

    `leg` tells which position of the coin is meant, where both legs are open. `may_be_price`: the fraction
    was written as a bare number below 1, which is also how one writes the price of a cheap coin.
    """

    coin: str
    price: Decimal | None
    fraction: Decimal | None
    loosen: bool
    leg: Leg | None = None
    may_be_price: bool = False


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
    called_off = _take_entries_off(env, policy, holdings, coins)
    ran.done += called_off
    for position in sorted(holdings.positions, key=lambda p: (-p.notional, str(p.slot))):
        if not coins or position.coin in coins:
            _close_one(env, policy, holdings, position, ran)
    if called_off:
        now = read_until(env, lambda reading: not _entries_off(reading, policy, coins))
        ran.done += [] if now is None else _take_entries_off(env, policy, now, coins)
    return _ended(ran, env, policy, coins)


def _tell_unknown(ran: Ran, holdings: Holdings, policy: Policy, coins: Collection[str]) -> None:
    """A coin that is not held, waited for or traded was spelled wrong, and what was meant is still open."""
    held = {p.coin for p in holdings.positions} | {c.coin for c in _entries_off(holdings, policy, coins)}
    for coin in sorted(set(coins) - held - set(policy.markets)):
        names = ", ".join(sorted(held)) or "none"
        ran.codes.add(Exit.CONFIG)
        ran.problems.append(f"{coin}: no position, and no market of the configuration; open: {names}")


def _entries_off(holdings: Holdings | None, policy: Policy, coins: Collection[str]) -> list[Cancel]:
    """Orders of ours that could still open something."""
    if holdings is None or not isinstance(holdings.orders, tuple):
        return []
    return [
        Cancel.of(o, "flatten: no entry may fill any more")
        for o in holdings.orders
        if o.opens and is_ours(o.client_id, policy.account_tag) and (not coins or o.coin in coins)
    ]


def _take_entries_off(env: Env, policy: Policy, holdings: Holdings, coins: Collection[str]) -> list[Done]:
    off = _entries_off(holdings, policy, coins)
    return take_off(env, gate_repair(off, holdings, policy, env.venue.abilities).approved)


def _close_one(env: Env, policy: Policy, holdings: Holdings, position: Position, ran: Ran) -> None:
    mine = share(holdings, position.slot, policy)
    if isinstance(mine, Doubt):
        ran.notes.append(f"not closed: {mine.why}")
        return
    if mine.ours == 0:
        ran.notes.append(f"{position.slot}: {mine.foreign} is not ours and stays")
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
    for approved in gate_repair([wanted], holdings, policy, env.venue.abilities).approved:
        ran.done += close(env, approved, policy, position.slot)


def _ended(ran: Ran, env: Env, policy: Policy, coins: Collection[str]) -> Ran:
    """Prove what is left, and say so when it is not nothing."""
    proof = verify(env, policy, None)
    ran.verified = proof
    ran.done += proof.done
    ran.notes += list(proof.notes)
    ran.codes |= codes_of(ran.done, proof, env)
    ran.problems += [str(e) for e in env.trouble]
    ran.notes += env.remarks
    waiting = Counter(off.coin for off in _entries_off(proof.holdings, policy, coins))
    for coin, count in sorted(waiting.items()):
        ran.codes.add(Exit.UNKNOWN)
        ran.problems.append(
            f"{coin}: {count} of our entries may still fill; run `trader flatten --coin {coin}` again"
        )
    for slot in sorted(_meant(ran, proof.holdings, coins), key=str):
        left = our_part(proof.holdings, slot, policy)
        if left != 0:
            ran.codes.add(Exit.UNKNOWN)
            size = "an unknown size" if left is None else left
            ran.problems.append(
                f"{slot}: {size} is still open; run `trader flatten --coin {slot.coin}` again"
            )
    return ran


def _meant(ran: Ran, holdings: Holdings | None, coins: Collection[str]) -> set[Slot]:
    """What was to be closed, and what is open among it."""
    seen = holdings or (ran.snapshot.holdings if ran.snapshot else None)
    closes = [d.action for d in ran.done if isinstance(d.action, Close)]
    meant = {seen.slot_of(a.coin, a.leg) if seen else Slot(a.coin) for a in closes}
    if holdings is not None:
        meant |= {p.slot for p in holdings.positions if not coins or p.coin in coins}
    return meant


def protect(env: Env, policy: Policy, wish: Wish, confirm: Callable[[str], bool]) -> Ran:
    """Put a stop behind one position, of whoever it is, after saying exactly what will be done."""
    ran = Ran()
    before = patiently(env, Scope(fills_back_ms=env.fills_back_ms))
    ran.snapshot = before
    position = _meant_position(wish, before.holdings)
    slot, abilities = position.slot, env.venue.abilities
    market = env.venue.market(wish.coin)
    level = level_of(wish, position, market)
    live = own_stops(before.holdings.orders_in(slot), policy.account_tag)
    _refuse_bad_level(wish, level, position, live)
    place = _hand_stop(env, policy, position, market, level, before.holdings)
    if not confirm(_preview(place, position)):
        ran.notes.append("nothing was sent")
        return ran
    freed = frozenset({slot}) if wish.loosen else frozenset[Slot]()
    ran.done += send(env, gate_repair([place], before.holdings, policy, abilities, freed).approved)
    taken = all(isinstance(d.outcome, Accepted) for d in ran.done)
    # Repair would clear the looser of two stops, which is the one that was asked for.
    proof = verify(env, policy, None, repair=not wish.loosen)
    if wish.loosen and taken and proof.holdings is not None:
        looser = _tighter_than(level, proof.holdings, position, policy)
        ran.done += send(env, gate_repair(looser, proof.holdings, policy, abilities, freed).approved)
        proof = verify(env, policy, None)
    ran.verified = proof
    ran.done += proof.done
    ran.notes += list(proof.notes)
    ran.codes |= codes_of(ran.done, proof, env)
    ran.problems += [str(e) for e in env.trouble]
    if not taken:
        ran.codes.add(Exit.UNKNOWN)
        ran.problems.append(f"{wish.coin}: the stop was not taken: {ran.done[0].outcome}")
    return ran


def _meant_position(wish: Wish, holdings: Holdings) -> Position:
    """The position that the operator means; both legs of a coin must be told apart by him."""
    found = [p for p in holdings.positions_of(wish.coin) if wish.leg in (None, p.leg)]
    if not found:
        names = ", ".join(sorted(str(p.slot) for p in holdings.positions)) or "none"
        raise ConfigError(
            f"{wish.coin}: no position is open there, so there is nothing to protect; open: {names}"
        )
    if len(found) > 1:
        raise ConfigError(f"{wish.coin}: both legs are open; say which one with --leg long or --leg short")
    return found[0]


def level_of(wish: Wish, position: Position, market: Market) -> Decimal:
    """Where the stop is to act; raise ConfigError where that is a guess."""
    if wish.price is not None:
        return market.price(wish.price)
    fraction = wish.fraction or Decimal(0)
    if wish.may_be_price and abs(position.mark - fraction) <= AWAY_MAX * position.mark:
        away = 100 * abs(position.entry_price - fraction) / position.entry_price
        raise ConfigError(
            f"{wish.coin} trades at {number(position.mark)}, so {fraction} may be a price or a fraction: "
            f"write {number(100 * fraction)}% for the fraction, or {away:.2f}% for a stop at {fraction}"
        )
    return market.price(position.entry_price * (1 - fraction * position.leg.sign))


def _refuse_bad_level(wish: Wish, level: Decimal, position: Position, live: list[Order]) -> None:
    leg, coin = position.leg, position.coin
    if (position.mark - level) * leg.sign <= 0:
        raise ConfigError(
            f"{coin}: a stop at {number(level)} is beyond mark {number(position.mark)} and would close at "
            f"once; use `trader flatten --coin {coin}` if that is what you want"
        )
    away = abs(position.mark - level) / position.mark
    if away > AWAY_MAX and not wish.loosen:
        raise ConfigError(
            f"{coin}: a stop at {number(level)} is {percent(away)} from mark {number(position.mark)}: too "
            "far to be meant; write 61000 for a price, 5% for a fraction"
        )
    end = position.liquidation_ahead
    if end is not None and (level - end) * leg.sign <= 0:
        raise ConfigError(
            f"{coin}: liquidation at {estimate(end)} would come before a stop at {number(level)}"
        )
    if live and not wish.loosen and is_tighter(tightest(live, leg), level, leg):
        raise ConfigError(
            f"{coin}: a stop at {number(tightest(live, leg))} is live and tighter than {number(level)}; "
            "only --loosen, on a terminal, moves it away from price"
        )


def _hand_stop(
    env: Env, policy: Policy, position: Position, market: Market, level: Decimal, holdings: Holdings
) -> PlaceExit | AmendStop:
    """Bound to the whole position; of its size beside a bound stop that must stay the only one."""
    leg, abilities, orders = position.leg, env.venue.abilities, holdings.orders_in(position.slot)
    found = share(holdings, position.slot, policy)
    mine = found if isinstance(found, Owned) else None
    standing = movable(orders, leg, Role.PROTECT, policy.account_tag, abilities)
    if standing is not None:
        return moved(standing, leg, level, market, "by hand")
    return PlaceExit(
        coin=position.coin,
        leg=leg,
        role=Role.PROTECT,
        size=None if has_room(orders, leg, Kind.STOP, abilities) else abs(position.size),
        trigger=level,
        bound=exit_bound(level, leg, market),
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


def _preview(place: PlaceExit | AmendStop, position: Position) -> str:
    away = abs(position.mark - place.trigger) / position.mark * 100
    is_sized = isinstance(place, PlaceExit) and place.size is not None
    size = number(abs(position.size))
    bound = f"of {size}" if is_sized else "bound to the whole position"
    return (
        f"a stop-market behind the {position.leg.value} of {size} {position.coin}: trigger "
        f"{number(place.trigger)} ({away:.2f} % from mark {number(position.mark)}), reduce-only, {bound}"
    )


def _tighter_than(level: Decimal, holdings: Holdings, position: Position, policy: Policy) -> list[Cancel]:
    return [
        Cancel.of(o, "loosened by hand")
        for o in own_stops(holdings.orders_in(position.slot), policy.account_tag)
        if o.trigger is not None and is_tighter(o.trigger, level, position.leg)
    ]
