"""The H group: answers that a proxy, a gateway, a portal or a broken server gives.

Rules: a fault either replaces the venue's answer or spoils it. Which of the two the request's effect
survives is decided by the caller: replacing ones are not applied unless the parameter `applied` says so.
"""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from trader.core.wire import Answer
from trader.sim.faults import Fault

SPOILING = frozenset({"H12", "H13", "H14"})
_BOMB_BYTES = 50_000_000
_HTML = b"<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<h1>%s</h1>\r\n</body>\r\n</html>"
_JSON = {"Content-Type": "application/json"}
_CODES: dict[str, tuple[int, dict[str, Any]]] = {
    "H5": (503, {"code": -1000, "msg": "Unknown error, please check your request or try again later."}),
    "H6": (503, {"msg": "Service Unavailable."}),
    "H7": (503, {"code": -1001, "msg": "Internal error; unable to process your request. Please try again."}),
    "H8": (
        503,
        {
            "code": -1008,
            "msg": "Request throttled by system-level protection. Reduce-only/close-position orders are "
            "exempt. Please try again.",
        },
    ),
    "H16": (
        408,
        {"code": -1007, "msg": "Timeout waiting for response from backend server. Send status unknown."},
    ),
}
_NUMBER = re.compile(rb'(?<=:)"?-?\d+(\.\d+)?"?')


def is_applied(fault: Fault) -> bool:
    """Did the venue perform the request although its answer is lost or spoiled?"""
    return bool(fault.params.get("applied", fault.kind in SPOILING or fault.kind in ("H5", "H16")))


def html(status: int, title: str) -> Answer:
    """A gateway's error page."""
    page = _HTML.replace(b"%s", f"{status} {title}".encode())
    return Answer(status, page, {"Content-Type": "text/html", "Server": "CloudFront"})


def replaced(fault: Fault) -> Answer:
    """The answer of somebody who is not the venue; it may say how many seconds to wait (retry_after)."""
    answer = _replacement(fault)
    wait = fault.params.get("retry_after")
    if wait is None:
        return answer
    return Answer(answer.status, answer.body, dict(answer.headers) | {"Retry-After": str(wait)})


def _replacement(fault: Fault) -> Answer:
    status = int(fault.params.get("status", {"H2": 429, "H9": 502, "H10": 302}.get(fault.kind, 0)))
    titles = {429: "Too Many Requests", 403: "Forbidden", 502: "Bad Gateway", 504: "Gateway Time-out"}
    match fault.kind:
        case "H1":
            return Answer(
                429, b"null", {"Content-Type": "application/json", "X-Cache": "Error from cloudfront"}
            )
        case "H2" | "H9":
            return html(status, titles.get(status, "Error"))
        case "H3":
            return _json(418, {"code": -1003, "msg": "Way too much request weight used; IP banned."})
        case "H4":
            return Answer(500, b"", {"Content-Type": "text/plain"})
        case "H10":
            return Answer(
                status, b"", {"Location": str(fault.params.get("location", "https://example.invalid/"))}
            )
        case "H11":
            return html(200, "Welcome to the hotel network")
        case "H15":
            return Answer(
                200, str(fault.params.get("body", "")).encode(), {"Content-Type": "application/json"}
            )
        case _:
            status, body = _CODES[fault.kind]
            # Whether this venue's answer carries a code at all, nobody has written down.
            spoken = body if fault.params.get("code", True) else {"msg": body["msg"]}
            return _json(status, spoken)


def _json(status: int, body: Mapping[str, Any]) -> Answer:
    return Answer(status, json.dumps(body).encode(), _JSON)


def spoiled(fault: Fault, answer: Answer) -> Answer:
    """The venue's own answer, damaged."""
    headers = dict(answer.headers)
    if fault.kind == "H12":
        headers["Content-Type"] = str(fault.params.get("content_type", "text/plain"))
        return Answer(answer.status, answer.body, headers)
    if fault.kind == "H13":
        bomb = b" " * _BOMB_BYTES
        if fault.params.get("variant", "gzip") == "plain":
            return Answer(answer.status, bomb, headers)
        return Answer(answer.status, gzip.compress(bomb, 1), headers | {"Content-Encoding": "gzip"})
    variant = str(fault.params.get("variant", "missing_field"))
    body = JSON_DAMAGE[variant](answer.body, str(fault.params.get("field", "")))
    return Answer(answer.status, body, headers)


def _first_number(replacement: bytes) -> Callable[[bytes, str], bytes]:
    def damage(body: bytes, field: str) -> bytes:
        if not field:
            return _NUMBER.sub(replacement, body, count=1)
        return re.sub(rb'("%s":)"?-?\d+(\.\d+)?"?' % field.encode(), rb"\g<1>" + replacement, body)

    return damage


def _fields(change: Callable[[dict[str, Any], str], dict[str, Any]]) -> Callable[[bytes, str], bytes]:
    """Apply a change to each object that has the field; without a field, to each object's first one."""

    def walk(value: Any, field: str) -> Any:
        if isinstance(value, dict):
            walked = {key: walk(item, field) for key, item in value.items()}
            name = field or next(iter(walked), "")
            return change(walked, name) if name in walked else walked
        return [walk(item, field) for item in value] if isinstance(value, list) else value

    return lambda body, field: json.dumps(walk(json.loads(body), field), separators=(",", ":")).encode()


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}


def _renamed(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {f"{key}V2" if key == name else key: item for key, item in value.items()}


def _as_number(value: dict[str, Any], name: str) -> dict[str, Any]:
    item = value[name]
    try:
        return value | {name: float(item) if isinstance(item, str) else str(item)}
    except ValueError:
        return value | {name: 0.1}


def _twice(body: bytes, field: str) -> bytes:
    name = re.escape(field).encode() if field else rb"[^\"]+"
    return re.sub(rb'("%s":)' % name, rb"\g<1>null,\g<1>", body, count=1)


JSON_DAMAGE: dict[str, Callable[[bytes, str], bytes]] = {
    "invalid_utf8": lambda body, field: body[: len(body) // 2] + b"\xff\xfe" + body[len(body) // 2 :],
    "cut": lambda body, field: body[: len(body) // 2],
    "duplicate_keys": _twice,
    "infinite": _first_number(b"1e400"),
    "nan": _first_number(b"NaN"),
    "nan_text": _first_number(b'"NaN"'),
    "huge_int": _first_number(b"9" * 400),
    "number_type": _fields(_as_number),
    "null_field": _fields(lambda value, name: value | {name: None}),
    "extra_field": _fields(lambda value, name: value | {"somethingNew": {"v": [1]}}),
    "missing_field": _fields(_without),
    "renamed_field": _fields(_renamed),
}
