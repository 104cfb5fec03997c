"""V14: prices that cannot be, in whichever answer carries prices.

Rules: `coin` in the fault's parameters narrows it to one coin. Candles get the lie in the newest closed
bar, where a strategy would look.
"""

from typing import Any

from trader.sim.binance.symbols import QUOTE
from trader.sim.faults import Fault

_VALUES = {"zero": "0.0", "nan": "NaN", "negative": "-1.0", "infinite": "Infinity", "missing": ""}
_PRICES = ("markPrice", "indexPrice", "price", "bidPrice", "askPrice", "lastPrice")


def impossible_prices(what: str, said: Any, fault: Fault) -> Any:
    """The answer with its prices replaced, crossed or missing."""
    variant = str(fault.params.get("variant", "zero"))
    if what.endswith("lines") and isinstance(said, list):
        return _candles(said, variant)
    if isinstance(said, list):
        return [_row(row, variant, fault) if isinstance(row, dict) else row for row in said]
    return _row(said, variant, fault) if isinstance(said, dict) else said


def _row(row: dict[str, Any], variant: str, fault: Fault) -> dict[str, Any]:
    coin = fault.params.get("coin")
    if coin is not None and row.get("symbol") != f"{coin}{QUOTE}":
        return row
    if variant == "crossed":
        return _crossed(row)
    if variant not in _VALUES:
        return row
    return row | {name: _VALUES[variant] for name in _PRICES if name in row}


def _crossed(row: dict[str, Any]) -> dict[str, Any]:
    if "bids" in row:
        return row | {"bids": row["asks"], "asks": row["bids"]}
    if "bidPrice" in row:
        return row | {"bidPrice": row["askPrice"], "askPrice": row["bidPrice"]}
    return row


def _candles(rows: list[Any], variant: str) -> list[Any]:
    if len(rows) < 2 or variant not in _VALUES:
        return rows
    value = _VALUES[variant]
    newest = [rows[-2][0], value, value, value, value, *rows[-2][5:]]
    return [*rows[:-2], newest, rows[-1]]
