"""How prices, ratios and fractions are written in a reason."""

from trader.core.text import number


def price_text(price: float) -> str:
    """Up to eight figures, with the thousands set apart: 94,330.5."""
    return number(float(f"{price:.8g}"))


def ratio_text(ratio: float) -> str:
    """Four figures, without trailing zeros: 0.8."""
    return f"{ratio:.4g}"


def percent_text(fraction: float) -> str:
    """A fraction as a percentage: 4 %."""
    return f"{fraction * 100.0:.4g} %"


def is_price(value: float) -> bool:
    """True for a finite number above zero; on anything else no decision is made."""
    return 0.0 < value < float("inf")
