"""The rules that each entry must pass, at once or waiting, in the order in which one wants to hear them.

Three parts of each table: what must hold before anything else is asked, how large it may be, and what comes
last because it counts what a plan sends or asks for a record that is read for entries alone.
"""

from collections.abc import Callable, Mapping

from trader.core.actions import Enter, Rest
from trader.rules import breakers, conditions, portfolio, prices, sizes
from trader.rules.book import Book

Shared = Mapping[str, Callable[[Enter | Rest, Book], str | None]]

FIRST: Shared = {
    "halted": conditions.halted,
    "scope": conditions.scope,
    "account": conditions.account,
    "venue": conditions.venue,
    "unfamiliar": conditions.unfamiliar,
    "readable": conditions.readable,
    "past": breakers.past,
    "daily_loss": breakers.daily_loss,
    "drawdown": breakers.drawdown,
    "losing_streak": breakers.streak,
    "clock": conditions.clock,
    "trading": conditions.trading,
    "prices": prices.prices,
    "stale": prices.stale,
    "cover": conditions.cover,
}
SIZE: Shared = {
    "funding_day": prices.funding_day,
    "notional": sizes.order_notional,
    "coin_notional": sizes.coin_notional,
    "side_notional": sizes.side_notional,
    "gross_notional": sizes.gross_notional,
    "net_notional": sizes.net_notional,
    "leverage_used": sizes.leverage_used,
    "trade_loss": sizes.trade_loss,
    "loss_at_stops": portfolio.account_loss,
    "strategy_loss_at_stops": portfolio.strategy_loss,
    "risk_volatility": portfolio.account_volatility,
    "strategy_risk_volatility": portfolio.strategy_volatility,
    "positions": sizes.positions,
    "margin": sizes.margin,
}
LAST: Shared = {
    "orders_per_run": sizes.orders_per_run,
    "orders_per_minute": sizes.orders_per_minute,
    "budget": conditions.budget,
    "ended": breakers.ended,
    "emergency_closes": breakers.emergency_closes,
    "dead_stops": breakers.dead_stops,
}
