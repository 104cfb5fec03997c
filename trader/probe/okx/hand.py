"""Writes and reads in OKX's own words, one request at a time, for the experiments.

Requests are signed by the adapter's own functions with the venue's time. Sizes handed in are coins and go out
as contracts. Orders carry an id and a tag of the probe; what the two modes of an account want is added here.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.orders import Kind, Order
from trader.core.snapshot import Position
from trader.core.wire import Request
from trader.probe.bench import MAGIC, Bench
from trader.probe.experiments import Unanswered
from trader.venues.okx.contracts import contracts_in, inst_id
from trader.venues.okx.signing import OkxKeys, signed_headers

TAG = f"{MAGIC}probe"
API = "/api/v5/"
WIDE = Decimal("0.01")
ORDER_LIFE_MS = 15_000
WAITS = "live"  # the venue's word for an order that nothing has happened to
Row = Mapping[str, Any]


@frozen
class Prices:
    """Of the coin, now; `ask_size` is in coins."""

    bid: Decimal
    ask: Decimal
    ask_size: Decimal


@frozen
class Said:
    """The first row of an answer and the code that decides: the row's own where it has one."""

    status: int
    code: str
    rows: tuple[Row, ...]

    @property
    def row(self) -> Row:
        if not self.rows:
            raise Unanswered(f"the answer, code {self.code}, has no row")
        return self.rows[0]


class OkxHand:
    """One account's."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._config: Row | None = None

    @property
    def inst(self) -> str:
        return inst_id(self.bench.coin)

    @property
    def config(self) -> Row:
        """Its words are not kept: they name the account, its key and its addresses."""
        if self._config is None:
            self._config = self.get("account/config").row
            self.bench.words.pop()
        return self._config

    @property
    def is_two_sided(self) -> bool:
        return bool(self.config["posMode"] == "long_short_mode")

    def leg(self, name: str) -> dict[str, str]:
        """What an order says of its side, and that it only reduces where the side does not say it."""
        return {"posSide": name} if self.is_two_sided else {}

    @property
    def reducing(self) -> dict[str, str]:
        return {} if self.is_two_sided else {"reduceOnly": "true"}

    def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        keys: OkxKeys | None = None,
        flips: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """Signed; `flips` says the other environment, as a key of the practice network would."""
        link = self.bench.link
        at_ms = self.bench.venue.venue_now_ms()
        signed = signed_headers(keys or link.pen, at_ms=at_ms, method=method, target=target, body=body)
        lines = [*signed, ("Content-Type", "application/json"), *(headers or {}).items()]
        if link.practice is not flips:
            lines.append(("x-simulated-trading", "1"))
        return Request(link.base_url + target, body, method, tuple(lines), is_write=method == "POST")

    def said(self, request: Request, words: str) -> Said:
        answer = self.bench.send(request, words)
        try:
            body = json.loads(answer.body)
            rows = tuple(body.get("data") or ())
            code = str(rows[0].get("sCode") or body["code"]) if rows else str(body["code"])
        except (ValueError, KeyError, AttributeError) as error:
            raise Unanswered(f"{words}: HTTP {answer.status} and no answer of the kind it has") from error
        return Said(answer.status, code, rows)

    def get(self, path: str, **query: str) -> Said:
        target = API + path + (f"?{urlencode(query)}" if query else "")
        return self.said(self.request("GET", target), f"GET {path} {json.dumps(query)}")

    def post(self, path: str, body: Any, **headers: str) -> Said:
        text = json.dumps(body)
        request = self.request("POST", API + path, text.encode(), headers=headers)
        return self.said(request, f"POST {path} {text}")

    def prices(self) -> Prices:
        row = self.get("market/ticker", instId=self.inst).row
        size = Decimal(row["askSz"]) * self.bench.market.contract
        return Prices(Decimal(row["bidPx"]), Decimal(row["askPx"]), size)

    def contracts(self, size: Decimal) -> str:
        return f"{contracts_in(size, self.bench.market):f}"

    def order(self, side: str, size: Decimal, *, client_id: str | None = None, **more: Any) -> Said:
        """A normal order of the long side, which expires soon."""
        body = {"instId": self.inst, "tdMode": "cross", "side": side, "ordType": "market", "tag": TAG}
        body |= {"sz": self.contracts(size), "clOrdId": client_id or self.bench.new_id()} | self.leg("long")
        expires = more.pop("expTime", str(self.bench.venue.venue_now_ms() + ORDER_LIFE_MS))
        return self.post("trade/order", body | more, expTime=expires)

    def algo(self, side: str, size: Decimal, *, client_id: str | None = None, **more: Any) -> Said:
        """A conditional order of the long side."""
        body = {"instId": self.inst, "tdMode": "cross", "side": side, "ordType": "conditional", "tag": TAG}
        body |= {"sz": self.contracts(size)} | self.leg("long")
        body |= {} if client_id == "" else {"algoClOrdId": client_id or self.bench.new_id()}
        return self.post("trade/order-algo", body | more)

    def stop(self, at: Decimal, size: Decimal, *, client_id: str | None = None, **more: Any) -> Said:
        """A stop that would sell at market."""
        exits = {"slTriggerPx": f"{at:f}", "slOrdPx": "-1", "slTriggerPxType": "mark"}
        return self.algo("sell", size, client_id=client_id, **exits, **self.reducing, **more)

    def attached(self, at: Decimal, client_id: str) -> list[dict[str, str]]:
        exits = {"slTriggerPx": f"{at:f}", "slOrdPx": "-1", "slTriggerPxType": "mark"}
        return [{**exits, "attachAlgoClOrdId": client_id}]

    def enter(self, *, lots: int = 1, **more: Any) -> tuple[Decimal, Prices]:
        """A long position of the least size, or of so many least parts; the size, and prices before it."""
        prices = self.prices()
        size, client_id = self.bench.size(prices.bid, lots=lots), self.bench.new_id()
        self.bench.spend(client_id, size * prices.ask)
        above = self.bench.market.price_up(prices.ask * (1 + WIDE))
        said = self.order("buy", size, client_id=client_id, ordType="ioc", px=f"{above:f}", **more)
        if said.code != "0":
            raise Unanswered(f"the entry was refused: {said.code}")
        done = self.bench.wait_for(lambda: self._filled(client_id), seconds=5, every_s=0.5)
        if done is None or done != size:
            raise Unanswered(f"{done} of {size} filled")
        return size, prices

    def _filled(self, client_id: str) -> Decimal | None:
        said = self.get("trade/order", instId=self.inst, clOrdId=client_id)
        if said.code != "0" or said.row["state"] == WAITS:
            return None
        return Decimal(said.row["accFillSz"]) * self.bench.market.contract

    def below(self, fraction: str) -> Decimal:
        """A price at this fraction of the bid."""
        return self.bench.market.price_down(self.prices().bid * Decimal(fraction))

    def rest(self, *, client_id: str | None = None, **more: Any) -> tuple[str, Said]:
        """A bid far below the market."""
        p, used = self.below("0.9"), client_id or self.bench.new_id()
        size = self.bench.size(p)
        self.bench.spend(used, p * size)
        asked = {"ordType": "post_only", "px": f"{p:f}"} | more
        return used, self.order("buy", size, client_id=used, **asked)

    def take_off(self, client_id: str) -> None:
        self.post("trade/cancel-order", {"instId": self.inst, "clOrdId": client_id})
        self.bench.release(client_id)

    def waiting(self) -> dict[str, Row]:
        """The conditional orders of the coin that wait, by the ids that we gave."""
        rows = self.get("trade/orders-algo-pending", ordType="conditional,oco", instId=self.inst).rows
        return {str(row["algoClOrdId"]): row for row in rows}

    def cancel(self, order: Order) -> None:
        if order.kind is Kind.LIMIT:
            self.post("trade/cancel-order", {"instId": self.inst, "ordId": order.order_id})
        else:
            self.post("trade/cancel-algos", [{"instId": self.inst, "algoId": order.order_id}])

    def marked(self, order: Order) -> bool:
        """A conditional order that was given its id the old way may have none, but it has the tag."""
        if order.kind is Kind.LIMIT:
            return False
        said = self.get("trade/order-algo", algoId=order.order_id)
        return said.code == "0" and said.row["tag"] == TAG

    def close(self, position: Position) -> None:
        side, leg = ("sell", "long") if position.leg is Leg.LONG else ("buy", "short")
        self.order(side, abs(position.size), **self.leg(leg), **self.reducing)
