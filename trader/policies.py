"""What a decision may know of the settings: the policy, and the abilities as the operator knows them."""

from dataclasses import replace

from trader.core.abilities import Abilities
from trader.core.candles import DAY_MS
from trader.core.policy import (
    VOLATILITY_RETURNS,
    BookLimits,
    EntryRules,
    Limits,
    MarketPolicy,
    Policy,
    Sizing,
    StopRules,
)
from trader.settings import LimitSettings, Settings
from trader.strategies.registry import STRATEGIES


def abilities_of(settings: Settings, venue: Abilities) -> Abilities:
    """The venue's abilities with what the operator has tried; what it surely cannot do stays so, and what it
    usually can may be said to be refused here."""
    said, found = settings.abilities, venue
    if said.attach is not None and venue.attach != "none":
        found = replace(found, attach=said.attach)
    if said.stop_first == "refused" and venue.stop_first is not False:
        found = replace(found, stop_first=False)
    if said.stop_first == "accepted" and venue.stop_first is None:
        found = replace(found, stop_first=True)
    return found


def needs_of(settings: Settings) -> frozenset[str]:
    """The abilities of a venue that the file's strategies cannot do without."""
    needs = (STRATEGIES[m.strategy].needs(m.params) for m in settings.markets.values())
    return frozenset(name for names in needs for name in names)


def isolated_coins(settings: Settings) -> frozenset[str]:
    """The coins that the file trades on isolated margin."""
    return frozenset(coin for coin, market in settings.markets.items() if market.sizing.margin == "isolated")


def policy_of(
    settings: Settings, *, account_tag: int, entries_for: frozenset[str], resumed_ms: int | None = None
) -> Policy:
    """What a decision may know of the settings; `entries_for` names the coins that may open now, `resumed_ms`
    is when the operator last resumed."""
    return Policy(
        account_tag=account_tag,
        markets={coin: _market_policy(coin, settings) for coin in settings.markets},
        entries_for=entries_for,
        stops=StopRules(
            trigger=settings.stops.trigger,
            liquidation_margin=settings.stops.liquidation_margin,
            fallback=settings.stops.fallback,
        ),
        limits=_limits(settings.limits),
        report_foreign=settings.foreign == "report",
        adopt={coin: adopted.stop for coin, adopted in settings.adopt.items()},
        resumed_ms=resumed_ms,
        check_every_ms=settings.schedule.every_minutes * 60_000,
        flatten_after=settings.unreadable_cover.flatten_after,
        past_ms=past_ms(settings),
    )


def _limits(limits: LimitSettings) -> Limits:
    return Limits(
        notional_max=limits.notional_max,
        coin_notional_max=limits.coin_notional_max,
        gross_notional_max=limits.gross_notional_max,
        positions_max=limits.positions_max,
        clock_skew_max_ms=limits.clock_skew_max_s * 1000,
        data_age_max_ms=limits.data_age_max_s * 1000,
        naked_resting_notional_max=limits.naked_resting_notional_max,
        side_notional_max=limits.side_notional_max,
        net_notional_max=limits.net_notional_max,
        leverage_used_max=limits.leverage_used_max,
        trade_loss_max=limits.trade_loss_max,
        resting_per_side_max=limits.resting_per_side_max,
        orders_per_run_max=limits.orders_per_run_max,
        orders_per_minute_max=limits.orders_per_minute_max,
        daily_loss_max=limits.daily_loss_max,
        drawdown_fraction_max=limits.drawdown_fraction_max,
        drawdown_days=limits.drawdown_days,
        losing_streak_max=limits.losing_streak_max,
        emergency_closes_max=limits.emergency_closes_max,
        dead_stops_max=limits.dead_stops_max,
        failed_writes_max=limits.failed_writes_max,
        book=BookLimits(limits.loss_at_stops_max, limits.risk_volatility_max),
        strategy_book=BookLimits(limits.strategy_loss_at_stops_max, limits.strategy_risk_volatility_max),
        funding_day_max=limits.funding_day_max,
        market_deviation_max=limits.market_deviation_max,
        limit_deviation_max=limits.limit_deviation_max,
    )


def past_ms(settings: Settings) -> int:
    """How far back a limit of the file looks: a day and its night, or as far as the drawdown's window."""
    days = settings.limits.drawdown_days if settings.limits.drawdown_fraction_max is not None else 2
    return days * DAY_MS


def bars_needed(coin: str, settings: Settings) -> int:
    """How many closed bars of a coin a decision looks at: its strategy's, and the days of a volatility limit.

    Those days end at 00:00 UTC, up to one day less a bar before the last closed bar.
    """
    market, limits = settings.markets[coin], settings.limits
    spec = STRATEGIES[market.strategy]
    needed = spec.bars_needed(market.params)
    if limits.risk_volatility_max is None and limits.strategy_risk_volatility_max is None:
        return needed
    return max(needed, (VOLATILITY_RETURNS + 1) * (DAY_MS // spec.frame_ms(market.params)))


def _market_policy(coin: str, settings: Settings) -> MarketPolicy:
    market = settings.markets[coin]
    spec = STRATEGIES[market.strategy]
    sizing, entries = market.sizing, market.entries
    return MarketPolicy(
        coin=coin,
        strategy=spec.want,
        strategy_name=spec.name,
        strategy_number=spec.number,
        params=market.params,
        frame_ms=spec.frame_ms(market.params),
        bars_needed=bars_needed(coin, settings),
        hold_ms_max=spec.hold_ms_max(market.params),
        stop_fallback=spec.stop_fallback(market.params),
        sizing=Sizing(
            position_ratio=sizing.position_ratio,
            max_single_loss=sizing.max_single_loss,
            leverage=sizing.leverage,
            cross=sizing.margin == "cross",
        ),
        entries=EntryRules(
            slippage_max=entries.slippage_max,
            drift_max=entries.drift_max,
            max_signal_age_s=entries.max_signal_age_s,
            level_tolerance=entries.level_tolerance,
            resting_life_s=entries.resting_life_s,
        ),
        naked_window_accepted=market.naked_window == "accept",
        both_legs="two_sided" in spec.needs(market.params),
    )
