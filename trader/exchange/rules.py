"""What a venue allows, as data, and the pure arithmetic of ticks, lots and tiers."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal


@dataclass(frozen=True, slots=True)
class Tier:
    """From this notional on, at most this leverage."""

    lower_bound: Decimal
    max_leverage: int


@dataclass(frozen=True, slots=True)
class Market:
    """One perpetual. Prices are multiples of `price_step` with at most `significant_figures` (None: any)."""

    coin: str
    index: int
    size_decimals: int
    price_decimals: int
    max_leverage: int
    tiers: tuple[Tier, ...]
    margin_table: int = 0
    significant_figures: int | None = 5
    size_step: Decimal = Decimal(1)
    price_step: Decimal = Decimal(1)
    is_delisted: bool = False
    only_isolated: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Venue behaviour that tests run both ways; defaults follow the best evidence for the first venue."""

    min_notional: Decimal = Decimal(10)
    min_notional_on_triggers: bool = False
    reference_distance_max: Decimal = Decimal("0.8")
    oracle_band: Decimal | None = None
    limit_fill: str = "touch"
    reduce_only_sum: str = "newest_wins"
    triggers_count_in_sum: bool = False
    trigger_must_reduce: bool = True
    trigger_needs_position: bool = False
    triggers_end_with_position: bool = True
    ioc_partial_arms_children: bool = False
    market_trigger_rests: bool = False
    market_trigger_bound: str = "price"
    modify_needs_always_place: bool = False
    duplicate_cloid: str = "accept"
    open_orders_soft_max: int = 1000
    open_orders_max: int = 5000
    maker_rate: Decimal = Decimal("0.00015")
    taker_rate: Decimal = Decimal("0.00045")
    funding_rate: Decimal = Decimal("0.0000125")
    spread_bps: Decimal = Decimal(1)
    leverage_default: int = 20
    cash_decimals: int = 6
    fee_asset: str = "USDC"
    backstop_fraction: Decimal = Decimal(2) / Decimal(3)


def price_step_at(market: Market, px: Decimal) -> Decimal:
    """The tick at this price: the coarser of the market's step and the significant figures; never above 1."""
    if market.significant_figures is None or px <= 0:
        return market.price_step
    coarse = Decimal(1).scaleb(px.adjusted() + 1 - market.significant_figures)
    return max(market.price_step, min(coarse, Decimal(1)))


def on_tick(market: Market, px: Decimal) -> bool:
    """Whole numbers are always on the tick when figures are limited."""
    if market.significant_figures is not None and px == px.to_integral_value():
        return True
    return px % price_step_at(market, px) == 0


def floor_tick(market: Market, px: Decimal) -> Decimal:
    """The nearest valid price at or below."""
    step = price_step_at(market, px)
    return (px / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_tick(market: Market, px: Decimal) -> Decimal:
    """The nearest valid price at or above."""
    step = price_step_at(market, px)
    return (px / step).to_integral_value(rounding=ROUND_CEILING) * step


def floor_lot(market: Market, sz: Decimal) -> Decimal:
    """The largest valid size at or below."""
    return (sz / market.size_step).to_integral_value(rounding=ROUND_FLOOR) * market.size_step
