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
    stop_entry,
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


def test_the_presets_are_what_their_names_promise() -> None:
    named = ("gap", "target_gap", "ambiguous", "slippage_bps", "limit_fill", "funding")
    assert [tuple(getattr(model, name) for name in named) for model in MODELS] == [
        ("level", "open", "target", 0.0, "touch", "none"),
        ("open", "open", "finer", 2.0, "touch", "actual"),
        ("open", "level", "stop", 5.0, "through", "adverse"),
    ]
    assert (FillModel().spread_bps, FillModel().impact, FillModel().liquidation) == (0.0, 0.0, True)
    assert [model.stop_first for model in MODELS] == [False, True, True]


def test_a_spread_that_costs_as_much_as_slippage_has_two_sides() -> None:
    assert FillModel(spread_bps=3.0, slippage_bps=5.0).taker_spread_bps == 13.0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_gap_that_only_mark_saw_is_filled_where_price_was(sign: int) -> None:
    """Mark fires a level that last prices never reached: a stop then leaves with more than its level, and a
    target with less."""
    stop, target = 100.0 - 5.0 * sign, 100.0 + 5.0 * sign
    opened = 100.0 + sign
    assert outcome_at_open(sign, stop, target, opened, stop, False, False) == (STOP, opened, False)
    assert outcome_at_open(sign, stop, target, opened, target, False, False) == (TARGET, opened, False)
    wide = (102.0, 98.0)
    fires = (max(stop, 100.0), min(stop, 100.0))
    met = outcome_inside(sign, stop, target, *wide, *fires, False, False, True)
    assert met == (STOP, 98.0 if sign > 0 else 102.0, False)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("gap_at_open", "beyond"), [(True, 7.0), (False, 5.0)])
def test_an_entry_that_the_open_jumped_over_costs_more_where_gaps_are_at_the_open(
    sign: int, gap_at_open: bool, beyond: float
) -> None:
    level, opened = 100.0 + 5.0 * sign, 100.0 + 7.0 * sign
    bar = (opened, opened + 1.0, opened - 1.0)
    found = stop_entry(sign, level, *bar, *bar, gap_at_open)
    assert found == (True, 100.0 + beyond * sign, True)


@pytest.mark.parametrize("stop_first", [True, False])
def test_the_close_is_later_than_an_entry_inside_the_bar(stop_first: bool) -> None:
    """A stop entry that closes beyond its stop has been stopped, and a limit that closes beyond its target
    has reached it, whatever is assumed."""
    how = (True, True, stop_first)
    fell = (112.0, 89.0, 112.0, 89.0, 89.5, False, *how)
    assert outcome_after_entry(1, 90.0, 120.0, *fell) == (STOP, 90.0, False)
    rose = (112.0, 99.0, 112.0, 99.0, 111.0, True, *how)
    assert outcome_after_entry(1, 80.0, 110.0, *rose) == (TARGET, 110.0, False)
    perhaps = (112.0, 89.0, 112.0, 89.0, 104.0, False, *how)
    code = STOP if stop_first else NOTHING
    assert outcome_after_entry(1, 90.0, 120.0, *perhaps)[0] == code


@pytest.mark.parametrize("field", FIELDS)
def test_a_preset_takes_what_is_said_over_it(field: str) -> None:
    said = getattr(PRESETS["harsh"], field)
    assert getattr(chosen("kind", {field: said}), field) == said
