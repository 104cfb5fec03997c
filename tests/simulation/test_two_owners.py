"""Somebody trades beside us in one position: our part carries a stop of its own size, and nothing else.

Whichever of two sized exits fired first, the other would stand there until the next run and could close what
is not ours.
"""

from decimal import Decimal

import pytest

from tests.support.scenes import TARGET, code, drive, stage_with_position, stops
from tests.support.way_cases import WAYS, entered, leg_of
from trader.core.actions import Close
from trader.core.identity import Role
from trader.core.report import Exit
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Tif, Trigger
from trader.rehearsal import Stage
from trader.run import Ran

BESIDE = ("hyperliquid", *WAYS)
NOTE = "BTC: no target beside a part that is not ours"


def leg(way: str) -> str | None:
    return leg_of(way) if way in WAYS else None


def shared(way: str) -> tuple[Stage, Decimal]:
    """A position of ours to which somebody has added as much again, and the size of our part."""
    made = entered(way) if way in WAYS else stage_with_position()
    ours = made.size("BTC", leg(way))
    by_hand(made, way, ours)
    made.pass_time(1)
    return made, ours


def by_hand(made: Stage, way: str, signed: Decimal) -> None:
    price = made.model.quote("BTC").mark * (Decimal("1.02") if signed > 0 else Decimal("0.98"))
    spec = OrderSpec("BTC", signed > 0, price.quantize(Decimal(1)), abs(signed), Tif.IOC, False, leg=leg(way))
    assert made.model.place(made.user, [spec])[0].reason is None


def targets(made: Stage, way: str) -> list[Decimal]:
    orders = made.model.open_orders(made.user, "BTC")
    takes = [o for o in orders if o.trigger is not None and o.trigger.kind is Trigger.TAKE]
    return [o.trigger.px for o in takes if o.trigger is not None and o.leg == leg(way)]


def ran(made: Stage) -> Ran:
    found = made.host.run()
    assert found is not None
    return found


@pytest.mark.parametrize("way", BESIDE)
def test_our_part_carries_a_stop_and_no_target(way: str) -> None:
    made, _ = shared(way)
    (before,), had = targets(made, way), stops(made, "BTC", leg(way))
    first = ran(made)
    assert targets(made, way) == []
    assert stops(made, "BTC", leg(way)) == had
    assert [n for n in first.notes if n.startswith(NOTE)], first.notes
    again = ran(made)
    assert again.done == []
    assert again.verdict is not None and [n for n in again.verdict.notes if n.startswith(NOTE)]
    by_hand(made, way, -made.size("BTC", leg(way)) / 2)
    made.pass_time(60)
    ran(made)
    (after,) = targets(made, way)
    assert abs(after - before) < before / 1_000, "it is reckoned from our fill, and no more from mark"


@pytest.mark.parametrize("way", BESIDE)
def test_the_health_command_calls_the_target_off_too_and_says_so(way: str) -> None:
    made, _ = shared(way)
    checked = made.host.check()
    assert checked is not None
    assert targets(made, way) == []
    assert [n for n in checked.notes if n.startswith(NOTE)], checked.notes
    again = made.host.check()
    assert again is not None and again.done == []


@pytest.mark.parametrize("way", BESIDE)
def test_a_run_that_finds_price_beyond_the_target_closes_our_part_alone(way: str) -> None:
    made, ours = shared(way)
    ran(made)
    drive(made, "BTC", float(made.model.quote("BTC").mark) * (1 + 1.5 * TARGET))
    closing = ran(made)
    (close,) = [d.action for d in closing.done if isinstance(d.action, Close)]
    assert (close.role, close.size) == (Role.TARGET, ours)
    assert made.size("BTC", leg(way)) == ours, "what was bought by hand"


@pytest.mark.parametrize("way", BESIDE)
def test_what_a_repair_placed_a_moment_ago_goes_when_our_part_has_gone(
    way: str,
) -> None:
    """A stop may go before its entry, and is then awaited; one in the place of another never did."""
    made, ours = shared(way)
    for order in made.model.open_orders(made.user, "BTC"):
        assert made.model.cancel(made.user, order.oid)
    ran(made)
    assert len(stops(made, "BTC", leg(way))) == 1
    by_hand(made, way, -2 * ours)
    by_hand(made, way, ours)
    made.pass_time(1)
    ran(made)
    assert stops(made, "BTC", leg(way)) == []


@pytest.mark.parametrize("way", BESIDE)
def test_a_stop_that_somebody_put_behind_his_part_does_not_guard_ours(way: str) -> None:
    """It closes his part when it fires, and ours would stand there without any."""
    made, ours = shared(way)
    for order in made.model.open_orders(made.user, "BTC"):
        assert made.model.cancel(made.user, order.oid)
    theirs = TriggerSpec(Decimal(92_000), Trigger.STOP, True)
    spec = OrderSpec("BTC", False, Decimal(83_000), ours, None, True, theirs, leg=leg(way))
    assert made.model.place(made.user, [spec])[0].reason is None
    assert code(made.host.check()) is Exit.OK
    assert len(stops(made, "BTC", leg(way))) == 2
    drive(made, "BTC", 91_000)
    assert made.size("BTC", leg(way)) == 0


@pytest.mark.parametrize("way", BESIDE)
def test_a_looser_stop_of_somebody_else_does_not_take_the_place_of_ours(way: str) -> None:
    """It covers, for a check; a run puts ours back where the strategy wants it, and leaves his alone."""
    made = entered(way) if way in WAYS else stage_with_position()
    (had,) = stops(made, "BTC", leg(way))
    for order in made.model.open_orders(made.user, "BTC"):
        assert made.model.cancel(made.user, order.oid)
    theirs = TriggerSpec(Decimal(80_000), Trigger.STOP, True)
    size = made.size("BTC", leg(way))
    spec = OrderSpec("BTC", False, Decimal(72_000), size, None, True, theirs, leg=leg(way))
    assert made.model.place(made.user, [spec])[0].reason is None
    checked = made.host.check()
    assert checked is not None and checked.done == []
    ran(made)
    his, ours = stops(made, "BTC", leg(way))
    assert his == 80_000
    assert abs(ours - had) < had / 1_000
    made.pass_time(60)
    assert ran(made).done == []
