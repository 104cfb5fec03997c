"""What a grid looks at beside candles, off one observation: its rungs, its two legs, the next funding.

Everything comes from order ids, positions and the quote. A leg whose position and fills disagree makes the
whole a Doubt: a grid that misread one leg would add to it.
"""

from collections.abc import Iterator
from decimal import Decimal

from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg, Market, Slot
from trader.core.orders import Kind
from trader.core.ownership import Doubt, Owned, share, since_flat
from trader.core.policy import Policy, StopRules
from trader.core.snapshot import Holdings, Position, Quote, Snapshot
from trader.core.target import FundingFacts, GridFacts, LegFacts, LiveRung
from trader.cover import clear_of, own_stops, own_targets, tightest
from trader.resting_orders import own_resting


def grid_facts(snapshot: Snapshot, policy: Policy, market: Market, quote: Quote) -> GridFacts | Doubt | None:
    """The facts of one coin; None in an account that does not hold both sides apart."""
    if not snapshot.two_sided:
        return None
    legs: dict[Leg, LegFacts] = {}
    for leg in Leg:
        slot = Slot(market.coin, leg)
        mine = share(snapshot.holdings, slot, policy)
        if isinstance(mine, Doubt):
            return mine
        legs[leg] = _leg_facts(snapshot.holdings, slot, mine, policy, market)
    return GridFacts(
        now_ms=snapshot.venue_ms,
        tick=float(market.price_step(quote.mark)),
        lot=float(market.lot),
        notional_min=float(market.notional_min),
        legs=legs,
        rungs=tuple(_live_rungs(snapshot.holdings, market.coin, policy)),
        funding=_funding(quote),
    )


def stop_limit(position: Position, rules: StopRules, market: Market) -> Decimal | None:
    """The farthest level at which a stop still acts clear of liquidation, as cover.py measures it."""
    if position.liquidation_ahead is None:
        return None
    leg = position.leg
    nearest = clear_of(position.liquidation_ahead, position, rules)
    if nearest <= 0:
        return None
    return market.price_up(nearest) if leg is Leg.LONG else market.price_down(nearest)


def _leg_facts(holdings: Holdings, slot: Slot, mine: Owned, policy: Policy, market: Market) -> LegFacts:
    position = holdings.position_in(slot)
    if mine.ours == 0 or position is None:
        return LegFacts(0.0, None, None, None)
    orders = [o for o in holdings.orders_in(slot) if o.is_armed]
    stops = own_stops(orders, policy.account_tag)
    targets = [o.level for o in own_targets(orders, policy.account_tag)]
    average = position.entry_price if mine.foreign == 0 else mine.entry_price
    limit = stop_limit(position, policy.stops, market)
    return LegFacts(
        size=float(abs(mine.ours)),
        average=None if average is None else float(average),
        live_stop=float(tightest(stops, position.leg)) if stops else None,
        live_target=float(targets[0]) if targets else None,
        filled=tuple(dict.fromkeys(_filled(holdings, slot, policy))),
        stop_limit=None if limit is None else float(limit),
    )


def _filled(holdings: Holdings, slot: Slot, policy: Policy) -> Iterator[tuple[int, int]]:
    """Anchor and number of each rung among the fills that made the position, oldest first."""
    for fill in since_flat(holdings.fills_in(slot)) or ():
        identity = decode(fill.client_id)
        if not isinstance(identity, Identity) or identity.account != policy.account_tag:
            continue
        if identity.role is Role.RUNG:
            yield identity.reference, identity.rung


def _live_rungs(holdings: Holdings, coin: str, policy: Policy) -> Iterator[LiveRung]:
    for order, identity in own_resting(holdings, coin, policy):
        if identity.role is not Role.RUNG or order.kind is not Kind.LIMIT or order.price is None:
            continue
        yield LiveRung(
            leg=identity.leg,
            rung=identity.rung,
            anchor_ticks=identity.reference,
            bar_ms=identity.bar_ms,
            price=float(order.price),
            size=float(order.size + order.filled),
        )


def _funding(quote: Quote) -> FundingFacts | None:
    if quote.funding_next_ms is None or quote.funding_interval_ms is None:
        return None
    return FundingFacts(float(quote.funding_rate), quote.funding_next_ms, quote.funding_interval_ms)
