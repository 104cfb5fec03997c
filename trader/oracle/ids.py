"""Takes order ids apart by their layout as it is written down, not by the code that makes them.

128 bits as 32 hexadecimal digits, with or without 0x before them. From the top: 8 bits of magic 0xA7, 4 of
version, 7 of check sum; then 16 of account, 21 of market, 4 of strategy, 1 of leg (1 is short), 4 of role, 6
of rung, 26 of the bar's minute, 26 of reference (the signal's minute; a rung's anchor in ticks), 5 of
attempt. The check sum begins with 0x5B and takes in the 109 bits below it byte by byte from the lowest: times
31, plus the byte, modulo 256; seven bits of it are kept. Another version has the same head and says nothing
more."""

from dataclasses import dataclass
from functools import lru_cache

ENTRY, RUNG, STOP, TARGET, TRAIL, PROTECT = 1, 2, 3, 4, 5, 6
EMERGENCY = 10
OPENING = frozenset({ENTRY, RUNG})
STOPPING = frozenset({STOP, TRAIL, PROTECT})
CLOSING = frozenset({7, 8, 9, EMERGENCY, 11, 12})
EXITING = STOPPING | CLOSING | {TARGET}
DECIDED = frozenset({ENTRY, 7, 8, 9})  # what a strategy wants at one price and not at another

_MAGIC, _VERSION, _DIGITS = 0xA7, 1, frozenset("0123456789abcdef")
_KEPT_MAX = 4_096  # ids of a few episodes: each order is asked about again and again


@dataclass(frozen=True, slots=True)
class Own:
    """What an id of ours says; of another version only that, with role 0."""

    version: int
    account: int = 0
    market: int = 0
    strategy: int = 0
    leg: str = ""
    role: int = 0
    rung: int = 0
    bar_minute: int = 0
    reference: int = 0
    attempt: int = 0

    @property
    def opens(self) -> bool:
        return self.role in OPENING

    @property
    def exits(self) -> bool:
        return self.role in EXITING


@lru_cache(maxsize=_KEPT_MAX)
def own(text: str | None) -> Own | None:
    """What the id of an order says, or None when it is not ours."""
    digits = (text or "").lower().removeprefix("0x")
    if len(digits) != 32 or not _DIGITS.issuperset(digits):
        return None
    value = int(digits, 16)
    version, check, body = value >> 116 & 0xF, value >> 109 & 0x7F, value & (1 << 109) - 1
    if value >> 120 != _MAGIC or check != _check_sum(body):
        return None
    if version != _VERSION:
        return Own(version)
    return Own(
        version=version,
        account=body >> 93 & 0xFFFF,
        market=body >> 72 & 0x1F_FFFF,
        strategy=body >> 68 & 0xF,
        leg="short" if body >> 67 & 1 else "long",
        role=body >> 63 & 0xF,
        rung=body >> 57 & 0x3F,
        bar_minute=body >> 31 & 0x3FF_FFFF,
        reference=body >> 5 & 0x3FF_FFFF,
        attempt=body & 0x1F,
    )


def _check_sum(body: int) -> int:
    total = 0x5B
    while body:
        total = (total * 31 + (body & 0xFF)) & 0xFF
        body >>= 8
    return total & 0x7F
