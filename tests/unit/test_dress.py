"""What a covered position lacks: nothing where exits come along, a standing stop and a target elsewhere."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    ENTRY_ID,
    TAG,
    a_fill,
    a_market,
    a_policy,
    a_position,
    a_stop,
    a_target,
    an_entry,
    an_id,
    dec,
    holdings,
)
from trader.core.abilities import Abilities
from trader.core.actions import Enter, PlaceExit
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg, Side
from trader.core.orders import Order, Unreadable
from trader.core.snapshot import Holdings
from trader.dress import undressed

FOLLOWS: Abilities = replace(
    ABILITIES, attaches_target=False, attached_stands=False, bound_stops_max=1, oversized_exit="rejects"
)
SIZED_TARGETS = replace(FOLLOWS, bound_targets=False)
BOUND: dict[str, Any] = {"size": dec(0), "position_bound": True}
ENTERED = a_fill(client_id=ENTRY_ID)


def held(*orders: Order, **changes: Any) -> Holdings:
    return holdings([a_position()], orders, [ENTERED], **changes)


def missing(reading: Holdings, abilities: Abilities = FOLLOWS, *entries: Enter) -> list[PlaceExit]:
    found = undressed(reading, a_policy(), abilities, entries)
    return [build(a_market(), []) for _, _, build in found]


def told(exits: list[PlaceExit]) -> list[tuple[Role, Any, Any]]:
    return [(e.role, e.trigger, e.size) for e in exits]


class TestStop:
    """The one that is to stand."""

    def test_it_takes_the_level_the_role_and_the_signal_of_the_one_that_covers(self) -> None:
        trail = a_stop(97_000, client_id=an_id(Role.TRAIL))
        (stop,) = missing(held(trail))
        assert told([stop]) == [(Role.TRAIL, dec(97_000), None)]
        identity = decode(stop.client_id)
        assert isinstance(identity, Identity)
        assert (identity.account, identity.leg, identity.role) == (TAG, Leg.LONG, Role.TRAIL)

    def test_of_several_it_takes_the_tightest(self) -> None:
        assert [e.trigger for e in missing(held(a_stop(96_000), a_stop(97_000)))] == [dec(97_000)]

    def test_a_bound_one_farther_from_price_than_the_entrys_is_bridged(self) -> None:
        farther, came_along = a_stop(90_000, **BOUND), a_stop(reduce_only=False)
        assert told(missing(held(farther, came_along))) == [(Role.STOP, dec(96_000), dec("0.01"))]
        assert told(missing(held(farther, came_along, a_stop(order_id="bridge")))) == []

    def test_one_that_came_along_without_the_mark_of_an_exit_is_replaced_too(self) -> None:
        assert told(missing(held(a_stop(reduce_only=False)))) == [(Role.STOP, dec(96_000), None)]

    @pytest.mark.parametrize(
        ("reading", "abilities"),
        [
            (held(a_stop()), ABILITIES),
            (held(a_stop()), replace(FOLLOWS, position_bound_stop=False)),
            (held(a_stop(**BOUND)), FOLLOWS),
            (held(a_stop(), a_stop(95_000, client_id=None, **BOUND)), FOLLOWS),
            (held(a_stop(client_id=None)), FOLLOWS),
            (held(), FOLLOWS),
            (held(a_stop(size="0.009")), FOLLOWS),
            (held(a_stop(size="0.011")), FOLLOWS),
            (
                holdings(
                    [a_position("0.02")],
                    [a_stop()],
                    [ENTERED, a_fill("0.01", "0.01", client_id=None, fill_id="2")],
                ),
                FOLLOWS,
            ),
            (holdings([a_position("0.02")], [a_stop(size="0.02")], [ENTERED]), FOLLOWS),
            (holdings([a_position()], Unreadable("orders", "429"), [ENTERED]), FOLLOWS),
            (holdings([a_position()], [a_stop()], Unreadable("fills", "429")), FOLLOWS),
        ],
        ids=[
            *("exits stand", "no bound stops", "it stands", "a foreign one stands", "a foreign stop covers"),
            *(
                "uncovered",
                "too small",
                "would be refused",
                "mixed",
                "in doubt",
                "orders unread",
                "fills unread",
            ),
        ],
    )
    def test_nothing_else_is_touched(self, reading: Holdings, abilities: Abilities) -> None:
        assert missing(reading, abilities) == []


def of_two_owners(*orders: Order) -> Holdings:
    fills = [ENTERED, a_fill("0.01", "0.01", client_id=None, fill_id="2")]
    return holdings([a_position("0.02")], orders, fills)


class TestOfTwoOwners:
    """What would close the part that is not ours makes room for what closes ours alone."""

    @pytest.mark.parametrize("abilities", [ABILITIES, FOLLOWS, SIZED_TARGETS])
    def test_a_bound_stop_is_followed_by_one_of_our_size(self, abilities: Abilities) -> None:
        reading = of_two_owners(a_stop(**BOUND))
        assert told(missing(reading, abilities)) == [(Role.STOP, dec(96_000), dec("0.01"))]

    @pytest.mark.parametrize("abilities", [ABILITIES, FOLLOWS, SIZED_TARGETS])
    @pytest.mark.parametrize(
        "targets",
        [[], [a_target(**BOUND)], [a_target(size="0.02")], [a_target(size="0.004")]],
        ids=["none", "bound", "too large", "too small"],
    )
    def test_no_target_is_put_on(self, abilities: Abilities, targets: list[Order]) -> None:
        """Not even the one that an entry of this run has named."""
        assert missing(of_two_owners(a_stop(), *targets), abilities, an_entry()) == []

    def test_one_that_is_larger_than_our_part_is_followed_too(self) -> None:
        reading = of_two_owners(a_stop(size="0.02"))
        assert told(missing(reading, ABILITIES)) == [(Role.STOP, dec(96_000), dec("0.01"))]

    def test_one_of_our_size_that_stands_farther_away_is_not_it(self) -> None:
        far = a_stop(80_000, order_id="far")
        found = missing(of_two_owners(a_stop(96_000, **BOUND), far))
        assert told(found) == [(Role.STOP, dec(96_000), dec("0.01"))]

    def test_a_stop_of_our_size_stands(self) -> None:
        assert missing(of_two_owners(a_stop()), FOLLOWS) == []


class TestTarget:
    """It follows what filled."""

    def test_an_entry_of_this_run_tells_it(self) -> None:
        entry = an_entry()
        assert told(missing(held(a_stop(**BOUND)), FOLLOWS, entry)) == [(Role.TARGET, entry.target, None)]
        sized = missing(held(a_stop(**BOUND)), SIZED_TARGETS, entry)
        assert told(sized) == [(Role.TARGET, entry.target, dec("0.01"))]

    @pytest.mark.parametrize(
        ("entry", "orders"),
        [
            (an_entry(client_id=an_id(reference=7)), []),
            (an_entry(target=None), []),
            (an_entry(), [a_target()]),
            (an_entry(), [a_target(**BOUND)]),
        ],
        ids=["not filled", "it has none", "it is there", "it is bound"],
    )
    def test_else_none_is_placed(self, entry: Enter, orders: list[Order]) -> None:
        assert missing(held(a_stop(**BOUND), *orders), SIZED_TARGETS, entry) == []

    def test_where_it_came_along_it_stays_as_it_is(self) -> None:
        assert missing(held(a_stop(), a_target(size="0.004")), ABILITIES, an_entry()) == []

    @pytest.mark.parametrize("size", ["0.004", "0.02"])
    def test_a_sized_one_follows_the_size(self, size: str) -> None:
        reading = held(a_stop(**BOUND), a_target(size=size))
        assert told(missing(reading, SIZED_TARGETS)) == [(Role.TARGET, dec(107_000), dec("0.01"))]
        assert told(missing(reading, FOLLOWS)) == [(Role.TARGET, dec(107_000), None)]


def test_each_leg_is_dressed_by_its_own_orders() -> None:
    long, short = a_position(two_sided=True), a_position("-0.01", two_sided=True)
    fills = [
        a_fill(client_id=ENTRY_ID, leg=Leg.LONG),
        a_fill("-0.01", client_id=an_id(leg=Leg.SHORT), leg=Leg.SHORT, fill_id="2"),
    ]
    orders = [
        a_stop(leg=Leg.LONG, **BOUND),
        a_stop(104_000, side=Side.BUY, price=None, leg=Leg.SHORT, client_id=an_id(Role.STOP, leg=Leg.SHORT)),
    ]
    (stop,) = missing(holdings([long, short], orders, fills))
    assert (stop.leg, stop.trigger) == (Leg.SHORT, dec(104_000))
    assert stop.bound > stop.trigger
