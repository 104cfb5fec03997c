"""Two limits: request weight per address and minute, orders per account in ten seconds and a minute.

Rules: windows are those of the wall clock, as at the venue, and not sliding. A request over a limit is
answered 429 and not performed; who goes on asking is banned with 418. All of it belongs to the process.
"""

from dataclasses import dataclass, field

from trader.core.frozen import frozen

MINUTE_MS = 60_000
TEN_SECONDS_MS = 10_000
# Two minutes is the venue's shortest ban.
BAN_MS = 120_000


@frozen
class Limited:
    """A request that must not be performed."""

    status: int
    code: int
    message: str
    retry_after_s: int


@dataclass(slots=True)
class Window:
    """A count that begins anew when its length of wall time is over."""

    length_ms: int
    began_ms: int = -1
    count: int = 0

    def at(self, now_ms: int) -> int:
        began = now_ms - now_ms % self.length_ms
        if began != self.began_ms:
            self.began_ms, self.count = began, 0
        return self.count

    def add(self, amount: int, now_ms: int) -> int:
        self.count = self.at(now_ms) + amount
        return self.count

    def left_s(self, now_ms: int) -> int:
        """Seconds to the end of the window, at least one."""
        return max(1, -(-(self.length_ms - now_ms % self.length_ms) // 1_000))


@dataclass(slots=True)
class _Client:
    weight: Window = field(default_factory=lambda: Window(MINUTE_MS))
    refusals: int = 0
    banned_until_ms: int = 0


class WeightBudget:
    """Weight of each client address."""

    def __init__(self, limit: int, *, refusals_to_ban: int) -> None:
        self.limit = limit
        self.refusals_to_ban = refusals_to_ban
        self._clients: dict[str, _Client] = {}

    def used(self, client: str, *, now_ms: int) -> int:
        return self._client(client).weight.at(now_ms)

    def ban(self, client: str, *, until_ms: int) -> None:
        """Put an address on the list until a moment."""
        self._client(client).banned_until_ms = until_ms

    def charge(self, client: str, weight: int, *, now_ms: int) -> Limited | None:
        """Count a request; what is returned stops it."""
        one = self._client(client)
        if now_ms < one.banned_until_ms:
            return self._banned(client, one, now_ms)
        if one.weight.at(now_ms) == 0:
            one.refusals = 0
        if one.weight.add(weight, now_ms) <= self.limit:
            return None
        one.refusals += 1
        if one.refusals > self.refusals_to_ban:
            one.banned_until_ms = now_ms + BAN_MS
            return self._banned(client, one, now_ms)
        text = (
            f"Too many requests; current limit of IP({client}) is {self.limit} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API."
        )
        return Limited(429, -1003, text, one.weight.left_s(now_ms))

    def _banned(self, client: str, one: _Client, now_ms: int) -> Limited:
        text = (
            f"Way too many requests; IP({client}) banned until {one.banned_until_ms}. "
            "Please use the websocket for live updates to avoid bans."
        )
        return Limited(418, -1003, text, max(1, -(-(one.banned_until_ms - now_ms) // 1_000)))

    def _client(self, client: str) -> _Client:
        found = self._clients.get(client)
        if found is None:
            found = self._clients[client] = _Client()
        return found


@frozen
class OrderCounts:
    """What an account's orders of the running windows come to."""

    ten_seconds: int
    minute: int


class OrderBudget:
    """Orders of each account."""

    def __init__(self, *, ten_seconds_max: int, minute_max: int) -> None:
        self.ten_seconds_max = ten_seconds_max
        self.minute_max = minute_max
        self._windows: dict[str, tuple[Window, Window]] = {}

    def charge(self, user: str, *, ten_seconds: int, minute: int, now_ms: int) -> Limited | OrderCounts:
        """Count one request's orders, unless they do not fit."""
        short, long = self._windows.setdefault(user, (Window(TEN_SECONDS_MS), Window(MINUTE_MS)))
        if short.at(now_ms) + ten_seconds > self.ten_seconds_max:
            return _too_many(self.ten_seconds_max, "TEN_SECONDS", short.left_s(now_ms))
        if long.at(now_ms) + minute > self.minute_max:
            return _too_many(self.minute_max, "MINUTE", long.left_s(now_ms))
        return OrderCounts(short.add(ten_seconds, now_ms), long.add(minute, now_ms))


def _too_many(limit: int, period: str, left_s: int) -> Limited:
    text = f"Too many new orders; current limit is {limit} orders per {period}."
    return Limited(429, -1015, text, left_s)
