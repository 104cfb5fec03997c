"""What the fast engine cannot answer: limits of the gate that could bind, and what it has no rule for.

Rules: it never guesses. A limit that is set and not proven here to stay silent in every run of the study
sends it to the replay, by its name in the file.
"""

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal

from trader.backtest.study import NeedsReplay, Study
from trader.core.market import Market, Trading, exact
from trader.core.policy import BookLimits, Limits, MarketPolicy
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.breakout_params import BreakoutParams

ORDERS_PER_ENTRY = 3
FAR_SHARE = 0.5  # an order that waits never stands farther from mark than this in the fast engine
WHOLE_MAX = 1e14  # steps in a price that doubles count exactly, with room

SILENT = frozenset(
    {
        "clock_skew_max_ms",
        "data_age_max_ms",
        "drawdown_days",
        "emergency_closes_max",
        "dead_stops_max",
        "failed_writes_max",
        "naked_resting_notional_max",
    }
)
"""Limits on what does not happen on recorded bars: late prices, refused writes, stops that die."""


def require_fast(study: Study) -> None:
    """Raise NeedsReplay for a study that the fast engine cannot answer exactly."""
    if study.held:
        raise NeedsReplay("a position is held from the start")
    for why in (*_limits(study.policy.limits, len(study.tapes)), *_coins(study)):
        raise NeedsReplay(why)


def _limits(limits: Limits, coins: int) -> Iterator[str]:
    silent = {
        "positions_max": _at_least(limits.positions_max, coins),
        "orders_per_run_max": _at_least(limits.orders_per_run_max, ORDERS_PER_ENTRY * coins),
        "orders_per_minute_max": _at_least(limits.orders_per_minute_max, 2 * ORDERS_PER_ENTRY * coins),
        "resting_per_side_max": True,
        "market_deviation_max": True,  # asked of each entry
        "limit_deviation_max": limits.limit_deviation_max is None or limits.limit_deviation_max >= FAR_SHARE,
        "book": limits.book == BookLimits(),
        "strategy_book": limits.strategy_book == BookLimits(),
    }
    for name in (its.name for its in fields(Limits)):
        if name in SILENT or silent.get(name, getattr(limits, name) is None):
            continue
        yield f"limits.{name} could refuse an entry"


def _at_least(limit: int | None, needed: int) -> bool:
    return limit is None or limit >= needed


def _coins(study: Study) -> Iterator[str]:
    frames = {study.policy.markets[coin].frame_ms for coin in study.tapes}
    if len(frames) > 1:
        yield "the coins' bars differ in length"
    for coin in sorted(study.tapes):
        policy, market = study.policy.markets[coin], study.markets[coin]
        rules = (*_strategy(policy), *_market(policy, market))
        for why in (*rules, *_prices(study, coin, market, policy)):
            yield f"{coin}: {why}"


def _strategy(policy: MarketPolicy) -> Iterator[str]:
    params = policy.params
    if policy.both_legs or not isinstance(params, BreakoutParams | BollingerParams):
        yield f"{policy.strategy_name} is replayed"


def _market(policy: MarketPolicy, market: Market) -> Iterator[str]:
    if market.trading is not Trading.OPEN:
        yield f"the venue's table says {market.trading.value}"
    if policy.sizing.leverage > market.leverage_max:
        yield f"sizing.leverage {policy.sizing.leverage} is above the venue's {market.leverage_max}"
    if policy.sizing.cross and not market.cross_allowed:
        yield "the venue allows only isolated margin"


def _prices(study: Study, coin: str, market: Market, policy: MarketPolicy) -> Iterator[str]:
    highest = float(study.tapes[coin].bars.high.max()) if len(study.tapes[coin].bars) else 0.0
    step = float(market.tick or Decimal(1).scaleb(-market.price_decimals_max))
    if highest * 4.0 / step > WHOLE_MAX:
        yield f"a price of {highest:g} has too many steps of {step:g}"
    if market.tick is not None and market.tick.as_integer_ratio()[1] > 10**15:
        yield f"a price step of {market.tick}"
    params = policy.params
    band = market.limit_band if isinstance(params, BollingerParams) and params.entry == "confirm" else None
    if band is not None and exact(params.entry_buffer) > band / 2:
        yield f"entry_buffer {params.entry_buffer} is near the venue's band of {band}"
