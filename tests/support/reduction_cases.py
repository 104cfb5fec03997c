"""Cases of what a plan or a repair takes away or moves: reductions pass, and no cancel uncovers."""

from dataclasses import replace
from typing import Any

from tests.support.builders import (
    ABILITIES,
    a_fill,
    a_policy,
    a_position,
    a_snapshot,
    a_stop,
    a_target,
    an_entry,
    an_id,
    dec,
    holdings,
)
from tests.support.questions import Case, Question, Repair
from tests.support.resting_gate import a_rest
from trader.core.actions import AmendStop, Cancel, Close, PlaceExit, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, Side, Slot
from trader.core.orders import Kind, Unreadable
from trader.core.policy import StopRules

STOP = PlaceExit("BTC", Leg.LONG, Role.STOP, None, dec(97_000), dec(87_300), an_id(Role.STOP), "move")
TARGET = replace(STOP, role=Role.TARGET, trigger=dec(107_000), client_id=an_id(Role.TARGET))
CLOSE = Close("BTC", Leg.LONG, Role.CLOSE_TIME, dec("0.01"), dec(95_000), an_id(Role.CLOSE_TIME), "time")
OLD = a_stop(96_000)
NEW = a_stop(97_000, size=0, position_bound=True, order_id="new")
SMALL, THEIRS = a_stop(97_000, "0.005", order_id="small"), replace(NEW, client_id=None)
LIVE = a_stop(96_000, size=0, position_bound=True)


def cases() -> dict[str, Case]:
    return {**_plans(), **_cancels(), **_shared(), **_moves()}


def _plans() -> dict[str, Case]:
    """Everything is wrong that can be, and the operator has halted."""
    lost = Unreadable("orders", "x"), Unreadable("fills", "x", answered=True)
    worst = a_snapshot(
        holdings([a_position()], *lost, fills_complete=False),
        account_problem="no equity",
        venue_problem="maintenance",
        past=None,
        ended=None,
        budgets=Unreadable("limits", "x"),
        local_ms=0,
        lookups={},
    )
    policy = a_policy()
    tight = replace(policy, limits=replace(policy.limits, notional_max=dec(1), positions_max=1))
    adds = (an_entry(), a_rest(), SetLeverage("BTC", 3, True, "x"))
    return {
        "reductions pass": Case(None, Question((STOP, TARGET, CLOSE), worst, tight, "halted")),
        "a repair adds nothing": Case("cover", Repair(adds, a_snapshot(), policy)),
        "a repair reduces": Case(None, Repair((STOP, TARGET, CLOSE), worst, policy)),
    }


def cancel(
    rule: str | None,
    gone: Any,
    *orders: Any,
    position: Any = ...,
    fills: Any = ...,
    freed: Any = (),
    **changes: Any,
) -> Case:
    held = [a_position()] if position is ... else position
    made = ([a_fill()] if held else []) if fills is ... else fills
    snapshot = a_snapshot(holdings(held, orders, made), **{k: v for k, v in changes.items() if k != "policy"})
    policy = changes.get("policy", a_policy())
    return Case(rule, Repair((Cancel.of(gone, "test"),), snapshot, policy, frozenset(freed)))


def _cancels() -> dict[str, Case]:
    entry = replace(OLD, kind=Kind.LIMIT, reduce_only=False, client_id=an_id(Role.RUNG))
    legs = replace(OLD, leg=Leg.LONG), replace(NEW, leg=Leg.SHORT)
    sides = {"position": [a_position(two_sided=True)], "fills": [a_fill(leg=Leg.LONG)]}
    return {
        "cancel: the only stop": cancel("cover", OLD, OLD),
        "cancel: a replaced stop": cancel(None, OLD, OLD, NEW),
        "cancel: the tighter stop": cancel("cover", NEW, OLD, NEW),
        "cancel: one of two as tight": cancel(None, OLD, OLD, replace(NEW, trigger=dec(96_000))),
        "cancel: beside one too small": cancel("cover", OLD, OLD, SMALL),
        "cancel: beside one that never armed": cancel("cover", OLD, OLD, replace(NEW, is_armed=False)),
        "cancel: a tighter one that never armed": cancel(
            None, replace(NEW, is_armed=False), OLD, replace(NEW, is_armed=False)
        ),
        "cancel: a stop on the wrong side of price": cancel(
            None, replace(NEW, side=Side.BUY), OLD, replace(NEW, side=Side.BUY)
        ),
        "cancel: beside somebody else's stop": cancel("cover", OLD, OLD, THEIRS),
        "cancel: somebody else's stop": cancel(None, THEIRS, OLD, THEIRS),
        "cancel: flat is not proven": cancel("cover", OLD, OLD, position=[]),
        "cancel: flat is proven": cancel(None, OLD, OLD, position=[], freed=[Slot("BTC")]),
        "cancel: the other leg covers nothing": cancel("cover", legs[0], *legs, **sides),
        "cancel: the other leg is freed": cancel(
            "cover", legs[0], *legs, freed=[Slot("BTC", Leg.SHORT)], **sides
        ),
        "cancel: an entry": cancel(None, entry, entry, fills=Unreadable("fills", "x")),
        "cancel: a target": cancel(None, a_target(), a_target()),
        "cancel: a stop of a position in doubt": cancel(
            "cover", OLD, OLD, NEW, fills=[a_fill("0.02", client_id=an_id())]
        ),
    }


def _short(gone: str, stays: str) -> tuple[Any, ...]:
    """Two stops above a short, and the first of them again: it is to go."""
    old = a_stop(104_000, gone, side=Side.BUY, price=dec(114_400), order_id="old")
    new = a_stop(103_000, stays, side=Side.BUY, price=dec(113_300), order_id="new")
    return old, old, new


def _short_partly() -> dict[str, Any]:
    """A short of 0.03 of which 0.01 are ours."""
    ours = a_fill("-0.01", 0, client_id=an_id(leg=Leg.SHORT))
    theirs = a_fill("-0.02", "-0.01", client_id=None, fill_id="2")
    return {"position": [a_position("-0.03")], "fills": [ours, theirs]}


def _shared() -> dict[str, Case]:
    """Of a position that is ours in part, and of stops that would not act as they stand."""
    big, tenth = a_stop(95_000, "0.02", order_id="big"), a_stop(97_000, "0.01", order_id="tenth")
    theirs = a_fill("0.02", "0.01", client_id=None, fill_id="2")
    partly = {"position": [a_position("0.03")], "fills": [a_fill(), theirs]}
    rejects = {"abilities": replace(ABILITIES, oversized_exit="rejects")}
    limit = a_stop(108_000, kind=Kind.LIMIT, order_id="limit", client_id=None)
    holds = replace(limit, trigger=None, price=dec(108_000))
    whole, other = replace(big, size=dec("0.03")), a_stop(97_000, order_id="b")
    return {
        "cancel: a part's stop beside one for our part": cancel(
            None, SMALL, SMALL, replace(tenth, trigger=dec(97_001)), **partly
        ),
        "cancel: our part's stop beside one too small": cancel("cover", tenth, tenth, SMALL, **partly),
        "cancel: the whole's stop beside our part's": cancel(None, big, whole, tenth, **partly),
        "cancel: the whole's stop beside another": cancel(None, whole, whole, NEW, **partly),
        "cancel: a short's stop beside one for our part": cancel(
            None, *_short("0.005", "0.01"), **_short_partly()
        ),
        "cancel: a short's stop beside one too small": cancel(
            "cover", *_short("0.01", "0.005"), **_short_partly()
        ),
        "cancel: a foreign position's stop beside one as small": cancel(
            "cover", SMALL, SMALL, replace(SMALL, order_id="b"), fills=[a_fill(client_id=None)]
        ),
        "cancel: a bound stop beside our part's": cancel(None, LIVE, LIVE, tenth, **partly),
        "cancel: a foreign position's stop of ours": cancel(
            "cover", OLD, OLD, fills=[a_fill(client_id=None)]
        ),
        "cancel: beside a stop that a limit blocks": cancel("cover", OLD, OLD, other, holds, **rejects),
        "cancel: beside a stop that nothing blocks": cancel(None, OLD, OLD, other, **rejects),
        "cancel: beside a stop on another price": cancel(
            "cover",
            OLD,
            OLD,
            replace(NEW, trigger_source="last"),
            policy=a_policy(stops=StopRules("mark", None, 0.05)),
        ),
    }


def move(
    rule: str | None,
    trigger: object,
    *,
    freed: Any = (),
    order_id: str = "stop-96000",
    live: Any = LIVE,
    **changes: Any,
) -> Case:
    leg = changes.get("leg", Leg.LONG)
    snapshot = a_snapshot(holdings([a_position("0.01" if leg is Leg.LONG else "-0.01")], [live], [a_fill()]))
    amend = AmendStop("BTC", leg, order_id, live.client_id or "", dec(trigger), dec(1), "test")
    return Case(rule, Repair((amend,), snapshot, a_policy(), frozenset(freed)))


def _moves() -> dict[str, Case]:
    short = a_stop(104_000, side=Side.BUY, price=dec(114_400), order_id="stop-96000", position_bound=True)
    return {
        "move: towards price": move(None, 96_001),
        "move: to where it is": move("cover", 96_000),
        "move: away": move("cover", 95_999),
        "move: away by hand": move(None, 95_999, freed=[Slot("BTC")]),
        "move: away by hand elsewhere": move("cover", 95_999, freed=[Slot("ETH")]),
        "move: an order that is not there": move("cover", 97_000, order_id="another"),
        "move: a stop without a trigger": move("cover", 97_000, live=replace(LIVE, trigger=None)),
        "move: somebody else's stop": move("cover", 97_000, live=replace(LIVE, client_id=None)),
        "move: a short's towards price": move(None, 103_999, live=short, leg=Leg.SHORT),
        "move: a short's away": move("cover", 104_001, live=short, leg=Leg.SHORT),
    }
