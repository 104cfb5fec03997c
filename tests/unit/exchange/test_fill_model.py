"""kind, base and harsh keep their order: the exits of a given position never improve from one to the next.

Which entries a model makes is another matter, and totals of an account may cross; a trade's own exit may not.
"""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from trader.exchange.bar_fills import (
    NOTHING,
    STOP,
    TARGET,
    adverse_fraction,
    funding_paid,
    outcome_after_entry,
    outcome_at_open,
    outcome_inside,
    taken,
)
from trader.exchange.fill_model import BANDS, FIELDS, PRESETS, FillModel, chosen

MODELS = [PRESETS[name] for name in BANDS]


@dataclass(frozen=True)
class Bar:
    """Last prices, and those that fire."""

    open: float
    high: float
    low: float
    close: float
    fires: tuple[float, float, float, float]


def shape(first: float, second: float, third: float, fourth: float) -> tuple[float, float, float, float]:
    """Four prices as open, high, low and close."""
    return first, max(first, second, third, fourth), min(first, second, third, fourth), fourth


ENTRY = 100.0
PRICES = some.integers(min_value=60, max_value=140).map(float)
FOUR = some.tuples(PRICES, PRICES, PRICES, PRICES)


@some.composite
def bars(draw: some.DrawFn) -> Bar:
    last = shape(*draw(FOUR))
    return Bar(*last, shape(*draw(FOUR)) if draw(some.booleans()) else last)


@some.composite
def entry_bars(draw: some.DrawFn) -> Bar:
    """A bar that had the price of the entry, and fires itself."""
    opened, second, third, close = draw(FOUR)
    last = shape(opened, max(second, ENTRY), min(third, ENTRY), close)
    return Bar(*last, last)


def left_at(
    model: FillModel, path: list[Bar], *, sign: int, stop: float, target: float, entered_inside: bool | None
) -> float:
    """What a taker gets for the position where its stop or target ends it, or at the last close.

    `entered_inside`: the position was opened inside the first bar, by a price that came against it or not.
    """
    gap, open_target = model.gap == "open", model.target_gap == "open"
    cost = adverse_fraction(model.slippage_bps, model.spread_bps, model.impact, 1.0, 1.0)
    for number, bar in enumerate(path):
        fires_open, fires_high, fires_low, fires_close = bar.fires
        wide = (bar.high, bar.low, fires_high, fires_low)
        if number == 0 and entered_inside is not None:
            told = (entered_inside, gap, open_target, model.stop_first)
            code, price, _ = outcome_after_entry(sign, stop, target, *wide, fires_close, *told)
        else:
            code, price, _ = outcome_at_open(sign, stop, target, bar.open, fires_open, gap, open_target)
            if code == NOTHING:
                code, price, _ = outcome_inside(sign, stop, target, *wide, gap, open_target, model.stop_first)
        if code != NOTHING:
            return taken(price, -sign, cost)
    return path[-1].close


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    path=some.lists(bars(), min_size=1, max_size=4),
    sign=some.sampled_from([1, -1]),
    away=some.tuples(some.integers(1, 30), some.integers(1, 30)),
)
def test_exits_never_improve_from_kind_to_harsh(path: list[Bar], sign: int, away: tuple[int, int]) -> None:
    """Of a position that is held from the first open on."""
    assert_in_order(path, sign=sign, away=away, entered_inside=None)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    entry=entry_bars(),
    path=some.lists(bars(), max_size=3),
    sign=some.sampled_from([1, -1]),
    away=some.tuples(some.integers(1, 30), some.integers(1, 30)),
)
def test_nor_do_they_after_an_entry_inside_a_bar(
    entry: Bar, path: list[Bar], sign: int, away: tuple[int, int]
) -> None:
    """A limit is met by a price that comes against the position, a stop entry by one that goes along."""
    last = [replace(bar, fires=(bar.open, bar.high, bar.low, bar.close)) for bar in path]
    assert_in_order([entry, *last], sign=sign, away=away, entered_inside=sign * (entry.open - ENTRY) >= 0)


def assert_in_order(
    path: list[Bar], *, sign: int, away: tuple[int, int], entered_inside: bool | None
) -> None:
    stop, target = ENTRY - sign * away[0], ENTRY + sign * away[1]
    left = [
        sign * left_at(model, path, sign=sign, stop=stop, target=target, entered_inside=entered_inside)
        for model in MODELS
    ]
    assert left[0] >= left[1] >= left[2]


def test_a_target_that_perhaps_came_before_the_entry_is_met_in_no_model() -> None:
    """A limit at 100 below a bar that opened at 112, with a target of 110: who waits is paid 120 at the next
    open, so that kind may not have taken 110."""
    entry = Bar(112.0, 112.0, 99.0, 104.0, (112.0, 112.0, 99.0, 104.0))
    later = Bar(120.0, 120.0, 120.0, 120.0, (120.0, 120.0, 120.0, 120.0))
    assert_in_order([entry, later], sign=1, away=(20, 10), entered_inside=True)
    told = (112.0, 99.0, 112.0, 99.0, 104.0, True, True, True, False)
    assert outcome_after_entry(1, 80.0, 110.0, *told) == (NOTHING, 0.0, True)


def test_a_target_beside_a_stop_in_the_bar_of_the_entry_is_the_assumption_again() -> None:
    bar = (112.0, 79.0, 112.0, 79.0, 104.0, True, False, True)
    assert outcome_after_entry(1, 80.0, 110.0, *bar, False) == (TARGET, 110.0, True)
    assert outcome_after_entry(1, 80.0, 110.0, *bar, True) == (STOP, 80.0, True)


@pytest.mark.parametrize("rate", [0.001, -0.001])
@pytest.mark.parametrize("sign", [1, -1])
def test_adverse_funding_is_never_better_than_as_recorded(rate: float, sign: int) -> None:
    actual = funding_paid(sign, 2.0, 50.0, rate, False)
    assert funding_paid(sign, 2.0, 50.0, rate, True) == -abs(actual) <= actual


def test_a_preset_says_what_it_does_not_change() -> None:
    """Spread, impact, delay (but harsh), liquidation and trigger are alike in all three."""
    for name in ("spread_bps", "impact", "liquidation", "trigger"):
        assert {getattr(model, name) for model in MODELS} == {getattr(FillModel(), name)}
    assert [model.delay_bars for model in MODELS] == [0, 0, 1]
    assert chosen("base", {}) == FillModel()


@pytest.mark.parametrize("field", FIELDS)
def test_a_preset_takes_what_is_said_over_it(field: str) -> None:
    said = getattr(PRESETS["harsh"], field)
    assert getattr(chosen("kind", {field: said}), field) == said
