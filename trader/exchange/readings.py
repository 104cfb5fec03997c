"""What a client may read of the exchange: prices, accounts, orders and history, at `now_ms`.

Rules of this file: it changes nothing. In an account with two sides a position is asked for by its leg; to
ask for one without it is an error, because "flat" would be the wrong answer.
"""

from decimal import Decimal

from trader.exchange import accounts, ledger, margin, quotes, triggers
from trader.exchange.engine import Engine
from trader.exchange.orders import Level, Leverage, Order, Position, Quote
from trader.exchange.prices import Bar
from trader.exchange.rows import EquityRow, Fill, FundingRow, HistoryRow, LedgerRow
from trader.exchange.rules import Market, Rules
from trader.exchange.views import AccountView


class Readings:
    """The reading half of a Model."""

    _engine: Engine

    @property
    def now_ms(self) -> int:
        """The instant up to which everything has happened."""
        return self._engine.state.now_ms

    @property
    def revision(self) -> int:
        """Grows with each change that must be saved: of time passing, only full hours count."""
        return self._engine.state.revision

    @property
    def rules(self) -> Rules:
        return self._engine.rules

    @property
    def markets(self) -> tuple[Market, ...]:
        """All markets in index order."""
        return tuple(self._engine.markets.values())

    def market(self, coin: str) -> Market | None:
        return self._engine.markets.get(coin)

    def quote(self, coin: str) -> Quote:
        return quotes.quote(self._engine, coin)

    def bar(self, coin: str, minute_start_ms: int) -> Bar:
        """The feed's bar of that minute, whole; a caller cuts what lies in the future with `bar_so_far`."""
        return self._engine.prices.minute(coin, minute_start_ms)

    def bar_so_far(self, coin: str) -> Bar:
        """The bar of the running minute as seen at `now_ms`."""
        return self._engine.bar_so_far(coin)

    def book(self, coin: str, levels_max: int = 20) -> tuple[list[Level], list[Level]]:
        """(bids, asks), best first; an unlimited level shows as a large size."""
        quoted = quotes.quote(self._engine, coin)
        bids = quotes.side_of_book(self._engine, quoted, is_ask=False, levels_max=levels_max)
        return bids, quotes.side_of_book(self._engine, quoted, is_ask=True, levels_max=levels_max)

    def funding_rate(self, coin: str) -> Decimal:
        return self._engine.coin(coin).funding_rate

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(sorted(self._engine.state.accounts))

    def account(self, user: str) -> AccountView:
        """An unknown user reads as an empty account."""
        return accounts.view(self._engine, user)

    def is_two_sided(self, user: str) -> bool:
        """Does the account hold long and short of a coin apart? An unknown user does not."""
        account = self._engine.state.accounts.get(user)
        return account is not None and account.two_sided

    def position(self, user: str, coin: str, leg: str | None = None) -> Position | None:
        """The open position of one slot, None when flat."""
        if leg is None and self.is_two_sided(user):
            raise ValueError(f"position of {user} in {coin}: the account has two sides; name the leg")
        return self._engine.position(user, coin, leg)

    def positions(self, user: str) -> tuple[Position, ...]:
        """Every open position; in an account with two sides one for each leg that is held."""
        account = self._engine.state.accounts.get(user)
        return () if account is None else tuple(account.positions.values())

    def leverage(self, user: str, coin: str) -> Leverage:
        return ledger.leverage_of(self._engine, user, coin)

    def fee_rates(self, user: str) -> tuple[Decimal, Decimal]:
        """(maker, taker)."""
        account = self._engine.state.accounts.get(user)
        if account is None:
            return self._engine.rules.maker_rate, self._engine.rules.taker_rate
        return account.maker_rate, account.taker_rate

    def open_orders(self, user: str, coin: str | None = None) -> tuple[Order, ...]:
        """Live orders by oid: resting, untriggered, and children that wait for their parent."""
        return tuple(self._engine.orders_of(user, coin))

    def order(self, user: str, oid: int) -> HistoryRow | None:
        """The newest row of that order, live or not."""
        row = self._engine.newest_row(oid)
        return row if row is not None and row.user == user else None

    def orders_by_cloid(self, user: str, cloid: str) -> tuple[HistoryRow, ...]:
        """The newest row of each order with that client id, oldest order first."""
        logs = self._engine.logs
        return tuple(logs.newest[oid] for oid in sorted(logs.oids_by_cloid.get((user, cloid), ())))

    def history(self, user: str) -> tuple[HistoryRow, ...]:
        """Every status change, oldest first."""
        return self._engine.logs.history.of(user)

    def fills(self, user: str) -> tuple[Fill, ...]:
        """Oldest first."""
        return self._engine.logs.fills.of(user)

    def fills_of(self, user: str, oid: int) -> tuple[Fill, ...]:
        """The executions of one order, oldest first."""
        return tuple(fill for fill in self._engine.logs.fills_by_oid.get(oid, ()) if fill.user == user)

    def funding(self, user: str) -> tuple[FundingRow, ...]:
        return self._engine.logs.funding.of(user)

    def ledger(self, user: str) -> tuple[LedgerRow, ...]:
        return self._engine.logs.ledger.of(user)

    def equity_history(self, user: str) -> tuple[EquityRow, ...]:
        return self._engine.logs.equity.of(user)

    def max_trade_sizes(self, user: str, coin: str) -> tuple[Decimal, Decimal]:
        """(buy, sell): the largest size that the margin of now allows, in lots."""
        return accounts.max_trade_sizes(self._engine, user, coin)

    def liquidation_px(self, user: str, coin: str, leg: str | None = None) -> Decimal | None:
        return margin.liquidation_px(self._engine, user, coin, leg)

    def funding_next_ms(self) -> int:
        """When positions pay next."""
        interval = self.rules.funding_interval_ms
        return (self.now_ms // interval + 1) * interval

    def closable(self, user: str, order: Order) -> bool:
        """Would this stop be accepted and close the position if it fired now at its trigger price, with all
        resting orders and the margin of this moment? The depth of the book is left out."""
        position = self._engine.position(user, order.coin, order.leg)
        return position is not None and triggers.closes(self._engine, user, order) >= abs(position.szi)

    def closes(self, user: str, order: Order) -> Decimal:
        """The size it would close if it fired now; 0 when it would be refused."""
        return triggers.closes(self._engine, user, order)
