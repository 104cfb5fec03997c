"""The filters of a symbol: precision, tick, step, limits, price band and minimum notional.

Rules: what is checked first is a switch, because nobody knows. A trigger price between ticks is taken or
refused by a switch too. What can only reduce needs no minimum.
"""

from decimal import Decimal

from trader.sim.binance.decimals import plain
from trader.sim.binance.refusals import Refused, refused
from trader.sim.binance.symbols import places
from trader.sim.binance.venue import Venue

ZERO = Decimal(0)


def decimals_of(value: Decimal) -> int:
    """Decimal places as written, without trailing zeros."""
    return places(value) if value else 0


def check_quantity(venue: Venue, coin: str, quantity: Decimal, *, at_market: bool) -> None:
    """LOT_SIZE or MARKET_LOT_SIZE."""
    rules, market = venue.symbols[coin], venue.market_of(coin)
    if decimals_of(quantity) > places(market.size_step) and venue.switches.precision_before_tick:
        raise refused(-1111)
    if quantity <= 0:
        raise refused(-4003)
    if quantity < market.size_step:
        raise refused(-4004)
    if quantity > (rules.market_max_qty if at_market else rules.max_qty):
        raise refused(-4005)
    if quantity % market.size_step:
        raise refused(-4023)


def check_price(venue: Venue, coin: str, price: Decimal) -> None:
    """PRICE_FILTER."""
    rules, market = venue.symbols[coin], venue.market_of(coin)
    too_precise = decimals_of(price) > rules.price_precision
    if too_precise and venue.switches.precision_before_tick:
        raise refused(-1111)
    if price < rules.min_price:
        raise refused(-4013)
    if price > rules.max_price:
        raise Refused(-4002, "Price greater than max price.")
    if price % market.price_step:
        raise refused(-4014)


def check_band(venue: Venue, coin: str, price: Decimal, *, is_buy: bool) -> None:
    """PERCENT_PRICE of a limit order."""
    rules, mark = venue.symbols[coin], venue.model.quote(coin).mark
    highest, lowest = mark * rules.multiplier_up, mark * rules.multiplier_down
    if is_buy and price > highest:
        raise Refused(-4016, f"Limit price can't be higher than {plain(highest)}.")
    if not is_buy and price < lowest:
        raise Refused(-4024, f"Limit price can't be lower than {plain(lowest)}.")


def check_market_band(venue: Venue, coin: str, *, is_buy: bool) -> None:
    """An order at market whose best opposite price is too far from mark."""
    bound, quoted = venue.symbols[coin].market_take_bound, venue.model.quote(coin)
    away = quoted.ask - quoted.mark if is_buy else quoted.mark - quoted.bid
    if away > quoted.mark * bound:
        raise refused(-4131)


def check_notional(venue: Venue, coin: str, quantity: Decimal, price: Decimal, *, only_reduces: bool) -> None:
    """MIN_NOTIONAL."""
    minimum = venue.symbols[coin].min_notional
    if not only_reduces and quantity * price < minimum:
        raise refused(-4164, plain(minimum))


def check_trigger_price(venue: Venue, coin: str, price: Decimal) -> None:
    """A trigger price is checked like a price, unless the venue is taken to accept any tick."""
    if price <= 0:
        raise refused(-4013)
    if venue.switches.off_tick_trigger != "accept":
        check_price(venue, coin, price)
