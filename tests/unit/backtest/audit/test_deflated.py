"""The deflated Sharpe ratio against numbers worked out by hand and those printed in the paper."""

import math

import numpy as np
import pytest

from trader.backtest.audit.deflated import Returns, best_by_chance, deflated, probability, returns_of

# The paper's own example: 2.5 a year over 1,250 days of 250 a year, skewness -3, kurtosis 10.
PAPER = Returns(sharpe=2.5 / math.sqrt(250), count=1250, skewness=-3.0, kurtosis=10.0)


def test_the_example_of_the_paper() -> None:
    """100 tries whose yearly ratios vary by one half: 0.1132 is expected by chance, and 0.9004 remains."""
    variance = 0.5 / 250
    assert best_by_chance(100, variance) == pytest.approx(0.1132, abs=5e-5)
    assert deflated(PAPER, tries=100, variance=variance) == pytest.approx(0.9004, abs=5e-5)


def test_fewer_tries_leave_more() -> None:
    """The paper's second number: after 46 tries it is 0.9505."""
    assert deflated(PAPER, tries=46, variance=0.5 / 250) == pytest.approx(0.9505, abs=5e-5)


def test_one_try_expects_nothing_of_chance() -> None:
    assert best_by_chance(1, 0.5) == 0.0


def test_without_skew_and_tails_it_is_a_mean_against_its_error() -> None:
    """0.1 * sqrt(99) / sqrt(1 + 0.5 * 0.01) = 0.99251, of which the normal curve has 0.83953 below."""
    normal = Returns(sharpe=0.1, count=100, skewness=0.0, kurtosis=3.0)
    assert probability(normal, benchmark=0.0) == pytest.approx(0.83953, abs=5e-6)
    assert probability(normal, benchmark=0.1) == 0.5


def test_moments_that_no_series_has_give_no_probability() -> None:
    assert probability(Returns(2.0, 10, 3.0, 1.0), benchmark=0.0) is None


def test_moments_of_a_series() -> None:
    """1, 1, 1, 5: mean 2, deviation sqrt(3), third moment 6/3^1.5, fourth 21/9."""
    found = returns_of(np.array([1.0, 1.0, 1.0, 5.0]))
    assert found is not None
    moments = [found.sharpe, found.count, found.skewness, found.kurtosis]
    assert moments == pytest.approx([2 / math.sqrt(3), 4, 6 / 3**1.5, 21 / 9])


def test_what_does_not_vary_has_no_ratio() -> None:
    assert returns_of(np.array([0.1, 0.1])) is None
    assert returns_of(np.array([0.1])) is None
    assert returns_of(np.array([0.25, 0.75])) == Returns(2.0, 2, 0.0, 1.0)
