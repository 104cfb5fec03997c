"""The shapes that compiled code reads and writes: columns of bars, a row of rules and a state for each coin.

Rules: plain numbers only. All coins of a study stand in one set of columns, one after the other;
`Rules.first` and `Rules.last` say where. Codes are small whole numbers, named here once.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np

Row: TypeAlias = Any  # one row of a table below: numba and numpy both read row["name"]
Rows: TypeAlias = Any

BREAKOUT = 0
BOLLINGER = 1

# How an entry is made.
AT_MARKET = 0
LIMIT_POST_ONLY = 1
LIMIT = 2
STOP_ENTRY = 3
PASSED_STOP_ENTRY = 4  # unreal: it rests although price is beyond its level

# Why a trade ended, in the order of `engine.REASONS`.
OPEN = 0
BY_TARGET = 1
BY_STOP = 2
BY_TRAIL = 3
BY_TIME = 4
BY_EARLY = 5
BY_END = 6

# How a run ended.
DONE = 0
ROUNDING = 1
MARGIN = 2
LIQUIDATION = 3
FAR = 4
FUNDING = 5
FULL = 6  # of moves: the run is played again with more room
UNCOVERED = 7

NEVER = 9_000_000_000_000_000  # a moment or a bar that does not come


# Rows of the block of prices. What sets stops off is read from MODEL.fires on, in the order of these; the
# highest and the lowest that anything reached from MODEL.reach on. Finer bars have a block of their own; the
# place in it where those of each bar begin is in row MODEL.finer (-1: it is taken whole), and what sets stops
# off is there from MODEL.finer_fires on.
OPENS = 0
HIGHS = 1
LOWS = 2
CLOSES = 3
VOLUMES = 4


class Table(NamedTuple):
    """Everything that a run reads, few arrays because compiled code hands each on by all its parts.

    `prices` has a row for each of OPENS to VOLUMES, then what the study needs beside them; `runs` counts the
    bars that end at each one without a hole. `regime` is that of each day of each coin: 1 trend, 0 range, -1
    unknown. `model` is a row of MODEL.
    """

    open_ms: Any
    prices: Any
    runs: Any
    rules: Rows
    signals: Rows
    regime: Any
    funding: Rows
    model: Row


class Stretch(NamedTuple):
    """The prices of a bar, or of one of the finer ones in it, and of what sets stops off."""

    opened: float
    high: float
    low: float
    fires_open: float
    fires_high: float
    fires_low: float
    fires_close: float


class Book(NamedTuple):
    """Everything that a run changes: positions, entries that wait, last prices of what is held, and the
    account: its cash, how many positions it has had, and how many entries were sent."""

    states: Rows
    waiting: Rows
    marks: Any
    account: Any


SIGNAL = np.dtype([("at", "i8"), ("sign", "i8"), ("kind", "i8"), ("regime", "i8"), ("price", "f8")])
FUNDING_DUE = np.dtype([("at_ms", "i8"), ("rate", "f8")])

RULES = np.dtype(
    [
        ("first", "i8"), ("last", "i8"), ("begin", "i8"), ("signal_first", "i8"), ("signal_end", "i8"),
        ("funding_first", "i8"), ("funding_end", "i8"),
        ("day_first", "i8"), ("day_end", "i8"), ("day_0", "i8"),
        ("strategy", "i8"), ("frame_ms", "i8"), ("parts", "i8"),
        ("follows", "i8"), ("early_bars", "i8"), ("hold_bars", "i8"),
        ("recheck_bars", "i8"), ("ratchet", "i8"),
        ("stop", "f8", (2,)), ("target", "f8", (2,)), ("early_mfe", "f8"), ("trail_activation", "f8"),
        ("trail_distance", "f8"), ("trail_min_move", "f8"),
        ("target_min_move", "f8"), ("level_tolerance", "f8"),
        ("position_ratio", "f8"), ("single_loss_max", "f8"),
        ("num", "f8"), ("den", "f8"), ("decimals", "i8"),
        ("figures", "i8"), ("lot_num", "f8"), ("lot_den", "f8"),
        ("notional_min", "f8"), ("size_min", "f8"),
        ("up_num", "f8"), ("down_num", "f8"), ("factor_den", "f8"),
        ("leverage", "f8"), ("cross", "i8"),
        ("tier_rate", "f8"), ("tier_notional", "f8"), ("tier_size", "f8"),
        ("liquidation_margin", "f8"), ("deviation", "f8"),
    ]
)  # fmt: skip

STATE = np.dtype(
    [
        ("wake", "i8"), ("signal", "i8"), ("blocked", "i8"), ("number", "i8"),
        ("sign", "i8"), ("size", "f8"), ("entry", "f8"), ("e", "i8"), ("k", "i8"), ("regime", "i8"),
        ("stop", "f8"), ("target", "f8"), ("role", "i8"),
        ("wanted", "f8"), ("tightened", "i8"), ("unread", "i8"),
        ("rechecks", "i8"), ("judged", "i8"), ("best", "f8"),
        ("seen", "i8"), ("fee", "f8"), ("funding", "f8"),
        ("equity", "f8"), ("undecidable", "i8"), ("closing", "i8"), ("funding_at", "i8"), ("ruin", "f8"),
        ("inner_entry_ms", "i8"), ("first_stop", "f8"), ("first_target", "f8"), ("paid_first", "i8"),
    ]
)  # fmt: skip

WAITING = np.dtype(
    [
        ("due", "i8"), ("k", "i8"), ("sign", "i8"), ("kind", "i8"), ("regime", "i8"),
        ("size", "f8"), ("price", "f8"), ("equity", "f8"), ("value", "f8"),
    ]
)  # fmt: skip

MODEL = np.dtype(
    [
        ("gap_at_open", "?"), ("target_at_open", "?"),
        ("stop_first", "?"), ("through", "?"), ("adverse", "?"),
        ("liquidation", "?"), ("moves", "?"), ("delay", "i8"),
        ("fires", "i8"), ("paid", "i8"), ("middle", "i8"), ("reach", "i8"),
        ("finer", "i8"), ("finer_fires", "i8"),
        ("slippage_bps", "f8"), ("spread_bps", "f8"), ("impact", "f8"), ("maker", "f8"), ("taker", "f8"),
    ]
)  # fmt: skip

TRADE = np.dtype(
    [
        ("coin", "i8"), ("sign", "i8"), ("k", "i8"), ("e", "i8"), ("x", "i8"), ("reason", "i8"),
        ("entry", "f8"), ("exit", "f8"), ("size", "f8"),
        ("fee", "f8"), ("entry_fee", "f8"), ("funding", "f8"),
        ("pnl", "f8"), ("equity", "f8"),
        ("undecidable", "i8"), ("inner_entry_ms", "i8"), ("inner_exit_ms", "i8"),
        ("number", "i8"), ("first_stop", "f8"),
        ("first_target", "f8"), ("paid_first", "i8"), ("paid_end", "i8"),
    ]
)  # fmt: skip

MOVE = np.dtype([("number", "i8"), ("at_ms", "i8"), ("stop", "f8"), ("target", "f8")])
