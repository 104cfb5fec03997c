"""The past of one market through ccxt: candles, mark candles and funding, page by page, at an easy pace.

Rules: ccxt builds the requests and names the errors; its socket is our transport, so that nothing is followed
elsewhere and nothing waits without end. ccxt reads garbage as an empty list: an answer that is no list of
rows, or a row with a hole, is Malformed. Too many requests: wait a minute, three times; a ban: stop at once.
Nothing that ticks imports this file, and ccxt is loaded when the first page is asked for.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import field
from importlib import import_module
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from trader.core.errors import ConfigError, Denied, Malformed, Unavailable
from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.core.wire import Lost, Request, Transport

Kind: TypeAlias = Literal["candles", "mark", "funding"]
Row: TypeAlias = tuple[int, *tuple[float, ...]]

_TIMEOUT_S = 20.0
_WAITS_S = (1.0, 2.0, 4.0, 8.0)  # after a loss
_CROWDED_S = 60.0  # every venue counts by the minute
_CROWDED_MAX = 3
_BANNED = frozenset({403, 418})


@frozen
class Shelf:
    """How one kind of series is kept: rows a page, how long to wait between pages, and what else is asked."""

    rows: int
    pause_s: float
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    is_bounded: bool = True
    """Whether a page ends where its time ends; else the venue goes on to the next rows that it has."""


@frozen
class Archive:
    """How one venue is asked for its past. `symbol` is ccxt's name of a market, with `{coin}` in it."""

    class_name: str
    symbol: str
    options: Mapping[str, Any]
    shelves: Mapping[Kind, Shelf]


class History:
    """One series at a venue; fulfils what a fetch asks of its source."""

    def __init__(
        self,
        archive: Archive,
        transport: Transport,
        clock: Clock,
        *,
        coin: str,
        kind: Kind,
        frame: str,
        page_ms: int,
    ) -> None:
        self._shelf = archive.shelves[kind]
        self._archive, self._kind, self._frame, self._coin = archive, kind, frame, coin
        self._symbol = archive.symbol.format(coin=coin)
        self._transport, self._clock = transport, clock
        self._ccxt: Any = None
        self._door: Any = None
        self._asked = False
        self.page_ms = page_ms

    def now_ms(self) -> int:
        """By the venue's clock."""
        return int(self._tried(lambda exchange: exchange.fetch_time()))

    def page(self, since_ms: int) -> list[Row]:
        """Rows from a time on, oldest first."""
        if self._asked:
            self._clock.sleep(self._shelf.pause_s)
        self._asked = True
        rows = self._tried(lambda exchange: self._ask(exchange, since_ms))
        return [_checked(row, 2 if self._kind == "funding" else 6) for row in rows]

    def _ask(self, exchange: Any, since_ms: int) -> list[list[Any]]:
        shelf, until_ms = self._shelf, since_ms + self.page_ms - 1
        more = dict(shelf.parameters)
        if shelf.is_bounded:
            more["until"] = until_ms
        if self._kind == "funding":
            if "after" in more:
                more["after"] = str(until_ms + 1)
                del more["until"]
            found = exchange.fetch_funding_rate_history(self._symbol, since_ms, shelf.rows, more)
            rows = [[row.get("timestamp"), row.get("fundingRate")] for row in found]
        else:
            rows = exchange.fetch_ohlcv(self._symbol, self._frame, since_ms, shelf.rows, more)
            if self._kind == "mark":  # which nobody trades: some venues say 0, some say nothing
                rows = [[*row[:5], 0.0] for row in rows]
        raw = exchange.last_json_response
        told = raw.get("data") if isinstance(raw, dict) else raw
        if not isinstance(told, list) or len(told) != len(rows):
            what = f"{self._symbol}: the venue's {self._kind} are no list of rows from {since_ms} on"
            raise Malformed(f"{what}, as far as ccxt understands them")
        return rows

    def _tried(self, ask: Callable[[Any], Any]) -> Any:
        """The answer, after as many tries as the errors allow."""
        lost = crowded = 0
        while True:
            exchange = self._opened()
            errors = import_module("ccxt.base.errors")
            try:
                return ask(exchange)
            except (errors.DDoSProtection, errors.RateLimitExceeded) as error:
                crowded += 1
                if self._door.status in _BANNED or crowded > _CROWDED_MAX:
                    raise Unavailable(f"the venue refuses this address for now: {error}") from error
                self._clock.sleep(_CROWDED_S)
            except errors.NetworkError as error:
                if self._door.status in _BANNED or lost == len(_WAITS_S):
                    raise Unavailable(f"the venue could not be asked: {error}") from error
                self._clock.sleep(_WAITS_S[lost])
                lost += 1
            except (errors.BadSymbol, errors.NotSupported, errors.BadRequest) as error:
                raise ConfigError(f"the venue does not know what was asked: {error}") from error
            except errors.AuthenticationError as error:
                raise Denied(f"the venue refuses to answer: {error}") from error
            except errors.BaseError as error:
                raise Malformed(f"the venue's answer was not understood: {error}") from error

    def _opened(self) -> Any:
        """ccxt with the venue's markets, behind our door."""
        if self._ccxt is None:
            made = getattr(import_module("ccxt"), self._archive.class_name)
            exchange = made({"enableRateLimit": False, "options": dict(self._archive.options)})
            self._door = _door(self._transport)
            exchange.session.mount("https://", self._door)
            exchange.session.trust_env = False
            exchange.enableLastJsonResponse = True
            exchange.milliseconds = self._clock.now_ms
            self._ccxt = exchange
        return self._ccxt


def _checked(row: list[Any], width: int) -> Row:
    """A row without a hole."""
    is_whole = len(row) == width and all(isinstance(value, int | float) for value in row)
    if not is_whole or not all(math.isfinite(value) for value in row):
        raise Malformed(f"a row of the venue's history is {row!r}, expected {width} numbers")
    return (int(row[0]), *(float(value) for value in row[1:]))


def _door(transport: Transport) -> Any:
    """What `requests` sends through, led to our transport."""
    from http.client import responses
    from io import BytesIO

    from requests.adapters import BaseAdapter
    from requests.exceptions import ConnectionError as NotConnected
    from requests.models import PreparedRequest, Response

    class Door(BaseAdapter):
        """One request, one answer; `status` is the last answer's."""

        status = 0

        def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
            body = request.body or b""
            data = body.encode() if isinstance(body, str) else bytes(body)
            kept = tuple((k, v) for k, v in request.headers.items() if k.lower() == "content-type")
            asked = Request(str(request.url), data, str(request.method), kept)
            answer = transport.exchange([asked], timeout_s=_TIMEOUT_S)[0]
            if isinstance(answer, Lost):
                self.status = 0
                raise NotConnected(answer.reason)
            made = Response()
            made.status_code = self.status = answer.status
            made.reason = responses.get(answer.status, "")
            made.raw = BytesIO(answer.body)
            made.headers.update(answer.headers)
            made.url, made.request = str(request.url), request
            return made

        def close(self) -> None:
            return None

    return Door()
