"""Many parameter sets on one coin's tape: the summary row of each, with the work that they share done once.

Rules: a variant is a policy of the coin; its row is that of a run of its own, whatever others are asked
beside it, so a sweep may be split over processes in any way. What several variants ask for is kept while
variants that ask for it follow each other closely enough (KEPT_MAX); their order never changes a row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trader.backtest.fast.engine import WHY, book_of, moments_of
from trader.backtest.fast.features import Features
from trader.backtest.fast.layout import DONE, MOVE, TRADE
from trader.backtest.fast.limits import require_fast
from trader.backtest.fast.preparing import Ready, features_of, finer_block, ready_coin, table_of
from trader.backtest.fast.tallying import BLOCK
from trader.backtest.study import NeedsReplay, Study
from trader.backtest.summary import Totals
from trader.backtest.tape import Numbers, Times
from trader.core.policy import MarketPolicy
from trader.core.text import utc

KEPT_MAX = 256  # things read off the tape: of 100,000 bars the largest take a megabyte

ROW = np.dtype(
    [
        ("trades", "i8"), ("wins", "i8"), ("net", "f8"), ("fees", "f8"), ("funding", "f8"),
        ("return_fraction", "f8"), ("drawdown_fraction_max", "f8"), ("exposure_fraction", "f8"),
        ("undecidable_fraction", "f8"),
    ]
)  # fmt: skip


def run_all(study: Study, variants: Sequence[MarketPolicy]) -> list[Totals | NeedsReplay]:
    """A row for each variant of the one coin of a study, or why that one needs the replay."""
    return list(rows(study, variants))


def rows(study: Study, variants: Sequence[MarketPolicy]) -> Iterator[Totals | NeedsReplay]:
    """The rows one after the other."""
    sweep = _sweep_of(study)
    for variant in variants:
        try:
            yield sweep.figures(variant)
        except NeedsReplay as reason:
            yield reason


def curves(
    study: Study, variants: Sequence[MarketPolicy]
) -> Iterator[tuple[Totals, Times, Numbers] | NeedsReplay]:
    """The rows, each with the closes and the account's value at them."""
    sweep = _sweep_of(study)
    for variant in variants:
        try:
            yield (sweep.figures(variant), *sweep.curve())
        except NeedsReplay as reason:
            yield reason


def _sweep_of(study: Study) -> "_Sweep":
    if len(study.tapes) != 1:
        raise NeedsReplay("a sweep is of one coin")
    coin = next(iter(study.tapes))
    return _Sweep(features_of(study, coin), study, coin)


class _Sweep:
    """The buffers that all variants share."""

    def __init__(self, features: Features, study: Study, coin: str) -> None:
        self._features = features
        self._study = study
        self._coin = coin
        blocks = len(features.bars) // BLOCK
        self._tops, self._bottoms = np.empty(blocks), np.empty(blocks)
        features.kernels["block_extremes"](features.bars.close, self._tops, self._bottoms)
        self._trades, self._moves = np.empty(1024, TRADE), np.empty(1, MOVE)
        self._last: tuple[Ready, Any, int]

    def figures(self, variant: MarketPolicy) -> Totals:
        """The row of one variant. Raise NeedsReplay."""
        study = replace(self._study, policy=replace(self._study.policy, markets={self._coin: variant}))
        require_fast(study)
        if self._features.kept_count > KEPT_MAX:
            self._features.forget()
        ready = ready_coin(self._features, study, self._coin)
        table = table_of([ready], study, moves=False)
        count = self._played(table, study.equity, ready)
        self._last = (ready, table, count)
        row = np.zeros(1, ROW)
        kernel = self._features.kernels["tally"]
        kernel(table, self._trades, count, self._tops, self._bottoms, study.equity, row[0])
        return Totals(*row[0].item())

    def curve(self) -> tuple[Times, Numbers]:
        """The closes, and what the account was worth at them, of the variant asked last."""
        ready, table, count = self._last
        at_ms = moments_of([ready], self._study)
        kernel = self._features.kernels["curve"]
        return at_ms, kernel(table, self._trades[:count], at_ms, self._study.equity)[0]

    def _played(self, table: Any, equity: float, ready: Ready) -> int:
        if len(table.signals) > len(self._trades):
            self._trades = np.empty(2 * len(table.signals), TRADE)
        kernel = self._features.kernels["play"]
        count, _, code, at = kernel(
            table, finer_block([ready]), book_of(table, equity), self._trades, self._moves
        )
        if code != DONE:
            raise NeedsReplay(f"{self._coin} {utc(int(table.open_ms[at]))}: {WHY[code]}")
        return int(count)
