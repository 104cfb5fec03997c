"""What the venue announces: maintenance that keeps it from taking orders for perpetual swaps.

* Only what goes on now counts, in the environment that is traded in; a service that is not known here counts.
* The page may be asked once in five seconds from one address, however many accounts trade from there: it is
  asked at most that often, and not being answered (throttled, busy, lost) says nothing. The venue refuses
  orders in a maintenance by itself, so that nothing depends on having been warned.
* An answer that cannot be understood is another thing: the venue has changed, and nothing new is risked.
"""

from datetime import UTC, datetime

from trader.core.orders import Unreadable
from trader.core.ports import Clock
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx import asking
from trader.venues.okx.asking import Question
from trader.venues.okx.envelope import read
from trader.venues.okx.numbers import text_or_none
from trader.venues.strict import Row

ASKED_EVERY_MS = 5_000
_GOING_ON = ("ongoing", "pre_open")
# WebSocket, spot, dated futures, options, block trades, bots, spreads, copy trading, and others, which the
# states of the instruments tell.
_NOT_OURS = frozenset({"0", "1", "2", "4", "6", "7", "10", "11", "99"})
_SERVICES = {"3": "perpetual swaps", "5": "trading", "8": "trading, account by account", "9": "trading"}
_PRODUCTION, _SIMULATED = "1", "2"


class Notices:
    """The venue's notices, as they were read last in this process."""

    def __init__(self, clock: Clock, *, is_simulated: bool) -> None:
        self._clock = clock
        self._env = _SIMULATED if is_simulated else _PRODUCTION
        self._asked_ms: int | None = None
        self.problem: str | None = None

    def question(self) -> Question | None:
        """What to ask; nothing so soon after it was asked."""
        now_ms = self._clock.elapsed_ms()
        if self._asked_ms is not None and now_ms - self._asked_ms < ASKED_EVERY_MS:
            return None
        self._asked_ms = now_ms
        return asking.status()

    def hear(self, answer: Answer | Lost) -> None:
        told = read(answer, "system/status", lambda data: _problem(data, self._env))
        if not isinstance(told, Unreadable):
            self.problem = told
        elif told.answered:
            self.problem = f"what the venue says of maintenance could not be understood: {told.why}"
        else:
            self.problem = None


def _problem(data: list[object], env: str) -> str | None:
    """Why the venue takes no new risk now."""
    rows = strict.rows(data, "system/status")
    return "; ".join(_notice(row, where) for row, where in rows if _counts(row, where, env)) or None


def _counts(row: Row, where: str, env: str) -> bool:
    is_here = strict.text(row, "env", where) == env
    is_now = strict.text(row, "state", where) in _GOING_ON
    return is_here and is_now and strict.text(row, "serviceType", where) not in _NOT_OURS


def _notice(row: Row, where: str) -> str:
    service = strict.text(row, "serviceType", where)
    named = _SERVICES.get(service, f"service {strict.shown(service)}")
    end = text_or_none(row, "end", where)
    until = f" until {_minute(end)}" if end is not None and end.isdigit() else ""
    return f"maintenance of {named}{until}: {strict.shown(strict.text(row, 'title', where))}"


def _minute(stamp: str) -> str:
    return f"{datetime.fromtimestamp(int(stamp) / 1000, UTC):%Y-%m-%d %H:%M} UTC"
