"""Signs actions through ccxt, which is loaded when the first one has to be signed.

ccxt is the pen and nothing else: its own start-up traffic is switched off, its socket raises, and it is
asked for one thing, a signature over an action that was built here. A key that is not one is refused
before any of that.
"""

from typing import Any, NoReturn, Protocol

from trader.core.errors import Broken, ConfigError, require
from trader.venues.hyperliquid.ccxt_class import hyperliquid_class
from trader.venues.hyperliquid.encode import Wire

# The order of the curve: a private key is a number from 1 to one below it.
_KEYS_END = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# ccxt writes a time as eleven hexadecimal digits: from 2004 to 2527.
_MOMENT_MIN, _MOMENT_MAX = 1 << 40, 1 << 44
_CCXT_FAILS = (ValueError, TypeError, KeyError, ArithmeticError, OSError, ImportError)


class Pen(Protocol):
    """Whoever can sign for the account."""

    def address(self) -> str:
        """Of the key that signs; raises ConfigError or Broken."""
        ...

    def sign(self, action: Wire, *, nonce: int, expires_ms: int) -> Wire:
        """The signature's `r`, `s` and `v`; raises ConfigError or Broken, before anything is sent."""
        ...


class CcxtPen:
    """Signs with a private key that never appears in a message or a representation.

    `source` names the chain that the signature is for, in the venue's own letters: `a` or `b`.
    """

    def __init__(self, private_key: str, *, source: str) -> None:
        digits = private_key.strip().lower().removeprefix("0x")
        is_hex = len(digits) == 64 and set(digits) <= set("0123456789abcdef")
        if not is_hex or not 0 < int(digits, 16) < _KEYS_END:
            raise ConfigError(
                "the private key is not one: expected 64 hexadecimal digits, with or without 0x"
            )
        if source not in ("a", "b"):
            raise ConfigError(f"the chain to sign for is {source!r}: expected a or b")
        self._key = digits
        self._source = source
        self._ccxt: Any = None

    def __repr__(self) -> str:
        return f"CcxtPen(source={self._source!r})"

    def address(self) -> str:
        try:
            return str(hyperliquid_class().eth_get_address_from_private_key(self._key))
        except _CCXT_FAILS as error:
            raise Broken(f"the key's address could not be made: {type(error).__name__}") from error

    def sign(self, action: Wire, *, nonce: int, expires_ms: int) -> Wire:
        for moment in (nonce, expires_ms):
            require(_MOMENT_MIN <= moment < _MOMENT_MAX, f"{moment} is not a time that can be signed")
        if self._ccxt is None:
            self._ccxt = _silent(hyperliquid_class(), self._key, source=self._source)
        try:
            signature = self._ccxt.sign_l1_action(action, nonce, None, expires_ms)
            return {"r": signature["r"], "s": signature["s"], "v": signature["v"]}
        except _CCXT_FAILS as error:
            raise Broken(f"an action could not be signed: {type(error).__name__}") from error


def _silent(ccxt_class: type[Any], key: str, *, source: str) -> Any:
    """An instance of ccxt's class that cannot talk."""

    class Silent(ccxt_class):  # type: ignore[misc]  # a class that is known when it runs
        def initialize_client(self) -> bool:
            return True

        def fetch(self, *_: object, **__: object) -> NoReturn:
            raise Broken("ccxt tried to send something by itself")

    chain = {"sandboxMode": source == "b"}
    return Silent({"privateKey": f"0x{key}", "enableRateLimit": False, "options": chain})
