"""Signs requests: HMAC-SHA256 over time, method, target and body, by the standard library alone.

The target is signed exactly as it is sent, query included, and the body byte for byte. Secrets appear in no
message and no representation. A key that is not one is refused before anything is sent.
"""

import base64
import hashlib
import hmac
from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache

from trader.core.errors import ConfigError
from trader.core.frozen import frozen


@frozen
class OkxKeys:
    """What the venue handed out: the key, its secret, and the passphrase its owner chose."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("api_key", "secret", "passphrase"):
            value = getattr(self, name)
            if not value or not value.isascii() or not value.isprintable() or value != value.strip():
                raise ConfigError(
                    f"the venue's {name} is not one: expected plain characters without a space at either end"
                )


@lru_cache(maxsize=4)
def timestamp(moment_ms: int) -> str:
    """The moment as the venue reads it: UTC, to the millisecond. The requests of a round share one."""
    whole = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{whole.isoformat()[:19]}.{moment_ms % 1000:03d}Z"


def signature(secret: str, *, moment: str, method: str, target: str, body: bytes) -> str:
    told = f"{moment}{method}{target}".encode() + body
    return base64.b64encode(hmac.digest(secret.encode(), told, hashlib.sha256)).decode()


def signed_headers(
    keys: OkxKeys, *, at_ms: int, method: str, target: str, body: bytes
) -> tuple[tuple[str, str], ...]:
    """The lines that say who asks."""
    moment = timestamp(at_ms)
    return (
        ("OK-ACCESS-KEY", keys.api_key),
        ("OK-ACCESS-SIGN", signature(keys.secret, moment=moment, method=method, target=target, body=body)),
        ("OK-ACCESS-TIMESTAMP", moment),
        ("OK-ACCESS-PASSPHRASE", keys.passphrase),
    )
