"""What the bollinger strategy wants of a position it holds: leave, or stay behind exact levels.

Rules: nothing is remembered; the entry's bar and price come from fills, everything else from candles, so a
missed tick is made up for by the next, and an entry that filled while no process ran is no different. What
cannot be read decides nothing, is said, and leaves the live orders as they are; the time stop needs times
alone. A condition that passed lets the position stay.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Condition, Holding, WantClose, WantHold
from trader.strategies.bollinger_bands import bands_at
from trader.strategies.bollinger_params import BollingerParams, is_reversion
from trader.strategies.readings import Missing
from trader.strategies.signals import bars_held, is_beyond, is_worth_following, level
from trader.strategies.standing import StopLevel, standing_stop
from trader.strategies.wording import is_price, percent_text, price_text


@frozen
class _Target:
    """Where the target belongs. `is_taken` where mark may take it at market: the middle band always, a share
    of the entry only when no live order stands for it. `live` is the order's level where that may stay."""

    price: float
    reason: str
    is_taken: bool
    live: float | None


def hold(
    candles: Candles, facts: CoinFacts, holding: Holding, policy: MarketPolicy, asked: list[Condition]
) -> WantHold | WantClose:
    """What is wanted of the position at the close of the last bar."""
    params: BollingerParams = policy.params
    sign, entry = holding.leg.sign, holding.entry_price
    held = bars_held(candles.open_ms[-1], holding.entry_ms, candles.frame_ms)
    progress = f"held {max(held, 0)} of {params.max_hold_bars} bars"
    asked.append(Condition("time stop", progress, held < params.max_hold_bars))
    if held >= params.max_hold_bars:
        return WantClose(Role.CLOSE_TIME, f"time stop: {progress}")
    notes: list[str] = []
    target = _target(candles, facts, holding, params, notes)
    closing = _taken(target, facts.mark, sign, asked)
    if closing is not None:
        return closing
    live = None if facts.live_stop is None else StopLevel(facts.live_stop, Role.STOP, "the live stop")
    exact = level(entry, sign, -params.stop)
    wanted = StopLevel(exact, Role.STOP, f"{percent_text(params.stop)} from entry {price_text(entry)}")
    stop = standing_stop(candles, wanted, live, sign=sign, mark=facts.mark, notes=notes)
    asked.append(Condition("stop", f"stands at {price_text(stop.price)}, {stop.reason}", True))
    return WantHold(
        stop=stop.price,
        stop_role=stop.role,
        stop_reason=stop.reason,
        target=target.price if target.live is None else target.live,
        target_reason=target.reason,
        reason="; ".join([progress, *notes]),
        target_is_chosen=is_reversion(params),
    )


def _target(
    candles: Candles, facts: CoinFacts, holding: Holding, params: BollingerParams, notes: list[str]
) -> _Target:
    """A share of the entry price, or the middle band of the bar now forming."""
    sign, entry, live = holding.leg.sign, holding.entry_price, facts.live_target
    share = level(entry, sign, params.target)
    told = f"{percent_text(params.target)} from entry {price_text(entry)}"
    if not is_reversion(params):
        return _Target(share, told, live is None, None)
    bands = bands_at(candles, len(candles), params)
    if isinstance(bands, Missing):
        notes.append(f"target not read: {bands.why}")
        if live is None:
            return _Target(share, f"{told}, middle band not read", False, None)
        return _Target(live, "the live target, middle band not read", False, live)
    is_near = live is not None and not is_worth_following(bands.middle, live, params.target_min_move)
    return _Target(bands.middle, f"middle band {price_text(bands.middle)}", True, live if is_near else None)


def _taken(target: _Target, mark: float, sign: int, asked: list[Condition]) -> WantClose | None:
    reached = is_price(mark) and is_beyond(mark, target.price, sign)
    where = "at or beyond" if reached else "before"
    told = f"mark {price_text(mark)} is {where} {price_text(target.price)}, {target.reason}"
    closes = reached and target.is_taken
    asked.append(Condition("target", told, not closes))
    return WantClose(Role.TARGET, f"target: {told}") if closes else None
