"""Who asks: the key header, the signature over the raw bytes, and the time of the request.

Rules: the signature is hex(HMAC-SHA256(secret, query + body)) over what was sent, without the signature
itself; nothing is decoded and encoded again. Checked in this order: key, timestamp there, signature,
timestamp in the window.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable

from trader.sim.binance.parameters import Parameters
from trader.sim.binance.refusals import Refused, missing, refused

KEY_HEADER = "x-mbx-apikey"
RECV_WINDOW_MS = 5_000
RECV_WINDOW_MAX_MS = 60_000
AHEAD_MAX_MS = 1_000
_TAIL = re.compile(r"(?:^|&)signature=([^&]*)$")
_INSIDE = re.compile(r"(?:^|&)signature=([^&]*)")


def api_key_of(headers: Iterable[tuple[str, str]]) -> str | None:
    return next((value for name, value in headers if name.lower() == KEY_HEADER), None)


def payload_and_signature(query: str, body: str) -> tuple[str, str | None]:
    """What was signed, and with what; the signature is the last parameter of the query or of the body."""
    whole = query + body
    found = _TAIL.search(whole)
    if found is not None:
        return whole[: found.start()], found.group(1)
    found = _TAIL.search(query)
    if found is not None:
        return query[: found.start()] + body, found.group(1)
    found = _INSIDE.search(whole)
    return whole, None if found is None else ""


def require_signature(query: str, body: str, secret: str) -> None:
    """-1102 without a signature, -1022 with a wrong one."""
    payload, signature = payload_and_signature(query, body)
    if signature is None:
        raise missing("signature")
    expected = hmac.digest(secret.encode(), payload.encode(), hashlib.sha256).hex()
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise refused(-1022)


def require_time(parameters: Parameters, *, now_ms: int) -> None:
    """-1021 for a request from too far ahead, or older than its window."""
    timestamp_ms = parameters.required_integer("timestamp")
    window_ms = parameters.integer("recvWindow")
    if window_ms is None:
        window_ms = RECV_WINDOW_MS
    if not 0 < window_ms <= RECV_WINDOW_MAX_MS:
        raise Refused(-1131, f"recvWindow must be less than {RECV_WINDOW_MAX_MS}")
    if timestamp_ms >= now_ms + AHEAD_MAX_MS:
        raise Refused(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp_ms > window_ms:
        raise refused(-1021)
