"""Bars, marks and funding from files, checked; and files from venues."""

from trader.backtest.data.bad_data import BadData
from trader.backtest.data.bars import read_bars
from trader.backtest.data.rates import constant_rate, read_rates
from trader.backtest.data.tape import tape_of

__all__ = ["BadData", "constant_rate", "read_bars", "read_rates", "tape_of"]
