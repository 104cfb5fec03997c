"""Cases of the rules that every entry must pass: the operator, the venue, the reading, prices, requests."""

from dataclasses import replace
from typing import Any

from tests.support.builders import (
    CLOSE_MS,
    FRAME_MS,
    NOW_MS,
    SIGNAL_MS,
    a_fill,
    a_position,
    a_quote,
    a_stop,
    a_view,
    dec,
    flat_candles,
)
from tests.support.questions import KINDS, Case, Kind, asked, both
from tests.support.resting_gate import a_rest
from trader.core.access import Budget
from trader.core.actions import Action, Cancel, SetLeverage
from trader.core.candles import HOUR_MS
from trader.core.market import Leg, Side, Trading
from trader.core.orders import Kind as OrderKind
from trader.core.orders import Unreadable
from trader.core.snapshot import Leverage

ODD = Unreadable("x", "no `px` in it", answered=True)
LOST = Unreadable("x", "504")
ETH = a_position("0.01", coin="ETH")


def cases() -> dict[str, Case]:
    """By name, with the plan that is asked about in front."""
    found = {**_operator(), **_reading(), **_prices(), **_cover(), **_leverage(), **_budget()}
    return {f"{kind}: {name}": pair[kind] for name, pair in found.items() for kind in KINDS}


def _operator() -> dict[str, dict[Kind, Case]]:
    return {
        "halted": both("halted", halted="halted by the operator: holidays"),
        "another coin alone": both("scope", policy_changes={"entries_for": frozenset({"SOL", "ETH"})}),
        "no coin": both("scope", policy_changes={"entries_for": frozenset()}),
        "account": both("account", account_problem="the account is in unified mode"),
        "maintenance": both("venue", venue_problem="the venue is in maintenance until 06:00 UTC"),
        "clock ahead": both("clock", local_ms=NOW_MS + 5_001),
        "clock behind": both("clock", local_ms=NOW_MS - 5_001),
        "clock just ahead": both(None, local_ms=NOW_MS + 5_000),
        "clock just behind": both(None, local_ms=NOW_MS - 5_000),
        "reduce only": _market("trading", trading=Trading.REDUCE_ONLY),
        "delisted": _market("trading", trading=Trading.CLOSED),
    }


def _market(rule: str | None, **changes: Any) -> dict[Kind, Case]:
    return {k: Case(rule, _with_market(k, **changes)) for k in KINDS}


def _with_market(kind: Kind, **changes: Any) -> Any:
    plain = asked(kind).snapshot.markets["BTC"].market
    return asked(kind, view={"market": replace(plain, **changes)})


def _reading() -> dict[str, dict[Kind, Case]]:
    answered = {
        "orders": both("unfamiliar", holdings={"orders": replace(ODD, what="open orders")}),
        "fills": both("unfamiliar", holdings={"fills": replace(ODD, what="fills")}),
        "a look-up": _odd_lookup(),
        "the past": both("unfamiliar", past=replace(ODD, what="income")),
        "orders that ended": both("unfamiliar", ended=replace(ODD, what="order history")),
        "limits": both("unfamiliar", budgets=replace(ODD, what="limits")),
        "prices": _odd_eth(quote=replace(ODD, what="prices of ETH")),
        "bars": _odd_eth(candles=replace(ODD, what="bars of ETH")),
        "leverage": _odd_eth(leverage=replace(ODD, what="leverage of ETH")),
    }
    return {
        **{f"an odd answer about {what}": pair for what, pair in answered.items()},
        "no answer about another coin": _odd_eth(None, quote=LOST, candles=LOST, leverage=LOST),
        "orders unreadable": both("readable", holdings={"orders": replace(LOST, what="open orders")}),
        "fills unreadable": both("readable", holdings={"fills": replace(LOST, what="fills")}),
        "history too long": both("readable", holdings={"fills_complete": False}),
    }


def _odd_lookup() -> dict[Kind, Case]:
    odd = {"a1": replace(ODD, what="order a1")}
    return {k: Case("unfamiliar", asked(k, lookups={**asked(k).snapshot.lookups, **odd})) for k in KINDS}


def _odd_eth(rule: str | None = "unfamiliar", **changes: Any) -> dict[Kind, Case]:
    return {
        k: Case(rule, asked(k, markets={**asked(k).snapshot.markets, "ETH": a_view("ETH", **changes)}))
        for k in KINDS
    }


def _quoted(rule: str | None, limits: Any = None, **changes: Any) -> dict[Kind, Case]:
    return both(rule, view={"quote": a_quote(**changes)}, limits=limits)


def _prices() -> dict[str, dict[Kind, Case]]:
    late = NOW_MS - 60_000
    hourly = {"funding_interval_ms": HOUR_MS}
    return {
        "prices unreadable": both("prices", view={"quote": LOST}),
        "mark zero": _quoted("prices", mark=0, oracle=dec(100_000), bid=dec(99_999), ask=dec(100_001)),
        "oracle zero": _quoted("prices", oracle=dec(0)),
        "no bid": _quoted("prices", bid=None),
        "no ask": _quoted("prices", ask=None),
        "bid zero": _quoted("prices", bid=dec(0)),
        "crossed": _quoted("prices", bid=dec(100_002)),
        "locked": _quoted("prices", bid=dec(100_001)),
        "oracle above": _quoted("prices", oracle=dec("111111.2")),
        "oracle below": _quoted("prices", oracle=dec("90909")),
        "oracle just below": _quoted(None, oracle=dec("90909.1")),
        "mark below the book": _quoted("prices", bid=dec("111111.2"), ask=dec(111_112)),
        "mark just below the book": _quoted(None, bid=dec("111111.1"), ask=dec(111_112)),
        "mark above the book": _quoted("prices", bid=dec(90_000), ask=dec(90_909)),
        "mark just above the book": _quoted(None, bid=dec(90_000), ask=dec("90909.1")),
        "bars unreadable": both("stale", view={"candles": LOST}),
        "a bar late": both("stale", view={"candles": flat_candles(last_ms=SIGNAL_MS - FRAME_MS)}),
        "a bar that is not over": both("stale", view={"candles": flat_candles(last_ms=CLOSE_MS)}),
        "funding overdue": _quoted("stale", funding_next_ms=late - 1),
        "funding just due": _quoted(None, funding_next_ms=late),
        "funding dear": {
            "entry": _quoted(
                "funding_day", {"funding_day_max": 0.0299}, funding_rate=dec("0.00125"), **hourly
            )["entry"],
            "rest": _dear_short(),
        },
        "funding just bearable": _quoted(
            None, {"funding_day_max": 0.03}, funding_rate=dec("0.00125"), **hourly
        ),
        "funding received": _quoted(None, {"funding_day_max": 0.0001}, funding_rate=dec("-0.01"), **hourly),
        "funding every eight hours": _quoted(
            None, {"funding_day_max": 0.004}, funding_rate=dec("0.00125"), funding_interval_ms=8 * HOUR_MS
        ),
        "no funding interval": _quoted("funding_day", {"funding_day_max": 0.9}),
    }


def _dear_short() -> Case:
    quote = a_quote(funding_rate=dec("-0.001"), funding_interval_ms=8 * HOUR_MS)
    changes = {"funding_day_max": 0.0029}
    return Case(
        "funding_day", asked("rest", actions=[a_rest(Leg.SHORT)], view={"quote": quote}, limits=changes)
    )


def _cover() -> dict[str, dict[Kind, Case]]:
    """Of another coin, since what stands in its own blocks an entry for other reasons too."""
    naked: dict[Kind, Case] = {}
    doubtful: dict[Kind, Case] = {}
    for kind in KINDS:
        leg = None if kind == "entry" else Leg.LONG
        position, fill = replace(ETH, two_sided=kind == "rest"), a_fill(coin="ETH", leg=leg)
        naked[kind] = Case("cover", asked(kind, holdings={"positions": (position,), "fills": (fill,)}))
        doubtful[kind] = Case("cover", asked(kind, holdings={"fills": (fill,)}))
    return {"another coin is naked": naked, "another coin is in doubt": doubtful}


def _leverage() -> dict[str, dict[Kind, Case]]:
    def sized(rule: str | None, **changes: Any) -> dict[Kind, Case]:
        found = {}
        for kind in KINDS:
            policy = asked(kind).policy
            market = policy.markets["BTC"]
            market = replace(market, sizing=replace(market.sizing, **changes))
            found[kind] = Case(rule, asked(kind, policy=replace(policy, markets={"BTC": market})))
        return found

    return {
        "leverage unreadable": both("leverage", view={"leverage": replace(LOST, what="leverage")}),
        "leverage above the venue's": sized("leverage", leverage=41),
        "leverage at the venue's": sized(None, leverage=40),
        "only isolated": _market("leverage", cross_allowed=False),
        "another leverage while flat": both(None, view={"leverage": Leverage(20, False)}),
    }


def _budget() -> dict[str, dict[Kind, Case]]:
    """A plan of an entry writes three orders, one of a rung with nothing attached one."""
    weight = Budget("request weight a minute", 0, 100, 60)
    writes = {"entry": 3, "rest": 1}
    found: dict[str, dict[Kind, Case]] = {
        "what is left unreadable": both("budget", budgets=replace(LOST, what="limits")),
        "no limit told": both(None, budgets=()),
        "three quarters are used": {},
        "a quarter is just kept": {},
        "the second limit is used": {},
        "other writes just fit": {},
        "other writes count": {},
    }
    old = a_stop(order_id="1", kind=OrderKind.LIMIT, side=Side.BUY, reduce_only=False, client_id=None)
    for kind in KINDS:
        spare = 75 - writes[kind]
        plain: Action = asked(kind).actions[0]
        used, kept = replace(weight, used=spare + 1), replace(weight, used=spare)
        found["three quarters are used"][kind] = Case("budget", asked(kind, budgets=(used,)))
        found["a quarter is just kept"][kind] = Case(None, asked(kind, budgets=(kept,)))
        found["the second limit is used"][kind] = Case("budget", asked(kind, budgets=(kept, used)))
        other: list[Action] = [Cancel.of(old, "gone"), SetLeverage("BTC", 3, True, "the file says so"), plain]
        tight = replace(weight, used=spare - 1)
        found["other writes just fit"][kind] = Case(None, asked(kind, actions=other, budgets=(tight,)))
        found["other writes count"][kind] = Case("budget", asked(kind, actions=other, budgets=(kept,)))
    return found
