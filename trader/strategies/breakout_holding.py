"""What the breakout strategy wants of a position it holds: leave, or stay behind exact levels.

Rules: nothing is remembered; the entry's bar, its regime and every verdict since are read again from fills
and candles, so a missed tick is made up for by the next. What cannot be read decides nothing, is said, and
leaves the live orders as they are; the time stop needs times alone. A condition that passed lets the position
stay.
"""

from trader.core.candles import Candles, bar_open_ms
from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.target import CoinFacts, Condition, Holding, WantClose, WantHold
from trader.strategies.breakout_params import BreakoutParams, hold_bars, stop_fallback
from trader.strategies.breakout_regime import Regime, regime_at
from trader.strategies.indicators import SPIKE_BARS, window_first
from trader.strategies.readings import Missing, missing
from trader.strategies.signals import (
    bars_held,
    best_believed_price,
    best_price,
    break_even,
    excursion,
    is_beyond,
    is_tighter_stop,
    is_worth_moving,
    level,
    nearer_target,
    ratchet_stop,
    recheck_count,
)
from trader.strategies.standing import StopLevel, standing_stop
from trader.strategies.wording import is_price, percent_text, price_text


@frozen
class _Position:
    """The position as this file reads it."""

    candles: Candles
    facts: CoinFacts
    params: BreakoutParams
    holding: Holding
    sign: int
    entry: float
    entry_bar_ms: int
    held: int


@frozen
class _Target:
    """Where the target belongs; `tightened` when a regime re-check brought it nearer."""

    price: float
    reason: str
    tightened: bool


def hold(
    candles: Candles, facts: CoinFacts, holding: Holding, params: BreakoutParams, asked: list[Condition]
) -> WantHold | WantClose:
    """What is wanted of the position at the close of the last bar."""
    position = _Position(
        candles=candles,
        facts=facts,
        params=params,
        holding=holding,
        sign=holding.leg.sign,
        entry=holding.entry_price,
        entry_bar_ms=bar_open_ms(holding.entry_ms, candles.frame_ms),
        held=bars_held(candles.open_ms[-1], holding.entry_ms, candles.frame_ms),
    )
    notes: list[str] = []
    for due in (_early(position, notes, asked), _time_stop(position, asked)):
        if due is not None:
            return due
    regime = regime_at(candles, candles.index_of(holding.signal_ms), params)
    target = _target(position, regime, notes)
    reached = _target_reached(position, regime, target, asked)
    if reached is not None:
        return reached
    stop = _stop(position, regime, notes)
    asked.append(Condition("stop", f"stands at {price_text(stop.price)}, {stop.reason}", True))
    progress = f"held {max(position.held, 0)} of {hold_bars(params)} bars"
    return WantHold(
        stop=stop.price,
        stop_role=stop.role,
        stop_reason=stop.reason,
        target=target.price,
        target_reason=target.reason,
        reason="; ".join([progress, *notes]),
    )


def _early(position: _Position, notes: list[str], asked: list[Condition]) -> WantClose | None:
    """Early validation, always over the same bars, so that a later tick comes to the same verdict."""
    params = position.params
    if position.held <= params.early_bars:
        told = f"not due before {params.early_bars} bars have closed after the entry's"
        asked.append(Condition("early validation", told, True))
        return None
    found = _early_excursion(position)
    if isinstance(found, Missing):
        notes.append(f"early validation not judged: {found.why}")
        asked.append(Condition("early validation", f"not judged: {found.why}", True))
        return None
    reached, told = found
    passed = reached >= params.early_mfe
    told = f"{told}, {'not ' if passed else ''}below {percent_text(params.early_mfe)}"
    asked.append(Condition("early validation", told, passed))
    return None if passed else WantClose(Role.CLOSE_EARLY, f"early validation: {told}")


def _early_excursion(position: _Position) -> tuple[float, str] | Missing:
    """How far the first bars after the entry's went in the position's favour, and the same in words."""
    params, candles = position.params, position.candles
    last = candles.index_of(position.entry_bar_ms + params.early_bars * candles.frame_ms)
    if last is None:
        return Missing("its last bar is not in the candles")
    first = window_first(candles.open_ms, last, params.early_bars, candles.frame_ms)
    if first < 0:
        return missing(first, "its bars", candles)
    best = best_price(candles.high, candles.low, first, last, position.entry, position.sign)
    reached = excursion(best, position.entry, position.sign)
    told = f"best {price_text(best)} is {percent_text(reached)} from entry {price_text(position.entry)}"
    return reached, f"{told} in {params.early_bars} bars"


def _time_stop(position: _Position, asked: list[Condition]) -> WantClose | None:
    limit = hold_bars(position.params)
    due, told = position.held >= limit, f"held {max(position.held, 0)} of {limit} bars"
    asked.append(Condition("time stop", told, not due))
    return WantClose(Role.CLOSE_TIME, f"time stop: {told}") if due else None


def _target(position: _Position, regime: Regime | Missing, notes: list[str]) -> _Target:
    """The target of the regime at entry, brought nearer by every re-check since."""
    params, candles, sign, live = position.params, position.candles, position.sign, position.facts.live_target
    if isinstance(regime, Regime):
        price, reason = level(position.entry, sign, regime.target), f"at entry {regime.text}"
    else:
        notes.append(f"regime at entry not read: {regime.why}")
        farther = max(params.trend_target, params.range_target)
        price = level(position.entry, sign, farther) if live is None else live
        reason = "regime at entry not read"
    tightened = unread = False
    for count in range(1, recheck_count(position.held, params.regime_recheck_bars) + 1):
        bars = count * params.regime_recheck_bars
        at = candles.index_of(position.entry_bar_ms + (bars - 1) * candles.frame_ms)
        later = regime_at(candles, at, params)
        if isinstance(later, Missing):
            notes.append(f"regime re-check after {bars} bars not read: {later.why}")
            unread = True
            continue
        nearer = nearer_target(price, level(position.entry, sign, later.target), sign)
        if nearer != price:
            price, tightened, reason = nearer, True, f"after {bars} bars {later.text}"
    if unread and live is not None:
        price = nearer_target(price, live, sign)
    return _Target(price, reason, tightened)


def _target_reached(
    position: _Position, regime: Regime | Missing, target: _Target, asked: list[Condition]
) -> WantClose | None:
    """A target that came to mark, or that no live order stands for, is taken at market."""
    mark, unguarded = position.facts.mark, position.facts.live_target is None and isinstance(regime, Regime)
    reached = is_price(mark) and is_beyond(mark, target.price, position.sign)
    taken = reached and (target.tightened or unguarded)
    told = f"mark {price_text(mark)} is {'at or beyond' if reached else 'before'} {price_text(target.price)}"
    told = f"{told}, {target.reason}"
    asked.append(Condition("target", told, not taken))
    return WantClose(Role.TARGET, f"target: {told}") if taken else None


def _stop(position: _Position, regime: Regime | Missing, notes: list[str]) -> StopLevel:
    """The exact stop or the ratchet's, unless the live one has to stay."""
    sign, live = position.sign, position.facts.live_stop
    if isinstance(regime, Regime):
        fraction, why = regime.stop, f"at entry {regime.text}"
    else:
        fraction, why = stop_fallback(position.params), "the tightest stop, regime at entry not read"
    exact = level(position.entry, sign, -fraction)
    ratcheted = _ratchet(position, notes) if position.params.trailing == "ratchet" else None
    wanted = ratcheted or StopLevel(exact, Role.STOP, why)
    kept = None if live is None else StopLevel(live, _live_role(position, live, exact), "the live stop")
    return standing_stop(position.candles, wanted, kept, sign=sign, mark=position.facts.mark, notes=notes)


def _ratchet(position: _Position, notes: list[str]) -> StopLevel | None:
    """Where the ratchet wants the stop now, or None while it has nothing to say."""
    params, candles, facts, sign = position.params, position.candles, position.facts, position.sign
    k, since = len(candles) - 1, max(position.held - 1, 0)
    first = window_first(candles.open_ms, k, since + SPIKE_BARS, candles.frame_ms)
    if first < 0:
        notes.append(f"trail not judged: {missing(first, 'its bars', candles).why}")
        return None
    best = best_believed_price(candles.high, candles.low, k - since + 1, k, position.entry, sign)
    reached = excursion(best, position.entry, sign)
    if reached < params.trail_activation:
        return None
    price = ratchet_stop(best, position.entry, sign, params.trail_distance, facts.taker_fee)
    if facts.live_stop is not None and not is_worth_moving(
        price, facts.live_stop, sign, params.trail_min_move
    ):
        return None
    if not is_price(facts.mark) or is_beyond(price, facts.mark, sign):
        notes.append(
            f"trail refused: {price_text(price)} is beyond mark {price_text(facts.mark)}; the old stop stays"
        )
        return None
    return StopLevel(price, Role.TRAIL, f"trail: best {price_text(best)}, {percent_text(reached)} from entry")


def _live_role(position: _Position, live: float, exact: float) -> Role:
    """A live stop nearer to break-even than to its first level is one that the ratchet has moved."""
    if position.params.trailing == "none":
        return Role.STOP
    floor = break_even(position.entry, position.sign, position.facts.taker_fee)
    return Role.TRAIL if is_tighter_stop(live, (exact + floor) / 2.0, position.sign) else Role.STOP
