"""Folds: what is learnt from lies before what it is tried on, and the tries join without a seam."""

import pytest

from trader.backtest.search.folds import Window, folds, left_out_ms
from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError

WHOLE = Window(0, 100 * DAY_MS)


@pytest.mark.parametrize("anchored", [True, False])
def test_tests_follow_their_training_and_each_other(anchored: bool) -> None:
    found = folds(WHOLE, train_ms=40 * DAY_MS, test_ms=25 * DAY_MS, anchored=anchored)
    assert [(f.test.start_ms // DAY_MS, f.test.end_ms // DAY_MS) for f in found] == [(40, 65), (65, 90)]
    assert [f.train.end_ms for f in found] == [f.test.start_ms for f in found]
    assert [f.train.start_ms // DAY_MS for f in found] == ([0, 0] if anchored else [0, 25])
    assert left_out_ms(WHOLE, found) == 10 * DAY_MS


def test_too_little_history_says_how_much_is_needed() -> None:
    with pytest.raises(ConfigError, match="need 105"):
        folds(WHOLE, train_ms=80 * DAY_MS, test_ms=25 * DAY_MS, anchored=True)


@pytest.mark.parametrize(("train_days", "test_days"), [(0, 10), (10, 0), (-1, 10), (10, -1)])
def test_a_window_of_no_length_is_refused(train_days: int, test_days: int) -> None:
    with pytest.raises(ConfigError, match="expected at least one day each"):
        folds(WHOLE, train_ms=train_days * DAY_MS, test_ms=test_days * DAY_MS, anchored=True)
