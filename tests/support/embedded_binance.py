"""An embedded Binance USD-M with a manual clock and a client that signs for itself, for tests of the wire."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tests.support.embedded_wire import EQUITY, NOW_MS, EmbeddedWire
from trader.core.wire import Request
from trader.sim.binance.app import BinanceApp
from trader.sim.binance.build import new_venue
from trader.sim.binance.identity import PaperIdentity, paper_identity
from trader.sim.binance.switches import Switches
from trader.sim.binance.venue import Venue
from trader.sim.clock import ManualClock

URL = "https://fapi.binance.com"


def signature(secret: str, payload: str) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def wire_text(value: Any) -> str:
    """Booleans as the venue's documentation writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class EmbeddedBinance(EmbeddedWire[Venue]):
    """The exchange, its line, and one account with its key."""

    switches: Switches = field(default_factory=lambda: Switches(equity=EQUITY))
    two_sided: bool = False

    def __post_init__(self) -> None:
        venue = new_venue(self.feed, start_ms=NOW_MS, switches=self.switches)
        self.me: PaperIdentity = paper_identity("test")
        venue.declare(self.me)
        self.stand(venue, BinanceApp(venue), ManualClock(NOW_MS))
        if self.two_sided:
            venue.model.set_two_sided(self.user, True)

    @property
    def user(self) -> str:
        return self.me.user

    def request(
        self,
        method: str,
        path: str,
        *,
        in_body: bool = False,
        headers: tuple[tuple[str, str], ...] | None = None,
        **fields: Any,
    ) -> Request:
        """A signed request as bytes; everything in the query, or in a form body."""
        sent = {"timestamp": self.clock.now_ms()} | fields
        payload = urlencode({name: wire_text(value) for name, value in sent.items()})
        payload += "&signature=" + signature(self.me.api_secret, payload)
        named = (("X-MBX-APIKEY", self.me.api_key),) if headers is None else headers
        if in_body:
            return Request(URL + path, payload.encode(), method, named, is_write=True)
        return Request(f"{URL}{path}?{payload}", b"", method, named, is_write=method != "GET")

    def ask(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        """Status and parsed body."""
        answer = self.answered(self.request(method, path, **fields))
        return answer.status, json.loads(answer.body)

    def ok(self, method: str, path: str, **fields: Any) -> Any:
        """The parsed body of a 200."""
        status, body = self.ask(method, path, **fields)
        assert status == 200, body
        return body

    def refusal(self, method: str, path: str, **fields: Any) -> int:
        """The code of an error answer."""
        status, body = self.ask(method, path, **fields)
        assert status != 200, body
        assert set(body) == {"code", "msg"}
        return int(body["code"])

    def public(self, path: str, **fields: Any) -> Any:
        """A public read, which must be a 200."""
        query = "?" + urlencode(fields) if fields else ""
        answer = self.answered(Request(URL + path + query, method="GET"))
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def order(self, side: str, quantity: str, **fields: Any) -> Any:
        """A new order that must be taken: at market, unless a price is given."""
        return self.ok("POST", "/fapi/v1/order", **order_fields(side, quantity, **fields))

    def order_refusal(self, side: str, quantity: str, **fields: Any) -> int:
        return self.refusal("POST", "/fapi/v1/order", **order_fields(side, quantity, **fields))

    def algo(self, side: str, trigger: str, **fields: Any) -> Any:
        """A conditional order that must be taken; a stop at market unless said otherwise."""
        return self.ok("POST", "/fapi/v1/algoOrder", **algo_fields(side, trigger, **fields))

    def algo_refusal(self, side: str, trigger: str, **fields: Any) -> int:
        return self.refusal("POST", "/fapi/v1/algoOrder", **algo_fields(side, trigger, **fields))

    def algo_status(self, client_id: str) -> str:
        return str(self.ok("GET", "/fapi/v1/algoOrder", clientAlgoId=client_id)["algoStatus"])

    def position(self, coin: str = "BTC", leg: str | None = None) -> Decimal:
        """What the exchange really holds for us at this moment."""
        self.venue.run_to(self.clock.now_ms())
        return self.held(self.user, coin, leg)


def order_fields(side: str, quantity: str, **fields: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"symbol": "BTCUSDT", "side": side, "quantity": quantity}
    plain |= {"newOrderRespType": "RESULT", "type": "MARKET"}
    if "price" in fields:
        plain |= {"type": "LIMIT", "timeInForce": "GTC"}
    return {name: value for name, value in (plain | fields).items() if value is not None}


def algo_fields(side: str, trigger: str, **fields: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": side}
    plain |= {"type": "STOP_MARKET", "triggerPrice": trigger, "workingType": "MARK_PRICE"}
    return {name: value for name, value in (plain | fields).items() if value is not None}
