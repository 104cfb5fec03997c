"""`trader protect`: how a stop may be written, and what of it is not guessed."""

from decimal import Decimal

import click
import pytest

from tests.support.builders import a_market, a_position
from trader.closing import level_of
from trader.commands.protect import wish_of
from trader.core.errors import ConfigError
from trader.core.snapshot import Position


@pytest.mark.parametrize(
    ("written", "price", "fraction", "may_be_price"),
    [
        ("61000", "61000", None, False),
        ("1", "1", None, False),
        ("0.05", None, "0.05", True),
        ("5%", None, "0.05", False),
        ("2.5 %", None, "0.025", False),
    ],
)
def test_a_price_or_a_fraction(
    written: str, price: str | None, fraction: str | None, may_be_price: bool
) -> None:
    found = wish_of("BTC", written, loosen=False)
    assert (found.price, found.fraction) == (
        None if price is None else Decimal(price),
        None if fraction is None else Decimal(fraction),
    )
    assert found.may_be_price is may_be_price


@pytest.mark.parametrize("written", ["", "abc", "%", "0", "-1", "nan", "inf", "100%", "-5%", "1,000", "0%"])
def test_what_is_neither_is_refused(written: str) -> None:
    with pytest.raises(click.BadParameter):
        wish_of("BTC", written, loosen=False)


def a_cheap_position() -> Position:
    return a_position("1000", "DOGE", entry_price=Decimal("0.2"), mark=Decimal("0.21"))


def test_a_number_that_could_be_a_price_too_is_not_guessed() -> None:
    market = a_market("DOGE", price_decimals_max=5)
    with pytest.raises(ConfigError) as caught:
        level_of(wish_of("DOGE", "0.18", loosen=False), a_cheap_position(), market)
    assert str(caught.value) == (
        "DOGE trades at 0.21, so 0.18 may be a price or a fraction: write 18% for the fraction, or 10.00% "
        "for a stop at 0.18"
    )
    assert level_of(wish_of("DOGE", "10%", loosen=False), a_cheap_position(), market) == Decimal("0.18")
    assert level_of(wish_of("DOGE", "0.05", loosen=False), a_cheap_position(), market) == Decimal("0.19")
    held = a_position("0.01", entry_price=Decimal(100_000), mark=Decimal(100_000))
    assert level_of(wish_of("BTC", "0.05", loosen=False), held, a_market()) == Decimal(95_000)
