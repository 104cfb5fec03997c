"""Decimals as the venue writes them in answers: plain, shortest, and with at least one decimal place."""

from decimal import Decimal


def text(value: Decimal) -> str:
    """`5` is "5.0", `0.0100` is "0.01", nothing is ever in exponent form or a negative zero."""
    if not value:
        return "0.0"
    plain = str(value)
    if "E" in plain:
        plain = format(value, "f")
    if "." not in plain:
        return plain + ".0"
    plain = plain.rstrip("0")
    return plain + "0" if plain.endswith(".") else plain


def short(value: Decimal) -> str:
    """The same without the kept decimal place, as numbers stand inside display texts."""
    return text(value).removesuffix(".0")


def float_text(value: float, decimals: int) -> str:
    """A feed's float, rounded to a venue's decimals."""
    plain = f"{value:.{max(decimals, 1)}f}".rstrip("0")
    return plain + "0" if plain.endswith(".") else plain
