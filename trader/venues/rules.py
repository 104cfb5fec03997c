"""Which markets' rules an observation carries: of every coin that is asked for, held, or has an order."""

from collections.abc import Callable, Mapping

from trader.core.market import Market
from trader.core.orders import Unreadable
from trader.core.snapshot import Holdings, MarketView


def rules_of(
    markets: Mapping[str, MarketView], holdings: Holdings, market: Callable[[str], Market | None]
) -> dict[str, Market]:
    """The rules of what was asked for, then of what the account has; unknown ones are left out."""
    coins = {position.coin: None for position in holdings.positions}
    if not isinstance(holdings.orders, Unreadable):
        coins |= {order.coin: None for order in holdings.orders}
    held = {coin: market(coin) for coin in coins if coin not in markets}
    known = {coin: found for coin, found in held.items() if found is not None}
    return {coin: view.market for coin, view in markets.items()} | known
