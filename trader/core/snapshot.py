"""Everything a decision may look at, with the venue time at which it was true.

A part that could not be read is `Unreadable`, a value of its own: it is never empty, zero or flat.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from trader.core.candles import Candles
from trader.core.market import Leg, Market, leg_of
from trader.core.orders import Fill, Lookup, Order, Unreadable


@dataclass(frozen=True, slots=True)
class Position:
    """What the account holds in one coin; `size` is signed and never zero."""

    coin: str
    size: Decimal
    entry_price: Decimal
    mark: Decimal
    liquidation: Decimal | None
    leverage: int
    cross: bool
    margin_used: Decimal
    unrealised: Decimal

    @property
    def leg(self) -> Leg:
        return leg_of(self.size)

    @property
    def notional(self) -> Decimal:
        return abs(self.size) * self.mark


@dataclass(frozen=True, slots=True)
class Account:
    """The account's money at mark, as the venue counts it."""

    equity: Decimal
    margin_used: Decimal
    maintenance: Decimal


@dataclass(frozen=True, slots=True)
class Holdings:
    """One reading of what the account holds; orders are read no later than positions and fills.

    `at_ms` is the venue's clock. `fills` reach back to `fills_since_ms`, all of them when
    `fills_complete`.
    """

    at_ms: int
    account: Account
    positions: tuple[Position, ...]
    orders: tuple[Order, ...] | Unreadable
    fills: tuple[Fill, ...] | Unreadable
    fills_since_ms: int
    fills_complete: bool

    def position(self, coin: str) -> Position | None:
        return next((p for p in self.positions if p.coin == coin), None)

    def orders_of(self, coin: str) -> tuple[Order, ...]:
        """Live orders of a coin; only after `orders` was found readable."""
        return () if isinstance(self.orders, Unreadable) else tuple(o for o in self.orders if o.coin == coin)

    def fills_of(self, coin: str) -> tuple[Fill, ...]:
        """Fills of a coin, oldest first; only after `fills` was found readable."""
        if isinstance(self.fills, Unreadable):
            return ()
        return tuple(sorted((f for f in self.fills if f.coin == coin), key=lambda f: (f.at_ms, f.fill_id)))


@dataclass(frozen=True, slots=True)
class Leverage:
    """The venue's setting for a coin."""

    leverage: int
    cross: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices of a coin at one moment; absent is None, never zero."""

    mark: Decimal
    oracle: Decimal
    bid: Decimal | None
    ask: Decimal | None
    funding_rate: Decimal


@dataclass(frozen=True, slots=True)
class MarketView:
    """All that was read about one coin that the configuration names."""

    market: Market
    quote: Quote | Unreadable
    candles: Candles | Unreadable
    leverage: Leverage | Unreadable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One observation of the venue, good for one decision.

    `markets` holds the coins asked for; `missing` says why a coin asked for is not there. `rules`
    holds every market of the venue that a position or an order is in. `lookups` answers the ids asked for.
    `local_ms` is this machine's wall clock when the last answer was in. `account_problem` says why this
    account cannot take new risk whatever the strategy wants (a mode we cannot account for, no equity).
    """

    venue: str
    account_id: str
    holdings: Holdings
    markets: Mapping[str, MarketView]
    missing: Mapping[str, str]
    rules: Mapping[str, Market]
    lookups: Mapping[str, Lookup]
    local_ms: int
    taker_fee: Decimal
    maker_fee: Decimal
    account_problem: str | None = None

    @property
    def venue_ms(self) -> int:
        return self.holdings.at_ms
