"""A market's policy for any strategy, and what is done by an answer of one."""

from typing import Any

from trader.core.policy import EntryRules, MarketPolicy, Sizing
from trader.core.target import Stay, Want, WantClose, WantEntry, WantHold, WantResting
from trader.strategies.registry import STRATEGIES


def policy_for(
    name: str, params: Any, *, position_ratio: float = 0.3, max_single_loss: float | None = None
) -> MarketPolicy:
    spec = STRATEGIES[name]
    return MarketPolicy(
        coin="BTC",
        strategy=spec.want,
        strategy_name=name,
        strategy_number=spec.number,
        params=params,
        frame_ms=spec.frame_ms(params),
        bars_needed=spec.bars_needed(params),
        hold_ms_max=spec.hold_ms_max(params),
        stop_fallback=spec.stop_fallback(params),
        sizing=Sizing(position_ratio, max_single_loss, leverage=3, cross=True),
        entries=EntryRules(0.003, 0.005, 300, 0.002),
    )


def decision(answer: Want) -> tuple[object, ...]:
    """What is done, without the words."""
    match answer:
        case Stay():
            return ("stay",)
        case WantEntry():
            return (answer.leg, answer.notional, answer.stop, answer.target)
        case WantResting():
            return answer.orders
        case WantClose():
            return (answer.role,)
        case WantHold():
            return (answer.stop, answer.stop_role, answer.target)
        case _:
            raise AssertionError(answer)
