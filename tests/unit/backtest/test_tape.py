"""Columns for compiled code: of one kind whatever they were made from, and nobody writes to them."""

import numpy as np
import pytest

from trader.backtest.tape import sealed


def test_a_column_is_in_one_piece_and_cannot_be_written_to() -> None:
    rates = np.linspace(0.0, 1.0, 8)
    found = sealed(rates[::2])
    assert found.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 2.0
    rates[0] = 3.0  # what it was made from is its owner's
    assert found[0] == 0.0


def test_a_column_that_fits_is_not_copied() -> None:
    rates = np.linspace(0.0, 1.0, 8)
    assert np.shares_memory(sealed(rates), rates)
