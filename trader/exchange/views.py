"""What a client may read about an account, computed at one instant and never stored."""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.orders import Leverage


@frozen
class PositionView:
    """One open position. `entry_px` is truncated to the market's price decimals; `unrealized` is exact."""

    coin: str
    szi: Decimal
    leverage: Leverage
    raw_usd: Decimal | None
    entry_px: Decimal
    value: Decimal
    unrealized: Decimal
    return_on_equity: Decimal
    liquidation_px: Decimal | None
    margin_used: Decimal
    maintenance: Decimal
    max_leverage: int
    funding_all: Decimal
    funding_open: Decimal
    funding_change: Decimal
    leg: str | None = None


@frozen
class Summary:
    """Totals over all positions, or over the cross ones."""

    account_value: Decimal
    total_notional: Decimal
    total_raw_usd: Decimal
    total_margin_used: Decimal


@frozen
class AccountView:
    """The whole account at `at_ms`. A flat coin has no position entry."""

    user: str
    at_ms: int
    total: Summary
    cross: Summary
    cross_maintenance: Decimal
    withdrawable: Decimal
    available: Decimal
    positions: tuple[PositionView, ...]
