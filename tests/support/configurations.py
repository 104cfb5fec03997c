"""Configuration files for tests, and a value of every setting that is not its default."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from trader.config.schema import member_of
from trader.config.words import Spot

MINIMAL = "venue: hyperliquid\nmode: paper\nmarkets:\n  BTC: {strategy: breakout}\n"

# Texts with a form of their own, by the kind of the setting.
TEXTS = {
    "path": "/srv/trader/file",
    "label": "other",
    "fingerprint": "0a1b2c3d",
    "name": "trader-main",
    "argument": "/usr/bin/pass",
    "loopback": "http://127.0.0.1:8901",
    "url": "secret:ONE",
    "web": "secret:TWO",
}


def write(folder: Path, text: str, *, permissions: int = 0o600, name: str = "trader.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(permissions)
    return path


def another_value(spot: Spot, default: Any) -> Any:
    """A legal value, as a file would hold it, other than the default wherever there is another."""
    hint = member_of(spot.hint)
    if get_origin(hint) is Literal:
        return next((name for name in reversed(get_args(hint)) if name != default), get_args(hint)[0])
    if get_origin(hint) is tuple:
        return [another_value(Spot(get_args(hint)[0], spot.metadata), None)]
    if hint is bool:
        return not default
    if hint is str:
        return TEXTS[spot.metadata["kind"]]
    return _another_number(hint, spot.metadata, default)


def _another_number(hint: Any, metadata: Mapping[str, Any], default: Any) -> int | float:
    start = float(metadata["example"]) if default is None else float(default)
    tried = (start * 0.9, start * 1.1, start + 1, start)
    for value in (int(number) for number in tried) if hint in (int, Decimal) else tried:
        if value != default and _is_within(value, metadata):
            return value
    raise AssertionError(f"no value within {dict(metadata)} but {default}")


def _is_within(value: float, metadata: Mapping[str, Any]) -> bool:
    above = all(value > metadata[name] for name in ("gt",) if name in metadata)
    below = all(value < metadata[name] for name in ("lt",) if name in metadata)
    low, high = metadata.get("ge", value), metadata.get("le", value)
    return above and below and bool(low <= value <= high)


def resolved(spot: Spot, written: Any) -> Any:
    """What a written value becomes in the settings."""
    hint = member_of(spot.hint)
    if get_origin(hint) is tuple:
        return tuple(written)
    return Decimal(str(written)) if hint is Decimal else written
