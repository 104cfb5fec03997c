"""Makes requests of questions, signed with a keyed hash over the very bytes that are sent.

* A request is signed at the moment of its sending: its timestamp is the venue's time, and it expires
  `RECV_WINDOW_MS` later wherever it is by then.
* What is read goes in the address, what is written in the body; a deletion has no body.
* What a key may do is asked of the venue's wallet, another host with the same signatures. Its practice
  network has none.
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from trader.core.errors import require
from trader.core.frozen import frozen
from trader.core.wire import Request

RECV_WINDOW_MS = 5_000

Params = tuple[tuple[str, str], ...]

_FORM = ("Content-Type", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True, repr=False)
class BinanceKeys:
    """A key that may read and trade, and nothing else; never shown."""

    api_key: str
    secret: str

    def __repr__(self) -> str:
        return "BinanceKeys(...)"


@frozen
class Question:
    """One request before it has a time and a signature.

    `of_wallet` names the other host. `weight` is at least what the venue counts for it.
    """

    path: str
    params: Params = ()
    method: str = "GET"
    is_signed: bool = True
    of_wallet: bool = False
    weight: int = 5


class Pen:
    """Signs for one key; without one only public questions can be asked."""

    def __init__(self, keys: BinanceKeys | None, *, base_url: str, wallet_url: str | None = None) -> None:
        self._keys = keys
        self._base_url = base_url
        self._wallet_url = wallet_url

    @property
    def can_sign(self) -> bool:
        return self._keys is not None

    @property
    def has_wallet(self) -> bool:
        """Whether anybody can be asked what the key may do."""
        return self.can_sign and self._wallet_url is not None

    def request(self, question: Question, *, timestamp_ms: int, is_write: bool = False) -> Request:
        """The bytes of a question asked at this time of the venue's clock."""
        url = self._origin(question) + question.path
        if not question.is_signed or self._keys is None:
            query = encoded(question.params)
            return Request(f"{url}?{query}" if query else url, method=question.method)
        asked = encoded(question.params)
        query = f"timestamp={timestamp_ms}&{asked}{'&' if asked else ''}recvWindow={RECV_WINDOW_MS}"
        whole = f"{query}&signature={signature(query, self._keys.secret)}"
        key = ("X-MBX-APIKEY", self._keys.api_key)
        if question.method in ("GET", "DELETE"):
            return Request(f"{url}?{whole}", method=question.method, headers=(key,), is_write=is_write)
        return Request(url, whole.encode(), method=question.method, headers=(key, _FORM), is_write=is_write)

    def _origin(self, question: Question) -> str:
        if not question.of_wallet:
            return self._base_url
        require(self._wallet_url is not None, f"{question.path} has no host on this network")
        return self._wallet_url or ""


@lru_cache(maxsize=128)
def encoded(params: Params) -> str:
    """Parameters in the order given, each character that could be read otherwise as its number. The last ones
    are kept: a run asks most of its questions several times."""
    return urlencode(params, quote_via=quote, safe="")


def signature(payload: str, secret: str) -> str:
    return hmac.digest(secret.encode(), payload.encode(), "sha256").hex()
