"""A position whose cover cannot be read is an alarm; it is closed only where the file asks for it."""

from decimal import Decimal

import pytest

from tests.support.scenes import code, stage
from tests.support.way_cases import WAYS, leg_of, way_stage
from trader.core.actions import Close
from trader.core.identity import Role
from trader.core.report import Exit
from trader.rehearsal import Stage
from trader.run import check_cover
from trader.sim.faults import Fault

CLOSES = ("unreadable_cover.flatten_after=3",)
LISTS = {
    "hyperliquid": "frontendOpenOrders",
    "okx": "trade/orders-algo-pending",
    "binance": "GET openAlgoOrders",
}
EACH = tuple(WAYS)


def held(way: str, overrides: tuple[str, ...]) -> Stage:
    """A stage whose first tick has entered, and whose list of stops cannot be read from now on."""
    made = stage(("BTC",), overrides) if way == "hyperliquid" else way_stage(way, overrides=overrides)
    assert made.host.run() is not None
    assert size(made, way) > 0
    made.pass_time(60)
    made.faults(Fault("H4", what=LISTS[made.settings.venue], times=0))
    return made


def size(made: Stage, way: str) -> Decimal:
    return made.size("BTC", None if way == "hyperliquid" else leg_of(way))


def test_without_the_setting_nothing_is_closed() -> None:
    made = held("hyperliquid", ())
    assert code(made.host.run()) is Exit.UNREADABLE
    assert size(made, "hyperliquid") > 0


@pytest.mark.parametrize("way", EACH)
def test_with_it_the_position_is_closed_and_said_to_be(way: str) -> None:
    made = held(way, CLOSES)
    ran = made.host.run()
    assert ran is not None
    (closed,) = [d.action for d in ran.done if isinstance(d.action, Close)]
    assert (closed.role, size(made, way)) == (Role.CLOSE_EMERGENCY, Decimal(0))
    assert "could not be read 3 times in a row" in closed.reason
    assert Exit.EMERGENCY in ran.codes


def test_the_check_between_ticks_closes_too_and_a_look_alone_does_not() -> None:
    made = held("hyperliquid", CLOSES)
    policy = made.policy()
    env = made.host.env()
    assert code(check_cover(env, policy, repair=False)) is Exit.UNREADABLE
    assert size(made, "hyperliquid") > 0
    ran = check_cover(made.host.env(), policy, repair=True)
    assert Exit.EMERGENCY in ran.codes
    assert size(made, "hyperliquid") == 0


@pytest.mark.parametrize("failing", range(15, 19))
def test_one_reading_that_shows_the_stop_ends_it(failing: int) -> None:
    """All readings of the tick and its proofs fail, and none, one, two or all of the three
    that count; at last the one that the close would be sized by shows the stop."""
    made = held("hyperliquid", CLOSES)
    made.faults(Fault("H4", what=LISTS["hyperliquid"], times=failing))
    ran = made.host.run()
    assert ran is not None
    assert [d for d in ran.done if isinstance(d.action, Close)] == []
    assert size(made, "hyperliquid") > 0
    assert code(ran) is Exit.UNREADABLE


def test_a_position_of_somebody_else_is_never_closed() -> None:
    """Where fills cannot be read either, nobody knows whose it is."""
    made = held("hyperliquid", CLOSES)
    made.faults(Fault("H4", what=LISTS["hyperliquid"], times=0), Fault("H4", what="userFillsByTime", times=0))
    assert code(made.host.run()) is Exit.UNREADABLE
    assert size(made, "hyperliquid") > 0
