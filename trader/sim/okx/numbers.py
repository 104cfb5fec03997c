"""Decimals as this venue writes them: strings, plain and shortest, never an exponent or a negative zero."""

from decimal import ROUND_DOWN, Decimal

_DERIVED = Decimal("0.000000000001")


def text(value: Decimal) -> str:
    """`5.00` is "5", `0.0100` is "0.01"."""
    if not value:
        return "0"
    plain = str(value)
    if "E" in plain:
        plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def derived(value: Decimal | None) -> str:
    """A ratio or a quotient, cut to twelve places; nothing is the empty string."""
    return "" if value is None else text(value.quantize(_DERIVED, rounding=ROUND_DOWN))


def float_text(value: float, decimals: int) -> str:
    """A feed's float, rounded to a number of decimals."""
    plain = f"{value:.{max(decimals, 1)}f}".rstrip("0")
    return plain.rstrip(".")
