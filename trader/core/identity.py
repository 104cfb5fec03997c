"""Order ids that decode: 128 bits that say whose an order is, why it exists and for which bar.

Layout, high to low: magic 8, version 4, check 7, account 16, market 21, strategy 4, leg 1, role 4,
rung 6, bar minute 26, reference 26, attempt 5. `market` is the coin's first four letters and digits;
`reference` is the anchor in ticks for a rung and the signal bar's minute for all others.
Nothing here is random or read from a clock, so a second attempt at the same thing finds the first.
An encoding that was released is decoded for ever (golden file in the tests).
"""

import hashlib
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter

from trader.core.errors import Broken, require
from trader.core.frozen import frozen
from trader.core.market import Leg

MAGIC = 0xA7
VERSION = 1
ATTEMPT_MAX = 31

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_MARKET_BASE = len(_ALPHABET) + 1
_MARKET_CHARACTERS = 4
_MAGIC_SHIFT = 120
_HEXADECIMAL = frozenset("0123456789abcdef")
KEPT_MAX = 4_096  # ids whose meaning is kept
_VERSION_SHIFT = 116
_CHECK_SHIFT = 109
_FIELDS = (  # name, bits; high to low below the check
    ("account", 16),
    ("market", 21),
    ("strategy", 4),
    ("leg", 1),
    ("role", 4),
    ("rung", 6),
    ("bar_minute", 26),
    ("reference", 26),
    ("attempt", 5),
)


class Role(IntEnum):
    """Why an order exists; the reason of an exit is read off it."""

    ENTRY = 1
    RUNG = 2
    STOP = 3
    TARGET = 4
    TRAIL = 5
    PROTECT = 6
    CLOSE_TIME = 7
    CLOSE_EARLY = 8
    CLOSE_SIGNAL = 9
    CLOSE_EMERGENCY = 10
    CLOSE_MANUAL = 11
    FLATTEN = 12


STOP_ROLES = frozenset({Role.STOP, Role.TRAIL, Role.PROTECT})
CLOSE_ROLES = frozenset(
    {
        Role.CLOSE_TIME,
        Role.CLOSE_EARLY,
        Role.CLOSE_SIGNAL,
        Role.CLOSE_EMERGENCY,
        Role.CLOSE_MANUAL,
        Role.FLATTEN,
    }
)
STRATEGY_NUMBERS = {"none": 0, "breakout": 1, "bollinger": 2, "hedge_grid": 3}


@frozen
class Identity:
    """All that an id says."""

    account: int
    market: str
    strategy: int
    leg: Leg
    role: Role
    bar_minute: int
    reference: int
    rung: int = 0
    attempt: int = 1

    @property
    def bar_ms(self) -> int:
        return self.bar_minute * 60_000

    @property
    def order(self) -> tuple[object, ...]:
        """What it is an attempt at."""
        return _ORDER(self)

    @property
    def signal_ms(self) -> int:
        """Open time of the signal's bar, for every role but a rung."""
        return self.reference * 60_000


_ORDER: Callable[[Identity], tuple[object, ...]] = attrgetter(
    "account", "market", "strategy", "leg", "role", "bar_minute", "reference", "rung"
)


@frozen
class OtherVersion:
    """Our magic, but an encoding this program does not know: ours, and to be left alone."""

    version: int


def account_tag(account_id: str) -> int:
    """Sixteen bits of the venue's own account id, so that a label can be renamed freely."""
    return int.from_bytes(hashlib.sha256(account_id.lower().encode()).digest()[:2], "big")


def market_code(coin: str) -> str:
    """The four characters under which a coin stands in an id; a configuration keeps them distinct."""
    plain = "".join(c for c in coin.upper() if c in _ALPHABET)
    if plain:
        return plain[:_MARKET_CHARACTERS]
    digest = hashlib.sha256(coin.encode()).digest()
    return "".join(_ALPHABET[b % len(_ALPHABET)] for b in digest[:_MARKET_CHARACTERS])


def _market_number(code: str) -> int:
    require(0 < len(code) <= _MARKET_CHARACTERS, f"market code {code!r} is not one to four characters")
    number = 0
    for character in code.ljust(_MARKET_CHARACTERS):
        number = number * _MARKET_BASE + (_ALPHABET.find(character) + 1)
    return number


def _market_text(number: int) -> str:
    text = ""
    for _ in range(_MARKET_CHARACTERS):
        number, digit = divmod(number, _MARKET_BASE)
        text = (_ALPHABET[digit - 1] if digit else "") + text
    return text


def encode(identity: Identity) -> str:
    """32 hexadecimal digits; the venue adapter adds its own prefix."""
    body = 0
    for name, bits in _FIELDS:
        value = _number(identity, name)
        if not 0 <= value < 1 << bits:
            raise Broken(f"{name} {value} does not fit {bits} bits of an order id")
        body = body << bits | value
    head = MAGIC << _MAGIC_SHIFT | VERSION << _VERSION_SHIFT
    return f"{head | _check(body) << _CHECK_SHIFT | body:032x}"


@lru_cache(maxsize=KEPT_MAX)
def decode(text: str | None) -> Identity | OtherVersion | None:
    """What an id says, or None when it is not one of ours. Asked of the same few ids again and again."""
    value = _parse(text)
    if value is None or value >> _MAGIC_SHIFT != MAGIC:
        return None
    version = value >> _VERSION_SHIFT & 0xF
    body = value & (1 << _CHECK_SHIFT) - 1
    if value >> _CHECK_SHIFT & 0x7F != _check(body):
        return None
    if version != VERSION:
        return OtherVersion(version)
    fields: dict[str, int] = {}
    rest = body
    for name, bits in reversed(_FIELDS):
        fields[name] = rest & (1 << bits) - 1
        rest >>= bits
    if fields["role"] not in Role._value2member_map_:
        return None
    return Identity(
        account=fields["account"],
        market=_market_text(fields["market"]),
        strategy=fields["strategy"],
        leg=Leg.SHORT if fields["leg"] else Leg.LONG,
        role=Role(fields["role"]),
        bar_minute=fields["bar_minute"],
        reference=fields["reference"],
        rung=fields["rung"],
        attempt=fields["attempt"],
    )


def _number(identity: Identity, name: str) -> int:
    if name == "leg":
        return 1 if identity.leg is Leg.SHORT else 0
    if name == "market":
        return _market_number(identity.market)
    return int(getattr(identity, name))


def _parse(text: str | None) -> int | None:
    digits = (text or "").lower().removeprefix("0x")
    if len(digits) != 32 or not _HEXADECIMAL.issuperset(digits):
        return None
    return int(digits, 16)


def _check(body: int) -> int:
    """A seven bit sum over the body; catches a foreign id that shares the magic by chance."""
    total = 0x5B
    while body:
        total = (total * 31 + (body & 0xFF)) & 0xFF
        body >>= 8
    return total & 0x7F
