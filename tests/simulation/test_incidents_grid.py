"""Incidents of a grid on the embedded exchange: G3, a guard that was never fed, and G6, orders placed twice.

Both venues that hold two sides apart; every run is a process that has read nothing before.
"""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.grid_stage import (
    PRICE,
    armed,
    book,
    drive,
    grid_stage,
    numbers,
    open_orders,
    rungs,
    ticked,
    to_next_bar,
)
from trader.core.actions import Cancel, Rest
from trader.core.report import Exit, worst
from trader.exchange.status import Trigger
from trader.rehearsal import Host, Stage
from trader.run import Ran
from trader.sim.faults import Fault

VENUES = ("okx", "binance")
STEP = PRICE * 0.005
LEGS = ("long", "short")
COSTLY, CHEAP = Decimal("0.0013"), Decimal("0.0012")  # 12 bps is what `max_cost_bps` bears
BEYOND_STOP = ("long", 6, round(PRICE * 10))
INTERVAL_MS = 8 * 3_600_000
MINUTE_MS = 60_000
LEFT = [2, 3, 4, 5]  # the first rung has filled, and the sixth lies beyond the stop of that position


def sizes(stage: Stage, leg: str) -> list[Decimal]:
    """The rungs of one side as the exchange holds them, the nearest first."""
    found = [o for o in open_orders(stage) if o.leg == leg and o.trigger is None]
    return [o.sz for o in sorted(found, key=lambda o: abs(o.px - Decimal(PRICE)))]


def scaled(whole: list[Decimal], factor: str, lot: str) -> list[Decimal]:
    """Quantities down to the lot."""
    return [size * Decimal(factor) // Decimal(lot) * Decimal(lot) for size in whole]


def lot_of(stage: Stage) -> str:
    market = stage.model.market("BTC")
    assert market is not None
    return str(market.size_step)


def before_funding(stage: Stage, minutes: int) -> None:
    """Nobody runs until the bar has closed that lies this long before the venue's next funding."""
    now_ms = stage.clock.now_ms()
    due_ms = (now_ms // INTERVAL_MS + 1) * INTERVAL_MS
    stage.clock.advance_to(due_ms - (minutes + 5) * MINUTE_MS)
    to_next_bar(stage)


def went_on(stage: Stage) -> Ran:
    ran = stage.host.run()
    assert ran is not None and ran.verdict is not None
    return ran


class TestG3:
    """The funding guard never received funding data."""

    @pytest.mark.parametrize("venue", VENUES)
    @pytest.mark.parametrize(("sign", "paying"), [(1, "long"), (-1, "short")])
    def test_the_paying_side_shrinks_inside_the_window(self, venue: str, sign: int, paying: str) -> None:
        """With the rate, the next time and the interval that the venue itself tells of."""
        stage = grid_stage(venue)
        stage.model.set_funding_rate("BTC", COSTLY * sign)
        ticked(stage)
        other = LEGS[paying == "long"]
        whole = {leg: sizes(stage, leg) for leg in LEGS}
        assert [len(found) for found in whole.values()] == [6, 6], "hours before it, nothing is cut"
        for minutes, factor in ((45, "0.6"), (20, "0.2")):
            before_funding(stage, minutes)
            ran = ticked(stage)
            assert sizes(stage, paying) == scaled(whole[paying], factor, lot_of(stage))
            assert sizes(stage, other) == whole[other]
            assert ran.verdict is not None and any("funding guard" in note for note in ran.verdict.notes)
        stage.pass_time(25 * 60)
        to_next_bar(stage)
        ticked(stage)
        assert {leg: sizes(stage, leg) for leg in LEGS} == whole, "paid, and whole again"

    @pytest.mark.parametrize("venue", VENUES)
    def test_a_rate_that_the_file_bears_cuts_nothing(self, venue: str) -> None:
        stage = grid_stage(venue)
        stage.model.set_funding_rate("BTC", CHEAP)
        ticked(stage)
        whole = {leg: sizes(stage, leg) for leg in LEGS}
        before_funding(stage, 20)
        ticked(stage)
        assert {leg: sizes(stage, leg) for leg in LEGS} == whole

    MISSING = (
        ("okx", Fault("H4", what="public/funding-rate", times=0)),
        ("okx", Fault("H14", what="public/funding-rate", times=0, params={"field": "fundingRate"})),
        ("okx", Fault("H14", what="public/funding-rate", times=0, params={"field": "fundingTime"})),
        ("binance", Fault("H4", what="GET fundingInfo", times=0)),
        ("binance", Fault("H14", what="GET premiumIndex", times=0, params={"field": "lastFundingRate"})),
        ("binance", Fault("H14", what="GET premiumIndex", times=0, params={"field": "nextFundingTime"})),
    )

    @pytest.mark.parametrize(("venue", "missing"), MISSING)
    def test_without_the_rate_nothing_new_rests_and_the_report_says_so(
        self, venue: str, missing: Fault
    ) -> None:
        stage = grid_stage(venue)
        stage.faults(missing)
        ran = went_on(stage)
        assert rungs(stage) == []
        assert ran.verdict is not None
        told = " ".join([*ran.problems, *ran.verdict.notes]).lower()
        assert "funding" in told or "prices of btc could not be read" in told
        assert not [d for d in ran.done if isinstance(d.action, Rest)]
        stage.faults()
        to_next_bar(stage)
        ticked(stage)
        assert len(rungs(stage)) == 12

    @pytest.mark.parametrize(("venue", "missing"), [MISSING[1], MISSING[3]])
    def test_without_the_rate_what_rests_stays_and_what_fills_is_covered(
        self, venue: str, missing: Fault
    ) -> None:
        stage = grid_stage(venue)
        ticked(stage)
        drive(stage, PRICE - 1.2 * STEP)
        before = rungs(stage)
        stage.faults(missing)
        ran = went_on(stage)
        assert not [d for d in ran.done if isinstance(d.action, Rest)] and len(before) == 11
        assert set(rungs(stage)) >= set(before) - {BEYOND_STOP}
        assert stage.watch.covered(stage.user, "BTC", "long")


class TestG6:
    """The cache of orders was filled by events of its own process: after a restart everything came twice."""

    @pytest.mark.parametrize("venue", VENUES)
    @pytest.mark.parametrize("again", ["at once", "a bar later"])
    def test_a_fresh_process_places_no_second_rung_or_exit(self, venue: str, again: str) -> None:
        stage = grid_stage(venue)
        ticked(stage)
        drive(stage, PRICE - 1.2 * STEP)
        ticked(stage)
        resting = book(stage)
        assert numbers(stage, "long") == LEFT and armed(stage, "long", Trigger.STOP)
        stage.host = Host(stage, stage.clock, stage.host.pen)
        stage.pass_time(3)
        if again == "a bar later":
            to_next_bar(stage)
        assert ticked(stage).done == [] and book(stage) == resting

    @pytest.mark.parametrize("venue", VENUES)
    def test_a_process_that_dies_before_any_answer_is_followed_by_one_ladder(self, venue: str) -> None:
        """Whatever of the ladder was taken is read from the venue, and only the rest is placed."""
        whole = grid_stage(venue)
        writes: list[int] = []
        whole.host.mount.before_request = lambda n, request: writes.append(n) if request.is_write else None
        ticked(whole)
        wanted = rungs(whole)
        for killed_at in {writes[0] + 1, writes[len(writes) // 2], writes[-1], writes[-1] + 1}:
            stage = grid_stage(venue)
            stage.host.kill_at(killed_at)
            assert stage.host.run() is None
            stage.host = Host(stage, stage.clock, stage.host.pen)
            stage.pass_time(1)
            ran = went_on(stage)
            assert worst(ran.codes) is Exit.OK, (killed_at, ran.problems)
            assert rungs(stage) == wanted, f"killed before request {killed_at}"

    @pytest.mark.parametrize("venue", VENUES)
    def test_exits_of_a_leg_are_read_too(self, venue: str) -> None:
        """Killed between stop and target: the fresh process completes the pair and doubles neither."""
        stage = grid_stage(venue)
        ticked(stage)
        drive(stage, PRICE - 1.2 * STEP)
        begun = stage.host.mount.requests
        writes: list[int] = []
        stage.host.mount.before_request = lambda n, r: writes.append(n - begun) if r.is_write else None
        ticked(stage)
        stops, targets = (len(armed(stage, "long", kind)) for kind in (Trigger.STOP, Trigger.TAKE))
        assert (stops, targets) == (1, 1)
        for killed_at in range(writes[0] + 1, writes[-1] + 2, 2):
            stage = grid_stage(venue)
            ticked(stage)
            drive(stage, PRICE - 1.2 * STEP)
            stage.host.kill_at(killed_at)
            stage.host.run()
            stage.host = Host(stage, stage.clock, stage.host.pen)
            for _ in range(2):
                to_next_bar(stage)
                went_on(stage)
            for kind in (Trigger.STOP, Trigger.TAKE):
                assert len(armed(stage, "long", kind)) == 1, f"killed before request {killed_at}"
            assert numbers(stage, "long") == LEFT


CANCEL_WRITES = {
    "okx": ("trade/cancel-batch-orders", "trade/cancel-order"),
    "binance": ("DELETE order", "DELETE batchOrders"),
}


@pytest.mark.parametrize("venue", VENUES)
def test_nothing_takes_the_place_of_a_rung_that_may_still_be_there(venue: str) -> None:
    """Recentred while no cancel arrives: one ladder stays, and there is no second beside it.

    Not because so many writes failed, which alone would stop the run.
    """
    stage = grid_stage(venue)
    stage.settings = replace(stage.settings, limits=replace(stage.settings.limits, failed_writes_max=100))
    ticked(stage)
    before = set(rungs(stage))
    drive(stage, PRICE - 1.2 * STEP, PRICE - 4.6 * STEP)
    stage.faults(*(Fault("T7", what=what, is_write=True, times=0) for what in CANCEL_WRITES[venue]))
    ran = went_on(stage)
    assert [d for d in ran.done if isinstance(d.action, Cancel)], "it wanted to"
    assert not [d for d in ran.done if isinstance(d.action, Rest)]
    assert set(rungs(stage)) <= before and stage.watch.covered(stage.user, "BTC", "long")
