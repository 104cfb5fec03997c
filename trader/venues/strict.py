"""Reads JSON strictly: every field asked for is there and of the right kind, or Malformed.

* Never a default for a missing field. `optional` names the few that the venue really leaves out.
* Amounts are JSON strings of plain digits: no exponent, no NaN, no infinity, nothing absurdly long.
* A key given twice makes the whole body malformed: the two readers of it would disagree.
* What the other side wrote is escaped and cut before it goes into a message.
"""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NoReturn

from trader.core.errors import Malformed

Row = dict[str, object]

_AMOUNT = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?")
_TEXT_CHARACTERS_MAX = 160
_WHOLE_MAX = 1 << 63
# Any moment from 2004 to 2527 in milliseconds; seconds, microseconds and nonsense fall outside.
MOMENT_MIN = 1 << 40
MOMENT_MAX = 1 << 44


def shown(text: object) -> str:
    """Foreign text made safe for a message: no control characters, no line breaks, not long."""
    whole = text if isinstance(text, str) else str(text)[:_TEXT_CHARACTERS_MAX]
    cut = whole[:_TEXT_CHARACTERS_MAX]
    safe = cut if cut.isprintable() else "".join(map(_printable, cut))
    return safe + "..." if len(whole) > len(cut) else safe


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "replace").decode()


def decode(body: bytes, what: str) -> object:
    """The JSON value of a body, with no key twice and no number that is none."""
    return _decoded(body, what, _UNIQUE)


def decode_rows(body: bytes, what: str, *, quotes_per_row: int) -> object:
    """The same for a long list of flat rows, cheaper: the quotes are counted instead of the keys.

    Where each row has its expected keys and the body has no quote beyond them, no key stands there twice.
    """
    value = _decoded(body, what, _PLAIN)
    if isinstance(value, list) and body.count(b'"') == quotes_per_row * len(value):
        return value
    return decode(body, what)


def _decoded(body: bytes, what: str, decoder: json.JSONDecoder) -> object:
    try:
        return decoder.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed(
            f"{what}: not the JSON that was expected ({shown(error)}), it begins {shown(body[:80])}"
        ) from error


def _unique(pairs: list[tuple[str, object]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError(f"a key stands twice among {[key for key, _ in pairs]}")
    return row


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(f"{text} is not a finite number")
    return value


_PLAIN = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
_UNIQUE = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)


def wrong(value: object, where: str, expected: str) -> NoReturn:
    raise Malformed(f"{where}: expected {expected}, got {type(value).__name__} {shown(value)}")


def as_row(value: object, where: str) -> Row:
    if not isinstance(value, dict):
        wrong(value, where, "an object")
    return value


def as_list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        wrong(value, where, "a list")
    return value


def as_amount(value: object, where: str) -> Decimal:
    if not isinstance(value, str) or _AMOUNT.fullmatch(value) is None:
        wrong(value, where, "an amount in digits as a string")
    return Decimal(value)


def rows(value: object, where: str) -> Iterator[tuple[Row, str]]:
    """Each row of a list, with its place for messages."""
    for i, row in enumerate(as_list(value, where)):
        place = f"{where}[{i}]"
        yield as_row(row, place), place


def field(row: Row, key: str, where: str) -> object:
    try:
        return row[key]
    except KeyError:
        raise Malformed(f"{where}: the field {key} is missing") from None


def text(row: Row, key: str, where: str) -> str:
    value = row[key] if key in row else field(row, key, where)
    if not isinstance(value, str):
        wrong(value, f"{where}.{key}", "a string")
    return value


def amount(row: Row, key: str, where: str) -> Decimal:
    value = row[key] if key in row else field(row, key, where)
    if isinstance(value, str) and _AMOUNT.fullmatch(value) is not None:
        return Decimal(value)
    return as_amount(value, f"{where}.{key}")  # which says what is wrong with it


def positive(row: Row, key: str, where: str) -> Decimal:
    value = amount(row, key, where)
    if value <= 0:
        wrong(value, f"{where}.{key}", "more than zero")
    return value


def not_negative(row: Row, key: str, where: str) -> Decimal:
    value = amount(row, key, where)
    if value < 0:
        wrong(value, f"{where}.{key}", "zero or more")
    return value


def as_whole(value: object, where: str) -> int:
    if type(value) is not int or not 0 <= value < _WHOLE_MAX:
        wrong(value, where, "a whole number")
    return value


def whole(row: Row, key: str, where: str) -> int:
    value = row[key] if key in row else field(row, key, where)
    if type(value) is int and 0 <= value < _WHOLE_MAX:
        return value
    return as_whole(value, f"{where}.{key}")  # which says what is wrong with it


def moment(row: Row, key: str, where: str) -> int:
    """A time in milliseconds that can be true."""
    value = whole(row, key, where)
    if not MOMENT_MIN <= value < MOMENT_MAX:
        wrong(value, f"{where}.{key}", "a time in milliseconds")
    return value


def flag(row: Row, key: str, where: str) -> bool:
    value = field(row, key, where)
    if not isinstance(value, bool):
        wrong(value, f"{where}.{key}", "true or false")
    return value


def child(row: Row, key: str, where: str) -> Row:
    return as_row(field(row, key, where), f"{where}.{key}")


def optional_text(row: Row, key: str, where: str) -> str | None:
    """A string that the venue leaves out, or sets to null, where there is none."""
    value = row.get(key)
    return value if value is None or isinstance(value, str) else text(row, key, where)


def choice(row: Row, key: str, where: str, allowed: Sequence[str]) -> str:
    value = text(row, key, where)
    if value not in allowed:
        wrong(value, f"{where}.{key}", " or ".join(allowed))
    return value
