"""The forms of text that a setting may ask for: each checks one and returns it as the program uses it.

A form raises ValueError with what it expected; the caller names the setting and the line. `~` is the home
folder of passwd, never HOME: cron, a shell and systemd must find the same file.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from trader.config.places import home

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")
_COIN = re.compile(r"[A-Za-z0-9@][A-Za-z0-9@:_-]{0,29}")
_FINGERPRINT = re.compile(r"[0-9a-f]{8}")
_SECRET = re.compile(r"secret:[A-Za-z_][A-Za-z0-9_]{0,63}")


def path(text: str) -> str:
    if not text or any(ord(c) < 32 for c in text):
        raise ValueError("expected a path on one line")
    if text == "~" or text.startswith("~/"):
        return str(home() / text[2:])
    if not text.startswith("/"):
        raise ValueError("expected an absolute path or one that starts with ~/, since cron starts elsewhere")
    return text


def label(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError("expected up to 40 letters, digits and . _ -")
    return text


def name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("expected the name of a credential as in LoadCredential=, letters, digits and . _ -")
    return text


def argument(text: str) -> str:
    """One word of a command line; the program itself is a path, since cron finds nothing by its name."""
    if not text or any(ord(c) < 32 for c in text):
        raise ValueError("expected words on one line each")
    return text


def coin(text: str) -> str:
    if not _COIN.fullmatch(text):
        raise ValueError("expected a coin as the venue writes it, such as BTC")
    return text


def fingerprint(text: str) -> str:
    if not _FINGERPRINT.fullmatch(text):
        raise ValueError('expected eight hexadecimal digits in quotes, such as "1a2b3c4d"')
    return text


def loopback(text: str) -> str:
    parts = _split(text)
    is_plain = parts.scheme == "http" and not (parts.path.strip("/") or parts.query or parts.username)
    if not is_plain or not _is_loopback(parts.hostname or "") or not _has_port(parts):
        raise ValueError("expected an embedded exchange on this machine, such as http://127.0.0.1:8900")
    return text.rstrip("/")


def url(text: str) -> str:
    """A place that the notification library can reach, or where to find one."""
    if not _SECRET.fullmatch(text) and not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", text):
        raise ValueError("expected secret:NAME or a URL with its scheme, such as ntfy://topic")
    return text


def web(text: str) -> str:
    parts = _split(text)
    if not _SECRET.fullmatch(text) and not (parts.scheme in ("https", "http") and parts.hostname):
        raise ValueError("expected secret:NAME or a URL that starts with https://")
    return text


def is_reference(text: str) -> bool:
    """True for `secret:NAME`, which tells nothing."""
    return bool(_SECRET.fullmatch(text))


def without_secret(text: str) -> str:
    """A URL as scheme and host, which is all that may be shown of it; a reference as it is."""
    if is_reference(text):
        return text
    parts = _split(text)
    host = parts.hostname if parts.scheme in ("https", "http") else ""
    return f"{parts.scheme or '?'}://{host or '...'}"


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        return SplitResult("", "", "", "", "")  # not a URL; each caller says what it expected


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is not None
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


FORMS: Mapping[str, Callable[[str], str]] = {
    "path": path,
    "label": label,
    "fingerprint": fingerprint,
    "name": name,
    "argument": argument,
    "loopback": loopback,
    "url": url,
    "web": web,
}
