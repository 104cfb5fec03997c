"""What another reading could still tell."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW_MS, a_fill, a_policy, a_position, a_stop, a_target, dec, holdings
from trader.core.market import Side, Slot
from trader.core.orders import Order, Unreadable
from trader.reread import JUST_MS, displaced, is_lasting

BTC = Slot("BTC", None)


@pytest.mark.parametrize(("ago_ms", "expected"), [(JUST_MS, True), (JUST_MS - 1, False)])
def test_a_beginning_that_is_out_of_sight_is_looked_for_again_beside_a_fill_of_this_moment(
    ago_ms: int, expected: bool
) -> None:
    added = replace(a_fill("0.01", "0.02"), at_ms=NOW_MS - ago_ms)
    reading = replace(holdings([a_position("0.03")], [], [added]), at_ms=NOW_MS)
    assert is_lasting(reading, BTC, a_policy()) is expected


def test_positions_and_fills_that_disagree_may_agree_in_the_next_reading() -> None:
    assert not is_lasting(holdings([a_position("0.03")], [], [a_fill("0.02")]), BTC, a_policy())
    assert not is_lasting(holdings([a_position()], [], [a_fill()]), BTC, a_policy())


OF_A_SHORT = a_stop(104_000, side=Side.BUY)


@pytest.mark.parametrize(
    ("order", "asked", "is_marked"),
    [
        (a_stop(95_903), 96_000, True),
        (a_stop(95_904), 96_000, False),
        (a_stop(97_000), 96_000, False),
        (replace(OF_A_SHORT, trigger=dec(104_105)), 104_000, True),
        (replace(OF_A_SHORT, trigger=dec(104_104)), 104_000, False),
        (replace(OF_A_SHORT, trigger=dec(103_000)), 104_000, False),
        (a_target(107_000, client_id=a_stop().client_id), 109_000, False),
        (a_stop(96_000, client_id="another"), 97_000, False),
        (a_stop(96_000, client_id=None), 97_000, False),
        (replace(a_stop(), trigger=None), 97_000, False),
    ],
)
def test_a_stop_that_stands_farther_from_price_than_asked_is_marked(
    order: Order, asked: int, is_marked: bool
) -> None:
    reading = holdings([a_position()], [order], [a_fill()])
    (found,) = displaced(reading, {a_stop().client_id or "": dec(asked)}).orders_in(BTC)
    assert found == replace(order, asked=dec(asked) if is_marked else None)


def test_orders_that_could_not_be_read_stay_so() -> None:
    reading = replace(holdings([a_position()], [], []), orders=Unreadable("orders", "gone"))
    assert displaced(reading, {"stop": dec(1)}) == reading
