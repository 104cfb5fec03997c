"""The deflated Sharpe ratio: is a result better than the best of so many tries without any skill?

Bailey and Lopez de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting and
Non-Normality", Journal of Portfolio Management 40 (5), 2014. With SR the ratio of one return's mean to its
deviation, T returns of this skewness and kurtosis (3 for a normal one), and N tries whose ratios vary by V:

    SR0 = sqrt(V) * ((1 - g) * Z(1 - 1/N) + g * Z(1 - 1/(N*e)))
    DSR = P((SR - SR0) * sqrt(T - 1) / sqrt(1 - skewness*SR + (kurtosis - 1)/4 * SR^2))

P is the normal distribution, Z its inverse, g Euler's constant. DSR is the probability that the true ratio is
above zero, given that the best of N was chosen; one wants 0.95. Rules: nothing here is annualised.
"""

import math
from statistics import NormalDist

import numpy as np

from trader.backtest.tape import Numbers
from trader.core.frozen import frozen

EULER_GAMMA = 0.5772156649015329
_NORMAL = NormalDist()


@frozen
class Returns:
    """A series of returns, as far as the formula asks."""

    sharpe: float
    count: int
    skewness: float
    kurtosis: float


def returns_of(values: Numbers) -> Returns | None:
    """None where nothing varies, so that there is no ratio."""
    if len(values) < 2:
        return None
    mean, deviation = float(np.mean(values)), float(np.std(values))
    if not deviation > 0.0:
        return None
    shape = (values - mean) / deviation
    return Returns(mean / deviation, len(values), float(np.mean(shape**3)), float(np.mean(shape**4)))


def best_by_chance(tries: int, variance: float) -> float:
    """SR0: what the best of so many ratios is expected to be when none is better than zero."""
    if tries < 2:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / tries)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (tries * math.e))
    return math.sqrt(variance) * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second)


def probability(found: Returns, *, benchmark: float) -> float | None:
    """That the true ratio is above the benchmark; None where the moments contradict each other."""
    spread = 1.0 - found.skewness * found.sharpe + (found.kurtosis - 1.0) / 4.0 * found.sharpe**2
    if not spread > 0.0:
        return None
    return _NORMAL.cdf((found.sharpe - benchmark) * math.sqrt(found.count - 1.0) / math.sqrt(spread))


def deflated(found: Returns, *, tries: int, variance: float) -> float | None:
    """DSR."""
    return probability(found, benchmark=best_by_chance(tries, variance))
