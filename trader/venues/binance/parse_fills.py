"""Executions and funding payments as values.

* A trade names its order by number only; the client id is joined in trades.py.
* A fee is positive when paid. One that was paid in another coin (the venue's own, at a discount) is counted
  at the venue's dearest rate, which is more than what was paid, and its coin is told.
* Liquidations and deleveragings are orders of the venue, known by their client ids.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.orders import Fill, Funding
from trader.venues import strict
from trader.venues.binance.parse_orders import leg, side
from trader.venues.binance.symbols import QUOTE, coin_of, is_plain
from trader.venues.strict import Row

DEAREST_TAKER, DEAREST_MAKER = Decimal("0.0005"), Decimal("0.0002")
_LIQUIDATION, _DELEVERAGE = "autoclose-", "adl_autoclose"
_UNKNOWN = Decimal(0)


@frozen
class Trade:
    """One row of `userTrades`, before its client id and the position before it are known."""

    number: int
    fill: Fill
    fee_coin: str

    def of(self, client_id: str) -> Fill:
        """The fill of an order with this client id."""
        return replace(
            self.fill,
            client_id=client_id,
            is_liquidation=client_id.startswith(_LIQUIDATION),
            is_deleverage=client_id.startswith(_DELEVERAGE),
        )


def trades(value: object, coin: str) -> list[Trade]:
    return [_trade(row, place, coin) for row, place in strict.rows(value, f"userTrades of {coin}")]


def _trade(row: Row, where: str, coin: str) -> Trade:
    told = coin_of(strict.text(row, "symbol", where))
    if told != coin:
        strict.wrong(told, f"{where}.symbol", coin)
    number = strict.whole(row, "id", where)
    size, price = strict.positive(row, "qty", where), strict.positive(row, "price", where)
    fee_coin = strict.text(row, "commissionAsset", where)
    fee = strict.amount(row, "commission", where)
    if fee_coin != QUOTE and is_plain(coin):
        rate = DEAREST_MAKER if strict.flag(row, "maker", where) else DEAREST_TAKER
        fee = size * price * rate
    fill = Fill(
        coin=coin,
        side=side(row, where),
        size=size,
        price=price,
        fee=fee,
        realised=strict.amount(row, "realizedPnl", where),
        at_ms=strict.moment(row, "time", where),
        fill_id=f"{coin}:{number:015d}",
        order_id=str(strict.whole(row, "orderId", where)),
        client_id=None,
        position_before=_UNKNOWN,
        leg=leg(row, where),
    )
    return Trade(number, fill, fee_coin if is_plain(coin) else QUOTE)


def client_ids(value: object, what: str) -> Mapping[str, str]:
    """Client ids by order number, from a list of orders."""
    return {
        str(strict.whole(row, "orderId", place)): strict.text(row, "clientOrderId", place)
        for row, place in strict.rows(value, what)
    }


def client_id(value: object, what: str) -> Mapping[str, str]:
    """The same from one order."""
    return client_ids([value], what)


def fundings(value: object) -> list[tuple[str, Funding]]:
    """Payments with what names each; the venue keeps no rate beside them."""
    found: list[tuple[str, Funding]] = []
    for row, place in strict.rows(value, "income"):
        strict.choice(row, "incomeType", place, ("FUNDING_FEE",))
        coin = coin_of(strict.text(row, "symbol", place))
        paid = Funding(coin, strict.moment(row, "time", place), strict.amount(row, "income", place), None)
        found.append((f"{coin}:{strict.field(row, 'tranId', place)}", paid))
    return found
