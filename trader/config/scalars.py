"""One plain YAML scalar to a value, or the reason why its author and YAML may not mean the same.

Rules: text in quotes is text. Without quotes only null, true, false and numbers written out in decimal are
taken for what they look like. Whatever YAML 1.1 reads in a way that surprises (`no` is false, `010` is 8,
`1:30` is 90, `1e3` is text) is refused instead of guessed, wherever it stands.
"""

import re

from trader.core.frozen import frozen

Scalar = str | int | float | bool | None

_NULLS = ("", "~", "null", "Null", "NULL")
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TRUTH_TRAPS = ("yes", "on", "no", "off")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FRACTION = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)")
_DIGITS_MAX = 30  # no amount needs more, and whole numbers without end cost time to read

_TRAPS = (
    (re.compile(r"[-+]?0[0-9_]+"), "an octal number to some programs", "write it without the leading zero"),
    (re.compile(r"[-+]?0[oO][0-7_]+"), "an octal number to some programs", "write it out in decimal"),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F_]+"), "a hexadecimal number", "put it in quotes"),
    (re.compile(r"[-+]?0[bB][01_]+"), "a binary number", "write it out in decimal"),
    (re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?"), "a number to base 60", "put it in quotes"),
    (re.compile(r"[-+]?[0-9][0-9,]*_[0-9_,.]*"), "a number to some programs", "write it without _"),
    (re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+"), "text to some programs", "write the number out"),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), "not a finite number", "write a number"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"), "a date", "put it in quotes"),
)


@frozen
class Trap:
    """Why a scalar is refused, and what to write instead."""

    reason: str


def read_plain(text: str) -> Scalar | Trap:
    """The value of a scalar without quotes."""
    if text in _NULLS:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if text.lower() in _TRUTH_TRAPS:
        meant = "true" if text.lower() in _TRUTH_TRAPS[:2] else "false"
        return Trap(
            f'{text} is {meant} to YAML 1.1 and text to YAML 1.2: write {meant}, or "{text}" for the text'
        )
    if _WHOLE.fullmatch(text) or _FRACTION.fullmatch(text):
        if len(text) > _DIGITS_MAX:
            return Trap(f"a number of {len(text)} characters: expected at most {_DIGITS_MAX}")
        return float(text) if "." in text else int(text)
    for pattern, what, remedy in _TRAPS:
        if pattern.fullmatch(text):
            return Trap(f"{masked(text)} is {what}: {remedy}")
    return text


_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY = re.compile(
    rf"(?:0[xX])?[0-9a-fA-F]{{32,}}|{_UUID}|[A-Za-z0-9]{{40,}}|[A-Za-z0-9+_=-][A-Za-z0-9+/_=-]{{42,}}"
)
_SHOWN_MAX = 60


def is_key_like(text: str) -> bool:
    """True for what venues hand out as keys, secrets and addresses, and nobody writes as a setting."""
    return _KEY.fullmatch(text) is not None and any(c.isdigit() for c in text)


def shown(value: object) -> str:
    """A value for an error line: short, on one line, and never a key that was put in the wrong place."""
    return masked(repr(value) if isinstance(value, str) else _plain(value))


def masked(text: str) -> str:
    """Text without what could be a key, cut to fit a line."""
    text = _KEY.sub("(what may be a key)", text)
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 3] + "..."


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a group of settings"
    if isinstance(value, list):
        return "a list"
    return str(value)
