"""Draws that come again from their seed, keep what they must keep, and say where luck ends."""

import numpy as np
import pytest

from tests.support.backtest_runs import BARS, EQUITY, a_run, a_trade
from trader.backtest.audit.chance import QUANTILES, Luck, Spread, block_length, luck_of, stream

TRADES = [a_trade(pnl, bar=6 * at) for at, pnl in enumerate((40.0, -30.0, 25.0, -35.0, 50.0, -20.0))]
RUN = a_run(TRADES)


def luck(seed: int = 1) -> Luck:
    found = luck_of(RUN, EQUITY, seed=seed, draws=300)
    assert found is not None
    return found


def test_a_seed_draws_the_same_again_and_another_seed_others() -> None:
    assert luck() == luck()
    assert luck(2) != luck()


def test_each_kind_of_draw_has_a_stream_of_its_own() -> None:
    assert stream(1, "one").integers(2**60) != stream(1, "other").integers(2**60)


def test_the_worst_order_of_trades_is_the_deepest_drawdown() -> None:
    """All losses in a row lose 0.97 * 0.965 * 0.98, and no order loses less than the largest of them."""
    found = luck().order_drawdown
    worst = 1 - 0.97 * 0.965 * 0.98
    assert 0.035 <= found.low <= found.middle <= found.high <= worst + 1e-12
    assert found.actual == pytest.approx(1 - 1.04 * 0.97 * 1.025 * 0.965 / 1.04)


def test_blocks_are_about_what_really_was() -> None:
    found = luck()
    assert found.block_return.low < found.block_return.actual < found.block_return.high
    assert found.block_return.actual == pytest.approx(0.03)
    assert 0.0 < found.loses < 1.0


def test_what_never_varies_has_no_luck() -> None:
    steady = a_run([a_trade(1.0)], equity=np.full(BARS, EQUITY).tolist())
    found = luck_of(steady, EQUITY, seed=1, draws=50)
    assert found is not None
    assert (found.block_return, found.loses) == (Spread(0.0, 0.0, 0.0, 0.0), 0.0)


def test_a_long_curve_is_drawn_in_neighbouring_bars() -> None:
    """Only what is drawn is coarser; the return of the whole is the same."""
    values = (EQUITY * np.cumprod(np.full(12_000, 1.00001))).tolist()
    found = luck_of(a_run([a_trade(1.0)], equity=values), EQUITY, seed=1, draws=20)
    assert found is not None
    assert found.block_return.middle == pytest.approx(1.00001**12_000 - 1)
    assert found.loses == 0.0


def test_blocks_go_round_so_that_the_last_bar_is_drawn_as_often_as_any() -> None:
    """Only the last of 100 bars moved: of 20 blocks of five one has it, in half of all draws or more."""
    found = luck_of(a_run([a_trade(100.0)], equity=[*[EQUITY] * 99, 1.1 * EQUITY]), EQUITY, seed=1, draws=400)
    assert found is not None
    assert found.block_return.middle == pytest.approx(0.1)
    assert found.block_return.low == 0.0
    assert found.block_return.high == pytest.approx(1.1**3 - 1)


def test_a_band_is_from_five_to_ninety_five_per_cent() -> None:
    assert QUANTILES == (0.05, 0.5, 0.95)


def test_without_trades_there_is_nothing_to_draw() -> None:
    assert luck_of(a_run(), EQUITY, seed=1) is None


def test_blocks_grow_with_the_cube_root() -> None:
    assert [block_length(size) for size in (1, 27, 1000)] == [1, 3, 10]
