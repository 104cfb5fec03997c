"""Decimals as the venue writes them: a fixed number of places, never an exponent, never a negative zero."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

MONEY_PLACES = 8
_STEPS = tuple(Decimal(1).scaleb(-places) for places in range(13))


def fixed(value: Decimal, places: int) -> str:
    """Rounded half up to so many places."""
    step = _STEPS[places] if 0 <= places < len(_STEPS) else Decimal(1).scaleb(-places)
    rounded = value.quantize(step, rounding=ROUND_HALF_UP)
    return format(abs(rounded) if rounded == 0 else rounded, "f")


def money(value: Decimal) -> str:
    """An amount of the margin asset."""
    return fixed(value, MONEY_PLACES)


def money_floor(value: Decimal) -> str:
    """An amount that may be used: never more than there is."""
    return fixed(value.quantize(Decimal(1).scaleb(-MONEY_PLACES), rounding=ROUND_DOWN), MONEY_PLACES)


def plain(value: Decimal) -> str:
    """Shortest: `0.050` is "0.05", `5.0` is "5"."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def float_text(value: float, places: int) -> str:
    """A feed's float at the venue's places."""
    return f"{value:.{places}f}"
