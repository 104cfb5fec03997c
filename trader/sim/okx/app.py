"""The embedded OKX as an App: bytes in, bytes out.

Rules: time moves first, then the path is found (404), the maintenance answered, the signer checked, the
permission, the budget, the shape of the body, and last the endpoint does its work. Whatever is refused is an
envelope with the venue's code; its HTTP status stands in the table of refusals.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from trader.core.wire import Answer, Request
from trader.sim.faults import Fault, Plan, Seen
from trader.sim.okx.budgets import Budget
from trader.sim.okx.calls import Call, Raw, Reply
from trader.sim.okx.contracts import coin_of
from trader.sim.okx.keys import ApiKey
from trader.sim.okx.parameters import Parameters, of_body, of_query
from trader.sim.okx.reading_lies import ReadingLies
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.routes import API, ROUTES, SINGLE_OF, Route
from trader.sim.okx.signing import headers_of, signer_of
from trader.sim.okx.venue import Venue
from trader.sim.wire import json_bytes, path_and_query

_JSON = {"Content-Type": "application/json", "Server": "cloudflare"}
_SINGLE_LIMIT = 60


class OkxApp:
    """One embedded OKX behind its paths."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self._lies = ReadingLies(venue)

    def prepare(self, plan: Plan) -> None:
        """Learn which faults are coming; changes no answer."""
        self._lies.prepare(plan)

    def describe(self, request: Request) -> Seen:
        """The path below the API's root, and the coins that are named."""
        return _seen_in_address(request.url) if request.method == "GET" else _seen(request)

    def answer(
        self, request: Request, *, at_ms: int, client: str = "127.0.0.1", lies: Sequence[Fault] = ()
    ) -> Answer:
        at_ms = self._lies.standing(lies, at_ms)
        self.venue.run_to(at_ms)
        began_us = at_ms * 1000 + 137
        what = path_and_query(request.url)[0].removeprefix(API)
        route = ROUTES.get((request.method, what))
        if route is None or any(fault.kind == "V18" for fault in lies):
            return _envelope(404, {"code": "404", "data": [], "msg": f"Not Found: {request.method} {what}"})
        told = next((fault for fault in lies if fault.kind == "V26"), None)
        try:
            if told is not None and not told.params.get("applied", False):
                raise Refusal(str(told.params.get("code", "50026")))
            answer = self._routed(request, what, route, client, lies, began_us)
        except Refusal as refusal:
            return self._refused(refusal)
        if told is not None:
            return self._refused(Refusal(str(told.params.get("code", "50026"))))
        return answer

    def _routed(
        self, request: Request, what: str, route: Route, client: str, lies: Sequence[Fault], began_us: int
    ) -> Answer:
        maintenance = self.venue.maintenance
        if maintenance is not None and maintenance.is_closed and what != "system/status":
            raise Refusal("50001")
        headers = headers_of(request)
        key = self._signer(request, headers, route, client)
        _require_json(request, headers)
        params, items = _parameters(request, route)
        self._charge(route, key, client, params, items)
        call = Call(self.venue, params, items, key, client, _expiry(headers), lies)
        if route.is_write:
            self._lies.remember_before_write()
            found = route.endpoint(call)
        else:
            found = self._lies.read(what, route.endpoint, call)
        return _answer(found, began_us if route.is_timed else None)

    def _signer(
        self, request: Request, headers: Mapping[str, str], route: Route, client: str
    ) -> ApiKey | None:
        """The caller of a private endpoint, with the permission for it."""
        if not route.permission:
            return None
        code = self.venue.switches.missing_key_code
        key = signer_of(
            request, headers, self.venue.keys, at_ms=self.venue.now_ms, client=client, missing_code=code
        )
        if route.permission not in key.permissions:
            raise Refusal("50120")
        return key

    def _charge(
        self, route: Route, key: ApiKey | None, client: str, params: Parameters, items: Sequence[Parameters]
    ) -> None:
        """Spend the budget: one for each item of a batch, on its instrument."""
        budget = route.budget
        if len(items) == 1 and budget.name in SINGLE_OF:
            budget = Budget(SINGLE_OF[budget.name], _SINGLE_LIMIT, budget.scope, budget.window_ms)
        whose = client if key is None or budget.scope.startswith("ip") else key.user
        counts: dict[str, int] = {}
        for item in items or [params]:
            name = item.text("instId")
            counts[name] = counts.get(name, 0) + 1
        for name, count in counts.items():
            is_paid = self.venue.budgets.spend(
                budget, whose=whose, inst_id=name, count=count, at_ms=self.venue.now_ms
            )
            if not is_paid:
                raise Refusal("50011")

    def _refused(self, refusal: Refusal) -> Answer:
        status = self.venue.switches.rate_limit_status if refusal.code == "50011" else refusal.status
        return _envelope(status, {"code": refusal.code, "data": [], "msg": refusal.text})


@lru_cache(maxsize=512)
def _seen_in_address(url: str) -> Seen:
    """What a GET is about: all of it stands in its address, and most are asked in each run."""
    return _seen(Request(url, method="GET"))


def _seen(request: Request) -> Seen:
    what = path_and_query(request.url)[0].removeprefix(API)
    route = ROUTES.get((request.method, what))
    is_write = request.method == "POST" if route is None else route.is_write
    try:
        params, items = _parameters(request, route)
    except Refusal:
        return Seen(what, is_write)
    named = [item.text("instId") for item in (params, *items)]
    coins = [coin_of(name) for text in named for name in text.split(",")]
    return Seen(what, is_write, tuple(dict.fromkeys(coin for coin in coins if coin)))


def _parameters(request: Request, route: Route | None) -> tuple[Parameters, list[Parameters]]:
    """The query of a GET, or the body of a POST: an object, or an array where the path wants one."""
    if request.method != "POST":
        return of_query(path_and_query(request.url)[1]), []
    body = of_body(request.body)
    is_array = route is not None and route.is_array
    if is_array and isinstance(body, list) and all(isinstance(item, dict) for item in body):
        return Parameters({}), [Parameters(item) for item in body]
    if not is_array and isinstance(body, dict):
        return Parameters(body), []
    raise Refusal("50002")


def _require_json(request: Request, headers: Mapping[str, str]) -> None:
    """POST bodies must say what they are."""
    kind = headers.get("content-type", "application/json")
    if request.method == "POST" and not kind.lower().startswith("application/json"):
        raise Refusal("50006")


def _expiry(headers: Mapping[str, str]) -> int | None:
    """The moment after which an order must not be placed."""
    said = headers.get("exptime", "")
    if not said:
        return None
    if not said.isdigit():
        raise Refusal("51000", "expTime")
    return int(said)


def _answer(found: Any, began_us: int | None) -> Answer:
    if isinstance(found, Raw):
        return Answer(200, b'{"code":"0","msg":"","data":[' + b",".join(found.rows) + b"]}", _JSON)
    body = {"code": "0", "msg": "", "data": found}
    if isinstance(found, Reply):
        body = {"code": found.code, "msg": found.msg, "data": found.rows}
    if began_us is not None:
        body |= {"inTime": str(began_us), "outTime": str(began_us + 1_243)}
    return _envelope(200, body)


def _envelope(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, json_bytes(body), _JSON)
