"""Finer bars in the fast engine: one bar of one coin, walked by its parts, as plain numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.support.random_studies import study_of
from trader.backtest.fast import sweep
from trader.backtest.fast.engine import run
from trader.backtest.fast.features import Features
from trader.backtest.fast.filling import fill
from trader.backtest.fast.inner import MISSING, firsts_of, inner_of, reach_of
from trader.backtest.fast.layout import (
    AT_MARKET,
    BY_STOP,
    BY_TARGET,
    DONE,
    FUNDING_DUE,
    LIMIT,
    LIMIT_POST_ONLY,
    MODEL,
    OPEN,
    RULES,
    STATE,
    STOP_ENTRY,
    TRADE,
    WAITING,
    Book,
    Table,
)
from trader.backtest.study import NeedsReplay
from trader.backtest.summary import Totals
from trader.backtest.tape import Bars, Tape

FRAME_MS, BAR = 1_000, 1
QUIET = (100.0, 100.0, 100.0, 100.0)
Row = tuple[float, float, float, float]


class Stage:
    """Two bars of one coin, of which the second has two finer ones; before these stands one of no bar."""

    def __init__(self, *parts: Row, whole: Row = QUIET, is_whole: bool = False, sign: int = 1) -> None:
        rules, model, funding = np.zeros(1, RULES), np.zeros(1, MODEL), np.zeros(1, FUNDING_DUE)
        rules["last"], rules["parts"], rules["frame_ms"], rules["funding_end"] = 2, 2, FRAME_MS, 1
        rules["num"], rules["den"], rules["decimals"], rules["tier_notional"] = 1.0, 100.0, 2, np.inf
        rules["stop"], rules["target"], rules["cross"], rules["leverage"] = 0.01, 0.02, 1, 1.0
        model["gap_at_open"] = model["target_at_open"] = model["stop_first"] = True
        model["maker"], model["taker"], model["reach"], model["finer"] = 0.001, 0.01, 1, 5
        funding["at_ms"], funding["rate"] = FRAME_MS + 1, 0.001
        reach = (whole[0], max(p[1] for p in (whole, *parts)), min(p[2] for p in (whole, *parts)), whole[3])
        prices = np.array([[*QUIET, 1.0, -1.0], [*reach, 1.0, -1.0 if is_whole else 1.0]]).T
        self.finer = np.array([[*part, 1.0] for part in ((1.0, 1.0, 1.0, 1.0), *parts)]).T.copy()
        times = np.array([0, FRAME_MS])
        self.table = Table(times, prices, None, rules, None, None, funding, model[0])
        self.book = Book(np.zeros(1, STATE), np.zeros((1, 1), WAITING), np.zeros(1), np.array([1e4, 0.0]))
        self.book.waiting["due"] = -1
        self.trade, self.sign = np.zeros(1, TRADE)[0], sign

    def waits(self, kind: int, price: float = 0.0) -> "Stage":
        one = self.book.waiting[0, 0]
        one["due"], one["kind"], one["price"], one["sign"] = BAR, kind, price, self.sign
        one["size"], one["equity"] = 1.0, 1e4
        return self

    def holds(self, stop: float, target: float) -> "Stage":
        state = self.book.states[0]
        state["sign"], state["size"], state["entry"] = self.sign, 1.0, 100.0
        state["stop"], state["target"], state["inner_entry_ms"] = stop, target, -1
        return self

    def filled(self) -> Any:
        """What the bar makes of it: the state, and the trade in `self.trade`."""
        assert fill(self.table, self.finer, self.book, 0, BAR, self.trade) == DONE
        assert self.book.waiting["due"][0, 0] == -1, "what waited for the bar is gone after it"
        return self.book.states[0]


def test_the_first_finer_bar_opens_as_its_bar_does() -> None:
    stage = Stage((99.0, 101.0, 99.0, 101.0), (101.0, 101.0, 101.0, 101.0)).holds(99.5, 110.0)
    stage.filled()
    assert (stage.trade["reason"], stage.trade["exit"]) == (BY_STOP, 99.5)
    state = Stage((99.0, 101.0, 99.0, 101.0), (101.0, 101.0, 101.0, 101.0)).waits(AT_MARKET).filled()
    assert (state["entry"], state["inner_entry_ms"]) == (100.0, FRAME_MS)


def test_a_later_one_opens_by_itself_and_is_a_gap() -> None:
    stage = Stage(QUIET, (98.0, 99.0, 97.0, 99.0)).holds(99.5, 110.0)
    stage.filled()
    assert (stage.trade["reason"], stage.trade["exit"]) == (BY_STOP, 98.0)
    assert (stage.trade["x"], stage.trade["inner_exit_ms"]) == (BAR, FRAME_MS + FRAME_MS // 2)


@pytest.mark.parametrize(
    ("is_whole", "reason", "inner_ms"), [(False, BY_TARGET, FRAME_MS), (True, BY_STOP, -1)]
)
def test_the_walk_ends_with_the_position(is_whole: bool, reason: int, inner_ms: int) -> None:
    stage = Stage((100.0, 104.0, 100.0, 100.0), (100.0, 100.0, 96.0, 100.0), is_whole=is_whole)
    stage.holds(97.0, 103.0).filled()
    assert (stage.trade["reason"], stage.trade["inner_exit_ms"]) == (reason, inner_ms)
    assert bool(stage.trade["undecidable"]) is is_whole


@pytest.mark.parametrize(
    ("kind", "price", "entry", "fee"),
    [
        pytest.param(LIMIT, 98.0, 97.0, 0.97, id="limit"),
        pytest.param(LIMIT_POST_ONLY, 98.0, 97.0, 0.097, id="post-only"),
        pytest.param(STOP_ENTRY, 96.0, 97.0, 0.97, id="stop entry"),
    ],
)
def test_what_a_later_open_has_passed_is_entered_there(
    kind: int, price: float, entry: float, fee: float
) -> None:
    """As a taker where it takes; and the funding that fell due in the bar before it is not its own."""
    calm = (99.0, 99.0, 99.0, 99.0) if kind != STOP_ENTRY else (95.0, 95.0, 95.0, 95.0)
    stage = Stage(calm, (97.0, 97.0, 97.0, 97.0), whole=calm)
    state = stage.waits(kind, price).filled()
    assert state["entry"] == entry
    assert state["fee"] == pytest.approx(fee)
    assert state["inner_entry_ms"] == FRAME_MS + FRAME_MS // 2
    assert (state["funding"], state["paid_first"]) == (0.0, 1)


def test_funding_in_the_bar_is_paid_by_what_its_own_open_entered() -> None:
    state = Stage(QUIET, QUIET).waits(AT_MARKET).filled()
    assert state["funding"] == pytest.approx(-0.1)


def test_what_one_finer_bar_entered_may_leave_in_the_next() -> None:
    stage = Stage((100.0, 100.0, 98.0, 98.5), (98.5, 98.5, 96.0, 96.0)).waits(LIMIT_POST_ONLY, 98.0)
    stage.filled()
    trade = stage.trade
    assert (trade["reason"], trade["entry"], trade["exit"]) == (BY_STOP, 98.0, 97.02)
    assert (trade["inner_entry_ms"], trade["inner_exit_ms"]) == (FRAME_MS, FRAME_MS + FRAME_MS // 2)


@pytest.mark.parametrize(("kind", "left"), [(LIMIT, 100.4), (AT_MARKET, 100.3)])
def test_an_entry_whose_open_lies_beyond_its_stop_leaves_there(kind: int, left: float) -> None:
    """Where a step of prices is wider than its stop; one at the market is looked at inside the bar."""
    still = (100.4, 100.4, 100.3, 100.3)
    stage = Stage(still, still, whole=still, sign=-1).waits(kind, 100.0)
    stage.table.rules["den"], stage.table.rules["stop"], stage.table.rules["target"] = 1.0, 0.0005, 0.5
    stage.filled()
    assert (stage.trade["reason"], stage.trade["entry"], stage.trade["exit"]) == (BY_STOP, 100.4, left)


def test_what_no_finer_bar_reaches_is_gone() -> None:
    stage = Stage(QUIET, QUIET).waits(LIMIT, 98.0)
    assert stage.filled()["sign"] == 0
    assert stage.trade["reason"] == OPEN


def bars_of(frame_ms: int, times: list[int], *, off: float = 0.0) -> Bars:
    column = np.full(len(times), 100.0)
    return Bars(frame_ms, np.array(times, dtype=np.int64), column, column + off, column - off, column, column)


def test_finer_bars_are_all_there_or_none_is_walked() -> None:
    inner = replace(bars_of(5, [0, 5, 10, 20, 25]), high=np.array([101.0, 102.0, 150.0, 103.0, 104.0]))
    bars = bars_of(10, [0, 10, 20], off=0.5)
    found = inner_of(Tape("BTC", bars, inner=inner), bars, on_mark=False)
    assert found is not None
    assert (list(found.first), found.parts) == ([0, MISSING, 3], 2)
    assert list(firsts_of(found, 3, 7)) == [7.0, MISSING, 10.0]
    assert list(firsts_of(None, 2, 7)) == [MISSING, MISSING]
    high, low = reach_of(bars, [], found)
    assert list(high) == [102.0, 100.5, 104.0]
    assert list(low) == [99.5] * 3


def test_marks_reach_what_prices_do_not() -> None:
    """Those of the bar, and those of the finer ones in it; they set stops off where the study says so."""
    bars, inner = bars_of(10, [0, 10]), bars_of(5, [0, 5, 10, 15])
    mark, inner_mark = bars_of(10, [0, 10], off=3.0), bars_of(5, [0, 5, 10, 15], off=7.0)
    tape = Tape("BTC", bars, inner=inner, mark=mark, inner_mark=inner_mark)
    for on_mark in (False, True):
        found = inner_of(tape, bars, on_mark=on_mark)
        assert found is not None
        assert found.fires is (found.marks if on_mark else inner)
        assert list(reach_of(bars, [mark], found)[1]) == [93.0, 93.0]
    assert [list(side) for side in reach_of(bars, [mark], None)] == [[103.0] * 2, [97.0] * 2]


@pytest.mark.parametrize("on_mark", [False, True])
def test_what_marks_reach_is_looked_at_even_where_they_set_no_stop_off(on_mark: bool) -> None:
    bars = bars_of(10, [0, 10])
    features = Features(Tape("BTC", bars, mark=bars_of(10, [0, 10], off=3.0)), end_ms=None, on_mark=on_mark)
    assert features.reaches_farther is not on_mark


def test_a_mark_at_which_the_account_is_ruined_is_for_the_replay() -> None:
    """Prices set stops off, and marks liquidate."""
    study = next(s for s in map(study_of, range(200)) if len(s.tapes) == 1 and len(run_of(s)) > 4)
    (tape,) = study.tapes.values()
    study = replace(study, model=replace(study.model, trigger="last", liquidation=True))
    assert run(study).trades
    crashed = replace(tape.bars, low=tape.bars.low * 0.01)
    with pytest.raises(NeedsReplay, match="liquidation could bind"):
        run(replace(study, tapes={tape.coin: replace(tape, mark=crashed)}))


def test_a_stop_that_only_the_close_has_passed_keeps_other_coins_out_which_is_for_the_replay() -> None:
    """Finer marks did not reach what the mark of their bar closed beyond."""
    with pytest.raises(NeedsReplay, match="refuses other coins' entries"):
        run(study_of(53_519))


def run_of(study: Any) -> tuple[object, ...]:
    try:
        return run(study).trades
    except NeedsReplay:
        return ()


@pytest.mark.parametrize("number", [32, 39])
def test_a_sweep_walks_finer_bars_as_a_run_does(number: int) -> None:
    study = study_of(number)
    (policy,) = study.policy.markets.values()
    (row,) = sweep.run_all(study, [policy])
    trades = run(study).trades
    assert trades != run(replace(study, model=replace(study.model, ambiguous="stop"))).trades
    assert isinstance(row, Totals)
    assert row.trades == len(trades)
    assert row.net == pytest.approx(sum(trade.pnl for trade in trades))
