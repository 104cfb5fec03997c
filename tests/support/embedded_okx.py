"""An embedded OKX with a manual clock and a client that signs for itself, for tests of the wire."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from tests.support.embedded_wire import EQUITY, NOW_MS, EmbeddedWire
from trader.core.wire import Request
from trader.sim.clock import ManualClock
from trader.sim.okx.app import OkxApp
from trader.sim.okx.build import new_venue
from trader.sim.okx.identity import PaperIdentity, paper_identity
from trader.sim.okx.switches import Switches
from trader.sim.okx.venue import Venue

URL = "https://www.okx.com"
API = "/api/v5/"
HOUR_MS = 3_600_000
BTC, ETH, SOL = "BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP"


def stamp_of(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def signed(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


@dataclass
class EmbeddedOkx(EmbeddedWire[Venue]):
    """The exchange, its line, and one account with its key; net mode unless two-sided."""

    switches: Switches = field(default_factory=lambda: Switches(equity=EQUITY, two_sided=False))

    def __post_init__(self) -> None:
        venue = new_venue(self.feed, start_ms=NOW_MS, switches=self.switches)
        self.me: PaperIdentity = paper_identity("test")
        venue.declare(self.me)
        self.stand(venue, OkxApp(venue), ManualClock(NOW_MS))

    @property
    def user(self) -> str:
        return self.me.user

    @property
    def leg(self) -> dict[str, str]:
        """What a long entry and its exit say of the side."""
        return {"posSide": "long"} if self.switches.two_sided else {}

    def headers(self, method: str, target: str, body: str = "", **more: str) -> dict[str, str]:
        """The headers of a signed request."""
        stamp = stamp_of(self.clock.now_ms())
        return {
            "OK-ACCESS-KEY": self.me.api_key,
            "OK-ACCESS-PASSPHRASE": self.me.passphrase,
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-SIGN": signed(self.me.api_secret, stamp + method + target + body),
            "Content-Type": "application/json",
        } | more

    def request(self, method: str, target: str, body: str = "", **more: str) -> Request:
        headers = self.headers(method, target, body, **more)
        return Request(URL + target, body.encode(), method, tuple(headers.items()), is_write=method == "POST")

    def told(self, request: Request) -> tuple[int, Any]:
        """Status and parsed body; time passes, so that budgets recover."""
        answer = self.answered(request)
        self.clock.advance(500)
        return answer.status, json.loads(answer.body)

    def read(self, path: str, **fields: Any) -> tuple[int, Any]:
        query = "?" + urlencode(fields) if fields else ""
        return self.told(self.request("GET", API + path + query))

    def write(self, path: str, body: Any, **more: str) -> tuple[int, Any]:
        return self.told(self.request("POST", API + path, json.dumps(body), **more))

    def rows(self, path: str, **fields: Any) -> list[Any]:
        """The rows of a read that must succeed."""
        status, body = self.read(path, **fields)
        assert (status, body["code"]) == (200, "0"), body
        found: list[Any] = body["data"]
        return found

    def one(self, path: str, **fields: Any) -> Any:
        found = self.rows(path, **fields)
        assert len(found) == 1, found
        return found[0]

    def done(self, path: str, **body: Any) -> Any:
        """The single row of a write that must succeed."""
        status, answer = self.write(path, body)
        assert (status, answer["code"]) == (200, "0"), answer
        assert len(answer["data"]) == 1
        return answer["data"][0]

    def refused(self, path: str, **body: Any) -> str:
        """The code that a write is refused with, of its item or of the whole."""
        _, answer = self.write(path, body)
        assert answer["code"] != "0", answer
        return str(answer["data"][0]["sCode"] if answer["data"] else answer["code"])

    def read_refused(self, path: str, **fields: Any) -> str:
        _, answer = self.read(path, **fields)
        assert answer["code"] != "0", answer
        return str(answer["code"])

    def order_fields(self, side: str, sz: str, **more: Any) -> dict[str, Any]:
        plain = {"instId": BTC, "tdMode": "cross", "side": side, "ordType": "market", "sz": sz} | self.leg
        return plain | ({"ordType": "limit"} if "px" in more else {}) | more

    def order(self, side: str, sz: str, **more: Any) -> Any:
        return self.done("trade/order", **self.order_fields(side, sz, **more))

    def order_refused(self, side: str, sz: str, **more: Any) -> str:
        return self.refused("trade/order", **self.order_fields(side, sz, **more))

    def algo_fields(self, side: str, **more: Any) -> dict[str, Any]:
        plain = {"instId": BTC, "tdMode": "cross", "side": side, "ordType": "conditional"} | self.leg
        if "slTriggerPx" in more:
            plain |= {"slOrdPx": "-1", "slTriggerPxType": "mark"}
        if "tpTriggerPx" in more:
            plain |= {"tpOrdPx": "-1", "tpTriggerPxType": "mark"}
        return plain | more

    def algo(self, side: str, **more: Any) -> Any:
        return self.done("trade/order-algo", **self.algo_fields(side, **more))

    def algo_refused(self, side: str, **more: Any) -> str:
        return self.refused("trade/order-algo", **self.algo_fields(side, **more))

    def algo_row(self, client_id: str) -> Any:
        return self.one("trade/order-algo", algoClOrdId=client_id)

    def order_row(self, client_id: str) -> Any:
        return self.one("trade/order", instId=BTC, clOrdId=client_id)

    def waiting(self) -> list[str]:
        """Client ids of the algos that wait, newest first."""
        rows = self.rows("trade/orders-algo-pending", ordType="conditional,oco")
        rows += self.rows("trade/orders-algo-pending", ordType="trigger")
        return [row["algoClOrdId"] for row in rows]

    def position(self, coin: str = "BTC", leg: str | None = None) -> Decimal:
        """What the exchange really holds for us, in coins."""
        return self.held(self.user, coin, leg or self.leg.get("posSide"))


def stop(trigger: str = "95000", **more: Any) -> list[dict[str, Any]]:
    """An attached stop at market on mark."""
    return [{"slTriggerPx": trigger, "slOrdPx": "-1", "slTriggerPxType": "mark"} | more]


def two_sided(**more: Any) -> EmbeddedOkx:
    return EmbeddedOkx(Switches(equity=EQUITY, two_sided=True, **more))


def net(**more: Any) -> EmbeddedOkx:
    return EmbeddedOkx(Switches(equity=EQUITY, two_sided=False, **more))
