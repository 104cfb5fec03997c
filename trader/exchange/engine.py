"""What every theme of the exchange works on: rules, prices, state, lists and listeners.

Rules of this file: each change of an order or of a coin's state goes through `changed`, so that the next
walk through time looks at fresh levels.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.core.frozen import changed
from trader.exchange.orders import Order, Position, Quote, slot_key
from trader.exchange.prices import CORNERS_MS, MINUTE_MS, Bar, Prices, corners, price_at
from trader.exchange.rows import Event, Fill, HistoryRow
from trader.exchange.rules import Market, Rules
from trader.exchange.state import Account, CoinState, Logs, State
from trader.exchange.status import Kind, Status
from trader.exchange.views import AccountView

Listener = Callable[[Event], None]


class Engine:
    """One venue's insides."""

    def __init__(
        self, markets: Sequence[Market], prices: Prices, state: State, logs: Logs, rules: Rules
    ) -> None:
        self.markets = {m.coin: m for m in sorted(markets, key=lambda market: market.index)}
        self.markets.update(state.changed_markets)
        self.prices = prices
        self.state = state
        self.logs = logs
        self.rules = rules
        self.listeners: list[Listener] = []
        self._plain_coin = CoinState(rules.funding_rate, rules.spread_bps)
        self.levels_stale = True
        self.levels: dict[str, tuple[float, float]] = {}
        self.next_expiry_ms: int | None = None
        self._path_seen: dict[str, tuple[int, float]] = {}
        self.quotes_seen: dict[str, tuple[int, int, Quote]] = {}
        self.marks_seen: dict[str, tuple[int, int, Decimal]] = {}
        self.views_seen: dict[str, tuple[int, int, AccountView]] = {}

    @property
    def now_ms(self) -> int:
        """The instant up to which everything has happened."""
        return self.state.now_ms

    def changed(self) -> None:
        """Something that must be saved changed, and with it perhaps the levels that matter."""
        self.state.revision += 1
        self.levels_stale = True

    def emit(
        self, kind: Kind, user: str, coin: str, *, order: Order | None = None, fill: Fill | None = None
    ) -> None:
        """Tell the listeners."""
        if self.listeners:
            event = Event(kind, self.state.now_ms, user, coin, order, fill)
            for listener in self.listeners:
                listener(event)

    def coin(self, coin: str) -> CoinState:
        """The coin's settings, to read."""
        return self.state.coins.get(coin, self._plain_coin)

    def own_coin(self, coin: str) -> CoinState:
        """The coin's settings, to change."""
        return self.state.coins.setdefault(coin, replace(self._plain_coin))

    def position(self, user: str, coin: str, leg: str | None = None) -> Position | None:
        """The open position of one slot, None when flat."""
        account = self.state.accounts.get(user)
        return None if account is None else account.positions.get(slot_key(coin, leg))

    def szi(self, user: str, coin: str, leg: str | None = None) -> Decimal:
        """The signed size, 0 when flat."""
        position = self.position(user, coin, leg)
        return Decimal(0) if position is None else position.szi

    def szi_of(self, order: Order) -> Decimal:
        """The signed size of the slot that an order belongs to."""
        return self.szi(order.user, order.coin, order.leg)

    def account(self, user: str) -> Account:
        """An existing user's account."""
        return self.state.accounts[user]

    def orders_of(self, user: str, coin: str | None = None) -> list[Order]:
        """Live orders by oid."""
        found = [o for o in self.state.orders.values() if o.user == user and coin in (None, o.coin)]
        return sorted(found, key=lambda order: order.oid)

    def slot_orders(self, user: str, coin: str, leg: str | None) -> list[Order]:
        """Live orders of one slot by oid."""
        return [order for order in self.orders_of(user, coin) if order.leg == leg]

    def enter_minute(self, minute_ms: int) -> None:
        """Choose the order of the extremes for this minute, once."""
        state = self.state
        if minute_ms == state.path_minute_ms:
            return
        nets: dict[str, Decimal] = {}
        for account in state.accounts.values():
            for position in account.positions.values():
                nets[position.coin] = nets.get(position.coin, Decimal(0)) + position.szi
        self.forget_path()
        state.path_minute_ms = minute_ms
        state.low_first = {coin: net > 0 for coin, net in nets.items() if net != 0}

    def points(self, coin: str, minute_ms: int) -> tuple[float, float, float, float]:
        """The four corners of a minute's path."""
        bar = self.prices.minute(coin, minute_ms)
        low_first = bar.close >= bar.open
        if minute_ms == self.state.path_minute_ms:
            low_first = self.state.low_first.get(coin, low_first)
        return corners(bar, low_first=low_first)

    def path(self, coin: str, at_ms: int) -> float:
        """The raw price at an instant. The last answer is kept: one instant is asked about many times."""
        seen = self._path_seen.get(coin)
        if seen is not None and seen[0] == at_ms:
            return seen[1]
        offset = at_ms % MINUTE_MS
        price = price_at(self.points(coin, at_ms - offset), offset)
        self._path_seen[coin] = (at_ms, price)
        return price

    def forget_path(self) -> None:
        """Look at the prices afresh."""
        self._path_seen.clear()
        self.quotes_seen.clear()
        self.marks_seen.clear()
        self.views_seen.clear()

    def bar_so_far(self, coin: str) -> Bar:
        """The running minute as far as time has come."""
        now = self.state.now_ms
        minute = now - now % MINUTE_MS
        points = self.points(coin, minute)
        last = price_at(points, now - minute)
        seen = [p for p, at in zip(points, CORNERS_MS, strict=True) if at <= now - minute] + [last]
        volume = self.prices.minute(coin, minute).volume * ((now - minute + 1) / MINUTE_MS)
        return Bar(points[0], max(seen), min(seen), last, volume)

    def next_oid(self) -> int:
        """One counter for all orders."""
        oid = self.state.next_oid
        self.state.next_oid += 1
        return oid

    def next_rank(self) -> int:
        """The place in the queue of an order that starts to rest."""
        rank = self.state.next_rank
        self.state.next_rank += 1
        return rank

    def note(self, order: Order, status: Status) -> Order:
        """Give an order a new status and write its history row."""
        now = self.state.now_ms
        stamped = changed(order, status=status, status_ms=now)
        row = HistoryRow(self.logs.history.next_seq, order.user, now, status, stamped)
        self.logs.history.append(row)
        self.logs.index(row)
        self.changed()
        return stamped

    def newest_row(self, oid: int) -> HistoryRow | None:
        """The last status change of an order; a live order whose rows left the memory still has one."""
        row = self.logs.newest.get(oid)
        live = self.state.orders.get(oid)
        if row is None and live is not None:
            return HistoryRow(-1, live.user, live.status_ms, live.status, live)
        return row

    def put(self, order: Order) -> None:
        """Keep the newest value of a live order."""
        self.state.orders[order.oid] = order
        self.changed()

    def edit(self, oid: int, **changes: Any) -> Order:
        """Replace fields of a live order."""
        order = changed(self.state.orders[oid], **changes)
        self.put(order)
        return order
