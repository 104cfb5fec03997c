"""How far from its level an order may fill: limit legs of market triggers, bounds of closes and entries."""

from decimal import Decimal

from trader.core.market import Leg, Market

STOP_ROOM = Decimal("0.10")  # the venue's own tolerance for a market trigger
CLOSE_ROOM = Decimal("0.05")  # how far through the market a close may fill
BAND_SHARE = Decimal("0.9")  # of the venue's band for limits: mark moves while the order is on its way


def exit_bound(trigger: Decimal, leg: Leg, market: Market) -> Decimal:
    """The limit leg of a market trigger: far enough beyond it to fill through a fast market."""
    raw = trigger * (1 - STOP_ROOM * leg.sign)
    return market.price_down(raw) if leg is Leg.LONG else market.price_up(raw)


def close_bound(mark: Decimal, leg: Leg, market: Market) -> Decimal:
    """The worst price at which a close may fill."""
    raw = mark * (1 - _within_band(CLOSE_ROOM, market) * leg.sign)
    return market.price_down(raw) if leg is Leg.LONG else market.price_up(raw)


def entry_bound(mark: Decimal, leg: Leg, market: Market, slippage_max: Decimal) -> Decimal:
    """The worst price at which an entry at once may fill."""
    raw = mark * (1 + _within_band(slippage_max, market) * leg.sign)
    return market.price_down(raw) if leg is Leg.LONG else market.price_up(raw)


def entry_room(market: Market, slippage_max: Decimal) -> Decimal:
    """How far from mark the bound of an entry at once lies, as a fraction, before it is rounded."""
    return _within_band(slippage_max, market)


def _within_band(room: Decimal, market: Market) -> Decimal:
    return room if market.limit_band is None else min(room, market.limit_band * BAND_SHARE)
