"""Rounds of reads, and the parts of a reading that every caller needs: state, orders, fills.

* Positions, balances and fills come from one round, and orders from that round or an earlier one: a fill
  in between is then seen twice, never nowhere.
* A state older than one already seen is read again a few times with all that was read beside it, then
  refused.
* Fills take at most one further page; what does not fit is said to be incomplete.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from trader.core.candles import Candles, last_closed_ms
from trader.core.errors import Malformed
from trader.core.market import Market
from trader.core.orders import Fill, Order, Unreadable
from trader.core.ports import CandleNeed, Clock
from trader.core.snapshot import Holdings, Leverage
from trader.core.wire import Answer, Lost, Request
from trader.venues import strict
from trader.venues.failures import Parsed, attempted
from trader.venues.hyperliquid import parse_account, parse_fills, parse_orders
from trader.venues.hyperliquid.asking import Questions
from trader.venues.hyperliquid.failures import body_of
from trader.venues.hyperliquid.parse_market import MarketTable
from trader.venues.hyperliquid.used_weight import Weighed
from trader.venues.venue_clock import VenueClock

if TYPE_CHECKING:
    from trader.core.memo import Memo

READ_CAP_S = 8.0
STALE_READS_MAX = 4
STALE_PAUSE_S = 0.25
FILLS_A_PAGE = 2000

Orders = tuple[Order, ...] | Unreadable


class Rounds:
    """Asks the venue, and remembers for the process its market table and its clock."""

    def __init__(
        self,
        weighed: Weighed,
        clock: Clock,
        *,
        account: str,
        base_url: str,
        timeout: Callable[[float], float],
        memo: "Memo | None" = None,
    ) -> None:
        self.memo = memo
        self.weighed = weighed
        self._clock = clock
        self._timeout = timeout
        self.account = account
        self.ask = Questions(base_url, account)
        self.time = VenueClock(clock)
        self.table: MarketTable | None = None
        self.fees: tuple[Decimal, Decimal] | None = None
        """What is taken and what is made, as read in this process."""
        self.leverage: dict[str, Leverage] = {}
        """Of each coin, until this process writes it."""
        self.bars: dict[tuple[str, int], Candles] = {}
        """Closed bars of each coin and frame, as read in this process: they do not change any more."""

    def exchange(self, requests: Sequence[Request]) -> list[Answer | Lost]:
        """One round of reads."""
        return self.weighed.exchange(requests, timeout_s=self._timeout(READ_CAP_S)) if requests else []

    def known_bars(self, need: CandleNeed) -> Candles | None:
        """The bars of a need that were read in this process, while no newer one has closed."""
        found = self.bars.get((need.coin, need.frame_ms))
        newest_ms = last_closed_ms(self.time.now_ms(), need.frame_ms)
        is_new = found is not None and bool(found.open_ms) and found.open_ms[-1] == newest_ms
        return found if is_new else None

    def known_table(self) -> MarketTable:
        """The market table, read now when no observation has read it in this process."""
        if self.table is None:
            answer = self.exchange([self.ask.market_table()])[0]
            self.table = MarketTable(_value(answer, "metaAndAssetCtxs"))
        return self.table

    def market(self, coin: str) -> Market | None:
        """A coin's rules; None when they are not known or cannot be understood."""
        try:
            return None if self.table is None else self.table.market(coin)
        except Malformed:
            return None

    def holdings(self, fills_back_ms: int, orders: Orders | None = None) -> Holdings:
        """One round of state and fills, and of orders unless they were read before."""
        pause_s = STALE_PAUSE_S
        for _ in range(STALE_READS_MAX):
            since_ms = max(strict.MOMENT_MIN, self.time.now_ms() - fills_back_ms)
            asked = [self.ask.state(), self.ask.fills(since_ms)]
            answers = self.exchange(asked if orders is not None else [*asked, self.ask.open_orders()])
            state = parse_account.state(_value(answers[0], "clearinghouseState"), self.market)
            if not self.time.is_stale(state.at_ms):
                break
            self._clock.sleep(pause_s)
            pause_s *= 2
        else:
            raise Malformed(
                f"clearinghouseState: the venue shows the account as of {state.at_ms}, but "
                f"{self.time.seen_ms} was seen before: its servers lag; nothing may be concluded from it"
            )
        self.time.saw(state.at_ms)
        fills, complete = self._fills(answers[1], since_ms)
        return Holdings(
            at_ms=state.at_ms,
            account=state.account,
            positions=state.positions,
            orders=self.orders(answers[2]) if orders is None else orders,
            fills=fills,
            fills_since_ms=since_ms,
            fills_complete=complete,
        )

    def orders(self, answer: Answer | Lost) -> Orders:
        return read(answer, "frontendOpenOrders", parse_orders.open_orders)

    def _fills(self, answer: Answer | Lost, since_ms: int) -> tuple[tuple[Fill, ...] | Unreadable, bool]:
        """The fills, and whether they are all of them since then."""
        first = read(answer, "userFillsByTime", self._page)
        if isinstance(first, Unreadable):
            return first, False
        fills, times = first
        if len(times) < FILLS_A_PAGE:
            return _unique(fills), True
        again = self.exchange([rest_of(self.ask.fills, times, since_ms)[0]])
        second = read(again[0], "userFillsByTime", self._page)
        if isinstance(second, Unreadable):
            return second, False
        more, more_times = second
        return _unique([*fills, *more]), len(more_times) < FILLS_A_PAGE

    def _page(self, value: object) -> tuple[list[Fill], list[int]]:
        return parse_fills.fills(value, self.account)


def rest_of(
    ask: Callable[[int, int | None], Request], times: Sequence[int], since_ms: int
) -> tuple[Request, int]:
    """The page after a full one, whichever end the venue began with, and the moment whose rows come twice."""
    if times[0] <= times[-1]:
        return ask(max(times), None), max(times)
    return ask(since_ms, min(times)), min(times)


def _unique(fills: Sequence[Fill]) -> tuple[Fill, ...]:
    """Each fill once, oldest first."""
    by_id = {fill.fill_id: fill for fill in fills}
    return tuple(sorted(by_id.values(), key=lambda fill: (fill.at_ms, fill.fill_id)))


def _value(answer: Answer | Lost, what: str) -> object:
    return strict.decode(body_of(answer, what), what)


def read(answer: Answer | Lost, what: str, parse: Callable[[object], Parsed]) -> Parsed | Unreadable:
    """What an answer says, or why it says nothing."""
    return attempted(what, lambda: parse(_value(answer, what)))
