"""Columns: of one kind whatever they were made from, and nobody writes to them."""

import numpy as np
import pytest

from trader.backtest.tape import Rates


def test_a_column_is_in_one_piece_and_cannot_be_written_to() -> None:
    times, rates = np.arange(8), np.linspace(0.0, 1.0, 8)
    found = Rates(times[::2], rates[::2])
    assert (found.at_ms.flags.c_contiguous, found.rate.flags.c_contiguous) == (True, True)
    with pytest.raises(ValueError, match="read-only"):
        found.rate[0] = 2.0
    rates[0] = 3.0  # what it was made from is its owner's
    assert found.rate[0] == 0.0


def test_a_column_that_fits_is_not_copied() -> None:
    times, rates = np.arange(8), np.linspace(0.0, 1.0, 8)
    assert np.shares_memory(Rates(times, rates).rate, rates)
