"""A tick that only moves the exits of one position: the plan's own moves, without the rest of a tick.

Rules: what moves and how is `holding.hold`, what is taken off is `examine.superseded`, both pass the gate and
are sent like anything else. A test compares with whole ticks.
"""

from decimal import Decimal

from trader.backtest.replay.venue import ReplayVenue
from trader.core.actions import Cancel
from trader.core.candles import last_closed_ms
from trader.core.market import exact
from trader.core.policy import Policy
from trader.core.ports import Env, Scope
from trader.core.target import WantHold
from trader.examine import superseded
from trader.gate import gate_repair
from trader.holding import Coin, held_in, hold
from trader.ids import seen_ids
from trader.sending import send


def move_exits(env: Env, venue: ReplayVenue, policy: Policy, coin: str, wanted: WantHold) -> None:
    """Bring the exits of a coin's one position to where they are wanted."""
    snapshot = venue.standing(Scope(fills_back_ms=env.fills_back_ms))
    holdings, market_policy = snapshot.holdings, policy.markets[coin]
    mark: Decimal = exact(venue.close(coin))
    at = Coin(
        policy=market_policy,
        whole=policy,
        market=venue.market(coin),
        mark=mark,
        account=policy.account_tag,
        bar_ms=last_closed_ms(snapshot.venue_ms, market_policy.frame_ms),
        seen=seen_ids(holdings),
        snapshot=snapshot,
    )
    position = next(p for p in holdings.positions if p.coin == coin)
    held = held_in(at, position.slot)
    actions = [] if held is None else hold(at, wanted, held, [])
    if not actions:
        return
    send(env, gate_repair(actions, holdings, policy, venue.abilities).approved)
    now = venue.inspect(env.fills_back_ms)
    gone = [Cancel.of(o, "replaced by a newer exit") for o in superseded(now, policy, venue.abilities)]
    send(env, gate_repair(gone, now, policy, venue.abilities).approved)
