"""What the operator decided, resolved to plain values: the second argument of every decision."""

from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.target import CoinFacts, Want

VOLATILITY_RETURNS = 7  # closed days that a volatility is told from, at the least

Strategy = Callable[[Candles, CoinFacts, "MarketPolicy"], Want]


@frozen
class Sizing:
    """How large an entry is."""

    position_ratio: float
    max_single_loss: float | None
    leverage: int
    cross: bool


@frozen
class EntryRules:
    """What bounds an entry and how exact a level must be."""

    slippage_max: float
    drift_max: float
    max_signal_age_s: int
    level_tolerance: float
    resting_life_s: int = 14_400


@frozen
class MarketPolicy:
    """One coin: its strategy as a function, that function's numbers, and what it needs to see.

    `naked_window_accepted`: the operator lets an entry go first and its stop after it, where the venue leaves
    no other way. `both_legs`: it holds the two legs of its coin apart, each with rungs that rest, where every
    other strategy holds one position.
    """

    coin: str
    strategy: Strategy
    strategy_name: str
    strategy_number: int
    params: Any
    frame_ms: int
    bars_needed: int
    hold_ms_max: int
    stop_fallback: float
    sizing: Sizing
    entries: EntryRules
    naked_window_accepted: bool = False
    both_legs: bool = False


@frozen
class StopRules:
    """Where stops act, and how far from liquidation they must be."""

    trigger: str
    liquidation_margin: float | None
    fallback: float


@frozen
class BookLimits:
    """Caps on a book of positions and resting entries, of the account or of one strategy.

    `loss_at_stops_max`: what is lost if everything fills and then stops. `risk_volatility_max`: gross
    exposure times the volatility of a day times 2.33, as a fraction of equity.
    """

    loss_at_stops_max: Decimal | None = None
    risk_volatility_max: float | None = None


@frozen
class Limits:
    """Caps on risk; None is no cap. Named as in the file.

    `naked_resting_notional_max`: how much may rest on the venue that would fill without a stop behind it.
    `market_deviation_max`, `limit_deviation_max`: how far from mark an entry at once may fill, and one that
    rests may stand. `funding_day_max`: what a position may pay a day, as a fraction of itself.
    `book` caps the whole account, `strategy_book` the part of each strategy.
    """

    notional_max: Decimal | None
    coin_notional_max: Decimal | None
    gross_notional_max: Decimal | None
    positions_max: int | None
    clock_skew_max_ms: int
    data_age_max_ms: int
    naked_resting_notional_max: Decimal = Decimal(0)
    side_notional_max: Decimal | None = None
    net_notional_max: Decimal | None = None
    leverage_used_max: float | None = None
    trade_loss_max: Decimal | None = None
    resting_per_side_max: int | None = None
    orders_per_run_max: int | None = None
    orders_per_minute_max: int | None = None
    daily_loss_max: Decimal | None = None
    drawdown_fraction_max: float | None = None
    drawdown_days: int = 30
    losing_streak_max: int | None = None
    emergency_closes_max: int = 1
    dead_stops_max: int = 3
    failed_writes_max: int = 3
    book: BookLimits = BookLimits()
    strategy_book: BookLimits = BookLimits()
    funding_day_max: float | None = None
    market_deviation_max: float | None = None
    limit_deviation_max: float | None = None


@frozen
class Policy:
    """All of it. `entries_for` names the coins that may open now; verify always covers the account.

    `adopt` hands foreign positions over: coin to the stop's distance as a fraction of the entry price.
    `resumed_ms` is when the operator last resumed: failures, streak and drawdown are counted from there.
    `check_every_ms` is how long a position may stand before somebody looks again. `flatten_after`: a position
    whose cover could not be read so many times in a row in one run is closed; None: never.
    `past_ms` is how far back the record of the account's money is read.
    """

    account_tag: int
    markets: Mapping[str, MarketPolicy]
    entries_for: frozenset[str]
    stops: StopRules
    limits: Limits
    report_foreign: bool
    adopt: Mapping[str, float] = field(default_factory=dict)
    resumed_ms: int | None = None
    check_every_ms: int = 1_800_000
    flatten_after: int | None = None
    past_ms: int | None = None
