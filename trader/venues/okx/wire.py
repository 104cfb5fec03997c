"""Sends questions and posts: signed with the venue's time, within its limits, never by another door.

* Every private request is signed with the venue's clock. Before that was read in this process this machine's
  stands in, the venue's is asked along, and what was refused for its time is signed anew and sent once more.
* No endpoint is asked more often than the venue allows in two seconds, within a round or over several; what
  is beyond waits its turn, counted from the answers, since nobody knows when a request arrived. What is
  planned takes half of that, so that protection never waits for it; of public endpoints, which count by
  address, half of what falls to one of the accounts there.
* Once the venue said that it was too much, nothing is taken to be left for the rest of the run.
* Writes are sent once. Nothing here reads an answer beyond its code and the clock.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from trader.core.access import Budget
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.core.wire import Answer, Lost, Request, Transport
from trader.venues.okx import asking
from trader.venues.okx.asking import Question
from trader.venues.okx.envelope import code_of, data_of, only_row
from trader.venues.okx.numbers import moment
from trader.venues.okx.refusals import IS_STALE
from trader.venues.okx.signing import OkxKeys, signed_headers
from trader.venues.throttle import Throttle
from trader.venues.venue_clock import VenueClock

READ_CAP_S = 8.0
# Longer than a read: an early end of a write means that nobody knows what became of it.
WRITE_CAP_S = 12.0
WINDOW_S = 2.0
# By endpoint, for each window; those that count by instrument are asked once for each and need no limit.
LIMITS: Mapping[str, int] = {
    "account/balance": 10,
    "account/positions": 10,
    "account/positions-history": 10,
    "account/config": 5,
    "account/trade-fee": 5,
    "account/leverage-info": 20,
    "account/bills": 5,
    "account/bills-archive": 5,
    "trade/order-algo": 20,
    "trade/orders-algo-pending": 20,
    "trade/orders-algo-history": 20,
    "trade/orders-pending": 60,
    "trade/orders-history": 40,
    "trade/orders-history-archive": 20,
    "trade/fills": 60,
    "trade/fills-history": 10,
    "public/position-tiers": 10,
    "public/time": 10,
    "public/price-limit": 20,
    "market/ticker": 20,
    "market/index-tickers": 20,
    "market/candles": 40,
    "market/history-candles": 20,
}
_TOO_OFTEN = frozenset({"50011", "50013", "50061"})
_TOO_OFTEN_BYTES = tuple(sorted(code.encode() for code in _TOO_OFTEN))
_NOTICES = "/system/status"
_SHORT_BYTES = 1000
_STALE_BYTES = IS_STALE.encode()


@frozen
class Post:
    """One write as it is sent; `expires_ms` where the endpoint takes an expiry."""

    path: str
    body: bytes
    expires_ms: int | None = None


class Wire:
    """One account's requests."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        keys: OkxKeys | None,
        base_url: str,
        simulated_header: bool,
        timeout: Callable[[float], float],
        accounts: int = 1,
    ) -> None:
        self._transport = Throttle(transport, clock, says_so=_says_too_often, heeds=_is_one_of_many)
        self._accounts = accounts
        self._clock = clock
        self._keys = keys
        self._url = base_url
        self._simulated = (("x-simulated-trading", "1"),) if simulated_header else ()
        self._timeout = timeout
        self._asked_ms: dict[str, list[int]] = {}
        self.time = VenueClock(clock)

    @property
    def is_simulated(self) -> bool:
        return bool(self._simulated)

    @property
    def has_keys(self) -> bool:
        return self._keys is not None

    @property
    def is_pressed(self) -> bool:
        """Whether the venue said in this process that it was asked too often."""
        return self._transport.is_pressed

    def budgets(self) -> tuple[Budget, ...]:
        """The venue tells none; where it said that it was too much, nothing is left."""
        return (Budget("requests in two seconds", 1, 1),) if self.is_pressed else ()

    def ask(self, questions: Sequence[Question], *, is_planned: bool = False) -> list[Answer | Lost]:
        """One round of reads; the answers in the order asked."""
        asks_clock = self.time.seen_ms is None and any(q.is_private for q in questions)
        asked = [*questions, asking.clock()] if asks_clock else list(questions)
        answers = self._in_waves(asked, is_planned=is_planned)
        if asks_clock:
            self.hear(answers.pop())
        late = [i for i, answer in enumerate(answers) if _is_late(answer)]
        if late and self._knows_time(asks_clock):
            again = self._in_waves([questions[i] for i in late])
            for i, answer in zip(late, again, strict=True):
                answers[i] = answer
        return answers

    def post(self, posts: Sequence[Post]) -> list[Answer | Lost]:
        """One round of writes."""
        requests = [self._written(post) for post in posts]
        return self._transport.exchange(requests, timeout_s=self._timeout(WRITE_CAP_S)) if requests else []

    def hear(self, answer: Answer | Lost) -> int | None:
        """Take over the venue's time; None, and nothing taken, when the answer does not carry one."""
        try:
            at_ms = clock_of(answer)
        except (Unavailable, Denied, Malformed):
            return None
        if not self.time.is_stale(at_ms):
            self.time.saw(at_ms)
        return at_ms

    def _knows_time(self, was_asked: bool) -> bool:
        if not was_asked:
            self.hear(self._in_waves([asking.clock()])[0])
        return self.time.seen_ms is not None

    def _in_waves(self, questions: Sequence[Question], *, is_planned: bool = False) -> list[Answer | Lost]:
        turns: dict[str, int] = {}
        waves: dict[int, list[int]] = {}
        most = {q.what: self._most(q, is_planned=is_planned) for q in questions if q.what in LIMITS}
        for i, question in enumerate(questions):
            turn = turns.get(question.what, 0)
            turns[question.what] = turn + 1
            waves.setdefault(turn // most.get(question.what, turn + 1), []).append(i)
        answers: dict[int, Answer | Lost] = {}
        for _, places in sorted(waves.items()):
            asked = Counter(questions[i].what for i in places)
            self._await_turn(asked, most)
            requests = [self._read(questions[i]) for i in places]
            came = self._transport.exchange(requests, timeout_s=self._timeout(READ_CAP_S))
            answers |= dict(zip(places, came, strict=True))
            self._count(asked)
        return [answers[i] for i in range(len(questions))]

    def _most(self, question: Question, *, is_planned: bool) -> int:
        """How often an endpoint is asked in one window."""
        if not is_planned:
            return LIMITS[question.what]
        return max(1, LIMITS[question.what] // 2 // (1 if question.is_private else self._accounts))

    def _await_turn(self, asked: Mapping[str, int], most: Mapping[str, int]) -> None:
        """Sleep until these fit beside what was asked in the last two seconds."""
        now_ms = self._clock.elapsed_ms()
        due_ms = now_ms
        for what, count in asked.items():
            spent = self._asked_ms.get(what, [])
            beyond = len(spent) + count - most.get(what, len(spent) + count)
            if beyond > 0:
                due_ms = max(due_ms, spent[beyond - 1] + int(WINDOW_S * 1000))
        if due_ms > now_ms:
            self._clock.sleep((due_ms - now_ms) / 1000)

    def _count(self, asked: Mapping[str, int]) -> None:
        """What was asked counts from its answers on; the oldest first."""
        now_ms = self._clock.elapsed_ms()
        for what, count in asked.items():
            if what in LIMITS:
                self._asked_ms[what] = [*self._asked_ms.get(what, []), *([now_ms] * count)][-LIMITS[what] :]

    def _read(self, question: Question) -> Request:
        headers = self._simulated
        if question.is_private and self._keys is not None:
            signed = signed_headers(
                self._keys, at_ms=self.time.now_ms(), method="GET", target=question.target, body=b""
            )
            headers = (*signed, *headers)
        return Request(f"{self._url}{question.target}", method="GET", headers=headers)

    def _written(self, post: Post) -> Request:
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"), *self._simulated)
        if post.expires_ms is not None:
            headers = (*headers, ("expTime", str(post.expires_ms)))
        if self._keys is not None:
            signed = signed_headers(
                self._keys, at_ms=self.time.now_ms(), method="POST", target=post.path, body=post.body
            )
            headers = (*signed, *headers)
        return Request(f"{self._url}{post.path}", post.body, headers=headers, is_write=True)


def clock_of(answer: Answer | Lost) -> int:
    """The venue's time, from its own answer."""
    what = "public/time"
    return moment(only_row(data_of(answer, what), what), "ts", what)


def _is_one_of_many(request: Request) -> bool:
    """The notices may be asked once in five seconds by all of an address: that says nothing of the rest."""
    return _NOTICES not in request.url


def _says_too_often(answer: Answer) -> bool:
    body = answer.body
    if len(body) >= _SHORT_BYTES or not any(code in body for code in _TOO_OFTEN_BYTES):
        return False
    return code_of(answer) in _TOO_OFTEN


def _is_late(answer: Answer | Lost) -> bool:
    if not isinstance(answer, Answer) or len(answer.body) >= _SHORT_BYTES:
        return False
    return _STALE_BYTES in answer.body and code_of(answer) == IS_STALE
