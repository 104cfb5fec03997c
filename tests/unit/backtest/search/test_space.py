"""Axes as people write them, and the combinations they span."""

import pytest

from trader.backtest.search.space import space_of
from trader.core.errors import ConfigError


def test_a_grid_counts_like_a_clock_with_the_last_axis_fastest() -> None:
    space = space_of(["markets.BTC.params.trigger=wick,close", "markets.BTC.params.range_bars=24:48:12"])
    assert space.size == 6
    assert [space.at(number) for number in range(6)] == [
        (("markets.BTC.params.trigger", trigger), ("markets.BTC.params.range_bars", bars))
        for trigger in ("wick", "close")
        for bars in ("24", "36", "48")
    ]


def test_a_span_has_no_rounding_of_its_own_and_stops_before_it_passes_its_end() -> None:
    (axis,) = space_of(["stops.fallback=0.01:0.045:0.01"]).axes
    assert axis.values == ("0.01", "0.02", "0.03", "0.04")


def test_neighbours_are_one_step_away_and_only_where_steps_mean_something() -> None:
    space = space_of(["a.kind=x,y,z", "a.size=1:3:1"])
    assert space.neighbours((("a.kind", "y"), ("a.size", "1"))) == [(("a.kind", "y"), ("a.size", "2"))]
    assert space.neighbours((("a.kind", "y"), ("a.size", "2"))) == [
        (("a.kind", "y"), ("a.size", "1")),
        (("a.kind", "y"), ("a.size", "3")),
    ]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "nothing to search"),
        (["a.b"], "expected PATH=VALUES"),
        (["a..b=1"], "expected PATH=VALUES"),
        (["a.b=1,,2"], "an empty value"),
        (["a.b=1,2,1"], "stands twice"),
        (["a.b=1:2"], "low:high:step"),
        (["a.b=1:x:1"], "low:high:step"),
        (["a.b=2:1:1"], "low at most high"),
        (["a.b=1:2:0"], "a step above zero"),
        (["a.b=1:2:nan"], "a step above zero"),
        (["a.b=0:1:0.000001"], "at most 100,000"),
        (["a.b=1", "a.b=2"], "named twice"),
        (["a=1", "a.b=2"], "is varied too"),
    ],
)
def test_what_cannot_be_searched_is_named(texts: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        space_of(texts)
