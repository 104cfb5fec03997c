"""The fast engine: a study of breakout and bollinger to its trades, exactly as the replay gives them.

It raises NeedsReplay where it could not be exact. The first use on a machine compiles the kernels, which
takes a while; `compiling.is_compiled` says whether that is still to come.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from trader.backtest.fast.layout import (
    DONE,
    FAR,
    FULL,
    FUNDING,
    LIQUIDATION,
    MARGIN,
    MOVE,
    ROUNDING,
    STATE,
    TRADE,
    UNCOVERED,
    WAITING,
    Book,
    Table,
)
from trader.backtest.fast.limits import require_fast
from trader.backtest.fast.preparing import Ready, features_of, finer_block, ready_coin, table_of
from trader.backtest.study import LevelMove, NeedsReplay, Reason, Run, Study, Trade, Unreal
from trader.core.market import Leg
from trader.core.text import utc

REASONS = (
    Reason.END,  # of nothing that is written: a trade has one of those below
    Reason.TARGET,
    Reason.STOP,
    Reason.TRAIL,
    Reason.TIME,
    Reason.EARLY,
    Reason.END,
)
WHY = {
    ROUNDING: "a size or a bound lies on a border that doubles cannot tell",
    MARGIN: "free margin could bind",
    LIQUIDATION: "liquidation could bind",
    FAR: "an order would wait so far from mark that limits.limit_deviation_max could bind",
    UNCOVERED: "a stop that its price has passed at the close, and not before, refuses other coins' entries",
    FUNDING: "a position pays so much funding that liquidation could bind",
}

ROOM = 4096  # moves of levels that are written at first


def run(study: Study, *, moves: bool = False, peeking: bool = False) -> Run:
    """The trades of a study. `peeking` is for the audit alone: an entry of bollinger that rests at a band is
    decided with the trend of the very bar in which it fills."""
    if peeking:
        study = replace(study, unreal=replace(study.unreal or Unreal(), peeks=True))
    require_fast(study)
    coins = [coin for coin in sorted(study.tapes) if len(study.tapes[coin].bars)]
    ready = [ready_coin(features_of(study, coin), study, coin) for coin in coins]
    ready = [one for one in ready if len(one.features.bars)]
    if not ready:
        return Run("fast", (), np.empty(0, np.int64), np.empty(0), 0.0, notes=("there is no bar",))
    table = table_of(ready, study, moves=moves)
    trades, moved = played(ready, table, study.equity)
    told = tuple(_trade(row, ready, table) for row in trades)
    at_ms = moments_of(ready, study)
    if not len(at_ms):
        return Run("fast", told, at_ms, np.empty(0), 0.0, notes=_notes(study, coins))
    equity, held = ready[0].features.kernels["curve"](table, trades, at_ms, study.equity)
    steps = _moves(trades, moved, table) if moves else ()
    return Run("fast", told, at_ms, equity, held / len(at_ms), steps, _notes(study, coins))


def moments_of(ready: list[Ready], study: Study) -> Any:
    """The closes of all bars that open in the span of the study."""
    opens = [one.features.bars.open_ms for one in ready]
    whole = opens[0] if len(opens) == 1 else np.unique(np.concatenate(opens))
    if study.start_ms is not None:
        whole = whole[np.searchsorted(whole, study.start_ms) :]
    return whole + ready[0].features.bars.frame_ms


def played(ready: list[Ready], table: Table, equity: float) -> tuple[Any, Any]:
    """Trades in the order of their entries, and the moves of their levels. Raise NeedsReplay."""
    room = ROOM if table.model["moves"] else len(table.rules)
    finer = finer_block(ready)
    while True:
        trades, moves = np.empty(len(table.signals), TRADE), np.empty(room, MOVE)
        book = book_of(table, equity)
        count, moved, code, at = ready[0].features.kernels["play"](table, finer, book, trades, moves)
        if code != FULL:
            break
        room *= 4
    if code != DONE:
        coin = next(o for o, r in zip(ready, table.rules, strict=True) if r["first"] <= at < r["last"])
        raise NeedsReplay(f"{coin.policy.coin} {utc(int(table.open_ms[at]))}: {WHY[code]}")
    rows = trades[:count]
    return rows[np.lexsort((rows["coin"], table.open_ms[rows["e"]]))], moves[:moved]


def book_of(table: Table, equity: float) -> Book:
    """An account that holds nothing."""
    coins = len(table.rules)
    waiting = np.zeros((coins, table.model["delay"] + 1), WAITING)
    return Book(np.zeros(coins, STATE), waiting, np.zeros(coins), np.array([equity, 0.0, 0.0]))


def _trade(row: Any, ready: list[Ready], table: Table) -> Trade:
    times, one = table.open_ms, ready[int(row["coin"])]
    inner_entry, inner_exit = int(row["inner_entry_ms"]), int(row["inner_exit_ms"])
    return Trade(
        coin=one.policy.coin,
        strategy=one.policy.strategy_name,
        leg=Leg.LONG if row["sign"] > 0 else Leg.SHORT,
        signal_ms=int(times[row["k"]]),
        entry_ms=int(times[row["e"]]),
        entry_price=float(row["entry"]),
        exit_ms=int(times[row["x"]]),
        exit_price=float(row["exit"]),
        reason=REASONS[int(row["reason"])],
        size=float(row["size"]),
        fee=float(row["fee"]),
        funding=float(row["funding"]),
        pnl=float(row["pnl"]),
        pnl_fraction=float(row["pnl"] / row["equity"]),
        undecidable=bool(row["undecidable"]),
        entry_inner_ms=None if inner_entry < 0 else inner_entry,
        exit_inner_ms=None if inner_exit < 0 else inner_exit,
    )


def _moves(trades: Any, moves: Any, table: Table) -> tuple[LevelMove, ...]:
    """The levels of each trade from its entry on, then as they moved."""
    place = {int(number): index for index, number in enumerate(trades["number"])}
    told = [
        LevelMove(index, int(table.open_ms[row["e"]]), float(row["first_stop"]), float(row["first_target"]))
        for index, row in enumerate(trades)
    ]
    told += [
        LevelMove(place[int(row["number"])], int(row["at_ms"]), float(row["stop"]), float(row["target"]))
        for row in moves
    ]
    return tuple(sorted(told, key=lambda move: (move.trade, move.at_ms)))


def _notes(study: Study, coins: list[str]) -> tuple[str, ...]:
    notes = [f"{coin}: candles stand in for mark" for coin in coins if study.tapes[coin].mark is None]
    if study.model.funding != "none":
        notes += [f"{coin}: no funding was given" for coin in coins if study.tapes[coin].funding is None]
    return tuple(notes)
