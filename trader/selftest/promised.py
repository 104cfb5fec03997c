"""What the operator's file promises of an episode's account, in the words of the judge.

Why a margin on the notional: a position is worth more when price has gone its way, and an account that has
grown enters more; twice the promise is still twice the promise.
"""

from decimal import Decimal

from trader.oracle.seen import Terms
from trader.policies import abilities_of
from trader.rehearsal import Stage
from trader.settings import MarketSettings

_GROWTH = Decimal("1.5")
_LOSS_GROWTH = Decimal("1.2")
# Once in five seconds, whoever asks, and of no other question's limit.
# Binance tells the rights of a key on another host, which counts and bans by itself.
_OWN_LIMITS = {
    "okx": frozenset({"system/status"}),
    "binance": frozenset({"GET account/apiRestrictions"}),
}


def terms_of(stage: Stage) -> Terms:
    """The promises of this account, as it stands."""
    settings = stage.settings
    equity = stage.model.account(stage.user).total.account_value
    abilities = abilities_of(settings, stage.parts.abilities)
    entries = {coin: _notional(market, equity) for coin, market in settings.markets.items()}
    held = {p.coin: abs(p.szi) * stage.model.quote(p.coin).mark for p in stage.model.positions(stage.user)}
    return Terms(
        notional_max={
            **{c: n * _GROWTH for c, n in held.items()},
            **{c: n * _GROWTH for c, n in entries.items()},
        },
        loss_max={
            coin: entries[coin] * _stop(market) * _LOSS_GROWTH for coin, market in settings.markets.items()
        },
        stop_max={coin: _stop(market) * _LOSS_GROWTH for coin, market in settings.markets.items()},
        naked_max=settings.limits.naked_resting_notional_max,
        attach=abilities.attach,
        stops_first=abilities.attach == "none" and abilities.stop_first is True,
        trigger=settings.stops.trigger,
        liquidation_margin=Decimal(str(settings.stops.liquidation_margin or 0.005)),
        refuses_duplicates=abilities.attach == "none" and abilities.stop_first is True,
        secrets=_secrets(stage),
        own_limits=_OWN_LIMITS.get(settings.venue, frozenset()),
        adopted=frozenset(settings.adopt),
        leverage={
            coin: (market.sizing.leverage, market.sizing.margin == "cross")
            for coin, market in settings.markets.items()
        },
        flattens=settings.unreadable_cover.flatten_after is not None,
        targets={coin: market.strategy == "hedge_grid" for coin, market in settings.markets.items()},
    )


def _notional(market: MarketSettings, equity: Decimal) -> Decimal:
    """The largest position of one side: a grid's own cap, else the share of equity that an entry takes."""
    cap = getattr(market.params, "side_notional_max", None)
    return equity * Decimal(str(market.sizing.position_ratio)) if cap is None else Decimal(str(cap))


def _stop(market: MarketSettings) -> Decimal:
    """How far the widest stop of an entry lies from it, as a fraction."""
    params = market.params
    if market.strategy == "hedge_grid":
        steps = params.sl_steps + max(params.levels_long, params.levels_short)
        return Decimal(str(steps * params.step_bps / 1e4))
    widest = max(params.range_stop, params.trend_stop) if market.strategy == "breakout" else params.stop
    return Decimal(str(widest))


def _secrets(stage: Stage) -> tuple[bytes, ...]:
    """Every secret of the account's keys as it could be printed."""
    texts = {form for secret in stage.keys.secrets.values() for form in (secret, secret.removeprefix("0x"))}
    return tuple(sorted(text.encode() for text in texts))
