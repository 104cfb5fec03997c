"""Doubles are rounded as the program's decimals are, on ties and beside them."""

from decimal import Decimal
from fractions import Fraction
from math import inf, nextafter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.builders import a_market
from trader.backtest.fast.entering import figures_den
from trader.backtest.fast.rounding import UNDECIDED, bound_price, lots_worth, nearest_price
from trader.bounds import entry_bound
from trader.core.market import Leg, Market, exact

MARKETS = (
    a_market(),
    a_market(tick=Decimal("0.05"), price_decimals_max=2, price_figures_max=None, lot=Decimal("0.001")),
    a_market(tick=Decimal("0.1"), price_decimals_max=1, price_figures_max=None, limit_band=Decimal("0.002")),
    a_market(tick=Decimal("0.5"), price_decimals_max=1, price_figures_max=None, lot=Decimal(1)),
    a_market(price_decimals_max=5, price_figures_max=5, lot=Decimal("0.1")),
    a_market(price_decimals_max=2, price_figures_max=None),
)
ROOM = Decimal("0.003")
MANY = settings(max_examples=300, deadline=None, derandomize=True)

markets = st.sampled_from(MARKETS)
decimals = st.decimals(min_value="0.01", max_value="250000", places=4).map(float)
halves = st.integers(1, 400_000).map(lambda n: n * 0.025)
beside = st.builds(lambda x, up: nextafter(x, inf if up else 0.0), st.one_of(halves, decimals), st.booleans())
prices = st.one_of(decimals, halves, beside, st.floats(0.01, 250_000))


def grid(market: Market) -> tuple[float, float, int, int]:
    """num, den, decimals, figures as compiled code has them."""
    step = market.tick or Decimal(1).scaleb(-market.price_decimals_max)
    num, den = step.as_integer_ratio()
    return num, den, market.price_decimals_max, 0 if market.tick else market.price_figures_max or 0


@MANY
@given(prices, markets)
def test_a_price_is_the_one_of_decimals(price: float, market: Market) -> None:
    assert nearest_price(price, *grid(market)) == float(market.price(exact(price)))


@MANY
@given(prices, markets, st.sampled_from([1, -1]))
def test_a_bound_is_the_one_of_decimals_or_not_told(price: float, market: Market, sign: int) -> None:
    room = ROOM if market.limit_band is None else min(ROOM, market.limit_band * Decimal("0.9"))
    den = (1 + room).as_integer_ratio()[1]
    found = bound_price(price, sign, float((1 + sign * room) * den), float(den), *grid(market))
    if found == UNDECIDED:
        assert len(exact(price).as_tuple().digits) > 10, "a price of few digits is told"
        return
    leg = Leg.LONG if sign > 0 else Leg.SHORT
    assert found == float(entry_bound(exact(price), leg, market, ROOM))


@MANY
@given(st.one_of(st.floats(1.0, 1e5), st.integers(1, 10**6).map(lambda n: n / 8)), prices, markets)
def test_a_size_is_the_one_of_decimals(notional: float, price: float, market: Market) -> None:
    at = market.price(exact(price))
    assume(at * market.lot > Decimal("1e-9"))
    num, den, _, figures = grid(market)
    if figures:
        den = figures_den(float(at), {"decimals": market.price_decimals_max})
    lot_num, lot_den = market.lot.as_integer_ratio()
    lots = lots_worth(notional, float(at), num, den, lot_num, lot_den)
    if lots != UNDECIDED:
        assert int(lots) * market.lot == market.size_down(exact(notional) / at)


def test_a_notional_that_buys_whole_lots_exactly_buys_them() -> None:
    """A tie: 30 coins of one lot each at 10 are 300."""
    assert lots_worth(300.0, 10.0, 1.0, 10.0, 1.0, 1.0) == 30.0
    assert lots_worth(nextafter(300.0, 0.0), 10.0, 1.0, 10.0, 1.0, 1.0) == 29.0
    assert Fraction(3, 10) != Fraction(0.3)
    assert lots_worth(0.3, 0.1, 1.0, 10.0, 1.0, 1.0) == 3.0, "as decimals, though 0.3 / 0.1 is below 3"
