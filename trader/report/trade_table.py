"""The trades as a table and as JSON: entry, exit, reason, and profit after fees and funding.

Rules: what the strategy meant and how it was carried out are totalled apart. A value that is not known is "?"
in the table and null in the JSON, never zero.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trader.core.text import average, number, plural, signed_usd, utc
from trader.report.tables import Table
from trader.report.trades import Totals, Trade, totals

SCHEMA = "trader.trades/1"
_HEADS = ("coin", "leg", "size>", "entry", "price>", "exit", "price>", "reason", "fees>", "funding>", "P&L>")
_SPARE = ("fees>", "funding>")  # the lines below total them
_NAMES = {"strategy": "by the strategy", "execution": "outside the strategy", "all": "all"}


def trade_table(trades: Sequence[Trade], *, title: str = "") -> Table:
    """One row a trade, then what the closed ones come to."""
    summed = totals(trades)
    apart = [name for name in ("strategy", "execution") if summed[name].count]
    shown = [*apart, "all"] if len(apart) > 1 else apart
    notes = [f"{_NAMES[name]}: {_total(summed[name])}" for name in shown]
    if not shown:
        notes = ["no trade of ours has closed"] if trades else ["no trades"]
    others = sum(not t.ours for t in trades)
    if others:
        notes.append(f"{plural(others, 'trade')} not ours, marked *, and not in the totals")
    return Table(title, _HEADS, tuple(_row(t) for t in trades), tuple(notes), _SPARE)


def trades_json(trades: Sequence[Trade]) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "schema": SCHEMA,
        "trades": [trade_json(t) for t in trades],
        "totals": {name: _total_json(t) for name, t in totals(trades).items()},
    }


def trade_json(trade: Trade) -> dict[str, Any]:
    return {
        "coin": trade.coin,
        "leg": trade.leg.value,
        "size": str(trade.size),
        "entry_ms": trade.entry_ms,
        "entry_price": _text(trade.entry_price),
        "exit_ms": trade.exit_ms,
        "exit_price": _text(trade.exit_price),
        "reason": trade.reason,
        "fee": str(trade.fee),
        "funding": str(trade.funding),
        "pnl": _text(trade.pnl),
        "ours": trade.ours,
    }


def _row(trade: Trade) -> tuple[str, ...]:
    return (
        trade.coin if trade.ours else f"{trade.coin}*",
        trade.leg.value,
        number(trade.size),
        _moment(trade.entry_ms),
        _price(trade.entry_price),
        _moment(trade.exit_ms) if trade.exit_ms is not None else "",
        _price(trade.exit_price) if trade.exit_ms is not None else "",
        trade.reason,
        signed_usd(-trade.fee),
        signed_usd(trade.funding),
        "" if trade.exit_ms is None else "?" if trade.pnl is None else signed_usd(trade.pnl),
    )


def _moment(moment_ms: int | None) -> str:
    return "?" if moment_ms is None else utc(moment_ms)[5:16]


def _price(price: Decimal | None) -> str:
    return "?" if price is None else average(price)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _total(total: Totals) -> str:
    text = f"{plural(total.count, 'trade')}, P&L {signed_usd(total.pnl)} USD"
    text += f" (fees {signed_usd(-total.fee)}, funding {signed_usd(total.funding)})"
    return text + (f" without {total.unknown} whose entry is not known" if total.unknown else "")


def _total_json(total: Totals) -> dict[str, Any]:
    return {
        "count": total.count,
        "fee": str(total.fee),
        "funding": str(total.funding),
        "pnl": str(total.pnl),
        "unknown": total.unknown,
    }
