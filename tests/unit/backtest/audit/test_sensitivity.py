"""Each number of a strategy is moved alone, within its bounds, with the history that it then needs."""

from tests.support.backtest_runs import a_run, a_study, a_tape, a_trade
from trader.backtest.audit.sensitivity import FACTORS, unmoved, variants
from trader.backtest.study import Run, Study

STUDY = a_study(a_tape("BTC"), a_tape("ETH"))
WHOLE = a_run([a_trade(7.0)])


def answer(study: Study) -> Run:
    """Profit is the range of BTC, so that one parameter alone changes anything."""
    return a_run([a_trade(study.policy.markets["BTC"].params.range_bars - 41.0)])


def test_every_number_of_every_coin_is_moved_alone() -> None:
    found = variants(STUDY, WHOLE, answer)
    assert {each.coin for each in found} == {"BTC", "ETH"}
    assert len({each.name for each in found}) == 18
    ranges = [
        (e.factor, e.value, e.return_fraction) for e in found if (e.coin, e.name) == ("BTC", "range_bars")
    ]
    assert ranges == [(0.8, 38.0, -0.003), (0.9, 43.0, 0.002), (1.1, 53.0, 0.012), (1.2, 58.0, 0.017)]
    assert {each.name for each in found if not each.is_same} == {"range_bars"}


def test_values_that_are_not_allowed_or_are_there_already_are_left_out() -> None:
    wide = a_study(
        overrides=("markets={BTC: {strategy: breakout, params: {range_stop: 0.9, early_bars: 1}}}",)
    )
    found = variants(wide, WHOLE, answer)
    assert [each.factor for each in found if each.name == "range_stop"] == [0.8, 0.9, 1.1]
    assert [each.value for each in found if each.name == "early_bars"] == []
    assert list(unmoved(wide)) == [("BTC", "early_bars")]
    assert FACTORS == (0.8, 0.9, 1.1, 1.2)


def test_a_value_at_its_bound_is_allowed() -> None:
    said = "markets={BTC: {strategy: bollinger, params: {max_hold_bars: 4545}}}"
    found = variants(a_study(overrides=(said,)), WHOLE, lambda _: WHOLE)
    values = [each.value for each in found if each.name == "max_hold_bars"]
    assert values == [3636.0, 4091.0, 5000.0]


def test_a_longer_window_gets_its_history() -> None:
    seen: list[int] = []

    def heard(study: Study) -> Run:
        market = study.policy.markets["BTC"]
        if market.params.trend_window == 126:
            seen.append(market.bars_needed)
        return WHOLE

    variants(a_study(), WHOLE, heard)
    assert seen == [(126 + 1) * 8 - 1]
