"""V14: prices that cannot be, in whichever answer carries prices.

Rules: candles get the lie in the newest closed bar, where a strategy would look; other rows in every price.
"""

import json
from typing import Any

from trader.sim.faults import Fault
from trader.sim.okx.calls import Raw

_NUMBERS = {"zero": "0", "nan": "NaN", "negative": "-1", "infinite": "Infinity"}
_PRICES = ("markPx", "last", "askPx", "bidPx", "buyLmt", "sellLmt")


def impossible_prices(what: str, said: Any, fault: Fault) -> Any:
    """The answer with its prices replaced, crossed or missing."""
    variant = str(fault.params.get("variant", "zero"))
    if isinstance(said, Raw):
        return _candles(said, _NUMBERS.get(variant))
    rows = []
    for row in said:
        changed = dict(row)
        for name in _PRICES:
            if name in changed:
                changed[name] = _NUMBERS.get(variant, "" if variant == "missing" else changed[name])
        if variant == "crossed" and "askPx" in changed:
            changed["askPx"], changed["bidPx"] = row["bidPx"], row["askPx"]
        rows.append(changed)
    return rows


def _candles(said: Raw, value: str | None) -> Raw:
    if value is None or len(said.rows) < 2:
        return said
    cells = json.loads(said.rows[1])
    cells[1:5] = [value] * 4
    return Raw([said.rows[0], json.dumps(cells).encode(), *said.rows[2:]])
