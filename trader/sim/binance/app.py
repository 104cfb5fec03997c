"""The embedded Binance as an App: bytes in, bytes out.

Rules: time moves first, then the route is found (a page of HTML where there is none), then the client's
weight, then key, signature and time, then the account's order count, then the endpoint's own work. Each
JSON answer says so in its content type and carries the weight used; a refused one is `code` and `msg`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from trader.core.wire import Answer, Request
from trader.sim.binance.adoption import adopt
from trader.sim.binance.budgets import Limited, OrderCounts
from trader.sim.binance.keys import ApiKey
from trader.sim.binance.klines import Written
from trader.sim.binance.lies import strike_doomed
from trader.sim.binance.parameters import Parameters, parameters_of
from trader.sim.binance.reading_lies import ReadingLies
from trader.sim.binance.refusals import Refused, missing, refused
from trader.sim.binance.requests import Asked
from trader.sim.binance.routes import ROUTES, Route, Security, what_of
from trader.sim.binance.signing import api_key_of, require_signature, require_time
from trader.sim.binance.symbols import coin_of
from trader.sim.binance.venue import Venue
from trader.sim.faults import Fault, Plan, Seen
from trader.sim.wire import json_bytes, path_and_query

_PAGE = b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>Not Found</body>\r\n</html>"
_JSON = {"Content-Type": "application/json", "Server": "Tengine"}
# Writes whose refusal by a fault stands in the placement itself.
_PLACING = frozenset({"POST order", "POST algoOrder", "POST batchOrders"})


class BinanceApp:
    """One embedded Binance USD-M behind its paths."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._lies = ReadingLies(venue)

    def prepare(self, plan: Plan) -> None:
        """Learn which faults are coming; changes no answer."""
        self._lies.prepare(plan)

    def describe(self, request: Request) -> Seen:
        """The endpoint, and the coins it names."""
        path, query = path_and_query(request.url)
        route = ROUTES.get((request.method, path))
        parameters = parameters_of(query, _text(request.body))
        is_write = request.method != "GET" if route is None else route.is_write
        what = what_of(request.method, path)
        if not path.endswith("batchOrders"):
            return _seen(what, is_write, parameters.text("symbol") or parameters.text("pair") or "")
        return Seen(what, is_write=is_write, coins=_coins(parameters))

    def answer(
        self, request: Request, *, at_ms: int, client: str = "127.0.0.1", lies: Sequence[Fault] = ()
    ) -> Answer:
        at_ms = self._lies.standing(lies, at_ms)
        self.venue.run_to(at_ms)
        adopt(self.venue)
        strike_doomed(self.venue)
        path, query = path_and_query(request.url)
        route = ROUTES.get((request.method, path))
        retired = next((fault for fault in lies if fault.kind == "V18"), None)
        if route is None or retired is not None:
            status = 404 if retired is None else int(retired.params.get("status", 404))
            return Answer(status, _PAGE, {"Content-Type": "text/html"})
        body = _text(request.body)
        parameters = parameters_of(query, body)
        pool = self.venue.wallet_weights if route.of_wallet else self.venue.weights
        limited = pool.charge(client, route.weigh(parameters), now_ms=self.venue.now_ms)
        told = self._told(route, client)
        if limited is not None:
            return _limited(limited, told)
        try:
            key = self._admitted(route, request, query, body, parameters)
            counts = self._counted(route, key)
            if isinstance(counts, Limited):
                return _limited(counts, told)
            asked = Asked(self.venue, parameters, key, lies)
            found = self._worded(route, what_of(request.method, path), asked)
        except Refused as error:
            return _written(error.status, {"code": error.code, "msg": error.message}, told)
        if isinstance(counts, OrderCounts):
            told |= {
                "X-MBX-ORDER-COUNT-10S": str(counts.ten_seconds),
                "X-MBX-ORDER-COUNT-1M": str(counts.minute),
            }
        return _written(200, found, told)

    def _told(self, route: Route, client: str) -> dict[str, str]:
        """The weight used, as far as this endpoint tells it."""
        if not route.tells_weight:
            return {}
        name, pool = "X-MBX-USED-WEIGHT-1M", self.venue.weights
        if route.of_wallet:
            name, pool = "X-SAPI-USED-IP-WEIGHT-1M", self.venue.wallet_weights
        return {name: str(pool.used(client, now_ms=self.venue.now_ms))}

    def _admitted(
        self, route: Route, request: Request, query: str, body: str, parameters: Parameters
    ) -> ApiKey | None:
        """Whose request it is; None where nobody is asked."""
        if route.security is Security.NONE:
            return None
        named = api_key_of(request.headers)
        if not named:
            raise refused(-2014, status=401)
        key = self.venue.keys.find(named)
        if key is None or (not key.may_trade_futures and "/fapi/" in request.url):
            raise refused(-2015, status=401)
        if parameters.text("timestamp") is None:
            raise missing("timestamp")
        require_signature(query, body, key.secret)
        require_time(parameters, now_ms=self.venue.now_ms)
        return key

    def _counted(self, route: Route, key: ApiKey | None) -> Limited | OrderCounts | None:
        if key is None or route.orders == (0, 0):
            return None
        ten_seconds, minute = route.orders
        now_ms = self.venue.now_ms
        return self.venue.orders.charge(key.user, ten_seconds=ten_seconds, minute=minute, now_ms=now_ms)

    def _worded(self, route: Route, what: str, asked: Asked) -> Any:
        """The endpoint's work, or a fault's words instead of what it says (V26)."""
        words = next((fault.params for fault in asked.lies if fault.kind == "V26"), None)
        if words is None:
            return self._performed(route, what, asked)
        if words.get("applied", False):
            self._performed(route, what, asked)
        code = int(words.get("code", -1000))
        raise Refused(code, str(words.get("text", "An error.")), status=int(words.get("status", 400)))

    def _performed(self, route: Route, what: str, asked: Asked) -> Any:
        if not route.is_write:
            return self._lies.read(what, route.endpoint, asked)
        self._lies.remember_before_write()
        refusal = next((fault for fault in asked.lies if fault.kind == "V1"), None)
        if refusal is not None and what not in _PLACING:
            code = int(refusal.params.get("code", -2011))
            raise Refused(code, str(refusal.params.get("text", "Unknown order sent.")))
        return route.endpoint(asked)


def _limited(limited: Limited, told: Mapping[str, str]) -> Answer:
    answer = _written(limited.status, {"code": limited.code, "msg": limited.message}, told)
    return Answer(
        answer.status, answer.body, dict(answer.headers) | {"Retry-After": str(limited.retry_after_s)}
    )


def _written(status: int, value: Any, told: Mapping[str, str]) -> Answer:
    body = value.json() if isinstance(value, Written) else json_bytes(value)
    return Answer(status, body, {**_JSON, **told})


def _text(raw: bytes) -> str:
    """The body as characters, one for each byte, so that nothing is lost before the signature is checked."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _items(parameters: Parameters) -> list[Any]:
    """The elements of a batch, as far as it can be read."""
    try:
        return parameters.json_list("batchOrders") or []
    except Refused:
        return []


@lru_cache(maxsize=256)
def _seen(what: str, is_write: bool, symbol: str) -> Seen:
    """Of a request about one symbol, or none."""
    coin = coin_of(symbol)
    return Seen(what, is_write=is_write, coins=(coin,) if coin else ())


def _coins(parameters: Parameters) -> tuple[str, ...]:
    """The coins that a batch names, in its order."""
    symbols = [parameters.text("symbol") or parameters.text("pair") or ""]
    symbols += [str(item.get("symbol", "")) for item in _items(parameters) if isinstance(item, dict)]
    coins = (coin_of(symbol) for symbol in symbols)
    return tuple(dict.fromkeys(coin for coin in coins if coin))
