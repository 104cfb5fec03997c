"""Who sent a request: header checks and the signature over the request target as it was received.

Rules: the prehash is timestamp, method, target with its query, and body, all as bytes came; a client may
percent-encode or not, and signs what it sends. The order of the checks is empty headers, timestamp, key,
environment, passphrase, signature, address.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from trader.core.wire import Request
from trader.sim.okx.keys import ApiKey, KeyBook
from trader.sim.okx.refusals import Refusal

WINDOW_MS = 30_000
_NEEDED = (
    ("ok-access-key", "50103"),
    ("ok-access-passphrase", "50104"),
    ("ok-access-sign", "50106"),
    ("ok-access-timestamp", "50107"),
)


def headers_of(request: Request) -> Mapping[str, str]:
    """Headers by lower-case name."""
    return {name.lower(): value for name, value in request.headers}


def target_of(request: Request) -> str:
    """Path and query as they were sent, without scheme and host."""
    rest = request.url.partition("://")[2] or request.url
    return "/" + rest.partition("/")[2]


def signature(*, secret: str, timestamp: str, method: str, target: str, body: bytes) -> str:
    """The signature of one request."""
    message = f"{timestamp}{method}{target}".encode() + body
    return base64.b64encode(hmac.digest(secret.encode(), message, hashlib.sha256)).decode()


def signer_of(
    request: Request,
    headers: Mapping[str, str],
    keys: KeyBook,
    *,
    at_ms: int,
    client: str,
    missing_code: str = "50111",
) -> ApiKey:
    """The key that a request was signed with; every way not to be signed is a Refusal. `headers` are those of
    the request by lower-case name."""
    for name, code in _NEEDED:
        if not headers.get(name):
            raise Refusal(code)
    timestamp = headers["ok-access-timestamp"]
    if abs(at_ms - _milliseconds(timestamp)) > WINDOW_MS:
        raise Refusal("50102")
    key = keys.find(headers["ok-access-key"])
    if key is None:
        raise Refusal(missing_code)
    if key.refusal:
        raise Refusal(key.refusal)
    if (headers.get("x-simulated-trading", "0") == "1") != key.is_simulated:
        raise Refusal("50101")
    if not hmac.compare_digest(headers["ok-access-passphrase"].encode(), key.passphrase.encode()):
        raise Refusal("50105")
    wanted = signature(
        secret=key.secret,
        timestamp=timestamp,
        method=request.method,
        target=target_of(request),
        body=request.body,
    )
    if not hmac.compare_digest(headers["ok-access-sign"].encode(), wanted.encode()):
        raise Refusal("50113")
    if key.ips and client not in key.ips:
        raise Refusal("50110", client)
    return key


@lru_cache(maxsize=16)
def _milliseconds(timestamp: str) -> int:
    """The moment of an ISO timestamp in UTC with milliseconds. The requests of a round share one."""
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise Refusal("50112") from error
    if moment.tzinfo is None or moment.utcoffset() != UTC.utcoffset(None):
        raise Refusal("50112")
    return round(moment.timestamp() * 1000)
