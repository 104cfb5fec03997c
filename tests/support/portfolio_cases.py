"""Cases of the caps on the whole book: what it loses when all fills and stops, and how a day may swing it.

Ten closed days whose closes take turns between 100,000 and 101,000.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.builders import CLOSE_MS, FRAME_MS, an_entry, dec, flat_candles
from tests.support.questions import KINDS, Case, Kind, asked
from tests.support.resting_gate import a_rest
from tests.support.size_cases import RICH, eth
from trader.core.candles import DAY_MS, Candles
from trader.core.market import Leg
from trader.core.policy import BookLimits

FEE, FUNDING = dec("0.00045"), dec("0.0000125")


def days(bars: int = 48 * 10, last: float = 100_000.0) -> Candles:
    """Closes of days that take turns, and end at the price of now."""
    plain = flat_candles(bars=bars)
    closes = tuple(
        101_000.0 if (at + FRAME_MS) // DAY_MS % 2 and at + FRAME_MS < CLOSE_MS - DAY_MS / 2 else last
        for at in plain.open_ms
    )
    return replace(plain, close=closes)


def own_loss(kind: Kind) -> Decimal:
    """From the worst price of the entry to the worst price of its stop, with both fees and one funding."""
    entry = an_entry() if kind == "entry" else a_rest()
    price = an_entry().bound if kind == "entry" else a_rest().price
    return entry.size * (price - entry.stop_bound + FEE * (price + entry.stop_bound) + FUNDING * price)


def capped(rule: str | None, kind: Kind, *, whole: Any = None, strategy: Any = None, **changes: Any) -> Case:
    limits = {}
    if whole is not None:
        limits["book"] = BookLimits(**whole)
    if strategy is not None:
        limits["strategy_book"] = BookLimits(**strategy)
    return Case(rule, asked(kind, limits=limits, **{"view": {"candles": days()}, **changes}))


def cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for kind in KINDS:
        alone, cent = own_loss(kind), dec("0.01")
        other = {"holdings": {"account": RICH, **eth(Leg.LONG, kind=kind)}}
        found |= {
            f"{kind}: loss at stops": capped(
                "loss_at_stops", kind, whole={"loss_at_stops_max": alone - cent}
            ),
            f"{kind}: loss at stops at the limit": capped(None, kind, whole={"loss_at_stops_max": alone}),
            f"{kind}: loss at stops with a position": capped(
                "loss_at_stops", kind, whole={"loss_at_stops_max": alone}, **other
            ),
            f"{kind}: loss of a strategy": capped(
                "strategy_loss_at_stops", kind, strategy={"loss_at_stops_max": alone - cent}
            ),
            f"{kind}: loss of a strategy at the limit": capped(
                None, kind, strategy={"loss_at_stops_max": alone}
            ),
            f"{kind}: swing": capped("risk_volatility", kind, whole={"risk_volatility_max": 0.001}),
            f"{kind}: swing that is bearable": capped(None, kind, whole={"risk_volatility_max": 0.9}),
            f"{kind}: swing of a strategy": capped(
                "strategy_risk_volatility", kind, strategy={"risk_volatility_max": 0.001}
            ),
            f"{kind}: too few days to tell a swing": capped(
                "risk_volatility", kind, whole={"risk_volatility_max": 0.9}, view={"candles": flat_candles()}
            ),
        }
    return found
