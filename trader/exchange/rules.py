"""What a venue allows, as data, and the pure arithmetic of ticks, lots and tiers."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from trader.core.frozen import frozen


@frozen
class Tier:
    """From this notional on (coins where `Market.tiers_by_size`), at most this leverage.

    `maintenance` is the rate; None: half of the initial margin at the highest leverage.
    """

    lower_bound: Decimal
    max_leverage: int
    maintenance: Decimal | None = None

    @property
    def rate(self) -> Decimal:
        return 1 / Decimal(2 * self.max_leverage) if self.maintenance is None else self.maintenance


@frozen
class Market:
    """One perpetual. Prices are multiples of `price_step` with at most `significant_figures` (None: any).

    Sizes are coins; `contract` is how many of them one contract is, for a wire that counts in contracts.
    `tiers_by_size`: the tier goes by coins held and its rate holds for all of them; else by notional, each
    part at its own rate. `limit_band`: a buy may be priced at most this fraction above mark, a sell below.
    `market_band`: how far from mark an order at market trades. `min_notional` None: the rules' own.
    """

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
    contract: Decimal = Decimal(1)
    size_min: Decimal = Decimal(0)
    size_max: Decimal | None = None
    market_size_max: Decimal | None = None
    min_notional: Decimal | None = None
    limit_band: Decimal | None = None
    market_band: Decimal = Decimal("0.05")
    tiers_by_size: bool = False


@frozen
class Rules:
    """Venue behaviour that tests run both ways; defaults follow the best evidence for the first venue.

    attach: children arm when the parent filled wholly ("whole") or grow with each part ("pro_rata").
    child_reference: what an attached trigger must lie beyond: mark (a passive limit parent: mark as well) or
    the parent's own price ("order"). refused_child_stops_parent: then nothing is placed.
    reduce_only_sum: closing orders beyond the position shrink the older ones ("newest_wins") or are refused
    ("reject"); triggers_count_in_sum: untriggered ones hold their size too. oversized_reduce: a single one
    larger than the position "trims", "rejects" or "legs_reject" (in a two-sided account), also when it
    triggers.
    bound_max: how many position-bound triggers of a kind a slot may have (None: any number; of both kinds
    together with bound_max_over_kinds); bound_while_flat: "accept" or "reject"; bound_ends_with_position.
    market_needs_price: an order at market must carry its bound. stop_bound_beyond_trigger: the limit leg of
    a stop may not lie on the near side. off_tick_triggers: any trigger price is taken.
    min_notional_spares_reducing: no minimum for what can only reduce. pair_ends_at_trigger: the other of two
    exits ends when one triggers, not when it has filled. amend_below_filled: an order amended to no more
    than it has filled is cancelled ("cancel") or filled ("fill"). funding_at: oracle or mark.
    liquidation_fee_in_maintenance: maintenance includes the taker fee of closing.
    """

    min_notional: Decimal = Decimal(10)
    min_notional_on_triggers: bool = False
    reference_distance_max: Decimal = Decimal("0.8")
    oracle_band: Decimal | None = None
    limit_fill: str = "touch"
    reduce_only_sum: str = "newest_wins"
    triggers_count_in_sum: bool = False
    trigger_must_reduce: bool = True
    trigger_needs_position: bool = False
    attach: str = "whole"
    child_reference: str = "mark"
    refused_child_stops_parent: bool = False
    oversized_reduce: str = "trims"
    bound_max: int | None = None
    bound_max_over_kinds: bool = False
    bound_while_flat: str = "reject"
    bound_ends_with_position: bool = True
    market_needs_price: bool = True
    stop_bound_beyond_trigger: bool = True
    off_tick_triggers: bool = False
    min_notional_spares_reducing: bool = False
    pair_ends_at_trigger: bool = False
    amend_below_filled: str = "cancel"
    funding_interval_ms: int = 3_600_000
    funding_at: str = "oracle"
    liquidation_fee_in_maintenance: bool = False
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

    def rejects_oversized(self, leg: str | None) -> bool:
        """Is an exit refused because it is larger than the position?"""
        return self.oversized_reduce == "rejects" or (
            self.oversized_reduce == "legs_reject" and leg is not None
        )


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
