"""Explains one coin's decision: what was asked of the last closed bar, the numbers, and the single reason.

The decision is the one a tick would make, made by the same function: the strategy is only listened to on the
way, so an explanation can never be a second opinion.
"""

from dataclasses import replace

from trader.core.actions import Action
from trader.core.candles import Candles, last_closed_ms
from trader.core.frozen import frozen
from trader.core.policy import MarketPolicy, Policy
from trader.core.report import Refused
from trader.core.snapshot import Snapshot
from trader.core.target import CoinFacts, Condition, Judged, Stay, Want, WantGrid
from trader.run import decide
from trader.strategies.registry import STRATEGIES

READ = "prices, orders and fills were read, and the last bar has closed"
ALLOWED = "every limit allows it"


@frozen
class Explained:
    """One coin's decision. `reason` says why nothing would be sent; None where something would be."""

    coin: str
    strategy: str
    bar_ms: int
    frame_ms: int
    conditions: tuple[Condition, ...]
    want: Want
    approved: tuple[Action, ...]
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]
    reason: str | None


def explain(snapshot: Snapshot, policy: Policy, coin: str, halted: str | None) -> Explained:
    """What a tick would decide of this coin now, and what led there."""
    market = policy.markets[coin]
    spec = STRATEGIES[market.strategy_name]
    heard: list[Judged] = []

    def listened(candles: Candles, facts: CoinFacts, market_policy: MarketPolicy) -> Want:
        heard.append(spec.judge(candles, facts, market_policy))
        return heard[-1].want

    markets = {**policy.markets, coin: replace(market, strategy=listened)}
    verdict = decide(snapshot, replace(policy, markets=markets), halted).verdict()
    want = verdict.wants[coin]
    approved = tuple(a for a in verdict.approved if a.coin == coin)
    refused = tuple(r for r in verdict.refused if r.action.coin == coin)
    notes = tuple(n for n in verdict.notes if n.startswith(f"{coin}: "))
    return Explained(
        coin=coin,
        strategy=market.strategy_name,
        bar_ms=last_closed_ms(snapshot.venue_ms, market.frame_ms),
        frame_ms=market.frame_ms,
        conditions=(*_conditions(heard, want), *_gated(approved, refused)),
        want=want,
        approved=approved,
        refused=refused,
        notes=notes,
        reason=None if approved else _reason(want, refused, notes),
    )


def _conditions(heard: list[Judged], want: Want) -> tuple[Condition, ...]:
    """Whether the strategy could be asked at all, then what it asked."""
    if not heard:
        return (Condition("readings", want.reason, False),)
    return (Condition("readings", READ, True), *heard[-1].conditions)


def _gated(approved: tuple[Action, ...], refused: tuple[Refused, ...]) -> tuple[Condition, ...]:
    """What the gate said of what was wanted: each rule once, with the first of its reasons."""
    first: dict[str, str] = {}
    for one in refused:
        first.setdefault(one.rule, one.reason)
    said = tuple(Condition(f"gate: {rule}", first[rule], False) for rule in first)
    return (*said, Condition("gate", ALLOWED, True)) if approved and not refused else said


def _reason(want: Want, refused: tuple[Refused, ...], notes: tuple[str, ...]) -> str:
    """The single reason for doing nothing."""
    if refused:
        return f"refused by {refused[0].rule}: {refused[0].reason}"
    if isinstance(want, Stay):
        return want.reason
    if notes and not isinstance(want, WantGrid):  # what a grid leaves out stands beside what it keeps
        return notes[0].partition(": ")[2]
    return f"nothing to change: {want.reason}"
