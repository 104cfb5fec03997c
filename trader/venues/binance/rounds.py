"""Rounds of reads, and what a process remembers of its answers.

* Every round that dates a reading asks the venue for its time (weight 1): its other answers carry none that
  can be relied on, and the head's Date has whole seconds only. What the venue took for a request of another
  time is signed anew with the time just learned and sent once more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from trader.core.errors import Malformed
from trader.core.identity import account_tag
from trader.core.market import Market
from trader.core.orders import Unreadable
from trader.core.ports import Clock
from trader.core.wire import Answer, Lost, Transport
from trader.venues import strict
from trader.venues.binance import asking, parse_account
from trader.venues.binance.failures import is_off_clock, read, value_of
from trader.venues.binance.parse_market import MarketTable
from trader.venues.binance.signing import Pen, Question
from trader.venues.binance.trades import Key, TradeReader
from trader.venues.binance.used_weight import UsedWeight
from trader.venues.venue_clock import VenueClock

if TYPE_CHECKING:
    from trader.core.memo import Memo

READ_CAP_S = 8.0
TIME: Key = ("time", "")


class Rounds:
    """Asks the venue, and remembers for the process what does not change in its short life."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        account_id: str,
        pen: Pen,
        coins: Iterable[str],
        timeout: Callable[[float], float],
        memo: "Memo | None" = None,
    ) -> None:
        self.memo = memo
        self._transport = transport
        self._clock = clock
        self._timeout = timeout
        self.account_id = account_id
        self.pen = pen
        self.time = VenueClock(clock)
        self.used = UsedWeight(clock)
        self.asked_weight = 0
        """Of this process."""
        self.trades = TradeReader(self.exchange, account_tag(account_id))
        self.coins = frozenset(coins)
        self._barred: frozenset[str] = frozenset()
        self.table: MarketTable | None = None
        self.two_sided: bool | None = None

    def know(self, coins: Iterable[str]) -> None:
        """From now on the orders and fills of these coins are read."""
        self.coins |= frozenset(coins) - self._barred

    def bar(self, coins: Iterable[str]) -> None:
        """The venue has no such coins: to ask for one would spoil the answer about all."""
        self._barred |= frozenset(coins)
        self.coins -= self._barred

    def exchange(self, questions: Sequence[Question]) -> list[Answer | Lost]:
        """One round of reads; none at all while the venue bans this address."""
        if not questions:
            return []
        answers = self._sent(questions)
        late = [i for i, answer in enumerate(answers) if is_off_clock(answer)]
        if late and asking.TIME not in questions:
            self._take_time(self._sent([asking.TIME])[0])
        elif late:
            self._take_time(answers[questions.index(asking.TIME)])
        if late:
            for i, answer in zip(late, self._sent([questions[i] for i in late]), strict=True):
                answers[i] = answer
        return answers

    def ask(self, asked: Mapping[Key, Question]) -> dict[Key, Answer | Lost]:
        """One dated round, each answer under the name of its question."""
        whole = {TIME: asking.TIME, **asked}
        answers = dict(zip(whole, self.exchange(list(whole.values())), strict=True))
        self._take_time(answers[TIME])
        return answers

    def _sent(self, questions: Sequence[Question]) -> list[Answer | Lost]:
        ban = self.used.ban()
        if ban is not None:
            return [Lost(reached=False, reason=ban) for _ in questions]
        weight = sum(question.weight for question in questions)
        pause_s = self.used.pause_s(weight, venue_ms=self.time.now_ms())
        # Where the run has no time to wait, the round goes out at once: the venue may still let it through.
        if pause_s > 0 and self._timeout(pause_s + READ_CAP_S) >= pause_s + READ_CAP_S:
            self._clock.sleep(pause_s)
        now_ms = self.time.now_ms()
        requests = [self.pen.request(one, timestamp_ms=now_ms) for one in questions]
        answers = self._transport.exchange(requests, timeout_s=self._timeout(READ_CAP_S))
        self.asked_weight += weight
        own = [answer for one, answer in zip(questions, answers, strict=True) if not one.of_wallet]
        self.used.saw(own)
        return answers

    def _take_time(self, answer: Answer | Lost) -> None:
        at_ms = read(answer, "time", server_time)
        if not isinstance(at_ms, Unreadable):
            self.time.saw(at_ms)

    def known_table(self) -> MarketTable:
        """The rules of trading, read now when no observation has read them in this process."""
        if self.table is None:
            rules, tiers = self.exchange([asking.RULES, asking.TIERS])
            self.table = MarketTable(value_of(rules, "exchangeInfo"), value_of(tiers, "leverageBracket"))
        return self.table

    def market(self, coin: str) -> Market | None:
        """A coin's rules; None when they are not known or cannot be understood."""
        try:
            return None if self.table is None else self.table.market(coin)
        except Malformed:
            return None

    def known_sides(self) -> bool:
        """Whether the account has two sides, read now when nothing has told it in this process."""
        if self.two_sided is None:
            answer = self.exchange([asking.ACCOUNT_SETTINGS])[0]
            self.two_sided = parse_account.setup(value_of(answer, "accountConfig")).two_sided
        return self.two_sided


def server_time(value: object) -> int:
    return strict.moment(strict.as_row(value, "time"), "serverTime", "time")
