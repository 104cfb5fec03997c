"""Random questions to a backtest, each from its number alone: markets, tapes, parameters, fill models.

Markets jump, stand still, tie, wick and have holes; windows are short, so that a few hundred bars give many
trades. What a number gives never changes while this file does not.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.identity import account_tag
from trader.core.market import MarginTier, Market
from trader.core.policy import EntryRules, Limits, MarketPolicy, Policy, Sizing, StopRules
from trader.exchange.fill_model import PRESETS, FillModel
from trader.strategies.parameters import FRAMES_MS
from trader.strategies.registry import STRATEGIES

COINS = ("BTC", "ETH", "SOL")
EPOCH_MS = 1_700_006_400_000  # 2023-11-15 00:00 UTC
_TIERS = (MarginTier(Decimal(0), 50),)
Row = tuple[int, float, float, float, float, float]


def study_of(number: int, *, many: int | None = None) -> Study:
    """The question of this number, over so many bars, or over as many as it has."""
    chance = random.Random(number)
    coins = COINS[: chance.choice((1, 1, 1, 2, 3))]
    bar = chance.choice(("1h", "2h", "2h", "4h"))
    usual = chance.choice((250, 400, 600))
    policies = {coin: _market_policy(chance, coin, bar) for coin in coins}
    tapes = {coin: _tape(chance, coin, FRAMES_MS[bar], many or usual) for coin in coins}
    first, last = (
        min(t.bars.open_ms[0] for t in tapes.values()),
        max(t.bars.open_ms[-1] for t in tapes.values()),
    )
    third = int(last - first) // 3
    return Study(
        policy=_policy(chance, policies),
        markets={coin: _market(chance, coin) for coin in coins},
        tapes=tapes,
        model=_model(chance),
        fees=Fees(chance.choice((0.0, 0.0002, -0.0001)), chance.choice((0.0, 0.00045, 0.0006))),
        equity=chance.choice((1000.0, 10_000.0, 987.65)),
        start_ms=int(first) + chance.randrange(third) if chance.random() < 0.3 else None,
        end_ms=int(last) - chance.randrange(third) if chance.random() < 0.3 else None,
    )


def _policy(chance: random.Random, markets: dict[str, MarketPolicy]) -> Policy:
    return Policy(
        account_tag=account_tag("backtest"),
        markets=markets,
        entries_for=frozenset(markets),
        stops=StopRules(chance.choice(("mark", "last")), None, 0.05),
        limits=Limits(
            None, None, None, None, 5_000, 60_000, market_deviation_max=0.05, limit_deviation_max=0.5
        ),
        report_foreign=True,
        past_ms=2 * 86_400_000,
    )


def _market_policy(chance: random.Random, coin: str, bar: str) -> MarketPolicy:
    name = chance.choice(("breakout", "bollinger", "bollinger"))
    spec = STRATEGIES[name]
    params = spec.params_type(bar=bar, **(_breakout(chance) if name == "breakout" else _bollinger(chance)))
    return MarketPolicy(
        coin=coin,
        strategy=spec.want,
        strategy_name=spec.name,
        strategy_number=spec.number,
        params=params,
        frame_ms=spec.frame_ms(params),
        bars_needed=spec.bars_needed(params),
        hold_ms_max=spec.hold_ms_max(params),
        stop_fallback=spec.stop_fallback(params),
        sizing=Sizing(
            position_ratio=chance.choice((0.05, 0.1, 0.2)),
            max_single_loss=chance.choice((None, None, 5.0)),
            leverage=chance.choice((1, 2, 3)),
            cross=chance.random() < 0.8,
        ),
        entries=EntryRules(
            slippage_max=chance.choice((0.003, 0.001, 0.01)),
            drift_max=0.005,
            max_signal_age_s=300,
            level_tolerance=chance.choice((0.002, 0.0, 0.01)),
        ),
    )


def _breakout(chance: random.Random) -> dict[str, Any]:
    return {
        "range_bars": chance.choice((3, 8, 20)),
        "trigger": chance.choice(("wick", "close")),
        "vol_threshold": chance.choice((0.0, 0.8, 1.1)),
        "lookback_bars": chance.choice((2, 10)),
        "trend": chance.choice(("cross", "ema")),
        "trend_fast": chance.choice((1, 2, 3)),
        "trend_slow": chance.choice((2, 4, 6)),
        "trend_window": chance.choice((2, 8)),
        "regime_days": chance.choice((1, 2)),
        "regime_threshold": chance.choice((0.0, 0.25, 0.6)),
        "trend_target": chance.choice((0.01, 0.05)),
        "trend_stop": chance.choice((0.01, 0.04)),
        "range_target": chance.choice((0.005, 0.03)),
        "range_stop": chance.choice((0.01, 0.05)),
        "early_bars": chance.choice((1, 2, 5)),
        "early_mfe": chance.choice((0.0, 0.002, 0.01)),
        "max_hold_hours": chance.choice((4, 24, 72)),
        "regime_recheck_bars": chance.choice((1, 3, 12)),
        "trailing": chance.choice(("none", "ratchet")),
        "trail_activation": chance.choice((0.0, 0.005, 0.02)),
        "trail_distance": chance.choice((0.005, 0.02)),
        "trail_min_move": chance.choice((0.0, 0.001, 0.005)),
    }


def _bollinger(chance: random.Random) -> dict[str, Any]:
    return {
        "style": chance.choice(("reversion", "breakout")),
        "entry": chance.choice(("close", "resting", "confirm")),
        "period": chance.choice((3, 8, 20)),
        "mult": chance.choice((0.5, 1.0, 2.0)),
        "regime_filter": chance.random() < 0.5,
        "regime_days": chance.choice((1, 2)),
        "regime_threshold": chance.choice((0.1, 0.25, 0.6)),
        "target_min_move": chance.choice((0.0, 0.001, 0.01)),
        "target": chance.choice((0.005, 0.03)),
        "stop": chance.choice((0.005, 0.02, 0.05)),
        "max_hold_bars": chance.choice((1, 3, 20, 100)),
        "trend_period": chance.choice((2, 6)),
        "trend_window": chance.choice((4, 20)),
        "trend_lag_bars": chance.choice((1, 4)),
        "entry_buffer": chance.choice((0.0, 0.001, 0.01)),
    }


def _model(chance: random.Random) -> FillModel:
    """One of the presets, or each field by itself."""
    if chance.random() < 0.4:
        return PRESETS[chance.choice(("kind", "base", "harsh"))]
    return FillModel(
        gap=chance.choice(("level", "open")),
        target_gap=chance.choice(("open", "level")),
        ambiguous=chance.choice(("target", "stop", "finer")),
        slippage_bps=chance.choice((0.0, 2.0, 17.0)),
        spread_bps=chance.choice((0.0, 3.0)),
        delay_bars=chance.choice((0, 0, 1, 3)),
        limit_fill=chance.choice(("touch", "through")),
        funding=chance.choice(("none", "actual", "adverse")),
        impact=chance.choice((0.0, 0.0, 0.1)),
        liquidation=chance.random() < 0.7,
        trigger=chance.choice((None, "last", "mark")),
    )


def _market(chance: random.Random, coin: str) -> Market:
    """Steps of prices as three kinds of venues have them, with lots and minimums that matter."""
    number = COINS.index(coin)
    lot, least = (
        chance.choice((Decimal("0.001"), Decimal("0.01"), Decimal(1))),
        chance.choice((Decimal(5), Decimal(100))),
    )
    kind = chance.choice(("tick", "figures", "decimals"))
    if kind == "tick":
        tick = chance.choice((Decimal("0.1"), Decimal("0.05"), Decimal("0.01"), Decimal("0.5")))
        return Market(coin, number, lot, 2, least, _TIERS, tick=tick, size_min=lot)
    if kind == "figures":
        return Market(coin, number, lot, chance.choice((2, 4)), least, _TIERS, price_figures_max=5)
    return Market(coin, number, lot, chance.choice((1, 2, 3)), least, _TIERS, limit_band=Decimal("0.05"))


@dataclass(frozen=True, slots=True)
class _Weather:
    """How a market behaves."""

    moves: float
    gaps: float
    wicks: float
    silent: float
    holes: float
    rounds_to: float


def _weather(chance: random.Random) -> _Weather:
    return _Weather(
        moves=chance.choice((0.002, 0.006, 0.015)),
        gaps=chance.choice((0.0, 0.02, 0.1)),
        wicks=chance.choice((0.0, 0.02, 0.1)),
        silent=chance.choice((0.0, 0.05)),
        holes=chance.choice((0.0, 0.0, 0.01, 0.04)),
        rounds_to=chance.choice((0.01, 0.1, 0.5, 0.0)),
    )


def _tape(chance: random.Random, coin: str, frame_ms: int, many: int) -> Tape:
    weather, start = _weather(chance), chance.choice((11.3, 95.5, 131.0, 2_417.2))
    begin_ms = EPOCH_MS + chance.randrange(4) * frame_ms
    parts = chance.choice((1, 1, 2, 4))
    finer = _rows(chance, weather, start, begin_ms, frame_ms // parts, many * parts)
    rows = _together(finer, parts, frame_ms)
    gone = {row[0] for row in rows if chance.random() < weather.holes}
    rows = [row for row in rows if row[0] not in gone]
    inner = None
    if parts > 1:
        lost = {row[0] for row in rows if chance.random() < 0.1}
        kept = [row for row in finer if row[0] - row[0] % frame_ms not in gone | lost]
        inner = _bars(kept, frame_ms // parts) if kept else None
    mark = _marks(chance, rows, frame_ms) if chance.random() < 0.5 else None
    inner_mark = None
    if mark is not None and inner is not None and chance.random() < 0.5:
        inner_mark = _marks(chance, kept, frame_ms // parts)
    return Tape(coin, _bars(rows, frame_ms), inner, mark, inner_mark, _rates(chance, rows, frame_ms))


def _rows(
    chance: random.Random, weather: _Weather, start: float, begin_ms: int, frame_ms: int, many: int
) -> list[Row]:
    """Bars in which prices walk, jump, tie and wick."""
    price, rows = start, []
    to = _rounding(weather.rounds_to)
    for n in range(many):
        opened = price
        if chance.random() < weather.gaps:
            opened *= 1.0 + chance.gauss(0.0, 4.0 * weather.moves)
        closed = opened
        if chance.random() >= weather.silent:
            closed = opened * (1.0 + chance.gauss(0.0, weather.moves))
        high = max(opened, closed) * (1.0 + abs(chance.gauss(0.0, weather.moves)) * (closed != opened))
        low = min(opened, closed) * (1.0 - abs(chance.gauss(0.0, weather.moves)) * (closed != opened))
        if chance.random() < weather.wicks:
            low *= 1.0 - 8.0 * weather.moves
        if chance.random() < weather.wicks / 4.0:
            low, closed = (low * (1.0 - 6.0 * weather.moves),) * 2
        opened, high, low, closed = to(opened), to(high), to(low), to(closed)
        volume = 0.0 if chance.random() < weather.silent else round(chance.uniform(1.0, 400.0), 3)
        rows.append((begin_ms + n * frame_ms, opened, high, low, closed, volume))
        price = min(max(closed, start / 4.0), start * 4.0)
    return rows


def _rounding(step: float) -> Callable[[float], float]:
    """To a step of the market's, or not at all."""
    if step == 0.0:
        return float
    decimals = {0.01: 2, 0.1: 1, 0.5: 1}[step]
    return lambda price: round(max(step, round(price / step) * step), decimals)


def _together(finer: list[Row], parts: int, frame_ms: int) -> list[Row]:
    """Bars made of so many finer ones each."""
    made: list[Row] = []
    for first in range(0, len(finer), parts):
        group = finer[first : first + parts]
        high, low = max(row[2] for row in group), min(row[3] for row in group)
        volume = sum(row[5] for row in group)
        made.append((group[0][0], group[0][1], high, low, group[-1][4], volume))
    return [row for row in made if row[0] % frame_ms == 0]


def _marks(chance: random.Random, rows: list[Row], frame_ms: int) -> Bars:
    """Marks near the last prices, which do not see every wick."""
    made: list[Row] = []
    for open_ms, opened, high, low, closed, _ in rows:
        off = 1.0 + chance.gauss(0.0, 0.001)
        top, bottom = max(opened, closed), min(opened, closed)
        if chance.random() < 0.8:
            top, bottom = high, low
        made.append((open_ms, opened * off, top * off, bottom * off, closed * off, 0.0))
    return _bars(made, frame_ms)


def _rates(chance: random.Random, rows: list[Row], frame_ms: int) -> Rates | None:
    """Funding at the opens of bars, inside them, or at odd moments."""
    kind = chance.choice(("none", "hours", "odd"))
    if kind == "none":
        return None
    every_ms = 8 * 3_600_000 if kind == "hours" else frame_ms * 5 // 3
    at_ms = np.arange(rows[0][0], rows[-1][0] + frame_ms, every_ms, dtype=np.int64)
    rates = [chance.choice((0.0001, -0.0002, 0.00005, 0.0)) for _ in at_ms]
    return Rates(at_ms, np.array(rates, dtype=np.float64))


def _bars(rows: list[Row], frame_ms: int) -> Bars:
    times = np.array([row[0] for row in rows], dtype=np.int64)
    columns = [np.array([row[place] for row in rows], dtype=np.float64) for place in range(1, 6)]
    return Bars(frame_ms, times, *columns)
