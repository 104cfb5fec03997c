"""Nothing stops a reduction, and a cancel never takes cover away."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    a_fill,
    a_policy,
    a_position,
    a_snapshot,
    a_stop,
    an_entry,
    an_id,
    dec,
    holdings,
)
from trader.core.actions import AmendStop, Cancel, Close, PlaceExit, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, Slot
from trader.core.orders import Kind, Unreadable
from trader.gate import gate, gate_repair

STOP = PlaceExit("BTC", Leg.LONG, Role.STOP, None, dec(97_000), dec(87_300), an_id(Role.STOP), "move")
CLOSE = Close("BTC", Leg.LONG, Role.CLOSE_TIME, dec("0.01"), dec(95_000), an_id(Role.CLOSE_TIME), "time")


def test_reductions_pass_whatever_else_is_wrong() -> None:
    worst = a_snapshot(
        holdings([a_position()], Unreadable("orders", "x"), Unreadable("fills", "x"), fills_complete=False),
        account_problem="no equity",
        local_ms=0,
        lookups={},
    )
    policy = a_policy()
    tight = replace(policy, limits=replace(policy.limits, notional_max=dec(1), positions_max=1))
    decided = gate([STOP, CLOSE], worst, tight, "halted")
    assert [a.action for a in decided.approved] == [STOP, CLOSE]


def test_a_repair_never_adds_risk() -> None:
    decided = gate_repair([an_entry(), SetLeverage("BTC", 3, True, "x")], holdings(), a_policy(), ABILITIES)
    assert decided.approved == ()


class TestCancel:
    """Our own stops are cancelled only when replaced as tightly, or when their coin is proven flat."""

    old, new = a_stop(96_000), a_stop(97_000, size=0, position_bound=True, order_id="new")

    def passes(self, gone: Any, *orders: Any, position: bool = True, flat: bool = False) -> bool:
        reading = holdings([a_position()] if position else [], orders, [a_fill()] if position else [])
        cancel = Cancel("BTC", gone.order_id, gone.client_id, "test")
        return bool(
            gate_repair(
                [cancel], reading, a_policy(), ABILITIES, frozenset({Slot("BTC")} if flat else ())
            ).approved
        )

    @pytest.mark.parametrize(("size", "goes"), [("0.01", True), ("0.009", False)])
    def test_one_of_two_owners_goes_when_our_part_stays_covered(self, size: str, goes: bool) -> None:
        whole, ours = a_stop(96_000, order_id="whole", size=0, position_bound=True), a_stop(96_000, size=size)
        fills = [a_fill(), a_fill("0.01", "0.01", client_id=None, fill_id="2")]
        reading = holdings([a_position("0.02")], [whole, ours], fills)
        decided = gate_repair([Cancel.of(whole, "test")], reading, a_policy(), ABILITIES)
        assert bool(decided.approved) is goes

    def test_the_only_stop_stays(self) -> None:
        assert not self.passes(self.old, self.old)

    def test_a_replaced_stop_may_go(self) -> None:
        assert self.passes(self.old, self.old, self.new)

    def test_the_tighter_stop_stays(self) -> None:
        assert not self.passes(self.new, self.old, self.new)

    def test_a_replacement_too_small_does_not_count(self) -> None:
        small = a_stop(97_000, "0.005", order_id="small")
        assert not self.passes(self.old, self.old, small)

    def test_a_replacement_that_never_armed_does_not_count(self) -> None:
        assert not self.passes(self.old, self.old, replace(self.new, is_armed=False))

    def test_flat_must_be_proven(self) -> None:
        assert not self.passes(self.old, self.old, position=False)
        assert self.passes(self.old, self.old, position=False, flat=True)

    def test_the_other_leg_covers_nothing(self) -> None:
        old, new = replace(self.old, leg=Leg.LONG), replace(self.new, leg=Leg.SHORT)
        reading = holdings([a_position(two_sided=True)], [old, new], [a_fill(leg=Leg.LONG)])
        assert not gate_repair([Cancel.of(old, "test")], reading, a_policy(), ABILITIES).approved
        freed = frozenset({Slot("BTC", Leg.SHORT)})
        assert not gate_repair([Cancel.of(old, "test")], reading, a_policy(), ABILITIES, freed).approved

    def test_an_entry_may_always_go(self) -> None:
        entry = replace(self.old, kind=Kind.LIMIT, reduce_only=False, client_id=an_id(Role.RUNG))
        worst = holdings([a_position()], [entry], Unreadable("fills", "x"))
        assert gate_repair([Cancel.of(entry, "test")], worst, a_policy(), ABILITIES).approved


class TestAmend:
    """A live stop moves in place towards price, and away from it by hand alone."""

    live = a_stop(96_000, size=0, position_bound=True)

    def passes(self, trigger: int, *, by_hand: bool = False, order_id: str = "stop-96000") -> bool:
        reading = holdings([a_position()], [self.live], [a_fill()])
        move = AmendStop("BTC", Leg.LONG, order_id, self.live.client_id or "", dec(trigger), dec(1), "test")
        freed = frozenset({Slot("BTC")} if by_hand else ())
        decided = gate_repair([move], reading, a_policy(), ABILITIES, freed)
        planned = gate([move], a_snapshot(reading), a_policy(), None)
        assert by_hand or bool(planned.approved) is bool(decided.approved)
        return bool(decided.approved)

    def test_towards_price(self) -> None:
        assert self.passes(96_001)

    def test_never_away(self) -> None:
        assert not self.passes(96_000)
        assert not self.passes(95_999)
        assert self.passes(95_999, by_hand=True)

    def test_only_a_live_stop_of_ours(self) -> None:
        assert not self.passes(97_000, order_id="another")
