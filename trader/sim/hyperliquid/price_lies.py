"""V14: prices that cannot be, in whichever answer carries prices.

Rules: `coin` in the fault's parameters narrows it to one coin. Candles get the lie in the newest closed
bar, where a strategy would look.
"""

import json
from collections.abc import Mapping
from typing import Any

from trader.sim.faults import Fault
from trader.sim.hyperliquid.info_market import Raw

_VALUES = {"zero": "0.0", "nan": "NaN", "negative": "-1.0", "infinite": "Infinity"}
_PRICES = ("markPx", "midPx", "oraclePx", "prevDayPx")


def impossible_prices(kind: str, said: Any, fault: Fault) -> Any:
    """The answer with its prices replaced, crossed or missing."""
    variant = str(fault.params.get("variant", "zero"))
    coin = fault.params.get("coin")
    if kind == "metaAndAssetCtxs":
        names = [row["name"] for row in said[0]["universe"]]
        contexts = [
            _context(context, variant) if coin in (None, name) else context
            for name, context in zip(names, said[1], strict=True)
        ]
        return [said[0], contexts]
    if kind == "allMids" and variant in _VALUES:
        return {name: _VALUES[variant] if coin in (None, name) else mid for name, mid in said.items()}
    if kind == "l2Book" and isinstance(said, Mapping):
        return dict(said) | {"levels": [[], []] if variant == "missing" else said["levels"][::-1]}
    if kind == "candleSnapshot" and isinstance(said, Raw) and variant in _VALUES:
        return _candles(said, _VALUES[variant])
    return said


def _context(context: dict[str, Any], variant: str) -> dict[str, Any]:
    if variant == "missing":
        return context | {"midPx": None, "premium": None, "impactPxs": None}
    if variant == "crossed":
        impact = context["impactPxs"]
        return context | {"impactPxs": None if impact is None else impact[::-1]}
    return context | dict.fromkeys(_PRICES, _VALUES[variant]) | {"impactPxs": [_VALUES[variant]] * 2}


def _candles(said: Raw, value: str) -> Raw:
    rows = json.loads(said.body)
    if len(rows) >= 2:
        rows[-2] |= {"o": value, "h": value, "l": value, "c": value}
    return Raw(json.dumps(rows, separators=(",", ":")).encode(), said.rows)
