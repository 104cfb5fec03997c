"""Fewer bars and points, and nothing lost that a picture shows."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.pages import a_coin
from trader.report.page.thinning import frame_text, kept, thinned


def test_few_bars_are_left_alone() -> None:
    coin = a_coin("BTC", 100, price=100.0, seed=1)
    assert thinned(coin, most=100) == (coin, None)


def test_many_bars_are_put_together_on_whole_borders() -> None:
    coin = a_coin("BTC", 1_001, price=100.0, seed=1)
    shown, said = thinned(coin, most=100)
    wide = shown.frame_ms
    assert wide == 11 * coin.frame_ms
    assert len(shown.open_ms) <= 100 and all(t % wide == 0 for t in shown.open_ms)
    assert (max(shown.high), min(shown.low)) == (max(coin.high), min(coin.low))
    assert (shown.open[0], shown.close[-1]) == (coin.open[0], coin.close[-1])
    assert [line.values[-1] for line in shown.lines] == [line.values[-1] for line in coin.lines]
    for i, start in enumerate(shown.open_ms):
        inside = [j for j, t in enumerate(coin.open_ms) if start <= t < start + wide]
        assert shown.high[i] == max(coin.high[j] for j in inside)
        assert shown.close[i] == coin.close[inside[-1]]
    assert said == (
        f"BTC: 1,001 bars of 30 minutes are drawn as {len(shown.open_ms)} of 330 minutes; "
        "every number is of all bars"
    )


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=300), st.integers(8, 80))
def test_a_thinned_curve_keeps_its_ends_and_extremes(numbers: list[int], most: int) -> None:
    values = [float(number) for number in numbers]
    places = kept(values, most=most)
    assert places == sorted(set(places)) and len(places) <= most + 4
    shown = [values[i] for i in places]
    assert (shown[0], shown[-1]) == (values[0], values[-1])
    assert (min(shown), max(shown)) == (min(values), max(values))


def test_frames_have_names() -> None:
    assert [frame_text(ms) for ms in (60_000, 1_800_000, 3_600_000, 86_400_000, 1_500)] == [
        "1 minute",
        "30 minutes",
        "1 hour",
        "1 day",
        "1500 ms",
    ]
