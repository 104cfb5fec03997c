"""Numbers that contradict each other: a cap that another makes idle, or under which no entry could ever pass.

Rules: the smaller thing is refused, with the range that the other one leaves and a value that fits. A cap
that can never act is no cap, and whoever wrote it believes that it is one.
"""

from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from math import ceil
from typing import Any

from trader.bounds import STOP_ROOM
from trader.config.document import Path, dotted
from trader.core.market import exact
from trader.exchange.fill_model import chosen
from trader.settings import LOSS_LIMITS, MarketSettings, Settings
from trader.strategies.registry import STRATEGIES

# What is a part of what: a cap on the part acts only at or below the cap on the whole.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "notional_max": ("coin_notional_max", "side_notional_max", "gross_notional_max"),
    "coin_notional_max": ("gross_notional_max",),
    "side_notional_max": ("gross_notional_max",),
    "net_notional_max": ("side_notional_max", "gross_notional_max"),
    "naked_resting_notional_max": ("gross_notional_max",),
    "trade_loss_max": ("strategy_loss_at_stops_max", "loss_at_stops_max"),
    "strategy_loss_at_stops_max": ("loss_at_stops_max",),
    "strategy_risk_volatility_max": ("risk_volatility_max",),
}
# The other way round a signal says the reverse.
_FASTER: Mapping[str, str] = {"trend_fast": "trend_slow", "ema_fast": "ema_slow"}


def contradictions(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Each cap that cannot mean what it says beside the others, at the path to change."""
    yield from _above_the_whole(("limits",), settings.limits)
    for coin, market in settings.markets.items():
        yield from _above_the_whole(("markets", coin, "params"), market.params)
        yield from _not_faster(("markets", coin, "params"), market.params)
        yield from _too_tight(coin, market, settings)
    yield from _above_all_there_is(settings)
    yield from _beyond_the_bound(settings)


def _above_the_whole(group: Path, caps: Any) -> Iterator[tuple[Path, str]]:
    """The tightest of the wholes is named, one line for each part."""
    for part, wholes in _PARTS.items():
        value = getattr(caps, part, None)
        found = [(limit, whole) for whole in wholes if (limit := getattr(caps, whole, None)) is not None]
        if value is None or not found:
            continue
        limit, whole = min(found)
        if value > limit:
            most = _written(limit)
            yield _refused((*group, part), value, f"at most {most} ({dotted((*group, whole))})", most)


def _not_faster(group: Path, params: Any) -> Iterator[tuple[Path, str]]:
    for fast, slow in _FASTER.items():
        value, limit = getattr(params, fast, None), getattr(params, slow, None)
        if value is not None and limit is not None and value >= limit:
            of = f"below {limit} ({dotted((*group, slow))})"
            yield _refused((*group, fast), value, of, max(1, limit // 3))


def _above_all_there_is(settings: Settings) -> Iterator[tuple[Path, str]]:
    """What a simulated account starts with is known; a loss of all of it or more trips nothing in time."""
    if settings.mode != "paper" or settings.paper.url is not None:
        return
    equity = settings.paper.equity
    for name in LOSS_LIMITS:
        value = getattr(settings.limits, name)
        if value is not None and value >= equity:
            fitting = max(Decimal(1), equity / 20)
            yield _refused(("limits", name), value, f"below {equity} (paper.equity)", _written(fitting))


def _beyond_the_bound(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Fills that cost more than any entry lets itself be filled at: nothing live could cost that."""
    fills = settings.fills
    said = {"slippage_bps": fills.slippage_bps, "spread_bps": fills.spread_bps}
    paid = chosen(fills.preset, fills.given).taker_spread_bps / 2
    widest = max((market.entries.slippage_max for market in settings.markets.values()), default=1.0) * 10_000
    named = next((name for name, value in said.items() if value), None)
    if named is None or paid <= widest:
        return
    of = (
        f"slippage_bps and half of spread_bps together at most {widest:g} (entries.slippage_max: an entry "
        "is dropped beyond it)"
    )
    yield _refused(("fills", named), said[named] or 0, of, f"{widest / 2:g}")


def _too_tight(coin: str, market: MarketSettings, settings: Settings) -> Iterator[tuple[Path, str]]:
    """What every entry of a coin would break."""
    limits, sizing, spec = settings.limits, market.sizing, STRATEGIES[market.strategy]
    slippage, deviation = market.entries.slippage_max, limits.market_deviation_max
    if deviation is not None and deviation < slippage:
        of = f"at least {slippage} (entries.slippage_max of {coin}: an entry is judged at its worst price)"
        yield _refused(("limits", "market_deviation_max"), deviation, of, slippage)
    if spec.coins(market.params) is not None:
        return
    used, ratio = limits.leverage_used_max, sizing.position_ratio
    if sizing.max_single_loss is None:
        if used is not None and used < ratio:
            of = f"at least {ratio} (sizing.position_ratio of {coin}: what one entry takes of equity)"
            yield _refused(("limits", "leverage_used_max"), used, of, ratio)
        return
    worst = _at_worst(sizing.max_single_loss, spec.stop_widest(market.params))
    if limits.trade_loss_max is not None and limits.trade_loss_max < worst:
        of = (
            f"at least {worst} (sizing.max_single_loss of {coin} lets {sizing.max_single_loss:g} be lost at "
            f"the stop's level, and that is {worst} where it fills at its worst, "
            f"{STOP_ROOM * 100:.0f} % beyond)"
        )
        yield _refused(("limits", "trade_loss_max"), limits.trade_loss_max, of, ceil(worst))


def _at_worst(loss: float, stop: float) -> Decimal:
    """What an entry that loses so much at its stop's level loses where the stop fills at its bound.

    That of a long: a short's bound is farther.
    """
    distance = exact(stop)
    whole = exact(loss) * (distance + STOP_ROOM * (1 - distance)) / distance
    return whole.quantize(Decimal("0.01"), ROUND_CEILING)


def _refused(path: Path, value: Decimal | float, expected: str, example: object) -> tuple[Path, str]:
    text = f"{_written(value)} is not allowed: expected {expected}, for example {example}"
    return path, f"{dotted(path)}: {text}"


def _written(value: Decimal | float) -> str:
    """As one writes it into the file."""
    text = f"{value if isinstance(value, Decimal) else exact(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
