"""Takes requests apart and writes answers, for every dialect: as the standard library does, at less cost.

Rules: what is out of the ordinary goes the library's own way. Thousands of requests pass here each second
where whole runs are rehearsed.
"""

import json
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_PLAIN = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_DECODER = json.JSONDecoder(parse_float=Decimal)


@lru_cache(maxsize=256)
def path_and_query(url: str) -> tuple[str, str]:
    """Of an address with a scheme and a host; the last ones are kept, as a request is read often."""
    host_on = url.partition("://")[2]
    if not host_on or "#" in url or "[" in url or not url.isprintable() or " " in url:
        parts = urlsplit(url)
        return parts.path, parts.query
    whole, _, query = host_on.partition("?")
    slash = whole.find("/")
    return whole[slash:] if slash >= 0 else "", query


def pairs_of(text: str) -> dict[str, str]:
    """Names and values of a query or a form, empty ones too; of a name that comes twice the last."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True))
    found = {}
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            found[name] = value
    return found


def json_bytes(value: Any) -> bytes:
    """As short as it can be written, in ASCII. A float below 0.0001 or above 10^16 would have another
    exponent than the library's: no venue tells one."""
    try:
        body: bytes = orjson.dumps(value, option=_PLAIN)
    except orjson.JSONEncodeError:  # what it does not know, the library writes or refuses
        return _ENCODER.encode(value).encode()
    return body if body.isascii() else _ENCODER.encode(value).encode()


def json_value(body: bytes) -> Any:
    """Numbers with a point as decimals; ValueError or RecursionError where it is not JSON."""
    if body.isascii() and b"\x00" not in body:
        return _DECODER.decode(body.decode("ascii"))
    return json.loads(body, parse_float=Decimal)
