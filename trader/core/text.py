"""How values look to a person: numbers without exponents, times in UTC, remote text made harmless.

Rules: whatever a venue, an order tag or an error of a library says passes through `printable` before it is
shown, so that no remote party can move a cursor, hide a line or forge one. Nothing here follows a locale.
"""

from datetime import UTC, datetime
from decimal import Decimal

from trader.core.orders import Kind, Order

SHOWN_MAX = 300  # a hostile answer must not push the rest of a report off the screen
_DIGITS_MAX = 24  # beyond it an answer is nonsense, and spelling it out would fill the screen
_ESTIMATE_DIGITS = 6
_AVERAGE_DIGITS = 7  # what a venue's prices have at most: 103,646.7
_ELLIPSIS = "..."


def printable(text: str, *, length_max: int = SHOWN_MAX) -> str:
    """One line with nothing in it that a terminal or a reader's eye obeys; all else is spelled out."""
    shown = text if text.isprintable() else "".join(c if c.isprintable() else _spelled(c) for c in text)
    return shown if len(shown) <= length_max else shown[: length_max - len(_ELLIPSIS)] + _ELLIPSIS


def _spelled(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def number(value: Decimal | float) -> str:
    """All digits that matter, thousands apart, no exponent where a person would write none."""
    plain = _formatted(value, ",f")
    return plain.rstrip("0").rstrip(".") if "." in plain and "E" not in plain else plain


def estimate(price: Decimal) -> str:
    """A price that the venue computed, to six digits or the whole number: more would claim to be exact."""
    if not price.is_finite() or price.is_zero() or abs(price.adjusted()) > _DIGITS_MAX:
        return number(price)
    decimals = max(0, _ESTIMATE_DIGITS - 1 - price.adjusted())
    return number(round(price, decimals))


def average(price: Decimal) -> str:
    """A price that several executions come to: the digits of a market's prices, not those of a division."""
    decimals = max(0, _AVERAGE_DIGITS - 1 - price.adjusted()) if price.is_finite() else 0
    return number(round(price, decimals) if 0 < decimals <= _DIGITS_MAX else price)


def usd(value: Decimal | float) -> str:
    """Money to the cent."""
    return _formatted(value, ",.2f")


def signed_usd(value: Decimal | float) -> str:
    shown = _formatted(value, "+,.2f")
    return "+0.00" if shown == "-0.00" else shown


def percent(fraction: Decimal | float) -> str:
    return f"{_formatted(_exact(fraction) * 100, '.1f')} %"


def signed_percent(fraction: Decimal | float) -> str:
    return f"{_formatted(_exact(fraction) * 100, '+.1f')} %"


def _exact(value: Decimal | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _formatted(value: Decimal | float, form: str) -> str:
    """In the form given, or as it is when a million digits would follow from it."""
    exact = _exact(value)
    if exact == 0:
        return format(Decimal(0), form)
    is_ordinary = exact.is_finite() and abs(exact.adjusted()) <= _DIGITS_MAX
    return format(exact, form) if is_ordinary else str(exact)


def utc(moment_ms: int) -> str:
    """Date and time to the second; a time no calendar holds is shown as its number."""
    try:
        moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{moment_ms} ms"
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def utc_day(moment_ms: int) -> str:
    return utc(moment_ms)[:10]


def utc_clock(moment_ms: int) -> str:
    return utc(moment_ms)[11:]


def seconds(duration_ms: int) -> str:
    return f"{duration_ms / 1000:.1f} s"


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def order_text(order: Order) -> str:
    """A live order, without its coin and leg."""
    size = "whole position" if order.position_bound else number(order.size)
    waits = "" if order.is_armed else " (waits for its entry)"
    return f"{kind_name(order.kind)} {order.side.value} {size} at {number(order.level)}{waits}"


def kind_name(kind: Kind) -> str:
    """What an order is, in words."""
    return kind.value.replace("_", " ")
