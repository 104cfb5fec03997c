"""What one reading proves of each position, and which exits are superseded."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    NOW_MS,
    a_fill,
    a_policy,
    a_position,
    a_stop,
    a_target,
    an_id,
    dec,
    holdings,
)
from trader.core.identity import Role
from trader.core.market import Leg, Side
from trader.core.orders import Order, Unreadable
from trader.core.report import Foreign, Protected, Unread
from trader.core.snapshot import Holdings
from trader.examine import examine, orphans, shared_targets, superseded

BLIND = Unreadable("x", "429")
BOUND: dict[str, Any] = {"size": dec(0), "position_bound": True}
LATER_VERSION = f"{int(an_id(Role.STOP), 16) + (1 << 116):032x}"


def held(*orders: Order, **changes: Any) -> Holdings:
    return holdings([a_position()], orders, [a_fill()], **changes)


def mixed(*orders: Order) -> Holdings:
    fills = [a_fill(), a_fill("0.01", "0.01", client_id=None, fill_id="2", at_ms=NOW_MS)]
    return holdings([a_position("0.02")], orders, fills)


def ids(orders: list[Order]) -> set[str]:
    return {o.order_id for o in orders}


class TestProof:
    """Protected, foreign or unread; never flat by default."""

    def test_a_covered_position_is_protected_by_name(self) -> None:
        proofs, cases = examine(held(a_stop()), a_policy(), ABILITIES)
        assert proofs == [Protected("BTC", dec("0.01"), ("stop-96000",), dec(96_000))]
        assert cases == []

    def test_an_uncovered_one_is_a_case_and_no_proof(self) -> None:
        proofs, cases = examine(held(), a_policy(), ABILITIES)
        assert proofs == []
        assert [(c.coin, c.mine.ours, c.found.why) for c in cases] == [
            ("BTC", dec("0.01"), "no stop is live")
        ]

    def test_a_mixed_one_is_judged_by_our_part_and_told_apart(self) -> None:
        proofs, cases = examine(mixed(a_stop()), a_policy(), ABILITIES)
        assert cases == []
        assert proofs == [
            Protected("BTC", dec("0.01"), ("stop-96000",), dec(96_000)),
            Foreign("BTC", dec("0.01"), covered=False),
        ]

    def test_a_foreign_one_is_reported_and_never_a_case(self) -> None:
        reading = holdings([a_position()], [], [a_fill(client_id=None)])
        assert examine(reading, a_policy(), ABILITIES) == ([Foreign("BTC", dec("0.01"), covered=False)], [])

    @pytest.mark.parametrize(
        "reading",
        [
            holdings([a_position()], BLIND, [a_fill()]),
            holdings([a_position()], [a_stop()], BLIND),
            holdings([], [], [a_fill()]),
            holdings([a_position("0.02")], [a_stop(size="0.02")], [a_fill()]),
        ],
        ids=["orders unread", "fills unread", "flat against the fills", "larger than the fills"],
    )
    def test_what_contradicts_itself_proves_nothing(self, reading: Holdings) -> None:
        proofs, cases = examine(reading, a_policy(), ABILITIES)
        assert [type(p) for p in proofs] == [Unread]
        assert cases == []

    def test_a_position_whose_beginning_is_lost_is_protected_by_our_own_stop_alone(self) -> None:
        late = a_fill("0.005", "0.005")
        own = holdings([a_position()], [a_stop()], [late])
        foreign = holdings([a_position()], [a_stop(client_id=None)], [late])
        assert [type(p) for p in examine(own, a_policy(), ABILITIES)[0]] == [Protected]
        assert [type(p) for p in examine(foreign, a_policy(), ABILITIES)[0]] == [Unread]


class TestSuperseded:
    """What a newer exit has replaced; the one that covers is never among it."""

    good = a_stop(96_000, order_id="good")

    @pytest.mark.parametrize(
        ("beside", "gone"),
        [
            (a_stop(95_000, order_id="x"), {"x"}),
            (a_stop(97_000, order_id="x"), {"good"}),
            (a_stop(97_000, "0.005", order_id="x"), set()),
            (a_stop(95_000, "0.005", order_id="x"), {"x"}),
            (a_stop(104_000, order_id="x", side=Side.BUY), {"x"}),
            (a_stop(97_000, order_id="x", is_armed=False), {"x"}),
            (a_stop(97_000, order_id="x", is_market=False), set()),
            (a_stop(101_000, order_id="x"), set()),
            (a_stop(97_000, order_id="x", client_id=None), set()),
            (a_stop(95_000, order_id="x", client_id=None), set()),
            (a_stop(95_000, order_id="x", client_id=LATER_VERSION), set()),
            (a_stop(96_000, order_id="x", **BOUND), {"good"}),
        ],
        ids=[
            *("looser", "tighter", "tighter and too small", "looser and too small", "of the other leg"),
            *("never armed", "a limit that may not fill", "about to fire", "foreign and tighter"),
            *("foreign and looser", "of another version", "bound at the same level"),
        ],
    )
    def test_of_two_stops(self, beside: Order, gone: set[str]) -> None:
        assert ids(superseded(held(self.good, beside), a_policy(), ABILITIES)) == gone
        assert ids(superseded(held(beside, self.good), a_policy(), ABILITIES)) == gone

    def test_beyond_liquidation_a_stop_covers_nothing(self) -> None:
        near = a_position(liquidation=dec(95_900))
        reading = holdings([near], [self.good, a_stop(97_000, order_id="x")], [a_fill()])
        assert ids(superseded(reading, a_policy(), ABILITIES)) == {"good"}
        alone = holdings([near], [self.good, a_stop(94_000, order_id="x")], [a_fill()])
        assert superseded(alone, a_policy(), ABILITIES) == []

    def test_in_a_mixed_position_none_stays_that_would_close_what_is_not_ours(self) -> None:
        whole, ours = a_stop(94_000, order_id="whole", **BOUND), a_stop(96_000, order_id="ours")
        older = a_stop(95_000, order_id="older")
        assert ids(superseded(mixed(whole, ours, older), a_policy(), ABILITIES)) == {"older", "whole"}

    def test_in_a_mixed_position_the_only_stop_stays_whatever_it_closes(self) -> None:
        whole = a_stop(94_000, order_id="whole", **BOUND)
        assert superseded(mixed(whole), a_policy(), ABILITIES) == []

    def test_of_targets_only_the_newest_stays(self) -> None:
        newer = a_target(106_000, client_id=an_id(Role.TARGET, attempt=2))
        assert ids(superseded(held(self.good, a_target(), newer), a_policy(), ABILITIES)) == {"target-107000"}

    def test_nothing_is_superseded_while_nothing_covers(self) -> None:
        orders = [a_stop(96_000, "0.004", order_id="a"), a_stop(95_000, "0.004", order_id="b")]
        assert superseded(held(*orders, a_stop(97_000, is_armed=False)), a_policy(), ABILITIES) == []


class TestSharedTargets:
    """Targets of ours in a position of which a part is not ours."""

    @pytest.mark.parametrize("stop", [a_stop(), a_stop(**BOUND)], ids=["of our size", "of the whole"])
    @pytest.mark.parametrize(
        "target", [a_target(), a_target(**BOUND), a_target(size="0.004")], ids=["sized", "bound", "smaller"]
    )
    def test_each_of_them_goes(self, stop: Order, target: Order) -> None:
        newer = a_target(106_000, client_id=an_id(Role.TARGET, attempt=2))
        found = shared_targets(mixed(stop, target, newer), a_policy(), ABILITIES)
        assert ids(found) == {"target-107000", "target-106000"}

    def test_none_goes_of_a_position_that_is_wholly_ours_or_taken_over(self) -> None:
        assert shared_targets(held(a_stop(), a_target()), a_policy(), ABILITIES) == []
        adopting = replace(a_policy(), adopt={"BTC": 0.05})
        assert shared_targets(mixed(a_stop(), a_target()), adopting, ABILITIES) == []

    @pytest.mark.parametrize(
        "reading",
        [
            mixed(a_target()),
            mixed(a_stop(size="0.009"), a_target()),
            holdings([a_position("0.02")], [a_stop(), a_target()], [a_fill()]),
            mixed(a_stop(), a_target(client_id=None)),
            mixed(a_stop(), a_target(client_id=LATER_VERSION)),
        ],
        ids=["uncovered", "covered in part", "in doubt", "somebody else's", "of another version"],
    )
    def test_else_none_goes(self, reading: Holdings) -> None:
        assert shared_targets(reading, a_policy(), ABILITIES) == []

    def test_only_those_of_the_leg_go(self) -> None:
        long, short = a_position("0.02", two_sided=True), a_position("-0.01", two_sided=True)
        fills = [
            a_fill(leg=Leg.LONG, client_id=an_id(leg=Leg.LONG)),
            a_fill("0.01", "0.01", leg=Leg.LONG, client_id=None, fill_id="2"),
            a_fill("-0.01", leg=Leg.SHORT, client_id=an_id(leg=Leg.SHORT), fill_id="3"),
        ]
        orders = [
            a_stop(leg=Leg.LONG),
            a_target(leg=Leg.LONG, order_id="shared"),
            a_stop(104_000, leg=Leg.SHORT, side=Side.BUY, price=dec(114_400)),
            a_target(93_000, leg=Leg.SHORT, side=Side.BUY, order_id="ours"),
        ]
        found = shared_targets(holdings([long, short], orders, fills), a_policy(), ABILITIES)
        assert ids(found) == {"shared"}


class TestTwoSides:
    """Each leg of a coin is judged by its own orders and its own fills."""

    long, short = a_position(two_sided=True), a_position("-0.01", two_sided=True)
    fills = (
        a_fill(leg=Leg.LONG, client_id=an_id(leg=Leg.LONG)),
        a_fill("-0.01", leg=Leg.SHORT, client_id=an_id(leg=Leg.SHORT), fill_id="2"),
    )
    below = a_stop(96_000, leg=Leg.LONG, order_id="below")
    above = a_stop(104_000, leg=Leg.SHORT, side=Side.BUY, price=dec(114_400), order_id="above")

    def read(self, *orders: Order, **changes: Any) -> Holdings:
        return holdings([self.long, self.short], orders, self.fills, **changes)

    def test_one_naked_leg_is_a_case_beside_a_proof(self) -> None:
        proofs, cases = examine(self.read(self.below), a_policy(), ABILITIES)
        assert [(p.coin, p.leg) for p in proofs] == [("BTC", Leg.LONG)]
        assert [(str(c.slot), c.mine.ours) for c in cases] == [("BTC short", dec("-0.01"))]

    def test_both_are_proven_apart(self) -> None:
        proofs, cases = examine(self.read(self.below, self.above), a_policy(), ABILITIES)
        assert cases == []
        assert [(p.leg, p.size) for p in proofs if isinstance(p, Protected)] == [
            (Leg.LONG, dec("0.01")),
            (Leg.SHORT, dec("-0.01")),
        ]

    def test_what_is_unread_names_each_leg(self) -> None:
        proofs, _ = examine(replace(self.read(), orders=BLIND), a_policy(), ABILITIES)
        assert [(type(p), p.leg) for p in proofs] == [(Unread, Leg.LONG), (Unread, Leg.SHORT)]

    def test_an_exit_is_superseded_within_its_leg_alone(self) -> None:
        tighter = replace(self.below, trigger=dec(97_000), price=dec(87_300), order_id="tighter")
        reading = self.read(self.below, tighter, self.above)
        assert ids(superseded(reading, a_policy(), ABILITIES)) == {"below"}

    def test_an_exit_of_a_flat_leg_is_an_orphan_beside_the_open_one(self) -> None:
        reading = holdings([self.long], [self.below, self.above], [self.fills[0]])
        assert ids(orphans(reading, a_policy())) == {"above"}


def test_where_a_venue_refuses_what_is_too_large_such_a_stop_gives_way() -> None:
    """It covers only where it is trimmed, and goes beside one that fits."""
    rejects = replace(ABILITIES, oversized_exit="rejects", bound_stops_max=1)
    large, bound = a_stop(97_000, "0.011", order_id="large"), a_stop(96_000, order_id="bound", **BOUND)
    assert examine(held(large), a_policy(), ABILITIES)[1] == []
    assert len(examine(held(large), a_policy(), rejects)[1]) == 1
    assert ids(superseded(held(large, bound), a_policy(), ABILITIES)) == {"bound"}
    assert ids(superseded(held(large, bound), a_policy(), rejects)) <= {"large"}
