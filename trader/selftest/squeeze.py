"""How much margin a venue has to ask for so that it takes a position before its stop is met."""

from dataclasses import replace
from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import Position
from trader.exchange.rules import Market


def maintenance_that_takes(model: Model, user: str, held: Position, *, away: Decimal) -> Decimal:
    """The rate under which the position is taken when price has gone this fraction against it.

    On cross margin all of the account stands behind it, and the other leg of the coin with it.
    """
    mark = model.quote(held.coin).mark
    if held.collateral is not None:
        together = [held]
        value = held.collateral + held.szi * mark - held.cost
    else:
        crossed = [p for p in model.positions(user) if p.collateral is None]
        together = [p for p in crossed if p.coin == held.coin]
        value = model.account(user).cross.account_value
    net = sum((p.szi for p in together), Decimal(0)) * mark
    gross = sum((abs(p.szi) for p in together), Decimal(0)) * mark
    way = -1 if held.szi > 0 else 1
    return (value + net * way * away) / (gross * (1 + way * away))


def asking(market: Market, maintenance: Decimal) -> Market:
    """The same market with one tier, at this rate."""
    return replace(market, tiers=(replace(market.tiers[0], maintenance=maintenance),))
