"""What the exchange remembers for ever: fills, funding, cash movements, order history, equity; and events.

All of them are append-only; `seq` is the place in its list, counted from the first row ever written.
"""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.orders import Order
from trader.exchange.status import Kind, Status


@frozen
class LiquidationMark:
    """Why a fill was forced. `method` is market or backstop."""

    user: str
    mark_px: Decimal
    method: str


@frozen
class Fill:
    """One execution. `closed_pnl` is gross of `fee`; `start_position` is signed and from before the fill."""

    seq: int
    tid: int
    oid: int
    user: str
    coin: str
    is_buy: bool
    px: Decimal
    sz: Decimal
    at_ms: int
    start_position: Decimal
    direction: str
    closed_pnl: Decimal
    fee: Decimal
    fee_asset: str
    crossed: bool
    cloid: str | None = None
    liquidation: LiquidationMark | None = None
    leg: str | None = None


@frozen
class FundingRow:
    """One payment; `usdc` negative means paid. `px` is the price that the notional was taken at."""

    seq: int
    user: str
    coin: str
    at_ms: int
    usdc: Decimal
    szi: Decimal
    rate: Decimal
    px: Decimal
    leg: str | None = None


@frozen
class LedgerRow:
    """Money in or out: kind deposit or withdraw; `usdc` is positive in both."""

    seq: int
    user: str
    at_ms: int
    kind: str
    usdc: Decimal


@frozen
class HistoryRow:
    """One status change of one order, with the order as it was then."""

    seq: int
    user: str
    at_ms: int
    status: Status
    order: Order


@frozen
class EquityRow:
    """Account value and profit net of flows, sampled at each hour and at each fill or flow."""

    seq: int
    user: str
    at_ms: int
    equity: Decimal
    profit: Decimal


@frozen
class Event:
    """Told to subscribers after each state change. `order` and `fill` are there where they apply."""

    kind: Kind
    at_ms: int
    user: str
    coin: str
    order: Order | None = None
    fill: Fill | None = None
