"""Nothing stops a reduction, and a cancel never takes cover away."""

from dataclasses import replace
from typing import Any

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
from trader.core.actions import Cancel, Close, PlaceExit, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, Slot
from trader.core.orders import Unreadable
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
