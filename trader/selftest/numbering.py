"""Further ids of a trade that the program has made, as somebody else's scene needs them.

Rules: the program's own encoder writes them, so that they decode; the venue's prefix is kept.
"""

from dataclasses import replace

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.identity import Identity, Role, decode, encode
from trader.core.market import Leg

_DIGITS = 32  # of an id without the venue's own prefix
_VERSION_STEP = 1 << 116


def another_exit(cloid: str | None, *, leg: Leg | None = None) -> str:
    """An id for a repair of the same trade, of another leg where one is named."""
    prefix, identity = read(cloid)
    return prefix + encode(
        replace(identity, role=Role.PROTECT, rung=0, leg=identity.leg if leg is None else leg, attempt=2)
    )


def earlier_entry(cloid: str | None) -> str:
    """An entry's id of a signal a day before, so that it is one more trade and not a second entry."""
    prefix, identity = read(cloid)
    older = identity.reference - DAY_MS // MINUTE_MS
    return prefix + encode(replace(identity, role=Role.ENTRY, bar_minute=older, reference=older, attempt=1))


def of_next_version(identity: Identity) -> str:
    """The same fields in an encoding that this program does not know: only its number differs."""
    return f"{int(encode(identity), 16) + _VERSION_STEP:032x}"


def read(cloid: str | None) -> tuple[str, Identity]:
    """The venue's prefix, and what the id says."""
    identity = decode(cloid)
    if cloid is None or not isinstance(identity, Identity):
        raise ValueError(f"{cloid!r} is no id of ours")
    return cloid[:-_DIGITS], identity
