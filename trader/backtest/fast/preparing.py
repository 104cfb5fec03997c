"""From a study to what the machine reads: rules, signals, regimes and funding of its coins, side by side.

Rules: every number comes from the policy, the market and the fill model; nothing is decided here.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from trader.backtest.fast.asking import Asked, asked_of
from trader.backtest.fast.blocks import OWN
from trader.backtest.fast.features import Features
from trader.backtest.fast.layout import FUNDING_DUE, HIGHS, MODEL, RULES, Table
from trader.backtest.study import Fees, Study, Unreal
from trader.backtest.tape import sealed
from trader.bounds import entry_room
from trader.core.frozen import frozen
from trader.core.market import Market, exact
from trader.core.policy import MarketPolicy
from trader.exchange.fill_model import FillModel


@frozen
class Ready:
    """One coin with all that is asked of it."""

    features: Features
    policy: MarketPolicy
    market: Market
    asked: Asked
    begin: int


def table_of(ready: Sequence[Ready], study: Study, *, moves: bool) -> Table:
    """The coins of a study, in the order in which they are given."""
    rules = np.zeros(len(ready), RULES)
    base = signal_base = day_base = funding_base = 0
    for rule, one in zip(rules, ready, strict=True):
        _set_places(rule, one, base, signal_base, day_base, funding_base, study)
        _set_market(rule, one.market, one.policy, study)
        rule["begin"] = base + one.begin
        for name, value in one.asked.rules.items():
            rule[name] = value
        base += len(one.features.bars)
        signal_base += len(one.asked.signals)
        day_base += len(one.asked.regime)
        funding_base += _instants(one, study)
    model = model_row(study.model, study.fees, moves=moves)
    return Table(
        open_ms=sealed(_joined([one.features.bars.open_ms for one in ready])),
        prices=_prices(ready, model),
        runs=_joined([one.features.runs for one in ready]),
        rules=rules,
        signals=_joined_signals(ready, rules),
        regime=_joined([one.asked.regime for one in ready]),
        funding=_joined([_funding(one, study) for one in ready]),
        model=model[0],
    )


def features_of(study: Study, coin: str) -> Features:
    """The tape of one coin as a study asks for it."""
    return Features(
        study.tapes[coin],
        end_ms=study.end_ms,
        on_mark=study.trigger == "mark",
        is_finer=study.model.ambiguous == "finer",
    )


def _prices(ready: Sequence[Ready], model: Any) -> Any:
    """The block of prices, and in the model where in it all the rest is."""
    each = [one.features for one in ready]
    fires = any(one.fires is not one.bars for one in each)
    paid = not fires and any(one.mark is not None for one in each)
    reach = any(one.reaches_farther for one in each)
    count = len(OWN)
    if fires:
        model["fires"] = model["paid"] = count
        count += len(OWN[:4])
    if paid:
        model["paid"] = count
        count += 1
    model["reach"] = model["fires"] + HIGHS
    if reach:
        model["reach"] = count
        count += 2
    model["finer"], model["finer_fires"] = count, len(OWN) if _finer_fires(ready) else 0
    places = _finer_places(ready)
    rows = (o.rows(fires=fires, paid=paid, reach=reach, finer=n) for o, n in zip(each, places, strict=True))
    block = _beside(list(rows))
    if all(one.asked.middle is None for one in ready):
        return block
    model["middle"] = len(block)
    middles = (one.asked.middle for one in ready)
    filled = [np.full(len(o.bars), np.nan) if m is None else m for m, o in zip(middles, each, strict=True)]
    return np.concatenate([block, _joined(filled)[None, :]])


def finer_block(ready: Sequence[Ready]) -> Any:
    """The rows of the finer bars that are walked, those of all coins one after the other."""
    fires = _finer_fires(ready)
    blocks = [one.features.finer_block(fires=fires) for one in ready if one.features.inner is not None]
    return _beside(blocks) if blocks else np.empty((len(OWN), 0))


def _finer_fires(ready: Sequence[Ready]) -> bool:
    """Are there finer bars of which something else than their prices sets stops off?"""
    each = [one.features.inner for one in ready]
    return any(one is not None and one.fires is not one.bars for one in each)


def _finer_places(ready: Sequence[Ready]) -> list[int | None]:
    """Where the finer bars of each coin begin in the block of all; None for each where none are walked."""
    each = [one.features.inner for one in ready]
    if all(one is None for one in each):
        return [None] * len(ready)
    counts = [0 if one is None else len(one.bars) for one in each]
    return [sum(counts[:place]) for place in range(len(counts))]


def ready_coin(features: Features, study: Study, coin: str) -> Ready:
    """One coin of a study with its signals."""
    policy = study.policy.markets[coin]
    begin = 0
    if study.start_ms is not None:
        begin = int(np.searchsorted(features.bars.open_ms, study.start_ms))
    first = begin if coin in study.policy.entries_for else len(features.bars)
    asked = asked_of(features, policy, first, study.unreal or Unreal())
    return Ready(features, policy, study.markets[coin], asked, begin)


def model_row(model: FillModel, fees: Fees, *, moves: bool) -> Any:
    """The fill model as numbers, one row."""
    row = np.zeros(1, MODEL)
    row["gap_at_open"], row["target_at_open"] = model.gap == "open", model.target_gap == "open"
    row["stop_first"], row["through"] = model.stop_first, model.limit_fill == "through"
    row["adverse"] = model.funding == "adverse"
    row["liquidation"], row["moves"] = model.liquidation, moves
    row["delay"], row["slippage_bps"], row["spread_bps"] = (
        model.delay_bars,
        model.slippage_bps,
        model.spread_bps,
    )
    row["impact"], row["maker"], row["taker"] = model.impact, fees.maker, fees.taker
    return row


def _set_places(
    rule: Any, one: Ready, base: int, signal_base: int, day_base: int, funding_base: int, study: Study
) -> None:
    rule["first"], rule["last"] = base, base + len(one.features.bars)
    rule["signal_first"], rule["signal_end"] = signal_base, signal_base + len(one.asked.signals)
    rule["day_first"], rule["day_end"] = day_base, day_base + len(one.asked.regime)
    rule["day_0"], rule["frame_ms"] = one.asked.day_0, one.features.bars.frame_ms
    rule["parts"] = 0 if one.features.inner is None else one.features.inner.parts
    rule["funding_first"], rule["funding_end"] = funding_base, funding_base + _instants(one, study)


def _set_market(rule: Any, market: Market, policy: MarketPolicy, study: Study) -> None:
    step = market.tick if market.tick is not None else Decimal(1).scaleb(-market.price_decimals_max)
    rule["num"], rule["den"] = step.as_integer_ratio()
    rule["decimals"] = market.price_decimals_max
    rule["figures"] = market.price_figures_max if market.tick is None and market.price_figures_max else 0
    rule["lot_num"], rule["lot_den"] = market.lot.as_integer_ratio()
    rule["notional_min"], rule["size_min"] = float(market.notional_min), float(market.size_min)
    room = entry_room(market, exact(policy.entries.slippage_max))
    den = (1 + room).as_integer_ratio()[1]
    rule["up_num"], rule["down_num"], rule["factor_den"] = (1 + room) * den, (1 - room) * den, den
    rule["level_tolerance"] = policy.entries.level_tolerance
    sizing = policy.sizing
    rule["position_ratio"], rule["leverage"], rule["cross"] = (
        sizing.position_ratio,
        sizing.leverage,
        sizing.cross,
    )
    rule["single_loss_max"] = np.inf if sizing.max_single_loss is None else sizing.max_single_loss
    second = market.tiers[1] if len(market.tiers) > 1 else None
    rule["tier_rate"] = float(market.tiers[0].maintenance_rate)
    # What no trader can do grows beyond what any venue lends; without liquidation nothing hangs on it.
    is_boundless = second is None or (study.unreal is not None and not study.model.liquidation)
    rule["tier_notional"] = np.inf if second is None or is_boundless else float(second.notional_min) / 2.0
    deviation = study.policy.limits.market_deviation_max
    rule["deviation"] = np.inf if deviation is None else deviation
    margin = study.policy.stops.liquidation_margin
    rule["liquidation_margin"] = 0.0 if margin is None else margin


def _funding(one: Ready, study: Study) -> Any:
    rates = one.features.tape.funding
    if rates is None or study.model.funding == "none":
        return np.empty(0, FUNDING_DUE)
    due = np.empty(len(rates.at_ms), FUNDING_DUE)
    due["at_ms"], due["rate"] = rates.at_ms, rates.rate
    return due


def _instants(one: Ready, study: Study) -> int:
    return len(_funding(one, study))


def _joined(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _beside(blocks: Sequence[Any]) -> Any:
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)


def _joined_signals(ready: Sequence[Ready], rules: Any) -> Any:
    """The signals of all coins, each naming its bar in the joined columns."""
    if len(ready) == 1:
        return ready[0].asked.signals
    each = [one.asked.signals.copy() for one in ready]
    for signals, rule in zip(each, rules, strict=True):
        signals["at"] += rule["first"]
    return np.concatenate(each)
