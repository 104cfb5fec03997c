"""What a strategy wants of one coin: a value, so that two equal targets mean that nothing changed."""

from dataclasses import dataclass

from trader.core.identity import Role
from trader.core.market import Leg


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing to do; the one reason why."""

    reason: str


@dataclass(frozen=True, slots=True)
class WantEntry:
    """Open a position now; levels are attached from mark at the decision."""

    leg: Leg
    notional: float
    stop: float
    target: float
    signal_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class WantHold:
    """Keep the position behind these exact levels."""

    stop: float
    stop_role: Role
    stop_reason: str
    target: float
    target_reason: str
    reason: str


@dataclass(frozen=True, slots=True)
class WantClose:
    """Leave the position at market now."""

    role: Role
    reason: str


Want = Stay | WantEntry | WantHold | WantClose


@dataclass(frozen=True, slots=True)
class Holding:
    """Our part of a position, as the fills tell it."""

    leg: Leg
    size: float
    entry_price: float
    entry_ms: int
    signal_ms: int


@dataclass(frozen=True, slots=True)
class CoinFacts:
    """Everything beside the candles that a strategy may look at for one coin."""

    mark: float
    equity: float
    holding: Holding | None
    live_stop: float | None
    live_target: float | None
    taker_fee: float
