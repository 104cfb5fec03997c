"""Which form an exit takes: bound, sized, or the live one moved."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import ABILITIES, TAG, a_position, a_stop, a_target, an_id, dec
from trader.core.abilities import Abilities
from trader.core.identity import Role
from trader.core.market import Leg, Side
from trader.core.orders import Kind, Order
from trader.core.ownership import Owned
from trader.exits import exit_size, has_room, movable

ONE: Abilities = replace(ABILITIES, bound_stops_max=1, amend_stop=True)
BOUND: dict[str, Any] = {"size": dec(0), "position_bound": True}
OURS = Owned(dec("0.01"), dec(0), dec(100_000), 1, None)
MIXED = replace(OURS, foreign=dec("0.01"))


@pytest.mark.parametrize(
    ("abilities", "orders", "size"),
    [
        (ABILITIES, [], None),
        (ABILITIES, [a_stop(**BOUND)], None),
        (ONE, [], None),
        (ONE, [a_stop()], None),
        (ONE, [a_stop(**BOUND)], dec("0.01")),
        (ONE, [a_stop(client_id=None, **BOUND)], dec("0.01")),
        (ONE, [a_stop(side=Side.BUY, **BOUND)], None),
        (ONE, [a_target(**BOUND)], None),
        (replace(ONE, position_bound_stop=False), [], dec("0.01")),
    ],
    ids=[
        *("any number", "any number beside one", "the first", "beside a sized one", "beside a bound one"),
        *("beside a foreign bound one", "one of the other leg", "a target is no stop", "no such thing"),
    ],
)
def test_a_stop_is_bound_where_there_is_room(abilities: Abilities, orders: list[Order], size: Any) -> None:
    assert exit_size(a_position(), OURS, orders, Kind.STOP, abilities) == size
    assert has_room(orders, Leg.LONG, Kind.STOP, abilities) is (size is None)
    assert exit_size(a_position("0.02"), MIXED, orders, Kind.STOP, abilities) == dec("0.01")


def test_a_target_is_bound_only_where_targets_are() -> None:
    assert exit_size(a_position(), OURS, [], Kind.TARGET, ONE) is None
    assert exit_size(a_position(), OURS, [], Kind.TARGET, replace(ONE, bound_targets=False)) == dec("0.01")


@pytest.mark.parametrize(
    ("abilities", "order", "moves"),
    [
        (ONE, a_stop(**BOUND), True),
        (replace(ONE, amend_stop=False), a_stop(**BOUND), False),
        (ONE, a_stop(), False),
        (ONE, a_stop(client_id=an_id(Role.TRAIL), **BOUND), False),
        (ONE, a_stop(client_id=None, **BOUND), False),
        (ONE, a_stop(side=Side.BUY, **BOUND), False),
        (ONE, a_target(**BOUND), False),
    ],
    ids=[
        "standing",
        "the venue cannot",
        "sized",
        "of another role",
        "foreign",
        "of the other leg",
        "a target",
    ],
)
def test_only_a_standing_stop_of_the_same_role_moves(abilities: Abilities, order: Order, moves: bool) -> None:
    assert movable([order], Leg.LONG, Role.STOP, TAG, abilities) is (order if moves else None)
