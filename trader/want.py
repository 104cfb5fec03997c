"""Asks each coin's strategy what it wants, and says why it was not asked when it was not.

A strategy sees closed candles that end at the expected bar and facts that agree with each other; with
anything less there is nothing to want, and the reason is the answer.
"""

from trader.core.candles import Candles, last_closed_ms
from trader.core.market import Slot
from trader.core.orders import Unreadable
from trader.core.ownership import Doubt, Owned, came_of_an_exit, one_held
from trader.core.policy import MarketPolicy, Policy
from trader.core.snapshot import MarketView, Quote, Snapshot
from trader.core.target import CoinFacts, Holding, Stay, Want
from trader.cover import own_stops, own_targets, tightest
from trader.grid_facts import grid_facts
from trader.rules.prices import doubt_in


def want_all(snapshot: Snapshot, policy: Policy) -> dict[str, Want]:
    """One want for every coin of the configuration."""
    return {coin: want(snapshot, policy, coin) for coin in sorted(policy.markets)}


def want(snapshot: Snapshot, policy: Policy, coin: str) -> Want:
    """What the strategy of one coin wants now."""
    if coin in snapshot.missing:
        return Stay(snapshot.missing[coin])
    view = snapshot.markets[coin]
    market_policy = policy.markets[coin]
    ready = _readable(snapshot, view, market_policy)
    if isinstance(ready, Stay):
        return ready
    candles, quote = ready
    if market_policy.both_legs:
        grid = _grid_facts(snapshot, policy, view, quote)
        return grid if isinstance(grid, Stay) else market_policy.strategy(candles, grid, market_policy)
    held = one_held(snapshot, coin, policy)
    if isinstance(held, Doubt):
        return Stay(f"in doubt: {held.why}")
    if came_of_an_exit(held[1]):
        return Stay("an exit of ours opened what is held: it is to be closed, and no signal's to manage")
    facts = _facts(snapshot, policy, quote, *held)
    return market_policy.strategy(candles, facts, market_policy)


def _readable(snapshot: Snapshot, view: MarketView, policy: MarketPolicy) -> tuple[Candles, Quote] | Stay:
    holdings = snapshot.holdings
    for part in (holdings.orders, holdings.fills, view.quote, view.candles):
        if isinstance(part, Unreadable):
            return Stay(f"unreadable {part.what}: {part.why}")
    quote, candles = view.quote, view.candles
    if isinstance(quote, Unreadable) or isinstance(candles, Unreadable):
        return Stay("unreadable market data")
    doubtful = doubt_in(quote)
    if doubtful:
        return Stay(f"doubtful prices: {doubtful}")
    if not candles.open_ms:
        return Stay("warm-up: no closed bar")
    expected = last_closed_ms(snapshot.venue_ms, policy.frame_ms)
    if candles.open_ms[-1] != expected:
        return Stay(
            f"bar late: the last closed bar is {expected - candles.open_ms[-1]} ms older than expected"
        )
    return candles, quote


def _facts(snapshot: Snapshot, policy: Policy, quote: Quote, slot: Slot, mine: Owned) -> CoinFacts:
    orders = snapshot.holdings.orders_in(slot)
    holding = _holding(mine)
    live_stop = live_target = None
    if holding is not None:
        stops = [o for o in own_stops(orders, policy.account_tag) if o.side is holding.leg.closing]
        live_stop = float(tightest(stops, holding.leg)) if stops else None
        targets = [o.trigger for o in own_targets(orders, policy.account_tag) if o.trigger is not None]
        live_target = float(targets[0]) if targets else None
    return CoinFacts(
        mark=float(quote.mark),
        equity=float(snapshot.holdings.account.equity),
        holding=holding,
        live_stop=live_stop,
        live_target=live_target,
        taker_fee=float(snapshot.taker_fee),
    )


def _grid_facts(snapshot: Snapshot, policy: Policy, view: MarketView, quote: Quote) -> CoinFacts | Stay:
    """For a strategy that holds both legs apart there is no one holding: its facts are those of the grid."""
    grid = grid_facts(snapshot, policy, view.market, quote)
    if isinstance(grid, Doubt):
        return Stay(f"in doubt: {grid.why}")
    return CoinFacts(
        mark=float(quote.mark),
        equity=float(snapshot.holdings.account.equity),
        holding=None,
        live_stop=None,
        live_target=None,
        taker_fee=float(snapshot.taker_fee),
        grid=grid,
    )


def _holding(mine: Owned) -> Holding | None:
    if mine.ours == 0 or mine.entry_price is None or mine.entry_ms is None or mine.entry is None:
        return None
    return Holding(
        leg=mine.leg,
        size=float(abs(mine.ours)),
        entry_price=float(mine.entry_price),
        entry_ms=mine.entry_ms,
        signal_ms=mine.entry.signal_ms,
    )
