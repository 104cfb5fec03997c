"""What the account went through stops new risk and calls off what waits; stops and targets stay.

Everything that the breakers look at is read from the venue in that very run: there is no file to lose.
"""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.grid_stage import LEGS_OF_GRID, PRICE, armed, drive, grid_stage, rungs, ticked, to_next_bar
from trader.core.actions import Cancel, Close, Enter, Rest
from trader.core.candles import DAY_MS
from trader.core.report import Exit
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

VENUES = ("binance", "okx")
RECORDS = {"binance": "GET income", "okx": "account/bills"}


def limited(stage: Stage, **limits: Any) -> Stage:
    stage.settings = replace(stage.settings, limits=replace(stage.settings.limits, **limits))
    return stage


def with_a_loss(venue: str, **limits: Any) -> Stage:
    """A grid whose long rungs filled on the way down, and stand below what was paid."""
    stage = limited(grid_stage(venue), **limits)
    ticked(stage)
    drive(stage, PRICE * 0.99, PRICE * 0.985)
    return stage


def sent(ran: Ran) -> Counter[type]:
    return Counter(type(d.action) for d in ran.done)


def exits(stage: Stage) -> set[int]:
    return {o.oid for leg in LEGS_OF_GRID for kind in Trigger for o in armed(stage, leg, kind)}


BREAKERS: dict[str, dict[str, Any]] = {
    "daily_loss": {"daily_loss_max": Decimal("0.01")},
    "drawdown": {"drawdown_fraction_max": 0.000_001, "drawdown_days": 2},
}


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("rule", BREAKERS)
def test_a_tripped_breaker_calls_off_what_waits_and_leaves_every_exit(venue: str, rule: str) -> None:
    stage = with_a_loss(venue)
    ticked(stage)
    before = exits(stage)
    assert before and rungs(stage)
    limited(stage, **BREAKERS[rule])
    to_next_bar(stage)
    ran = ticked(stage)
    assert ran.verdict is not None
    assert list(ran.verdict.tripped) == [rule]
    assert rungs(stage) == []
    assert set(sent(ran)) == {Cancel}
    assert exits(stage) == before
    to_next_bar(stage)
    assert ticked(stage).done == []


@pytest.mark.parametrize("venue", VENUES)
def test_a_day_later_the_day_is_a_new_one(venue: str) -> None:
    stage = with_a_loss(venue, daily_loss_max=Decimal(5))
    ran = ticked(stage)
    assert ran.verdict is not None
    assert "entries wait until" in ran.verdict.tripped["daily_loss"]
    assert rungs(stage) == []
    drive(stage, PRICE * 1.001)  # what is open wins again
    stage.clock.advance_to((stage.clock.now_ms() // DAY_MS + 1) * DAY_MS)
    to_next_bar(stage)
    ran = ticked(stage)
    assert ran.verdict is not None
    assert ran.verdict.tripped == {}
    assert rungs(stage) != []


@pytest.mark.parametrize("venue", VENUES)
def test_resume_begins_the_drawdown_anew(venue: str) -> None:
    stage = with_a_loss(venue, **BREAKERS["drawdown"])
    ran = ticked(stage)
    assert ran.verdict is not None and "drawdown" in ran.verdict.tripped
    assert "trader resume" in ran.verdict.tripped["drawdown"]
    drive(stage, PRICE * 1.003)  # whatever is open wins now, so that nothing falls after the resume
    stage.resumed_ms = stage.clock.now_ms()
    ran = ticked(stage)
    assert ran.verdict is not None
    assert "drawdown" not in ran.verdict.tripped


@pytest.mark.parametrize("venue", VENUES)
def test_a_deposit_and_a_withdrawal_trip_nothing(venue: str) -> None:
    stage = limited(grid_stage(venue), daily_loss_max=Decimal(1), drawdown_fraction_max=0.001)
    ticked(stage)
    for moved in (-30_000, 99_000):
        if moved > 0:
            stage.model.deposit(stage.user, Decimal(moved))
        else:
            assert stage.model.withdraw(stage.user, Decimal(-moved)) is None
        to_next_bar(stage)
        ran = ticked(stage)
        assert ran.verdict is not None
        assert ran.verdict.tripped == {}
    assert rungs(stage) != []


def _rest(ran: Ran) -> bool:
    return Rest in sent(ran)


@pytest.mark.parametrize("venue", VENUES)
def test_a_record_that_cannot_be_read_stops_new_risk_and_nothing_else(venue: str) -> None:
    stage = grid_stage(venue)
    stage.faults(Fault("H4", what=RECORDS[venue], times=0))
    ran = stage.host.run()
    assert ran is not None and ran.verdict is not None
    assert not _rest(ran)
    assert {r.rule for r in ran.verdict.refused} == {"past"}
    assert Exit.UNAVAILABLE in ran.codes
    stage.faults()
    ticked(stage)
    drive(stage, PRICE * 0.9905)  # rungs fill while nobody runs
    waiting = rungs(stage)
    stage.faults(Fault("H4", what=RECORDS[venue], times=0))
    ran = stage.host.run()
    assert ran is not None
    assert not _rest(ran)
    assert rungs(stage) and set(rungs(stage)) <= set(waiting)
    assert all(stage.watch.covered(stage.user, "BTC", leg) for leg in LEGS_OF_GRID)
    assert Enter not in sent(ran) and Close not in sent(ran)
