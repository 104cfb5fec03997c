"""Numbers for people: nothing is lost that matters, and nothing is shown as more exact than it is."""

from decimal import Decimal

import pytest

from trader.core.text import average, estimate, number, signed_usd


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234.50", "1,234.5"),
        ("100", "100"),
        ("0.0000120", "0.000012"),
        ("-0.00", "0"),
        ("1.50E+30", "1.50E+30"),
    ],
)
def test_a_number_loses_only_digits_that_do_not_matter(value: str, shown: str) -> None:
    assert number(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("440335.7942528736", "440,336"),
        ("722.5523672474", "722.552"),
        ("0.000012345678", "0.0000123457"),
        ("68000", "68,000"),
        ("555662222.222222222222", "555,662,222"),
        ("1.5E+40", "1.5E+40"),
        ("NaN", "NaN"),
    ],
)
def test_a_computed_price_has_six_digits(price: str, shown: str) -> None:
    assert estimate(Decimal(price)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [("-0.001", "+0.00"), ("-0.01", "-0.01"), ("1234.5", "+1,234.50")]
)
def test_an_amount_below_a_cent_is_no_loss(amount: str, shown: str) -> None:
    assert signed_usd(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("95468.77142857", "95,468.77"),
        ("103646.7", "103,646.7"),
        ("0.00001234567891", "0.00001234568"),
        ("12345678", "12,345,678"),
        ("NaN", "NaN"),
    ],
)
def test_an_average_has_the_digits_of_prices(price: str, shown: str) -> None:
    assert average(Decimal(price)) == shown
