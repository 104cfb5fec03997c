"""Cases of the rules that only an entry which rests must pass, and of its place among others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.support.builders import CLOSE_MS, TAG, a_fill, a_position, an_id, dec, flat_candles
from tests.support.questions import Case, asked
from tests.support.resting_gate import (
    BOLL,
    FIRST_ID,
    LIVE,
    LOOKED_UP,
    OTHERS,
    THIN,
    a_lookup,
    a_rest,
    an_entry,
    reading,
    sized,
)
from tests.support.resting_scenes import MARKET, TWO_SIDED, as_order, held_leg, whole
from trader.core.actions import Cancel, Rest, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, MarginTier
from trader.core.orders import Found, Status, Unreadable
from trader.core.snapshot import Account, Leverage

HELD = held_leg()
SHORT = held_leg(Leg.SHORT)
SETTING = SetLeverage("BTC", 3, True, "the file says so")
RICH = Account(dec(1_000_000), dec(0), dec(0))


def rest(rule: str | None, **changes: Any) -> Case:
    return Case(rule, asked("rest", **changes))


def waits(rule: str | None, **changes: Any) -> Case:
    """An entry of one bar."""
    action = changes.pop("action", {})
    plain = {"lookups": LOOKED_UP, "policy": whole(BOLL), "actions": [an_entry(**action)]}
    return Case(rule, asked("rest", **{**plain, **changes}))


def held(*legs: Any, orders: Any = ()) -> Mapping[str, Any]:
    found = reading(*legs, orders=orders).holdings
    return {"positions": found.positions, "orders": found.orders, "fills": found.fills}


def cases() -> dict[str, Case]:
    found = {**_coin(), **_each(), **_signal(), **_price(), **_limits(), **_together()}
    return {f"rest: {name}": case for name, case in found.items()}


def _coin() -> dict[str, Case]:
    strange = replace(OTHERS, client_id=next_version(LIVE.client_id or ""))
    foreign = (a_position("-0.01", two_sided=True),)
    return {
        "a plain entry of one bar": waits(None),
        "beside what its grid holds": rest(None, holdings=held(HELD)),
        "a foreign position": rest("position", holdings={"positions": foreign}),
        "fills and position disagree": rest("position", holdings={"fills": (a_fill(leg=Leg.LONG),)}),
        "a position where one bar enters": waits("position", holdings=held(HELD)),
        "an order of another strategy": rest("orders", holdings={"orders": (OTHERS,)}),
        "an order of another role": rest(
            "orders", holdings={"orders": (replace(LIVE, client_id=an_id(Role.ENTRY, strategy=3)),)}
        ),
        "an order of another version": rest("orders", holdings={"orders": (strange,)}),
        "an order of somebody else": rest(None, holdings={"orders": (replace(LIVE, client_id=None),)}),
        "an order of another strategy that goes": rest(
            None,
            holdings={"orders": (OTHERS,)},
            actions=[Cancel.of(OTHERS, "not wanted"), a_rest()],
        ),
        "the other leg is naked": rest("cover", holdings={**held(SHORT), "orders": ()}),
    }


def next_version(client_id: str) -> str:
    """The same digits under a version this program does not know."""
    value = int(client_id, 16)
    return f"{value & ~(0xF << 116) | 2 << 116:032x}"


def _each() -> dict[str, Case]:
    old = an_id(Role.ENTRY, strategy=2, bar_minute=1, reference=1)
    return {
        "a rung that rests": rest("one_each", holdings={"orders": (as_order(a_rest()),)}),
        "a rung that is placed twice": rest("one_each", actions=[a_rest(), a_rest()]),
        "two rungs": rest(None, actions=[a_rest(number=1), a_rest(number=2)]),
        "two legs": rest(None, actions=[a_rest(), a_rest(Leg.SHORT)]),
        "one without an id": rest("one_each", action={"client_id": "x"}),
        "an older entry of the leg rests": waits(
            "one_each", holdings={"orders": (replace(LIVE, client_id=old),)}
        ),
        "an entry of the other leg rests": waits(
            None,
            holdings={"orders": (replace(LIVE, client_id=an_id(Role.ENTRY, strategy=2, leg=Leg.SHORT)),)},
        ),
    }


def _signal() -> dict[str, Case]:
    def traded(at_ms: int, client_id: str | None = None) -> Mapping[str, Any]:
        into = a_fill(
            "0.01", 0, at_ms=at_ms, leg=Leg.LONG, client_id=client_id or an_id(reference=1, bar_minute=1)
        )
        out = a_fill("-0.01", "0.01", client_id=None, at_ms=at_ms + 1, fill_id="2", leg=Leg.LONG)
        return {"fills": (into, out)}

    filled, live = a_lookup(filled=dec("0.001")), replace(a_lookup(), status=Status.LIVE)
    listed = replace(live.order, client_id=FIRST_ID)
    return {
        "entered before": waits("once", lookups={FIRST_ID: filled}),
        "called off before it filled": waits(None, lookups={FIRST_ID: a_lookup()}),
        "not over and not listed": waits("once", lookups={FIRST_ID: live}),
        "listed, and called off before it": waits(
            None,
            lookups={FIRST_ID: live},
            holdings={"orders": (listed,)},
            actions=[Cancel.of(listed, "not wanted"), an_entry()],
        ),
        "triggered and not listed": waits(
            "once", lookups={FIRST_ID: replace(a_lookup(), status=Status.TRIGGERED)}
        ),
        "not looked up": waits("once", lookups={}),
        "look-up failed": waits("once", lookups={FIRST_ID: Unreadable("order", "504")}),
        "looked up as the first attempt": waits(None, action={"client_id": _second(an_entry())}),
        "filled and stopped out": waits("once", holdings=traded(CLOSE_MS)),
        "filled before the signal": waits(None, holdings=traded(CLOSE_MS - 1)),
        "another account filled": waits(None, holdings=traded(CLOSE_MS, an_id(account=TAG ^ 1))),
        "a rung filled": waits(None, holdings=traded(CLOSE_MS, an_id(Role.RUNG))),
    }


def _second(entry: Rest) -> str:
    """The second attempt, which is looked up under the first one's id."""
    return an_id(Role.ENTRY, strategy=2, attempt=2)


def _price() -> dict[str, Case]:
    empty = {"candles": flat_candles(bars=0)}
    banded = {"market": replace(MARKET, limit_band=dec("0.01"))}

    def near(rule: str | None, limit: float, **action: Any) -> Case:
        return rest(rule, limits={"limit_deviation_max": limit}, action=action)

    short = a_rest(Leg.SHORT)
    return {
        "no bar": rest("stale", view=empty),
        "its stop at its price": rest("stop", action={"stop": dec(99_500)}),
        "its stop just behind": rest(None, action={"stop": dec(99_499), "stop_bound": dec(90_000)}),
        "mark at its stop": rest("stop", action={"mark": dec(97_000)}),
        "mark just before its stop": rest(None, action={"mark": dec(97_001)}),
        "a short's stop below it": rest("stop", actions=[replace(short, stop=dec(100_000))]),
        "a limit beyond the band": rest("band", view=banded, action={"mark": dec(98_514)}),
        "a limit at the band": rest(None, view=banded, action={"mark": dec("98514.9")}),
        "a short's limit beyond the band": rest(
            "band", view=banded, actions=[replace(short, mark=dec(101_516))]
        ),
        "a limit where no band is told": rest(None, action={"mark": dec(97_001)}),
        "a stop entry beyond the band": waits(
            None, view={"market": replace(MARKET, limit_band=dec("0.001"))}
        ),
        "a limit far below mark": near("limit_deviation", 0.0049),
        "a limit just near enough": near(None, 0.005),
        "a limit far above mark": near("limit_deviation", 0.0049, price=dec(100_500)),
    }


def _limits() -> dict[str, Case]:
    other = {"leverage": Leverage(5, True)}
    two = {"orders": (LIVE, replace(LIVE, order_id="2", client_id=None))}
    short = replace(as_order(a_rest(Leg.SHORT)), client_id=None)
    steep = {"market": replace(MARKET, tiers=(MarginTier(dec(0), 40), MarginTier(dec(200), 2)))}
    return {
        "leverage differs beside a position": rest("same_leverage", holdings=held(HELD), view=other),
        "margin differs beside a position": rest(
            "same_leverage", holdings=held(HELD), view={"leverage": Leverage(3, False)}
        ),
        "a position on isolated margin": rest("same_leverage", holdings=held(held_leg(cross=False))),
        "both legs, one on isolated margin": rest(
            "same_leverage", holdings=held(HELD, held_leg(Leg.SHORT, cross=False)), view={"leverage": None}
        ),
        "an entry of ours that the list and the record show": rest(
            None,
            holdings={"orders": (as_order(a_rest(Leg.SHORT)),)},
            ended=(Found(as_order(a_rest(Leg.SHORT)), Status.LIVE, CLOSE_MS),),
        ),
        "leverage is not read, beside a position": rest(None, holdings=held(HELD), view={"leverage": None}),
        "leverage agrees beside a position": rest(None, holdings=held(HELD)),
        "naked resting": rest("naked_resting", policy=whole(naked="994.99")),
        "naked resting at the limit": rest(None, policy=whole(naked=995)),
        "naked resting with what rests": rest(
            "naked_resting", policy=whole(naked="1984.99"), holdings={"orders": (LIVE,)}
        ),
        "naked resting with what rests, at the limit": rest(
            None, policy=whole(naked=1985), holdings={"orders": (LIVE,)}
        ),
        "naked resting of others": rest(
            None, policy=whole(naked=995), holdings={"orders": (replace(LIVE, client_id=None),)}
        ),
        "covered as it fills": rest(
            None, policy=whole(naked=0), abilities=replace(TWO_SIDED, attach="pro_rata")
        ),
        "resting per side": rest("resting_per_side", limits={"resting_per_side_max": 2}, holdings=two),
        "resting per side at the limit": rest(None, limits={"resting_per_side_max": 3}, holdings=two),
        "resting on the other side": rest(
            None, limits={"resting_per_side_max": 1}, holdings={"orders": (short,)}
        ),
        "resting in another coin": rest(
            None, limits={"resting_per_side_max": 1}, holdings={"orders": (replace(LIVE, coin="ETH"),)}
        ),
        "liquidation": rest("liquidation", holdings={"account": THIN}),
        "liquidation at isolated margin": rest("liquidation", policy=sized(leverage=40, cross=False)),
        "a high tier asks for more": rest(
            "liquidation", holdings={"account": Account(dec(1000), dec(0), dec(800))}, view=steep
        ),
    }


def _together() -> dict[str, Case]:
    one, second = a_rest(number=1), a_rest(number=2)
    first, next_ = dec(995), dec(990)
    both = first + next_

    def plan(rule: str | None, actions: Any = (one, second), **changes: Any) -> Case:
        return rest(rule, actions=actions, **{"holdings": {"account": RICH}, **changes})

    def capped(rule: str | None, limit: str, value: object, **changes: Any) -> Case:
        return plan(rule, limits={limit: value}, **changes)

    def money(equity: object) -> Mapping[str, Any]:
        return {"account": Account(dec(equity), dec(0), dec(0))}

    gone = [Cancel.of(LIVE, "not wanted any more"), one]
    less = both - dec("0.01")
    return {
        "margin of two rungs": plan("margin", holdings=money("661.66")),
        "margin of two rungs at the limit": plan(None, holdings=money(both / 3)),
        "gross of two rungs": capped("gross_notional", "gross_notional_max", less),
        "gross of two rungs at the limit": capped(None, "gross_notional_max", both),
        "side of two rungs": capped("side_notional", "side_notional_max", less),
        "coin of two rungs": capped("coin_notional", "coin_notional_max", less),
        "net of two rungs": capped("net_notional", "net_notional_max", less),
        "net of two legs": capped(None, "net_notional_max", 1005, actions=(one, a_rest(Leg.SHORT))),
        "side of two legs": capped(None, "side_notional_max", 1005, actions=(one, a_rest(Leg.SHORT))),
        "naked of two rungs": plan("naked_resting", policy=whole(naked=less)),
        "naked of two rungs at the limit": plan(None, policy=whole(naked=both)),
        "positions of two rungs": capped(None, "positions_max", 1),
        "positions of two legs": capped("positions", "positions_max", 1, actions=(one, a_rest(Leg.SHORT))),
        "two rungs of one side": capped("resting_per_side", "resting_per_side_max", 1),
        "a rung a side": capped(None, "resting_per_side_max", 1, actions=(one, a_rest(Leg.SHORT))),
        "two rungs of a run": capped("orders_per_run", "orders_per_run_max", 1),
        "two rungs of a minute": capped("orders_per_minute", "orders_per_minute_max", 1),
        "a cancel makes room": plan(
            None, gone, policy=whole(naked=995), holdings={"orders": (LIVE,), "account": RICH}
        ),
        "leverage is set once, and before": plan(None, (SETTING, one, second)),
        "leverage is not set for nothing": plan("halted", (SETTING, one), halted="halted"),
    }
