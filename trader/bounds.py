"""How far from its level an order may fill: the limit legs of market triggers, and the bound of a close."""

from decimal import Decimal

from trader.core.market import Leg, Market

STOP_ROOM = Decimal("0.10")  # the venue's own tolerance for a market trigger
CLOSE_ROOM = Decimal("0.05")  # how far through the market a close may fill


def exit_bound(trigger: Decimal, leg: Leg, market: Market) -> Decimal:
    """The limit leg of a market trigger: far enough beyond it to fill through a fast market."""
    raw = trigger * (1 - STOP_ROOM * leg.sign)
    return market.price_down(raw) if leg is Leg.LONG else market.price_up(raw)


def close_bound(mark: Decimal, leg: Leg, market: Market) -> Decimal:
    """The worst price at which a close may fill."""
    raw = mark * (1 - CLOSE_ROOM * leg.sign)
    return market.price_down(raw) if leg is Leg.LONG else market.price_up(raw)
