"""The embedded Hyperliquid as an App: bytes in, bytes out.

Rules: two routes, POST only. Time moves first, then the shape is read (422), then the client's weight
(429 with the body `null` as the real front answers it), then the route's own work. Answers carry the
headers of the real front.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trader.core.wire import Answer, Request
from trader.sim.faults import Fault, Plan, Seen
from trader.sim.hyperliquid import exchange_endpoint
from trader.sim.hyperliquid.actions import item_count
from trader.sim.hyperliquid.info_endpoint import kind_of, weight_after, weight_before
from trader.sim.hyperliquid.info_market import Raw, ServerFault
from trader.sim.hyperliquid.parsing import Unparsable
from trader.sim.hyperliquid.reading_lies import ReadingLies
from trader.sim.hyperliquid.venue import Venue
from trader.sim.wire import json_bytes, json_value, path_and_query

_FRONT = {
    "Content-Type": "application/json",
    "Server": "nginx/1.22.1",
    "vary": "origin, access-control-request-method, access-control-request-headers",
    "access-control-allow-origin": "*",
    "Via": "1.1 embedded.cloudfront.net (CloudFront)",
}
_JSON = {**_FRONT, "X-Cache": "Miss from cloudfront"}
_TEXT = {**_JSON, "Content-Type": "text/plain; charset=utf-8"}
_ERROR = {**_FRONT, "X-Cache": "Error from cloudfront"}


class HyperliquidApp:
    """One embedded Hyperliquid behind its two routes."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._lies = ReadingLies(venue)
        self._described: tuple[bytes, Any] | None = None

    def prepare(self, plan: Plan) -> None:
        """Learn which faults are coming; changes no answer."""
        self._lies.prepare(plan)

    def describe(self, request: Request) -> Seen:
        """The type of a read or of an action, and the coins it names."""
        try:
            body = _parsed(request.body)
        except Unparsable:
            return Seen("unparsable", is_write=path_and_query(request.url)[0] == "/exchange")
        self._described = (request.body, body)
        if not isinstance(body, dict):
            return Seen("unparsable", is_write=path_and_query(request.url)[0] == "/exchange")
        action = body.get("action")
        if isinstance(action, dict):
            return Seen(str(action.get("type", "")), is_write=True, coins=self._coins(action))
        inner = body.get("req")
        coin = inner.get("coin") if isinstance(inner, dict) else body.get("coin")
        return Seen(str(body.get("type", "")), is_write=False, coins=(coin,) if isinstance(coin, str) else ())

    def _coins(self, action: Mapping[str, Any]) -> tuple[str, ...]:
        """The coins an action is about, in the order of its items."""
        found = []
        items = [action]
        for key in ("orders", "cancels", "modifies"):
            listed = action.get(key)
            items += [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        for item in items:
            order = item.get("order")
            wire = order if isinstance(order, dict) else item
            asset = wire.get("a", wire.get("asset"))
            if isinstance(asset, int) and 0 <= asset < len(self.venue.model.markets):
                found.append(self.venue.model.markets[asset].coin)
        return tuple(dict.fromkeys(found))

    def answer(
        self, request: Request, *, at_ms: int, client: str = "127.0.0.1", lies: Sequence[Fault] = ()
    ) -> Answer:
        at_ms = self._lies.standing(lies, at_ms)
        self.venue.run_to(at_ms)
        path = path_and_query(request.url)[0]
        if request.method != "POST" or path not in ("/info", "/exchange"):
            return Answer(404 if request.method == "POST" else 405, b"", _TEXT)
        retired = next((fault for fault in lies if fault.kind == "V18"), None)
        if retired is not None:
            return Answer(int(retired.params.get("status", 404)), b"Not Found", _TEXT)
        try:
            return self._routed(path, request.body, client, lies)
        except Unparsable as error:
            return Answer(422, error.body, _TEXT)
        except ServerFault:
            return Answer(500, b"null", _ERROR)

    def _routed(self, path: str, raw: bytes, client: str, lies: Sequence[Fault]) -> Answer:
        body = self._body(raw)
        if not isinstance(body, dict):
            raise Unparsable("expected a JSON object")
        if path == "/exchange":
            return self._exchange(body, client, lies)
        return self._info(body, client, lies)

    def _body(self, raw: bytes) -> Any:
        """What was just described is not parsed again; a second delivery of it is."""
        described, self._described = self._described, None
        return described[1] if described is not None and described[0] is raw else _parsed(raw)

    def _exchange(self, body: Mapping[str, Any], client: str, lies: Sequence[Fault]) -> Answer:
        action = body.get("action")
        weight = 1 + (item_count(action) // 40 if isinstance(action, dict) else 0)
        if not self._charged(client, weight):
            return Answer(429, b"null", _ERROR)
        told = next((fault for fault in lies if fault.kind == "V26"), None)
        if told is None or told.params.get("applied", False):
            self._lies.remember_before_write()
            reply = exchange_endpoint.perform(self.venue, body, lies)
        if told is not None:
            reply = {"status": "err", "response": str(told.params.get("text", "Something new."))}
        return _json_answer(reply)

    def _info(self, body: Mapping[str, Any], client: str, lies: Sequence[Fault]) -> Answer:
        kind = kind_of(body)
        if not self._charged(client, weight_before(kind)):
            return Answer(429, b"null", _ERROR)
        if self.venue.switches.fund_unknown and isinstance(body.get("user"), str):
            self.venue.asked_about.add(body["user"].lower())
        found = self._lies.read(kind, body, lies)
        rows = found.rows if isinstance(found, Raw) else len(found) if isinstance(found, list) else 0
        self.venue.ip_budget.spend(client, weight_after(kind, rows), at_ms=self.venue.now_ms)
        return Answer(200, found.body, _JSON) if isinstance(found, Raw) else _json_answer(found)

    def _charged(self, client: str, weight: int) -> bool:
        now_ms = self.venue.now_ms
        if not self.venue.ip_budget.allows(client, weight, at_ms=now_ms):
            return False
        self.venue.ip_budget.spend(client, weight, at_ms=now_ms)
        return True


def _json_answer(value: Any) -> Answer:
    return Answer(200, json_bytes(value), _JSON)


def _parsed(raw: bytes) -> Any:
    try:
        return json_value(raw)
    except (ValueError, RecursionError) as error:
        raise Unparsable(str(error)) from error
