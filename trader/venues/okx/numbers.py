"""How the venue writes values: all of them as strings, and "" for what does not apply.

An empty string is nothing only where it is asked for as `..._or_none`; anywhere else it is Malformed.
"""

from decimal import Decimal

from trader.venues import strict
from trader.venues.strict import Row


def amount_or_none(row: Row, key: str, where: str) -> Decimal | None:
    return None if strict.text(row, key, where) == "" else strict.amount(row, key, where)


def positive_or_none(row: Row, key: str, where: str) -> Decimal | None:
    return None if strict.text(row, key, where) == "" else strict.positive(row, key, where)


def text_or_none(row: Row, key: str, where: str) -> str | None:
    """A name or id; None where the venue writes it empty."""
    return strict.text(row, key, where) or None


def moment(row: Row, key: str, where: str) -> int:
    """A time in milliseconds that can be true."""
    value = strict.text(row, key, where)
    if not (value.isascii() and value.isdigit()) or not strict.MOMENT_MIN <= int(value) < strict.MOMENT_MAX:
        strict.wrong(value, f"{where}.{key}", "a time in milliseconds as a string")
    return int(value)


def number(row: Row, key: str, where: str) -> str:
    """An id that is a number; pages are counted by it."""
    value = strict.text(row, key, where)
    if not (value.isascii() and value.isdigit()):
        strict.wrong(value, f"{where}.{key}", "a number as a string")
    return value


def is_true(row: Row, key: str, where: str) -> bool:
    """A truth that is written as a word."""
    return strict.choice(row, key, where, ("true", "false")) == "true"
