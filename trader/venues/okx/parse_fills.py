"""Executions and funding payments as values.

* A fill does not say whose exit it was: the order that a stop or a target sent carries the id of that stop or
  target, so fills are joined with the orders they are of.
* Liquidations and deleveraging are told by the fill itself, and by the order's category.
* Rows of other products are left out; a fee in another currency cannot be counted.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.orders import Fill
from trader.venues import strict
from trader.venues.okx import parse_orders
from trader.venues.okx.contracts import coin_of, coins_in
from trader.venues.okx.numbers import moment, number, text_or_none
from trader.venues.okx.parse_orders import ContractOf
from trader.venues.strict import Row

_QUOTE = "USDT"
_LIQUIDATED = frozenset(str(n) for n in range(100, 120))
_DELEVERAGED = frozenset(str(n) for n in range(125, 129))
_UNPLACED = Decimal(0)


@frozen
class FillRow:
    """One fill before its order is known; pages are counted by `bill`, and it is the order of time."""

    bill: int
    fill: Fill


def fills(data: list[object], contract_of: ContractOf) -> tuple[list[FillRow], list[str]]:
    """The fills of a page, and the bill of every row in its order, which is what paging goes by."""
    found: list[FillRow] = []
    bills: list[str] = []
    for row, where in strict.rows(data, "fills"):
        bills.append(number(row, "billId", where))
        coin = coin_of(strict.text(row, "instId", where))
        if coin is not None:
            found.append(FillRow(int(bills[-1]), _fill(row, where, coin, contract_of(coin))))
    return found, bills


def _fill(row: Row, where: str, coin: str, contract: Decimal | None) -> Fill:
    if strict.text(row, "feeCcy", where) != _QUOTE:
        strict.wrong(row["feeCcy"], f"{where}.feeCcy", f"{_QUOTE}, the money that the account is counted in")
    kind = strict.text(row, "subType", where)
    is_deleverage = kind in _DELEVERAGED
    is_forced = kind in _LIQUIDATED or strict.text(row, "tradeId", where).startswith("-")
    return Fill(
        coin=coin,
        side=parse_orders.side(row, where),
        size=coins_in(strict.positive(row, "fillSz", where), contract, where),
        price=strict.positive(row, "fillPx", where),
        fee=-strict.amount(row, "fee", where),
        realised=strict.amount(row, "fillPnl", where),
        at_ms=moment(row, "fillTime", where),
        fill_id=number(row, "billId", where),
        order_id=number(row, "ordId", where),
        client_id=text_or_none(row, "clOrdId", where),
        position_before=_UNPLACED,
        is_liquidation=is_forced and not is_deleverage,
        is_deleverage=is_deleverage,
        leg=parse_orders.leg(row, where),
    )


@frozen
class Origin:
    """What an order says of its fills: the id it goes by, and whether the venue forced it."""

    client_id: str | None
    is_liquidation: bool
    is_deleverage: bool


def origins(data: list[object]) -> tuple[dict[str, Origin], list[str]]:
    """Origins by order number, and the numbers in the order of the page."""
    found: dict[str, Origin] = {}
    numbers: list[str] = []
    for row, where in strict.rows(data, "orders-history"):
        numbers.append(number(row, "ordId", where))
        found[numbers[-1]] = origin(row, where)
    return found, numbers


def origin(row: Row, where: str) -> Origin:
    """The id of the stop or target that sent the order, else its own."""
    category = strict.text(row, "category", where)
    return Origin(
        text_or_none(row, "algoClOrdId", where) or text_or_none(row, "clOrdId", where),
        category.endswith("liquidation"),
        category == "adl",
    )


@frozen
class Payment:
    """One funding bill."""

    bill: str
    coin: str
    at_ms: int
    amount: Decimal


def payments(data: list[object]) -> tuple[list[Payment], list[str]]:
    """The funding payments of a page, positive when received, and the bill of every row in its order."""
    found: list[Payment] = []
    bills: list[str] = []
    for row, where in strict.rows(data, "bills"):
        bills.append(number(row, "billId", where))
        strict.choice(row, "type", where, ("8",))
        coin = coin_of(strict.text(row, "instId", where))
        if coin is not None:
            strict.choice(row, "ccy", where, (_QUOTE,))
            found.append(Payment(bills[-1], coin, moment(row, "ts", where), strict.amount(row, "pnl", where)))
    return found, bills


def rate_at(rates: Mapping[int, Decimal], at_ms: int, within_ms: int) -> Decimal | None:
    """The rate of the settlement that a payment belongs to: the last one due before it was booked."""
    due_ms = max((due for due in rates if due <= at_ms <= due + within_ms), default=None)
    return None if due_ms is None else rates[due_ms]
