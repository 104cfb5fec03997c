"""Stops of several coins on one margin: whether all could act before liquidation, and where they stand."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import a_fill, a_policy, a_position, a_stop, an_id, dec, holdings
from trader.core.identity import Role
from trader.core.market import Leg, Side, Slot
from trader.core.policy import StopRules
from trader.core.snapshot import Account, Holdings
from trader.cover import overtaken
from trader.crowding import crowded, crowded_cases

# Half a percent of price behind each stop, so that the numbers can be followed by hand.
POLICY = a_policy(stops=StopRules("mark", 0.005, 0.05))
BTC, ETH = Slot("BTC"), Slot("ETH")


def reading(*, room: object, btc_stop: object = 96_000, eth_stop: object = 1_920, **changes: Any) -> Holdings:
    """Long 1 BTC at 100,000 and 50 ETH at 2,000, no maintenance; liquidation where `room` is lost on one."""
    return holdings(
        [
            a_position(1, liquidation=100_000 - dec(room), mark=dec(100_000)),
            a_position(
                50, "ETH", entry_price=dec(2_000), mark=dec(2_000), liquidation=2_000 - dec(room) / 50
            ),
        ],
        [
            a_stop(btc_stop, 1, position_bound=True),
            a_stop(eth_stop, 50, "ETH", position_bound=True),
        ],
        [a_fill(1), a_fill(50, coin="ETH", price=dec(2_000))],
        **{"account": Account(dec(50_000), dec(0), dec(0)), **changes},
    )


def rounded(found: Any) -> dict[Slot, Decimal]:
    return {slot: level.quantize(dec("0.1")) for slot, level in found.items()}


def test_stops_that_can_all_act_stay_where_they_are() -> None:
    """Both lose 4,000 to their stops, and 500 more stand behind each: 9,000 are needed."""
    assert crowded(reading(room=9_000), POLICY) == {}
    assert crowded_cases(reading(room=9_000), POLICY) == []


def test_where_they_cannot_each_gives_up_the_same_share_of_its_way() -> None:
    """5,000 are left, 1,000 of them as margins: half of each way."""
    assert rounded(crowded(reading(room=5_000), POLICY)) == {BTC: dec(98_000), ETH: dec(1_960)}


def test_after_that_they_can() -> None:
    moved = reading(room=5_000, btc_stop="98000.1", eth_stop="1960.1")
    assert crowded(moved, POLICY) == {}


def test_without_room_for_the_margins_no_way_is_left() -> None:
    assert rounded(crowded(reading(room=900), POLICY)) == {BTC: dec(100_000), ETH: dec(2_000)}


def test_a_case_carries_the_liquidation_that_overtakes_its_stop() -> None:
    now = reading(room=5_000)
    btc, eth = crowded_cases(now, POLICY)
    for case, level in ((btc, 98_000), (eth, 1_960)):
        (stop,) = now.orders_in(case.slot)
        assert case.found.overtaken
        assert overtaken(stop, case.position, POLICY.stops)
        moved = replace(stop, trigger=dec(level) + dec("0.1"))
        assert not overtaken(moved, case.position, POLICY.stops)


def test_a_foreign_stop_counts_and_is_not_moved() -> None:
    """All that can be given up is the way of ours: 4,500 are taken, 500 are left, and all are its margin."""
    now = reading(room=5_500)
    bought = replace(now, fills=(a_fill(1), a_fill(50, coin="ETH", client_id=None)))
    assert isinstance(now.orders, tuple)
    orders = (now.orders[0], replace(now.orders[1], client_id=None))
    assert rounded(crowded(replace(bought, orders=orders), POLICY)) == {BTC: dec(99_500)}


@pytest.mark.parametrize(
    "alone",
    [
        {"cross": False},
        {"liquidation": None},
    ],
)
def test_one_coin_is_no_crowd(alone: Any) -> None:
    now = reading(room=5_000)
    positions = tuple(replace(p, **alone) for p in now.positions)
    assert crowded(replace(now, positions=positions), POLICY) == {}
    assert crowded(replace(now, positions=now.positions[:1]), POLICY) == {}


def test_a_coin_without_a_live_stop_stands_still() -> None:
    now = reading(room=5_000)
    assert isinstance(now.orders, tuple)
    assert crowded(replace(now, orders=now.orders[:1]), POLICY) == {}


def test_maintenance_that_goes_with_the_position_makes_room() -> None:
    """A tenth of all notional is asked for: a fall of 5,000 takes 4,500 of what is left."""
    account = Account(dec(50_000), dec(0), dec(20_000))
    assert rounded(crowded(reading(room=5_000, account=account), POLICY)) == {
        BTC: dec("98250.0"),
        ETH: dec("1965.0"),
    }


def test_of_two_legs_the_one_that_would_lose_more_counts() -> None:
    """Price goes one way at a time: the short of one coin does not take from the long of another twice."""
    two = [replace(p, two_sided=True) for p in reading(room=5_000).positions]
    short = a_position("-0.2", mark=dec(100_000), liquidation=dec(95_000), two_sided=True)
    orders = [
        a_stop(96_000, 1, position_bound=True, leg=Leg.LONG),
        a_stop(101_000, "0.2", side=Side.BUY, price=dec(111_100), leg=Leg.SHORT,
               client_id=an_id(Role.STOP, leg=Leg.SHORT)),
        a_stop(1_920, 50, "ETH", position_bound=True, leg=Leg.LONG),
    ]  # fmt: skip
    now = replace(reading(room=5_000), positions=(*two, short), orders=tuple(orders))
    assert set(crowded(now, POLICY)) == {Slot("BTC", Leg.LONG), Slot("ETH", Leg.LONG)}
