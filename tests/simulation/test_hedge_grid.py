"""A hedge grid through hours on both venues that hold two sides apart, with the real pipeline and wire.

Its rungs fill while nobody runs. Each run starts cold and knows only what the exchange tells.
"""

import random
from collections import Counter
from decimal import Decimal

import pytest

from tests.support.grid_stage import (
    BAR_MS,
    PRICE,
    anchors,
    armed,
    book,
    drive,
    grid_stage,
    numbers,
    rungs,
    ticked,
    to_next_bar,
)
from trader.core.actions import Cancel, PlaceExit, Rest
from trader.core.report import Exit
from trader.exchange.status import Trigger
from trader.rehearsal import Stage

VENUES = ("binance", "okx")
STEP = PRICE * 0.005
ANCHOR = round(PRICE * 10)
LEGS = ("long", "short")


def is_covered(stage: Stage) -> bool:
    return all(stage.watch.covered(stage.user, "BTC", leg) for leg in LEGS)


def naked_ms(stage: Stage) -> int:
    return stage.watch.naked_ms(stage.user, "BTC")


@pytest.mark.parametrize("venue", VENUES)
def test_twelve_rungs_a_side_rest_and_an_unchanged_market_writes_nothing(venue: str) -> None:
    stage = grid_stage(venue, levels_long=12, levels_short=12)
    first = ticked(stage)
    assert rungs(stage) == sorted((leg, n, ANCHOR) for leg in LEGS for n in range(1, 13))
    assert Counter(type(d.action) for d in first.done)[Rest] == 24
    before = book(stage)
    for _ in range(4):
        to_next_bar(stage)
        assert ticked(stage).done == []
        assert book(stage) == before


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(("leg", "sign"), [("long", -1), ("short", 1)])
def test_rungs_that_fill_between_ticks_are_covered_and_not_placed_again(
    venue: str, leg: str, sign: int
) -> None:
    stage = grid_stage(venue)
    ticked(stage)
    drive(stage, PRICE + sign * 0.7 * STEP, PRICE + sign * 2.5 * STEP)
    held = abs(stage.size("BTC", leg))
    assert held == Decimal("0.0205") or held == Decimal("0.020"), "two rungs, in whole lots"
    assert venue == "binance" or is_covered(stage), "attached stops cover while nobody runs"
    ticked(stage)
    assert is_covered(stage)
    assert naked_ms(stage) <= (BAR_MS + 20_000 if venue == "binance" else 0)
    (target,) = armed(stage, leg, Trigger.TAKE)
    assert target.follows_position or target.sz == held
    assert numbers(stage, leg)[0] == 3 and 2 not in numbers(stage, leg)
    settled = book(stage)
    for _ in range(3):
        to_next_bar(stage)
        assert ticked(stage).done == []
    assert book(stage) == settled
    drive(stage, PRICE + sign * 0.2 * STEP)
    ticked(stage)
    assert numbers(stage, leg)[0] == 3, "price is back on the other side of both, and they stay spent"


@pytest.mark.parametrize("venue", VENUES)
def test_a_target_closes_its_side_and_its_rungs_come_back(venue: str) -> None:
    stage = grid_stage(venue)
    ticked(stage)
    drive(stage, PRICE - 1.2 * STEP)
    ticked(stage)
    assert stage.size("BTC", "long") > 0
    drive(stage, PRICE + 0.9 * STEP, PRICE + 2.3 * STEP)
    assert stage.size("BTC", "long") == 0, "three steps from the average of the first rung"
    assert stage.size("BTC", "short") < 0
    for _ in range(2):  # the first run sees the close, the second that nothing of the leg is left
        ticked(stage)
        to_next_bar(stage)
    assert numbers(stage, "long") == [1, 2, 3, 4, 5, 6]
    assert not armed(stage, "long", Trigger.STOP) and is_covered(stage)


def test_a_side_that_opens_anew_at_the_same_anchor_gets_a_stop_of_its_own() -> None:
    """The first time one rung filled, the second time all six: their average is farther from price, and the
    stop of the first time would close them at once."""
    stage = grid_stage("binance")
    ticked(stage)
    drive(stage, PRICE - 1.02 * STEP, PRICE - 0.98 * STEP)
    ticked(stage)
    (first,) = armed(stage, "long", Trigger.STOP)
    drive(stage, PRICE + 2.02 * STEP, PRICE + 1.9 * STEP)
    ticked(stage)
    assert stage.size("BTC", "long") == 0 and numbers(stage, "long") == [1, 2, 3, 4, 5, 6]
    drive(stage, PRICE - 6.04 * STEP, PRICE - 5.98 * STEP)
    ticked(stage)
    (second,) = armed(stage, "long", Trigger.STOP)
    mark = stage.model.quote("BTC").mark
    assert first.trigger is not None and second.trigger is not None
    assert second.trigger.px < mark < first.trigger.px
    assert stage.size("BTC", "long") > 0


@pytest.mark.parametrize("venue", VENUES)
def test_a_recentre_moves_every_rung_once_and_never_uncovers(venue: str) -> None:
    stage = grid_stage(venue, recenter_bps=240)
    ticked(stage)
    drive(stage, PRICE - 1.2 * STEP)
    ticked(stage)
    stops = {o.oid for o in armed(stage, "long", Trigger.STOP)}
    for fraction in (2.2, 3.2, 4.2):
        drive(stage, PRICE - fraction * STEP)
        ticked(stage)
    assert anchors(stage) == {ANCHOR}
    naked, resting = naked_ms(stage), len(rungs(stage))
    drive(stage, PRICE - 4.9 * STEP)
    ran = ticked(stage)
    sent = Counter(type(d.action) for d in ran.done)
    assert anchors(stage) == {round((PRICE - 4.9 * STEP) * 10)}
    assert sent[Rest] == len(rungs(stage)) == len(set(rungs(stage)))
    assert len([d for d in ran.done if isinstance(d.action, Cancel)]) == resting
    assert not [d for d in ran.done if isinstance(d.action, PlaceExit)]
    assert naked_ms(stage) == naked and is_covered(stage)
    assert stops <= {o.oid for o in armed(stage, "long", Trigger.STOP)}
    to_next_bar(stage)
    assert ticked(stage).done == []


@pytest.mark.parametrize("venue", VENUES)
def test_halted_the_rungs_go_and_the_exits_stay(venue: str) -> None:
    stage = grid_stage(venue)
    ticked(stage)
    drive(stage, PRICE - 1.2 * STEP)
    ticked(stage)
    stage.host.halted = "halted by the operator"
    to_next_bar(stage)
    ticked(stage)
    assert rungs(stage) == [] and is_covered(stage)
    assert armed(stage, "long", Trigger.STOP) and armed(stage, "long", Trigger.TAKE)
    stage.host.halted = None
    to_next_bar(stage)
    ticked(stage)
    assert len(rungs(stage)) > 6 and is_covered(stage)


def test_where_a_fill_would_be_naked_the_grid_is_refused_unless_the_file_says_how_much() -> None:
    stage = grid_stage("binance", naked=0)
    ran = ticked(stage)
    assert rungs(stage) == [] and ran.verdict is not None
    assert {r.rule for r in ran.verdict.refused} == {"naked_resting"}
    some = grid_stage("binance", naked=2_500)
    ticked(some)
    assert len(rungs(some)) == 2, "as many as the number allows"


def test_where_orders_end_by_themselves_rungs_are_renewed_and_do_not_outlive_their_trader() -> None:
    stage = grid_stage("binance")
    ticked(stage)
    first = book(stage)
    stage.pass_time(2.9 * 3600)
    assert ticked(stage).done == [] and book(stage) == first
    stage.pass_time(0.2 * 3600)
    ticked(stage)
    assert len(rungs(stage)) == 12 and not book(stage) & first
    stage.pass_time(4 * 3600 + 60)
    assert rungs(stage) == [], "nobody ran for as long as they may live"
    ticked(stage)
    assert len(rungs(stage)) == 12


@pytest.mark.parametrize("venue", VENUES)
def test_a_run_killed_anywhere_in_a_recentre_is_healed_by_the_next(venue: str) -> None:
    """Restart reproduces: whatever was sent, the following runs end in the same grid, each rung once."""

    def before() -> Stage:
        stage = grid_stage(venue, levels_long=3, levels_short=3)
        ticked(stage)
        drive(stage, PRICE - 1.2 * STEP)
        ticked(stage)
        drive(stage, PRICE - 2.2 * STEP, PRICE - 4.4 * STEP)
        return stage

    whole = before()
    start = whole.host.mount.requests
    ticked(whole)
    requests = whole.host.mount.requests - start
    to_next_bar(whole)
    ticked(whole)
    wanted = rungs(whole)
    assert wanted
    for killed_at in range(2, requests + 1, max(1, requests // 6)):
        stage = before()
        stage.host.kill_at(killed_at)
        assert stage.host.run() is None
        for _ in range(2):
            to_next_bar(stage)
            ran = stage.host.run()
            assert ran is not None and not ran.codes & {Exit.NAKED, Exit.UNKNOWN, Exit.OTHER_HOST}
        assert rungs(stage) == wanted, f"killed before request {killed_at} of {requests}"
        assert is_covered(stage)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("seed", [1, 2])
def test_hours_of_a_wandering_market(venue: str, seed: int) -> None:
    """After every run: each rung at most once, both sides covered, all caps kept, one target a side."""
    chance, price = random.Random(seed), PRICE
    stage = grid_stage(venue, side_notional_max=6_000, net_notional_max=6_000, adx_min=20)
    for _ in range(24):
        ticked(stage)
        found = rungs(stage)
        assert len(set(found)) == len(found) and len(anchors(stage)) <= 1
        assert is_covered(stage)
        for leg in LEGS:
            held = abs(stage.size("BTC", leg)) * Decimal(str(price))
            resting = sum(
                (o.px * o.sz for o in stage.model.open_orders(stage.user, "BTC") if _is_rung(o, leg)),
                Decimal(0),
            )
            assert not resting or held + resting <= 6_000
            assert len(armed(stage, leg, Trigger.TAKE)) == (1 if held else 0)
        path = [price := round(price * (1 + chance.gauss(0, 0.004)), 1) for _ in range(3)]
        drive(stage, *path)
    assert venue == "binance" or naked_ms(stage) == 0


def _is_rung(order: object, leg: str) -> bool:
    return getattr(order, "trigger", None) is None and getattr(order, "leg", None) == leg
