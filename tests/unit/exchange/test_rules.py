"""Ticks, lots, tiers and the table of markets."""

from decimal import Decimal

import pytest

from tests.support.model_exchange import shipped_markets
from trader.exchange.margin import maintenance, tier_at
from trader.exchange.market_tables import BadMarkets, parse_markets
from trader.exchange.rules import ceil_tick, floor_lot, floor_tick, on_tick

MARKETS = {market.coin: market for market in shipped_markets()}


@pytest.mark.parametrize(
    ("coin", "px", "is_valid"),
    [
        ("BTC", "60000", True),
        ("BTC", "123456", True),
        ("BTC", "12345.6", False),
        ("BTC", "9999.1", True),
        ("BTC", "9999.12", False),
        ("BTC", "0.1", True),
        ("SOL", "100.01", True),
        ("SOL", "100.011", False),
        ("SOL", "99.999", True),
        ("SOL", "9.9999", True),
        ("SOL", "9.99991", False),
        ("SOL", "0.99991", False),
        ("kPEPE", "0.012345", True),
        ("kPEPE", "0.0123456", False),
        ("kPEPE", "0.000123", True),
    ],
)
def test_a_price_has_five_figures_and_the_markets_decimals(coin: str, px: str, is_valid: bool) -> None:
    assert on_tick(MARKETS[coin], Decimal(px)) is is_valid


@pytest.mark.parametrize(
    ("coin", "px", "below", "above"),
    [
        ("BTC", "60000.4", "60000", "60001"),
        ("BTC", "60001", "60001", "60001"),
        ("SOL", "99.9996", "99.999", "100"),
        ("ETH", "2999.97", "2999.9", "3000"),
        ("kPEPE", "0.01234567", "0.012345", "0.012346"),
    ],
)
def test_rounding_to_ticks_goes_outward(coin: str, px: str, below: str, above: str) -> None:
    assert floor_tick(MARKETS[coin], Decimal(px)) == Decimal(below)
    assert ceil_tick(MARKETS[coin], Decimal(px)) == Decimal(above)


def test_a_lot_is_cut_never_rounded_up() -> None:
    assert floor_lot(MARKETS["SOL"], Decimal("1.239")) == Decimal("1.23")
    assert floor_lot(MARKETS["kPEPE"], Decimal("1999.9")) == Decimal("1999")


@pytest.mark.parametrize(
    ("coin", "notional", "expected"),
    [
        ("BTC", "100", "1.25"),
        ("BTC", "150000000", "1875000"),
        ("BTC", "150000100", "1875002.5"),
        ("SOL", "80000000", "2250000"),
        ("ATOM", "1000", "100"),
    ],
)
def test_maintenance_is_continuous_over_the_tiers(coin: str, notional: str, expected: str) -> None:
    assert maintenance(MARKETS[coin], Decimal(notional)) == Decimal(expected)


def test_the_tier_caps_leverage() -> None:
    assert tier_at(MARKETS["BTC"], Decimal(149_999_999))[0].max_leverage == 40
    assert tier_at(MARKETS["BTC"], Decimal(150_000_000))[0].max_leverage == 20


def test_the_shipped_table_has_the_known_numbers() -> None:
    known = {name: (m.size_decimals, m.max_leverage, m.price_decimals) for name, m in MARKETS.items()}
    assert known["BTC"] == (5, 40, 1)
    assert known["ETH"] == (4, 25, 2)
    assert known["SOL"] == (2, 20, 4)
    assert known["kPEPE"] == (0, 10, 6)
    assert [m.index for m in shipped_markets()] == list(range(len(MARKETS)))
    indexes = {name: m.index for name, m in MARKETS.items()}
    assert [indexes[name] for name in ("BTC", "ETH", "SOL", "kPEPE")] == [0, 1, 5, 15]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"price_decimals_total": 6, "significant_figures": 5, "margin_tables": {"1": []}, "markets": []},
        {
            "price_decimals_total": 6,
            "significant_figures": 5,
            "margin_tables": {"1": [{"lower_bound": "5", "max_leverage": 3}]},
            "markets": [],
        },
        {
            "price_decimals_total": 6,
            "significant_figures": 5,
            "margin_tables": {},
            "markets": [{"coin": "BTC", "max_leverage": 3}],
        },
    ],
)
def test_a_broken_table_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(BadMarkets):
        parse_markets(broken)
