"""Positions of the breakout strategy and the bars around them, for tests of what it does with them."""

from tests.support.breakout_scenes import Row, changed, facts_of, held_since, quiet
from trader.core.candles import Candles
from trader.core.market import Leg
from trader.core.target import CoinFacts, Want, WantClose, WantHold

ENTRY_BAR = 480  # ten whole days before it
FAR = {"live_stop": 50.0, "live_target": 200.0}


def flat(bars: int, *, width: float = 1.0) -> list[Row]:
    """Bars around 100 in which nothing happens."""
    return quiet(bars, step=0.0, width=width)


def steep(bars: int) -> list[Row]:
    """Bars that end around 100 in a straight line: the trend regime."""
    return quiet(bars, step=0.05, price=100.0 - 0.05 * bars)


def facts_on(
    candles: Candles, *, leg: Leg = Leg.LONG, entry: float = 100.0, **more: float | None
) -> CoinFacts:
    holding = held_since(candles, ENTRY_BAR, leg=leg, entry=entry)
    numbers = {"mark": 100.0, **FAR, **more}
    return facts_of(holding=holding, **numbers)  # type: ignore[arg-type]


def closes(answer: Want) -> WantClose:
    assert isinstance(answer, WantClose), answer
    return answer


def holds(answer: Want) -> WantHold:
    assert isinstance(answer, WantHold), answer
    return answer


def after(held: int, *, early_high: float = 101.0, early_low: float = 99.0, tail: float = 1.0) -> list[Row]:
    """Flat rows until bar e+held-1, with one good bar inside the early window for either leg."""
    rows = flat(ENTRY_BAR + held, width=tail)
    if held > 1:
        rows[ENTRY_BAR + 1] = changed(rows[ENTRY_BAR + 1], high=early_high, low=early_low)
    return rows


def turning(held: int, **early: float) -> list[Row]:
    """A straight trend into the entry, then flat bars: the regime turns to range days later."""
    return steep(ENTRY_BAR) + after(held, **early)[ENTRY_BAR:]


TURNED = {"regime_days": 2, "max_hold_hours": 240}  # two flat days after the entry read as range
