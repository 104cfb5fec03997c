"""A11: a price with too many decimals was refused for ever. Here prices and sizes obey the venue by rule."""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import a_market, dec
from trader import exchange
from trader.bounds import close_bound, exit_bound
from trader.core.errors import Broken
from trader.core.market import Leg, MarginTier, Market, Side, exact, leg_of
from trader.exchange import rules
from trader.exchange.market_tables import parse_markets

TABLE = Path(exchange.__file__).parent / "markets" / "hyperliquid.json"


@lru_cache(maxsize=1)
def listed() -> tuple[rules.Market, ...]:
    """Every market of the venue, as the model exchange knows it."""
    return parse_markets(json.loads(TABLE.read_text()))


def as_traded(market: rules.Market) -> Market:
    """The same rules as the adapter reads them from the venue's table."""
    return a_market(
        market.coin,
        lot=Decimal(1).scaleb(-market.size_decimals),
        price_decimals_max=6 - market.size_decimals,
        price_figures_max=market.significant_figures,
    )


markets = st.sampled_from(listed())
prices = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(1, 10**12),
    st.integers(-14, 2),
).filter(lambda price: Decimal("0.0000001") < price < 10**9)
ways: list[Callable[[Market, Decimal], Decimal]] = [Market.price, Market.price_up, Market.price_down]


@settings(max_examples=500, deadline=None)
@given(markets, prices, st.sampled_from(ways))
def test_a_price_is_one_that_the_venue_accepts(
    market: rules.Market, raw: Decimal, way: Callable[[Market, Decimal], Decimal]
) -> None:
    price = way(as_traded(market), raw)
    assert price > 0
    assert rules.on_tick(market, price), f"{market.coin}: {raw} became {price}"


@settings(max_examples=300, deadline=None)
@given(markets, prices)
def test_a_price_moves_less_than_a_step_and_in_the_way_asked(market: rules.Market, raw: Decimal) -> None:
    ours = as_traded(market)
    step = ours.price_step(raw)
    assert ours.price_up(raw) >= raw
    assert ours.price_down(raw) <= raw or ours.price_down(raw) == step
    assert abs(ours.price(raw) - raw) <= step
    if raw >= step:
        assert ours.price_up(raw) - raw < step * 10
        assert raw - ours.price_down(raw) < step


@settings(max_examples=300, deadline=None)
@given(markets, prices, st.sampled_from(ways))
def test_a_price_that_obeys_stays_as_it_is(
    market: rules.Market, raw: Decimal, way: Callable[[Market, Decimal], Decimal]
) -> None:
    ours = as_traded(market)
    once = way(ours, raw)
    assert [w(ours, once) for w in ways] == [once] * len(ways)


@settings(max_examples=300, deadline=None)
@given(markets, prices, st.sampled_from(Leg))
def test_the_limit_legs_obey_too_and_leave_room(market: rules.Market, raw: Decimal, leg: Leg) -> None:
    ours = as_traded(market)
    trigger = ours.price(raw)
    for bound, room in ((exit_bound(trigger, leg, ours), "0.1"), (close_bound(trigger, leg, ours), "0.05")):
        assert bound > 0
        assert rules.on_tick(market, bound)
        wanted = trigger * (1 - dec(room) * leg.sign)
        assert (wanted - bound) * leg.sign >= 0 or bound == ours.price_step(wanted)


@settings(max_examples=200, deadline=None)
@given(markets, st.decimals(min_value=0, max_value=10**6, places=9))
def test_a_size_is_whole_lots_and_never_more(market: rules.Market, raw: Decimal) -> None:
    size = as_traded(market).size_down(raw)
    assert size == rules.floor_lot(market, raw)
    assert size % market.size_step == 0
    assert raw - market.size_step < size <= raw


@lru_cache(maxsize=1)
def other_opinion() -> Any:
    """The widely used client library, which rounds prices for this venue by code of its own."""
    from ccxt import hyperliquid

    client = hyperliquid()
    client.markets = {
        m.coin: {
            "symbol": m.coin,
            "spot": False,
            "precision": {"amount": str(Decimal(1).scaleb(-m.size_decimals))},
        }
        for m in listed()
    }
    return client


@settings(max_examples=300, deadline=None)
@given(markets, prices)
def test_a_client_library_would_not_change_the_price(market: rules.Market, raw: Decimal) -> None:
    price = as_traded(market).price(raw)
    if price >= Decimal(1).scaleb(market.size_decimals - 6):
        assert Decimal(other_opinion().price_to_precision(market.coin, f"{price:f}")) == price


@pytest.mark.parametrize(
    ("decimals", "raw", "price"),
    [
        (1, "123456", "123456"),
        (1, "123456.7", "123457"),
        (1, "12345.67", "12346"),
        (1, "1234.567", "1234.6"),
        (1, "0.04", "0.1"),
        (6, "0.00123456", "0.001235"),
        (6, "99999.6", "100000"),
        (4, "1.00005", "1.0001"),
    ],
)
def test_prices_by_hand(decimals: int, raw: str, price: str) -> None:
    assert a_market(price_decimals_max=decimals).price(dec(raw)) == dec(price)


@pytest.mark.parametrize("bad", ["0", "-1", "NaN", "Infinity", "-Infinity"])
def test_what_is_no_price_is_a_bug(bad: str) -> None:
    with pytest.raises(Broken, match="not a price"):
        a_market().price(dec(bad))


@pytest.mark.parametrize("bad", ["-0.1", "NaN", "Infinity"])
def test_what_is_no_size_is_a_bug(bad: str) -> None:
    with pytest.raises(Broken, match="not a size"):
        a_market().size_down(dec(bad))


def test_the_tier_is_that_of_the_notional() -> None:
    market = a_market(tiers=(MarginTier(dec(0), 40), MarginTier(dec(1000), 20), MarginTier(dec(5000), 5)))
    seen = {n: market.tier(dec(n)).leverage_max for n in (0, 999, 1000, 4999, 5000, 10**9)}
    assert seen == {0: 40, 999: 40, 1000: 20, 4999: 20, 5000: 5, 10**9: 5}
    assert market.leverage_max == 40


@pytest.mark.parametrize(
    ("notional", "need"), [(0, 0), (1000, "12.5"), (1001, "12.525"), (5000, "112.5"), (6000, "212.5")]
)
def test_each_part_of_a_notional_is_maintained_at_the_rate_of_its_tier(notional: int, need: object) -> None:
    """Which is what the venues' deductions come to: 6,000 at a tenth, less 387.5."""
    market = a_market(tiers=(MarginTier(dec(0), 40), MarginTier(dec(1000), 20), MarginTier(dec(5000), 5)))
    assert market.maintenance(dec(1), dec(notional)) == dec(need)


def test_where_tiers_go_by_coins_one_rate_holds_for_all_that_is_held() -> None:
    tiers = (
        MarginTier(dec(0), 40, dec("0.01"), dec(0)),
        MarginTier(dec(300_000), 20, dec("0.02"), dec(5)),
    )
    market = a_market(tiers=tiers)
    needs = [market.maintenance(dec(size), dec(1_000_000)) for size in ("4.99", 5, 50)]
    assert needs == [dec(10_000), dec(20_000), dec(20_000)]


def test_sides_and_legs() -> None:
    assert (leg_of(dec(1)), leg_of(dec(-1))) == (Leg.LONG, Leg.SHORT)
    assert (Leg.LONG.opening, Leg.LONG.closing, Leg.SHORT.opening) == (Side.BUY, Side.SELL, Side.SELL)
    assert Side.BUY.opposite is Side.SELL
    with pytest.raises(Broken):
        leg_of(dec(0))


@settings(max_examples=100)
@given(st.floats(min_value=1e-9, max_value=1e9))
def test_a_float_leaves_as_the_decimal_that_reads_back_as_it(value: float) -> None:
    assert float(exact(value)) == value


@pytest.mark.parametrize(
    ("size", "trims", "sent"),
    [
        ("0.02", True, "0.02"),
        ("0.029", True, "0.03"),
        ("0.029", False, "0.02"),
        ("0.009", True, "0.01"),
        ("0.009", False, "0.009"),
    ],
)
def test_a_position_that_is_no_whole_number_of_lots_is_closed_in_lots(
    size: str, trims: bool, sent: str
) -> None:
    assert a_market(lot=dec("0.01")).size_to_close(dec(size), trims=trims) == dec(sent)
