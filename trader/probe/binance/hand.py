"""Writes and reads in Binance's own words, one request at a time, for the experiments.

Requests are signed by the adapter's pen with the venue's time. Orders carry an id of the probe; what the two
modes of an account want is added here.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.orders import Kind, Order
from trader.core.snapshot import Position
from trader.probe.bench import Bench
from trader.probe.experiments import Unanswered
from trader.venues.binance.signing import Pen, Question
from trader.venues.binance.symbols import symbol_of

WIDE = Decimal("1.01")
ORDER, ALGO = "/fapi/v1/order", "/fapi/v1/algoOrder"


@frozen
class Prices:
    """Of the coin, now."""

    bid: Decimal
    ask: Decimal
    mark: Decimal


@frozen
class Said:
    """An answer: the code of a refusal, 0 for none, and what it says."""

    status: int
    code: int
    body: Any

    def done(self, what: str) -> Any:
        """What it says; Unanswered when it refuses."""
        if self.code:
            raise Unanswered(f"{what} was refused: {self.code} {self.body.get('msg', '')}")
        return self.body


class BinanceHand:
    """One account's."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._pen = Pen(bench.link.pen, base_url=bench.link.base_url)
        self._two_sided: bool | None = None

    @property
    def symbol(self) -> str:
        return symbol_of(self.bench.coin)

    def is_two_sided(self) -> bool:
        if self._two_sided is None:
            said = self.ask("GET", "/fapi/v1/positionSide/dual").done("the position mode")
            self._two_sided = bool(said["dualSidePosition"])
        return self._two_sided

    def need(self, *, two_sided: bool) -> None:
        """Unanswered in an account of the other mode."""
        if self.is_two_sided() is not two_sided:
            raise Unanswered(f"needs an account in {'hedge' if two_sided else 'one-way'} mode")

    def ask(self, method: str, path: str, **fields: Any) -> Said:
        """One request and what came back, refusals included."""
        given = {name: str(value) for name, value in fields.items() if value is not None}
        question = Question(path, tuple(given.items()), method)
        at_ms = self.bench.venue.venue_now_ms()
        request = self._pen.request(question, timestamp_ms=at_ms, is_write=method != "GET")
        words = f"{method} {path} {json.dumps(given)}"
        answer = self.bench.send(request, words)
        try:
            body = json.loads(answer.body)
        except ValueError as error:
            raise Unanswered(f"{words}: HTTP {answer.status} and no JSON") from error
        if answer.status == 200:
            return Said(answer.status, 0, body)
        if not isinstance(body, dict) or "code" not in body:
            raise Unanswered(f"{words}: HTTP {answer.status} without a code")
        return Said(answer.status, int(body["code"]), body)

    def leg(self, name: str = "LONG") -> dict[str, str]:
        return {"positionSide": name} if self.is_two_sided() else {}

    def reducing(self, name: str = "LONG") -> dict[str, str]:
        """What makes an order only reduce."""
        return self.leg(name) or {"reduceOnly": "true"}

    def order(self, side: str, size: Decimal, *, client_id: str | None = None, **more: Any) -> Said:
        """A plain order: at market, or a limit that rests where a price is named."""
        asked: dict[str, Any] = {"symbol": self.symbol, "side": side, "quantity": f"{size:f}"}
        asked |= {"newClientOrderId": client_id or self.bench.new_id(), "newOrderRespType": "RESULT"}
        asked |= {"type": "LIMIT", "timeInForce": "GTC"} if "price" in more else {"type": "MARKET"}
        return self.ask("POST", ORDER, **(asked | more))

    def stop(self, at: Decimal, size: Decimal | None, *, client_id: str | None = None, **more: Any) -> Said:
        """A stop that would sell at market; without a size it closes whatever the position is."""
        asked: dict[str, Any] = {"algoType": "CONDITIONAL", "symbol": self.symbol, "side": "SELL"}
        asked |= {"type": "STOP_MARKET", "triggerPrice": f"{at:f}", "workingType": "MARK_PRICE"}
        asked |= {"clientAlgoId": client_id or self.bench.new_id()}
        bound = {"closePosition": "true"} | self.leg()
        asked |= bound if size is None else {"quantity": f"{size:f}"} | self.reducing()
        return self.ask("POST", ALGO, **(asked | more))

    def prices(self) -> Prices:
        book = self.ask("GET", "/fapi/v1/ticker/bookTicker", symbol=self.symbol).done("the best prices")
        mark = self.ask("GET", "/fapi/v1/premiumIndex", symbol=self.symbol).done("the mark price")
        return Prices(Decimal(book["bidPrice"]), Decimal(book["askPrice"]), Decimal(mark["markPrice"]))

    def at(self, fraction: str) -> Decimal:
        """A price at this fraction of mark."""
        return self.bench.market.price_down(self.prices().mark * Decimal(fraction))

    def enter(self) -> tuple[Decimal, Any]:
        """A long position of the least size; the size, and the venue's answer."""
        prices, client_id = self.prices(), self.bench.new_id()
        size = self.bench.size(prices.bid)
        self.bench.spend(client_id, size * prices.ask)
        above = self.bench.market.price_up(prices.ask * WIDE)
        said = self.order(
            "BUY", size, client_id=client_id, price=f"{above:f}", timeInForce="IOC", **self.leg()
        ).done("the entry")
        if Decimal(said["executedQty"]) != size:
            raise Unanswered(f"{said['executedQty']} of {size} filled")
        return size, said

    def rest(self, fraction: str = "0.96", *, client_id: str | None = None, **more: Any) -> tuple[str, Said]:
        """A bid below the market; its id and what was said."""
        p, used = self.at(fraction), client_id or self.bench.new_id()
        size = self.bench.size(p)
        self.bench.spend(used, p * size)
        asked = {"price": f"{p:f}"} | self.leg() | more
        return used, self.order("BUY", size, client_id=used, **asked)

    def take_off(self, client_id: str) -> None:
        self.ask("DELETE", ORDER, symbol=self.symbol, origClientOrderId=client_id)
        self.bench.release(client_id)

    def open_ids(self) -> set[str]:
        """The ids of the coin's open orders, plain and conditional."""
        plain = self.ask("GET", "/fapi/v1/openOrders", symbol=self.symbol).done("the open orders")
        algos = self.ask("GET", "/fapi/v1/openAlgoOrders", symbol=self.symbol).done("the conditional orders")
        return {str(row["clientOrderId"]) for row in plain} | {str(row["clientAlgoId"]) for row in algos}

    def found(self, client_id: str) -> Said:
        return self.ask("GET", ORDER, symbol=self.symbol, origClientOrderId=client_id)

    def cancel(self, order: Order) -> None:
        if order.kind is Kind.LIMIT:
            self.ask("DELETE", ORDER, symbol=self.symbol, orderId=order.order_id)
        else:
            self.ask("DELETE", ALGO, algoId=order.order_id)

    def marked(self, _order: Order) -> bool:
        """There is nothing but ids here."""
        return False

    def close(self, position: Position) -> None:
        side, leg = ("SELL", "LONG") if position.leg is Leg.LONG else ("BUY", "SHORT")
        self.order(side, abs(position.size), **self.reducing(leg))


def by_name(rows: Any, **wanted: Any) -> Mapping[str, Any]:
    """The row that has these values."""
    for row in rows:
        if all(row.get(name) == value for name, value in wanted.items()):
            found: Mapping[str, Any] = row
            return found
    raise Unanswered(f"no row with {wanted}")
