"""Executions and funding payments as values.

Fills are unordered and may repeat between pages: `oid:tid` names one. A liquidation is ours only when we are
the one liquidated; its counterparty gets the same mark on its fill. Rows of other products are left out.
"""

from trader.core.orders import Fill, Funding
from trader.venues import strict
from trader.venues.hyperliquid.parse_orders import client_id, is_native, side
from trader.venues.strict import Row

QUOTE_TOKEN = "USDC"


def fills(value: object, account: str) -> tuple[list[Fill], list[int]]:
    """The native fills of a page, and the time of every row in its order, which is what paging goes by."""
    found: list[Fill] = []
    times: list[int] = []
    for row, where in strict.rows(value, "userFillsByTime"):
        times.append(strict.moment(row, "time", where))
        if is_native(strict.text(row, "coin", where)):
            found.append(fill(row, where, account))
    return found, times


def fill(row: Row, where: str, account: str) -> Fill:
    order_id = strict.whole(row, "oid", where)
    token = strict.optional_text(row, "feeToken", where)
    if token not in (None, QUOTE_TOKEN):
        strict.wrong(token, f"{where}.feeToken", f"{QUOTE_TOKEN}, the money that the account is counted in")
    return Fill(
        coin=strict.text(row, "coin", where),
        side=side(row, where),
        size=strict.positive(row, "sz", where),
        price=strict.positive(row, "px", where),
        fee=strict.amount(row, "fee", where),
        realised=strict.amount(row, "closedPnl", where),
        at_ms=strict.moment(row, "time", where),
        fill_id=f"{order_id}:{strict.whole(row, 'tid', where)}",
        order_id=str(order_id),
        client_id=client_id(row, where),
        position_before=strict.amount(row, "startPosition", where),
        is_liquidation=_is_liquidated(row, where, account),
        is_deleverage="deleverag" in strict.text(row, "dir", where).lower(),
    )


def _is_liquidated(row: Row, where: str, account: str) -> bool:
    if row.get("liquidation") is None:
        return False
    user = strict.optional_text(strict.child(row, "liquidation", where), "liquidatedUser", where)
    return user is None or user.lower() == account.lower()


def fundings(value: object) -> tuple[list[Funding], list[int]]:
    """The native payments of a page, and the time of every row in its order."""
    found: list[Funding] = []
    times: list[int] = []
    for row, where in strict.rows(value, "userFunding"):
        at_ms = strict.moment(row, "time", where)
        times.append(at_ms)
        delta = strict.child(row, "delta", where)
        coin = strict.text(delta, "coin", where)
        if is_native(coin):
            paid = strict.amount(delta, "usdc", where)
            found.append(Funding(coin, at_ms, paid, strict.amount(delta, "fundingRate", where)))
    return found, times
