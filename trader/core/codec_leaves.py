"""The leaves of the codec: text, numbers, truth values, enumerations and literals, each with its JSON kind.

Rules: a value is taken only if its type is exactly the declared one (True is no number); floats and decimals
are finite; what is written reads back equal. A `Mismatch` is raised for data, `Broken` for a value of ours.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from math import isfinite
from types import NoneType
from typing import Any, NamedTuple

from trader.core.errors import Broken

_DECIMAL_CHARACTERS = frozenset("0123456789+-.eE")
_WHOLE_MAX = 2**53  # beyond it neighbouring whole numbers become the same float
_SHOWN_MAX = 60  # an error line must stay a line


class Mismatch(Exception):
    """A value of the wrong kind; each level it passes adds its own name in front."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.path = ""

    def under(self, name: str) -> "Mismatch":
        self.path = name + self.path
        return self


class Codec(NamedTuple):
    """How one type is written and read, and which JSON kinds it may appear as."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    kinds: frozenset[str]


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def wrong_kind(expected: str, value: object) -> Mismatch:
    return Mismatch(f"expected {expected}, found {shown(value)}")


def exactly(type_: type, value: Any, expected: str) -> Any:
    if type(value) is not type_:
        raise wrong_kind(expected, value)
    return value


def write_exactly(type_: type) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        if type(value) is not type_:
            raise Broken(f"codec: {shown(value)} stands where {type_.__name__} is declared")
        return value

    return write


def _is_exact_float(value: Any) -> bool:
    """A finite float, or a whole number small enough to be one without loss."""
    if type(value) is int:
        return abs(value) <= _WHOLE_MAX
    return type(value) is float and isfinite(value)


def _write_float(value: Any) -> float:
    if not _is_exact_float(value):
        raise Broken(f"codec: {shown(value)} stands where a finite float is declared")
    return float(value)


def _read_float(data: Any) -> float:
    if not _is_exact_float(data):
        raise wrong_kind("a finite number", data)
    return float(data)


def _write_decimal(value: Any) -> str:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise Broken(f"codec: {shown(value)} is not an exact number")
    return str(value)


def _read_decimal(data: Any) -> Decimal:
    if type(data) is not str or not _DECIMAL_CHARACTERS.issuperset(data):
        raise wrong_kind("a number as text", data)
    try:
        value = Decimal(data)
    except InvalidOperation as error:
        raise wrong_kind("a number as text", data) from error
    return value


def _write_any(value: Any) -> Any:
    """Plain JSON passes; a value of ours does not, since nothing here would say what to build again."""
    if isinstance(value, dict):
        return {write_exactly(str)(k): _write_any(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_write_any(v) for v in value]
    if type(value) is float:
        return _write_float(value)
    plain = value is None or type(value) in (str, int, bool)
    if not plain:
        raise Broken(f"codec: {shown(value)} stands in an untyped place; give its type to the codec")
    return value


SIMPLE: Mapping[Any, Codec] = {
    str: Codec(write_exactly(str), lambda d: exactly(str, d, "text"), frozenset({"text"})),
    bool: Codec(write_exactly(bool), lambda d: exactly(bool, d, "true or false"), frozenset({"truth"})),
    int: Codec(write_exactly(int), lambda d: exactly(int, d, "a whole number"), frozenset({"number"})),
    NoneType: Codec(write_exactly(NoneType), lambda d: exactly(NoneType, d, "null"), frozenset({"null"})),
    float: Codec(_write_float, _read_float, frozenset({"number"})),
    Decimal: Codec(_write_decimal, _read_decimal, frozenset({"text"})),
    Any: Codec(_write_any, lambda d: d, frozenset({"any"})),
}


def enum_codec(cls: type[Enum]) -> Codec:
    plain = str if issubclass(cls, StrEnum) else int
    names = {member.value: member for member in cls}

    def write(value: Any) -> Any:
        if type(value) is not cls:
            raise Broken(f"codec: {shown(value)} stands where {cls.__name__} is declared")
        return value.value

    def read(data: Any) -> Any:
        if type(data) is not plain or data not in names:
            raise wrong_kind(f"a {cls.__name__} ({', '.join(str(v) for v in names)})", data)
        return names[data]

    return Codec(write, read, frozenset({"text" if plain is str else "number"}))


_KINDS: Mapping[type, str] = {
    str: "text",
    bool: "truth",
    int: "number",
    float: "number",
    NoneType: "null",
    list: "list",
    dict: "object",
}


def kind_of(data: object) -> str:
    """The JSON kind of a parsed value."""
    return _KINDS.get(type(data), "none of JSON's")


def literal_codec(allowed: tuple[Any, ...]) -> Codec:
    kinds = {kind_of(v) for v in allowed}

    def is_one(value: Any) -> bool:
        return any(type(v) is type(value) and v == value for v in allowed)

    def write(value: Any) -> Any:
        if not is_one(value):
            raise Broken(f"codec: {shown(value)} is none of {allowed}")
        return value

    def read(data: Any) -> Any:
        if not is_one(data):
            raise wrong_kind(f"one of {allowed}", data)
        return data

    return Codec(write, read, frozenset(kinds))
