"""A coin with a grid or a bollinger entry: what is wanted to wait, what waits, and a snapshot around both."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.builders import (
    ABILITIES,
    CLOSE_MS,
    FRAME_MS,
    NOW_MS,
    SIGNAL_MS,
    a_fill,
    a_market,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_snapshot,
    a_stop,
    a_view,
    an_identity,
    dec,
    holdings,
)
from trader.core.abilities import Abilities
from trader.core.actions import Rest
from trader.core.identity import Role, encode
from trader.core.market import Leg
from trader.core.orders import Fill, Kind, Order
from trader.core.policy import MarketPolicy, Policy
from trader.core.snapshot import Holdings, Leverage, Position, Snapshot
from trader.core.target import RestingWant, WantGrid, WantResting
from trader.ids import seen_ids
from trader.resting import Resting, rest

GRID, BOLLINGER = 3, 2
ANCHOR = 1_000_000  # ticks of 0.1: a price of 100,000
STEP = 500.0
TWO_SIDED: Abilities = replace(
    ABILITIES,
    attach="none",
    attaches_target=False,
    attached_stands=False,
    stop_first=True,
    two_sided=True,
    bound_stops_max=1,
    exactly_once_nonce=False,
    batch_max=5,
)
MARKET = a_market(lot=dec("0.001"), tick=dec("0.1"), notional_min=dec(5))
VIEW = a_view(market=MARKET, leverage=Leverage(3, True))


def a_grid_policy(**changes: Any) -> MarketPolicy:
    return a_market_policy(
        **{"strategy_name": "hedge_grid", "strategy_number": GRID, "both_legs": True, **changes}
    )


def whole(market_policy: MarketPolicy | None = None, naked: object = 1_000_000, **limits: Any) -> Policy:
    """A policy under which everything may rest, unless a test says otherwise."""
    policy = a_policy(market_policy or a_grid_policy())
    numbers = {"naked_resting_notional_max": dec(naked), **limits}
    return replace(policy, limits=replace(policy.limits, **numbers))


def a_rung(leg: Leg, number: int, anchor: int = ANCHOR, *, size: float = 0.01, **changes: Any) -> RestingWant:
    price = anchor / 10 - leg.sign * number * STEP
    want = RestingWant(leg, price, None, size, False, True, price - leg.sign * 5 * STEP, number)
    return replace(want, **changes)


def a_ladder(levels: int = 12, anchor: int = ANCHOR, **changes: Any) -> tuple[RestingWant, ...]:
    return tuple(a_rung(leg, n, anchor, **changes) for leg in Leg for n in range(1, levels + 1))


def a_grid(rungs: Sequence[RestingWant], anchor: int = ANCHOR, **changes: Any) -> WantGrid:
    return replace(WantGrid(anchor, tuple(rungs), None, None, (), "a grid"), **changes)


def an_entry_want(leg: Leg = Leg.LONG, price: float = 101_000.0, **changes: Any) -> RestingWant:
    """A stop entry above the market, for a thousand."""
    return replace(RestingWant(leg, price, 1_000.0, None, True, False, price * 0.98), **changes)


def a_waiting(*orders: RestingWant, **changes: Any) -> WantResting:
    return replace(WantResting(orders, SIGNAL_MS, CLOSE_MS + FRAME_MS, "at the band"), **changes)


def as_order(placed: Rest, number: int = 0, **changes: Any) -> Order:
    """What an entry leaves on the venue once it rests."""
    order = Order(
        coin=placed.coin,
        side=placed.leg.opening,
        kind=Kind.LIMIT if placed.trigger is None else Kind.STOP_ENTRY,
        size=placed.size,
        price=placed.price,
        order_id=f"rest-{number}-{placed.client_id[-8:]}",
        client_id=placed.client_id,
        placed_ms=NOW_MS,
        trigger=placed.trigger,
        leg=placed.leg,
        expires_ms=placed.expires_ms,
    )
    return replace(order, **changes)


def a_snap(
    orders: Sequence[Order] = (),
    *,
    positions: Sequence[Position] = (),
    fills: Sequence[Fill] = (),
    abilities: Abilities = TWO_SIDED,
    quote: Any = None,
    market: Any = None,
    **changes: Any,
) -> Snapshot:
    view = replace(VIEW, quote=quote or a_quote(), market=market or MARKET)
    reading = holdings(positions, orders, fills)
    made = a_snapshot(reading, {"BTC": view}, abilities=abilities, two_sided=abilities.two_sided)
    return replace(made, **changes)


def diffed(want: WantGrid | WantResting, snapshot: Snapshot, policy: Policy | None = None) -> Resting:
    return rest(want, "BTC", snapshot, policy or whole(), seen_ids(snapshot.holdings))


def after(found: Resting, snapshot: Snapshot) -> Snapshot:
    """The same moment once this diff has been carried out."""
    gone = {c.order_id for c in found.cancels}
    live = [o for o in snapshot.holdings.orders_of("BTC") if o.order_id not in gone]
    placed = [as_order(r, n) for n, r in enumerate(found.rests)]
    return replace(snapshot, holdings=replace(snapshot.holdings, orders=(*live, *placed)))


def rested(
    want: WantGrid | WantResting, policy: Policy | None = None, snapshot: Snapshot | None = None
) -> Snapshot:
    """A snapshot in which exactly what is wanted waits."""
    start = snapshot or a_snap()
    return after(diffed(want, start, policy), start)


def held_leg(
    leg: Leg = Leg.LONG, size: str = "0.01", entry: object = 100_000, **changes: Any
) -> tuple[Position, Fill, Order]:
    """A position of the grid in one leg: with the fill of its first rung and its stop."""
    signed = dec(size) * leg.sign
    position = a_position(signed, entry_price=dec(entry), two_sided=True, **changes)
    identity = an_identity(Role.RUNG, strategy=GRID, leg=leg, reference=ANCHOR, rung=1)
    fill = a_fill(signed, client_id=encode(identity), leg=leg, price=dec(entry))
    level = dec(entry) * (1 - dec("0.025") * leg.sign)
    stop = a_stop(
        level,
        size,
        side=leg.closing,
        leg=leg,
        price=level * (1 - dec("0.1") * leg.sign),
        client_id=encode(replace(identity, role=Role.STOP, rung=0)),
        position_bound=True,
    )
    return position, fill, stop


def held_reading(*legs: tuple[Position, Fill, Order], orders: Sequence[Order] = ()) -> Holdings:
    positions, fills, stops = zip(*legs, strict=True) if legs else ((), (), ())
    return holdings(positions, (*stops, *orders), fills)


def cancelled(found: Resting) -> set[str]:
    return {c.order_id for c in found.cancels}


def placed_keys(found: Resting) -> list[tuple[str, Decimal]]:
    return [(r.leg.value, r.price) for r in found.rests]
