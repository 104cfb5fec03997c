"""What the venue says this address and this account have used up, and whether it has banned the address.

Taken from the headers of its answers; the limits themselves stand among its rules of trading. While a ban
lasts nothing is sent: each further request prolongs it. What may not fit into the minute any more waits for
the next one, because who asks on is banned for minutes.
"""

from collections.abc import Iterable

from trader.core.access import Budget
from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.throttle import SHORTEST_BAN_S, retry_after_s

_TOO_MANY, _BANNED = 429, 418
MINUTE_MS = 60_000
WEIGHT = "weight of this address"
AFTER_S = 0.5  # into the next minute, for what the clocks differ
_WEIGHT, _ORDERS_10S, _ORDERS_1M = (
    "x-mbx-used-weight-1m",
    "x-mbx-order-count-10s",
    "x-mbx-order-count-1m",
)
_COUNTS = frozenset((_WEIGHT, _ORDERS_10S, _ORDERS_1M))
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3_600, "DAY": 86_400}


@frozen
class RateLimits:
    """How much the venue allows; its practice network allows more weight than these, which the other has.

    `weight` is of one address and minute, the orders are of one account.
    """

    weight: int = 2_400
    orders_10s: int | None = None
    orders_1m: int | None = None


def rate_limits(value: object) -> RateLimits:
    """The limits in `exchangeInfo`; of orders there may be none."""
    where = "exchangeInfo"
    told: dict[tuple[str, int], int] = {}
    listed = strict.field(strict.as_row(value, where), "rateLimits", where)
    for row, place in strict.rows(listed, f"{where}.rateLimits"):
        length_s = _SECONDS[strict.choice(row, "interval", place, tuple(_SECONDS))]
        length_s *= strict.whole(row, "intervalNum", place)
        told[strict.text(row, "rateLimitType", place), length_s] = strict.whole(row, "limit", place)
    if told.get(("REQUEST_WEIGHT", 60), 0) <= 0:
        raise Malformed(f"{where}.rateLimits: it tells no REQUEST_WEIGHT of one minute")
    return RateLimits(
        told["REQUEST_WEIGHT", 60], told.get(("ORDERS", 10)) or None, told.get(("ORDERS", 60)) or None
    )


class UsedWeight:
    """The highest counts that were told, for a person and for the budget."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._banned_until_ms: int | None = None
        self._told_ms = 0
        self._ordered_ms = 0
        self._is_pressed = False
        self.limits = RateLimits()
        self.told: dict[str, int] = {}

    @property
    def weight(self) -> int | None:
        """Of this address, in the minute of the last answers."""
        return self.told.get(_WEIGHT)

    @property
    def orders_10s(self) -> int | None:
        return self.told.get(_ORDERS_10S)

    @property
    def orders_1m(self) -> int | None:
        return self.told.get(_ORDERS_1M)

    def saw(self, answers: Iterable[Answer | Lost]) -> None:
        """Learn from the answers of one round, of which the last counted one says most."""
        told: dict[str, int] = {}
        for answer in answers:
            if isinstance(answer, Lost):
                continue
            for name, text in answer.headers.items():
                counted = _whole(text) if name.lower() in _COUNTS else None
                if counted is not None:
                    told[name.lower()] = max(counted, told.get(name.lower(), 0))
            if answer.status == _BANNED:
                wait_s = retry_after_s(answer)
                wait_s = SHORTEST_BAN_S if wait_s is None else wait_s
                self._banned_until_ms = self._clock.elapsed_ms() + wait_s * 1000
            self._is_pressed = self._is_pressed or answer.status in (_TOO_MANY, _BANNED)
        self.told |= told
        self._told_ms = self._clock.elapsed_ms()
        if _ORDERS_10S in told or _ORDERS_1M in told:
            self._ordered_ms = self._told_ms

    def of_minute(self, venue_ms: int) -> int:
        """The weight that is used up of the minute in which the venue is now; none in one that is new."""
        is_of_this_minute = self._clock.elapsed_ms() - self._told_ms <= venue_ms % MINUTE_MS
        return (self.weight or 0) if is_of_this_minute else 0

    def budgets(self, *, venue_ms: int | None = None) -> tuple[Budget, ...]:
        """What is used up: of weight in the last answers, or of the minute at that moment, of orders where
        some were sent. Who was told (429) that it was too much has nothing left for the rest of the run."""
        since_s = (self._clock.elapsed_ms() - self._ordered_ms) // 1000
        weight = self.weight if venue_ms is None else self.of_minute(venue_ms)
        if self._is_pressed:
            weight = max(weight or 0, self.limits.weight)
        rows = (
            (WEIGHT, weight, self.limits.weight, 60, False),
            ("orders of the account in 10 s", self.orders_10s, self.limits.orders_10s, 10, since_s >= 10),
            ("orders of the account in 60 s", self.orders_1m, self.limits.orders_1m, 60, since_s >= 60),
        )
        return tuple(
            Budget(what, used, limit, per_s)
            for what, used, limit, per_s, is_over in rows
            if used is not None and limit is not None and not is_over
        )

    def pause_s(self, weight: int, *, venue_ms: int) -> float:
        """Seconds to the minute into which so much weight fits, zero when it fits into this one."""
        into_ms = venue_ms % MINUTE_MS
        used = self.of_minute(venue_ms)
        if used == 0 or used + weight <= self.limits.weight:
            return 0.0
        return (MINUTE_MS - into_ms) / 1000 + AFTER_S

    def ban(self) -> str | None:
        """Why nothing may be sent now."""
        left_ms = (self._banned_until_ms or 0) - self._clock.elapsed_ms()
        if self._banned_until_ms is None or left_ms <= 0:
            return None
        return f"the venue has banned this address for another {left_ms / 1000:.0f} s"


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
