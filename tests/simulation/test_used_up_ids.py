"""Exits of ours that somebody takes off, where the venue never takes the id of an ended order again."""

from decimal import Decimal

import pytest

from tests.support.scenes import code
from tests.support.way_cases import WAYS, entered, leg_of
from trader.core.report import Exit
from trader.exchange.status import Trigger
from trader.rehearsal import Stage


def targets(made: Stage, way: str) -> list[Decimal]:
    orders = made.model.open_orders(made.user, "BTC")
    live = [o for o in orders if o.trigger is not None and o.leg == leg_of(way)]
    return [o.trigger.px for o in live if o.trigger and o.trigger.kind is Trigger.TAKE]


@pytest.mark.parametrize("way", WAYS)
def test_a_target_that_somebody_cancels_comes_back_in_the_next_tick(way: str) -> None:
    """As often as he does it, also within one bar, whose minute is all that tells one try from the next."""
    made = entered(way)
    (level,) = targets(made, way)
    for _ in range(3):
        for order in made.model.open_orders(made.user, "BTC"):
            if order.trigger is not None and order.trigger.kind is Trigger.TAKE:
                assert made.model.cancel(made.user, order.oid)
        made.pass_time(20)
        assert code(made.host.run()) is Exit.OK
        (back,) = targets(made, way)
        assert abs(back - level) < level / 500
    made.pass_time(20)
    ran = made.host.run()
    assert ran is not None and ran.done == []
