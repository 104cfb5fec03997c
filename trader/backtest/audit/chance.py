"""What the same trades in another order, and the same bars in other blocks, would have come to.

Rules: every drawing comes from a seed and the name of what is drawn, so that a result can be had again and a
new kind of drawing shifts no old one. A band is the 5 and 95 per cent quantile beside the median.

Trade order keeps every trade and asks what drawdown luck of order hides. Bar blocks draw stretches of the
equity curve with replacement (the circular block bootstrap of Politis and Romano, 1992), long enough to keep
most of what hangs together, and ask what the return itself might have been.
"""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from trader.backtest.study import Run, Trade
from trader.backtest.tape import Numbers
from trader.core.frozen import frozen

DRAWS = 1000
QUANTILES = (0.05, 0.5, 0.95)
_LENGTH_POWER = 1.0 / 3.0  # of a block: grows with the cube root, as the method wants it
_CELLS_MAX = 4_000_000  # of one piece of work, so that memory stays small
_STEPS_MAX = 5_000  # of a resampled curve: neighbouring bars of a longer one are drawn together


@frozen
class Spread:
    """Low, middle and high of what was drawn, and what really was."""

    low: float
    middle: float
    high: float
    actual: float


@frozen
class Luck:
    """What chance makes of one result; fractions of equity, drawdowns as losses above zero."""

    draws: int
    order_drawdown: Spread
    block_return: Spread
    block_drawdown: Spread
    loses: float


def luck_of(run: Run, equity: float, *, seed: int, draws: int = DRAWS) -> Luck | None:
    """None without trades."""
    if not run.trades or not len(run.equity):
        return None
    fractions = _fractions(run.trades)
    drawdowns = np.concatenate([_drawdowns(part) for part in _shuffled(fractions, seed, draws)])
    returns = _bar_returns(run, equity)
    ends, falls = _resampled(_together(returns), seed, draws)
    return Luck(
        draws=draws,
        order_drawdown=_spread(drawdowns, float(_drawdowns(fractions[None, :])[0])),
        block_return=_spread(ends, float(run.equity[-1]) / equity - 1.0),
        block_drawdown=_spread(falls, float(_drawdowns(returns[None, :])[0])),
        loses=float(np.mean(ends < 0.0)),
    )


def _fractions(trades: Sequence[Trade]) -> Numbers:
    return np.array([trade.pnl_fraction for trade in trades], dtype=np.float64)


def _bar_returns(run: Run, equity: float) -> Numbers:
    values = np.concatenate(([equity], run.equity))
    found: Numbers = np.diff(values) / values[:-1]
    return found


def _together(returns: Numbers) -> Numbers:
    """The same curve in at most so many steps."""
    size = -(-len(returns) // _STEPS_MAX)
    found: Numbers = np.multiply.reduceat(1.0 + returns, np.arange(0, len(returns), size)) - 1.0
    return found


def stream(seed: int, name: str) -> np.random.Generator:
    """A source of draws of its own for each name."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))


def _pieces(draws: int, width: int) -> Iterator[int]:
    """How many draws at a time."""
    size = max(1, _CELLS_MAX // max(1, width))
    for start in range(0, draws, size):
        yield min(size, draws - start)


def _shuffled(values: Numbers, seed: int, draws: int) -> Iterator[Numbers]:
    source = stream(seed, "trade order")
    for count in _pieces(draws, len(values)):
        yield source.permuted(np.tile(values, (count, 1)), axis=1)


def _resampled(returns: Numbers, seed: int, draws: int) -> tuple[Numbers, Numbers]:
    """Final returns and drawdowns of curves put together from blocks."""
    source, size = stream(seed, "bar blocks"), len(returns)
    length = block_length(size)
    blocks = -(-size // length)
    ends, falls = [], []
    for count in _pieces(draws, blocks * length):
        starts = source.integers(0, size, size=(count, blocks))
        places = (starts[:, :, None] + np.arange(length)[None, None, :]).reshape(count, -1)[:, :size] % size
        drawn = returns[places]
        ends.append(np.prod(1.0 + drawn, axis=1) - 1.0)
        falls.append(_drawdowns(drawn))
    return np.concatenate(ends), np.concatenate(falls)


def block_length(size: int) -> int:
    """In bars."""
    return max(1, int(float(size) ** _LENGTH_POWER + 0.5))


def _drawdowns(returns: Numbers) -> Numbers:
    """The deepest fall of each row's curve."""
    curves = np.cumprod(1.0 + returns, axis=1)
    peaks = np.maximum(np.maximum.accumulate(curves, axis=1), 1.0)
    found: Numbers = np.max((peaks - curves) / peaks, axis=1)
    return found


def _spread(drawn: Numbers, actual: float) -> Spread:
    low, middle, high = (float(value) for value in np.quantile(drawn, QUANTILES))
    return Spread(low, middle, high, actual)
