"""`income`: every movement of money, from executions, funding and transfers.

Rules: ascending by time; three months are kept, seven days told where no window is asked for. A tranId is
unique within its type.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from trader.sim.binance.decimals import money
from trader.sim.binance.order_reads import TRADES_KEPT_MS, WEEK_MS
from trader.sim.binance.requests import Asked
from trader.sim.binance.symbols import QUOTE
from trader.sim.binance.venue import Venue

Row = dict[str, Any]
_TRANSFER_SIGN = {"deposit": 1, "withdraw": -1, "insurance": 1}


def income(asked: Asked) -> Any:
    parameters = asked.parameters
    coins = asked.coins() if parameters.text("symbol") is not None else None
    kind = parameters.text("incomeType")
    limit = parameters.limit(default=100, most=1000)
    page = max(1, parameters.integer("page") or 1)
    start_ms, end_ms = parameters.integer("startTime"), parameters.integer("endTime")
    last = asked.now_ms if end_ms is None else end_ms
    first = max(asked.now_ms - TRADES_KEPT_MS, last - WEEK_MS if start_ms is None else start_ms)
    rows = [
        row
        for row in sorted(movements(asked.venue, asked.user), key=lambda each: (each["time"], each["tranId"]))
        if first <= row["time"] <= last
        and kind in (None, row["incomeType"])
        and (coins is None or row["symbol"] in {coin + QUOTE for coin in coins})
    ]
    if start_ms is None and end_ms is None and parameters.integer("page") is None:
        return rows[-limit:]
    return rows[(page - 1) * limit : page * limit]


def movements(venue: Venue, user: str) -> Iterator[Row]:
    """All rows of an account."""
    model = venue.model
    for fill in model.fills(user):
        number, trade = 9_000_000_000 + fill.tid, str(fill.tid)
        if fill.closed_pnl:
            yield _row(fill.coin, "REALIZED_PNL", fill.closed_pnl, fill.at_ms, number, trade)
        if fill.fee:
            yield _row(fill.coin, "COMMISSION", -fill.fee, fill.at_ms, number, trade)
    for paid in model.funding(user):
        yield _row(paid.coin, "FUNDING_FEE", paid.usdc, paid.at_ms, 8_000_000_000 + paid.seq, "")
    for moved in model.ledger(user):
        amount = moved.usdc * _TRANSFER_SIGN.get(moved.kind, 1)
        kind = "INSURANCE_CLEAR" if moved.kind == "insurance" else venue.purse.name_of(moved.seq)
        yield _row("", kind, amount, moved.at_ms, 7_000_000_000 + moved.seq, "")
    for place, aside in venue.purse.asides(user):
        row = _row(aside.coin, aside.kind, Decimal(aside.amount), aside.at_ms, 6_000_000_000 + place, "")
        yield row | {"asset": aside.asset}


def _row(coin: str, kind: str, amount: Decimal, at_ms: int, number: int, trade: str) -> Row:
    return {
        "symbol": coin + QUOTE if coin else "",
        "incomeType": kind,
        "income": money(amount),
        "asset": QUOTE,
        "info": kind,
        "time": at_ms,
        "tranId": number,
        "tradeId": trade,
    }
