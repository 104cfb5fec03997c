"""Reads fills: the trades of each coin, the client ids of their orders, and what was held before each.

* The venue serves trades by coin and by weeks; a full page is read on from its last number.
* A trade names its order by number. The numbers are looked up in the coin's list of orders, which the first
  reading of a process asks for beside the trades (5 each), so that no further round is needed. What a process
  has learned once it keeps. A number that is still unknown is asked for by itself (1 each), or, when a coin
  has many, in lists from the lowest of them on (5 a page, a bounded number of pages).
* Weeks that are over do not change: where a reading over several of them explains all that is held, later
  readings of the process ask for the newest alone. Fills that contradict a position are all read anew.
* Orders with which the venue itself closed a position stand in a list of their own (20), asked for only when
  the others do not have the order of a fill.
* A fill whose order cannot be found might be ours: then the fills are unreadable, never foreign.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.frozen import frozen
from trader.core.market import Slot
from trader.core.orders import Fill, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues.binance import asking, parse_fills
from trader.venues.binance.failures import is_no_such_order, read
from trader.venues.binance.parse_fills import Trade
from trader.venues.binance.signing import Question
from trader.venues.walk_back import walked_back

WEEK_MS = 7 * DAY_MS
# A little shorter than the longest that is served, so that the newest window reaches past the venue's now.
WINDOW_MS = WEEK_MS - MINUTE_MS
PAGES_MORE_MAX = 5
LIST_PAGES_MAX = 10
ONE_BY_ONE_MAX = 5
LOOKUPS_MAX = 100

Key = tuple[str, str]
Answers = Mapping[Key, Answer | Lost]
Exchange = Callable[[Sequence[Question]], list[Answer | Lost]]


@frozen
class Span:
    """Which fills are read: those of these coins since a moment, in windows that the venue serves."""

    coins: tuple[str, ...]
    since_ms: int
    now_ms: int
    windows: tuple[tuple[int, int | None], ...]


@frozen
class _Kept:
    """A coin's trades between two moments, both long past."""

    since_ms: int
    until_ms: int
    trades: tuple[Trade, ...]


def span_of(coins: Iterable[str], *, now_ms: int, back_ms: int) -> Span:
    """Windows from so far back up to now; the newest has no end."""
    count = max(1, -(-back_ms // WEEK_MS))
    since_ms = now_ms - min(back_ms, count * WINDOW_MS)
    starts = range(since_ms, max(now_ms, since_ms + 1), WINDOW_MS)
    last = starts[-1]
    windows = tuple((start, None if start == last else start + WINDOW_MS - 1) for start in starts)
    return Span(tuple(sorted(coins)), since_ms, now_ms, windows)


@dataclass(slots=True)
class TradeReader:
    """What a process has learned of its account's trades."""

    exchange: Exchange
    account: int
    names: dict[Key, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    fee_coins: set[str] = field(default_factory=set)
    kept: dict[str, _Kept] = field(default_factory=dict)

    def questions(self, span: Span) -> dict[Key, Question]:
        """What to ask in the round in which the positions are read."""
        asked = {
            ("trades", f"{coin} {start_ms}"): asking.trades(coin, start_ms=start_ms, end_ms=end_ms)
            for coin in span.coins
            for start_ms, end_ms in self._windows(coin, span)
        }
        lists = {("numbers", coin): asking.all_orders(coin) for coin in span.coins if coin not in self.listed}
        return asked | lists

    def learn(self, coin: str, order_id: str | None, client_id: str | None) -> None:
        """An order's two names, from wherever they stood together."""
        if order_id is not None and client_id is not None:
            self.names[coin, order_id] = client_id

    def fills(
        self, answers: Answers, span: Span, held: Mapping[Slot, Decimal]
    ) -> tuple[Fill, ...] | Unreadable:
        """The fills, each once, oldest first."""
        for coin in span.coins:
            if ("numbers", coin) in answers:
                self._learn_list(coin, answers["numbers", coin])
        found = self._trades(answers, span)
        if isinstance(found, Unreadable):
            return found
        self.fee_coins |= {one.fee_coin for one in found}
        problem = self._name(found)
        if problem is not None:
            return problem
        named = [one.of(self.names[one.fill.coin, one.fill.order_id]) for one in found]
        named.sort(key=lambda fill: (fill.at_ms, fill.fill_id))
        walked = walked_back(named, held, self.account)
        self._keep(span, found, walked, held)
        return walked

    def reaching_back(self, span: Span) -> Span:
        """The same, or as far back as is known already of all of its coins, which costs nothing."""
        known = [self.kept[coin].since_ms for coin in span.coins if coin in self.kept]
        if not known or len(known) < len(span.coins) or max(known) >= span.since_ms:
            return span
        return replace(span, since_ms=max(known))

    def _windows(self, coin: str, span: Span) -> tuple[tuple[int, int | None], ...]:
        """The windows to ask for: all that are not over, and those that nothing is known of."""
        kept = self.kept.get(coin)
        if kept is None or kept.since_ms > span.since_ms:
            return span.windows
        if kept.until_ms + WINDOW_MS > span.now_ms:
            return ((kept.until_ms + 1, None),)
        return tuple(w for w in span.windows if w[1] is None or w[1] > kept.until_ms)

    def _keep(
        self,
        span: Span,
        found: Sequence[Trade],
        walked: tuple[Fill, ...],
        held: Mapping[Slot, Decimal],
    ) -> None:
        """Remember weeks that are over; not of coins that are held without their beginning being seen."""
        if any(fill.doubt is not None for fill in walked):
            self.kept.clear()
            return
        begun = {fill.slot for fill in walked if fill.position_before == 0}
        unexplained = {slot.coin for slot, size in held.items() if size != 0 and slot not in begun}
        until_ms = span.windows[-1][0] - 1
        for coin in set(span.coins) - unexplained if len(span.windows) > 1 else ():
            if coin in self.kept and self.kept[coin].since_ms <= span.since_ms:
                continue
            old = tuple(t for t in found if t.fill.coin == coin and t.fill.at_ms <= until_ms)
            self.kept[coin] = _Kept(span.since_ms, until_ms, old)

    def _learn_list(self, coin: str, answer: Answer | Lost) -> int:
        """The highest number of a list. One that fails is not missed: its orders are asked for one by one."""
        what = f"allOrders of {coin}"
        listed = read(answer, what, partial(parse_fills.client_ids, what=what))
        if isinstance(listed, Unreadable):
            return -1
        self.listed.add(coin)
        self._learn_all(coin, listed)
        return max(map(int, listed), default=-1)

    def _trades(self, answers: Answers, span: Span) -> list[Trade] | Unreadable:
        """All pages of all windows; `waiting` are those of which there may be more."""
        found = self._known_of(span)
        waiting = [
            (coin, answers["trades", f"{coin} {start_ms}"])
            for coin in span.coins
            for start_ms, _ in self._windows(coin, span)
        ]
        for _ in range(1 + PAGES_MORE_MAX):
            more: list[tuple[str, int]] = []
            for coin, answer in waiting:
                page = read(answer, f"userTrades of {coin}", partial(parse_fills.trades, coin=coin))
                if isinstance(page, Unreadable):
                    return page
                fresh = [one for one in page if one.fill.fill_id not in found]
                found |= {one.fill.fill_id: one for one in fresh}
                if len(page) >= asking.ROWS_A_PAGE and fresh:
                    more.append((coin, max(one.number for one in page) + 1))
            if not more:
                return list(found.values())
            next_pages = self.exchange([asking.trades_from(coin, number) for coin, number in more])
            waiting = [(coin, answer) for (coin, _), answer in zip(more, next_pages, strict=True)]
        return Unreadable("userTrades", f"more than {1 + PAGES_MORE_MAX} pages since {span.since_ms}")

    def _known_of(self, span: Span) -> dict[str, Trade]:
        """The trades of the windows that need not be asked for."""
        firsts = {coin: self._windows(coin, span)[0][0] for coin in span.coins}
        return {
            one.fill.fill_id: one
            for coin, first_ms in firsts.items()
            if coin in self.kept
            for one in self.kept[coin].trades
            if span.since_ms <= one.fill.at_ms < first_ms
        }

    def _unknown(self, found: Sequence[Trade]) -> dict[str, list[str]]:
        """Orders without a client id, by coin, from the lowest number on."""
        missing = {key for key in ((o.fill.coin, o.fill.order_id) for o in found) if key not in self.names}
        by_coin: dict[str, list[str]] = {}
        for coin, order_id in sorted(missing, key=lambda key: (key[0], int(key[1]))):
            by_coin.setdefault(coin, []).append(order_id)
        return by_coin

    def _name(self, found: Sequence[Trade]) -> Unreadable | None:
        """Learn the client ids that are missing; why it cannot be done otherwise."""
        self._list(found)
        left = [(coin, order_id) for coin, ids in self._unknown(found).items() for order_id in ids]
        if len(left) > LOOKUPS_MAX:
            return Unreadable("fills", f"the orders of {len(left)} of them are not listed", answered=True)
        answers = self.exchange([asking.order_by_number(coin, order_id) for coin, order_id in left])
        forced: set[str] = set()
        for (coin, order_id), answer in zip(left, answers, strict=True):
            if is_no_such_order(answer):
                forced.add(coin)
                continue
            what = f"order {order_id} of {coin}"
            told = read(answer, what, partial(parse_fills.client_id, what=what))
            if isinstance(told, Unreadable):
                return told
            self._learn_all(coin, told)
        self._name_forced(sorted(forced), found)
        return self._still_nameless(found)

    def _list(self, found: Sequence[Trade]) -> None:
        """Lists of the coins with many nameless orders, each page from the lowest not yet passed."""
        passed: dict[str, int] = {}
        for _ in range(LIST_PAGES_MAX):
            ahead = {
                coin: [order_id for order_id in ids if int(order_id) > passed.get(coin, -1)]
                for coin, ids in self._unknown(found).items()
            }
            many = {coin: ids[0] for coin, ids in ahead.items() if len(ids) > ONE_BY_ONE_MAX}
            lists = self.exchange([asking.all_orders(coin, from_order=first) for coin, first in many.items()])
            for (coin, first), answer in zip(many.items(), lists, strict=True):
                passed[coin] = max(int(first), self._learn_list(coin, answer))
            if not many:
                return

    def _name_forced(self, coins: Sequence[str], found: Sequence[Trade]) -> None:
        """Orders of the venue itself, liquidations and deleveragings, which its other lists may not have."""
        since_ms = {
            coin: min(o.fill.at_ms for o in found if o.fill.coin == coin) - MINUTE_MS for coin in coins
        }
        answers = self.exchange([asking.forced_orders(coin, start_ms=since_ms[coin]) for coin in coins])
        for coin, answer in zip(coins, answers, strict=True):
            what = f"forceOrders of {coin}"
            listed = read(answer, what, partial(parse_fills.client_ids, what=what))
            self._learn_all(coin, {} if isinstance(listed, Unreadable) else listed)

    def _still_nameless(self, found: Sequence[Trade]) -> Unreadable | None:
        left = [f"{order_id} of {coin}" for coin, ids in self._unknown(found).items() for order_id in ids]
        if not left:
            return None
        why = f"the venue does not find the order of {len(left)} of them ({left[0]}), which may be ours"
        return Unreadable("fills", why, answered=True)

    def _learn_all(self, coin: str, listed: Mapping[str, str]) -> None:
        self.names |= {(coin, order_id): client_id for order_id, client_id in listed.items()}
