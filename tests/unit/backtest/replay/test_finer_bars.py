"""Finer bars inside a bar are walked one by one, each as a bar of its own."""

from dataclasses import replace

import pytest

from tests.support.replay_stage import (
    KIND,
    Row,
    Script,
    bars_of,
    enter,
    ms,
    policy_of,
    rates_of,
    rest,
    still,
    study_of,
)
from tests.unit.backtest.replay.test_order_of_a_bar import only
from trader.backtest.replay.engine import run
from trader.backtest.study import Reason
from trader.backtest.tape import Rates, Tape
from trader.core.candles import HOUR_MS

FINER = replace(KIND, ambiguous="finer", gap="open", funding="actual")


def in_halves(rows: list[Row], halves: list[Row], funding: Rates | None = None) -> Tape:
    inner = bars_of(halves)
    inner = replace(inner, frame_ms=HOUR_MS // 2, open_ms=ms(0) + (inner.open_ms - ms(0)) // 2)
    return Tape("BTC", bars_of(rows), inner=inner, funding=funding)


def test_finer_bars_say_what_came_first() -> None:
    rows = [*still(4), (100.0, 111.0, 94.0, 100.0), *still(2)]
    halves: list[Row] = []
    for opened, high, low, close in rows:
        halves += [(opened, high, opened, opened), (opened, opened, low, close)]
    tape = in_halves(rows, halves)
    script = Script({2: enter()}, levels=(95.0, 110.0))
    found = only(run(study_of([tape], [policy_of(script)], model=replace(KIND, ambiguous="finer"))))
    assert (found.reason, found.exit_price, found.undecidable) == (Reason.TARGET, 110.0, False)
    assert (found.entry_inner_ms, found.exit_inner_ms) == (ms(3), ms(4))
    assert (
        only(run(study_of([tape], [policy_of(script)], model=replace(KIND, ambiguous="stop")))).reason
        is Reason.STOP
    )


def test_funding_inside_a_bar_is_paid_by_what_its_first_finer_bar_ends() -> None:
    rows = [*still(4), (100.0, 111.0, 100.0, 105.0), *still(2, 105.0)]
    halves = [*still(8), (100.0, 111.0, 100.0, 105.0), *still(5, 105.0)]
    tape = in_halves(rows, halves, rates_of((ms(4) + 1, 0.001)))
    script = Script({2: enter()}, levels=(95.0, 110.0))
    found = only(run(study_of([tape], [policy_of(script)], model=FINER)))
    assert (found.reason, found.exit_inner_ms) == (Reason.TARGET, ms(4))
    assert found.funding == pytest.approx(-0.1 * found.size)


def test_what_one_finer_bar_entered_meets_the_open_of_the_next() -> None:
    rows = [*still(3), (100.0, 100.0, 89.0, 90.0), *still(2, 90.0)]
    halves = [*still(6), (100.0, 100.0, 94.5, 96.0), (90.0, 93.5, 89.0, 90.0), *still(4, 90.0)]
    script = Script({2: rest(95.0)}, levels=(94.0, 120.0))
    found = only(run(study_of([in_halves(rows, halves)], [policy_of(script)], model=FINER)))
    assert (found.entry_price, found.exit_price, found.reason) == (95.0, 90.0, Reason.STOP)
    assert found.exit_inner_ms == ms(3) + HOUR_MS // 2


def test_what_is_left_ends_in_the_last_finer_bar() -> None:
    rows, halves = still(5), still(10)
    found = only(run(study_of([in_halves(rows, halves)], [policy_of(Script({2: enter()}))], model=FINER)))
    assert (found.exit_ms, found.exit_inner_ms) == (ms(4), ms(4) + HOUR_MS // 2)
    found = only(run(study_of([in_halves(rows, halves[:9])], [policy_of(Script({2: enter()}))], model=FINER)))
    assert (found.entry_inner_ms, found.exit_inner_ms) == (ms(3), None)
