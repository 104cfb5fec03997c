"""Cases of the book at its worst: what each kind of position and waiting order adds to the loss at stops.

The limit is a cent, so that the answer tells the whole loss, and that of the entry's own strategy.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from tests.support.builders import (
    NOW_MS,
    a_fill,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_stop,
    a_view,
    an_id,
    an_identity,
    dec,
)
from tests.support.portfolio_cases import capped, days
from tests.support.questions import Alone, Case, Question, asked
from tests.support.size_cases import RICH, eth
from trader.core.candles import HOUR_MS
from trader.core.identity import Role, encode
from trader.core.market import Leg, Side
from trader.core.orders import Kind, Order, Unreadable
from trader.core.policy import Policy
from trader.core.snapshot import Account

CENT = {"loss_at_stops_max": dec("0.01")}
ENTRY = encode(an_identity(Role.ENTRY, "ETH", bar_minute=7, reference=7))
ITS_STOP = encode(an_identity(Role.STOP, "ETH", bar_minute=7, reference=7))
OTHER = a_policy(a_market_policy(), a_market_policy("ETH", strategy_number=2, stop_fallback=0.03))

ISOLATED = a_policy(
    a_market_policy(),
    a_market_policy("ETH", sizing=replace(a_market_policy().sizing, cross=False, leverage=5)),
)


def cases() -> dict[str, Case]:
    found: dict[str, Case] = {**_near(), **_bare()}
    for name, changes in {**_held(), **_waiting(), **_funding()}.items():
        found[f"entry: worst, {name}"] = worst("loss_at_stops", changes, whole=CENT)
        found[f"entry: worst of its strategy, {name}"] = worst(
            "strategy_loss_at_stops", changes, strategy=CENT
        )
    return found


def worst(rule: str, changes: Mapping[str, Any], **limits: Any) -> Case:
    holdings = {"account": RICH, **changes.get("holdings", {})}
    return capped(rule, "entry", **limits, **{**changes, "holdings": holdings})


def _reading(size: object, orders: Any, fills: Any = None, **position: Any) -> dict[str, Any]:
    made = (a_fill(size, coin="ETH"),) if fills is None else tuple(fills)
    return {
        "holdings": {"positions": (a_position(size, "ETH", **position),), "orders": orders, "fills": made}
    }


def _held() -> dict[str, dict[str, Any]]:
    near, far = a_stop(97_000, "0.004", "ETH"), a_stop(96_000, "0.006", "ETH", order_id="far")
    bound = a_stop(96_500, 0, "ETH", position_bound=True, order_id="bound")
    whole = a_stop(96_000, coin="ETH", price=dec(88_000))
    above = a_stop(104_000, coin="ETH", side=Side.BUY, price=dec(112_000), client_id=an_id(Role.STOP, "ETH"))
    theirs = replace(whole, client_id=None)
    foreign = a_fill("0.02", "0.01", "ETH", client_id=None, fill_id="2")
    mine = a_fill(coin="ETH")
    second = a_fill(
        coin="ETH", client_id=encode(an_identity(Role.ENTRY, "ETH", strategy=2, bar_minute=1, reference=1))
    )
    unseen = a_fill("0.005", "0.005", "ETH")
    return {
        "nothing else": {},
        "a long": _reading("0.01", (whole,)),
        "a long that has moved": _reading("0.01", (whole,), mark=dec(98_000), entry_price=dec(99_000)),
        "a long beyond its stop's bound": _reading(
            "0.01", (replace(whole, trigger=dec(97_900)),), mark=dec(98_000)
        ),
        "a short": _reading("-0.01", (above,)),
        "a stop without a limit": _reading("0.01", (replace(whole, price=None),)),
        "a short's stop without a limit": _reading("-0.01", (replace(above, price=None),)),
        "two stops": _reading("0.01", (far, near)),
        "two stops and one too many": _reading(
            "0.01", (near, far, replace(far, trigger=dec(95_000), order_id="x"))
        ),
        "a bound stop before another": _reading("0.01", (bound, whole)),
        "a bound stop behind another": _reading("0.01", (bound, near)),
        "two stops at one level": _reading(
            "0.01", (replace(near, trigger=dec(96_500)), replace(bound, order_id="z"))
        ),
        "two sized stops at one level": _reading(
            "0.01", (replace(whole, order_id="b"), replace(whole, order_id="a", price=dec(85_000)))
        ),
        "a stop that may fill at nothing": _reading("0.01", (replace(whole, price=dec(1)),)),
        "a stop that never armed too": _reading("0.01", (whole, replace(near, is_armed=False))),
        "a target too": _reading("0.01", (whole, replace(near, kind=Kind.TARGET, trigger=dec(107_000)))),
        "a position of another strategy": _reading("0.01", (whole,), [second]),
        "a foreign long": _reading("0.01", (), ()),
        "a foreign short": _reading("-0.01", (), ()),
        "a foreign long with its stop": _reading("0.01", (theirs,), ()),
        "a foreign long with half a stop": _reading(
            "0.01", (replace(near, client_id=None, size=dec("0.005")),), ()
        ),
        "a long that is ours in part": _reading("0.03", (whole,), [mine, foreign]),
        "a long that is ours in part, all covered": _reading("0.03", (bound,), [mine, foreign]),
        "a long whose beginning is out of sight": _reading("0.01", (bound,), [unseen]),
        "an isolated long": _reading("0.01", (whole,), cross=False, margin_used=dec(400)),
        "an adopted long": {**_reading("0.01", (bound,), ()), "policy_changes": {"adopt": {"ETH": 0.05}}},
    }


def waits(client_id: str | None = ENTRY, **changes: Any) -> Order:
    order = a_stop(99_000, "0.01", "ETH", client_id=client_id, order_id="waits")
    plain = replace(order, kind=Kind.LIMIT, side=Side.BUY, trigger=None, price=dec(99_000))
    return replace(plain, reduce_only=False, is_market=False, **changes)


def _waiting() -> dict[str, dict[str, Any]]:
    stop = a_stop(96_000, "0.01", "ETH", client_id=ITS_STOP, price=dec(88_000))
    short = waits(encode(an_identity(Role.ENTRY, "ETH", leg=Leg.SHORT)), side=Side.SELL, price=dec(101_000))
    above = a_stop(104_000, "0.01", "ETH", side=Side.BUY, price=dec(112_000))
    above = replace(above, client_id=encode(an_identity(Role.STOP, "ETH", leg=Leg.SHORT)))
    held = a_position("0.01", "ETH", cross=False, margin_used=dec(400))

    def only(*orders: Order, policy: Policy | None = None, **more: Any) -> dict[str, Any]:
        return {"holdings": {"orders": orders, **more}, **({"policy": policy} if policy else {})}

    return {
        "a waiting long": only(waits()),
        "a waiting long with its stop": only(waits(), stop),
        "a waiting long with its stop at market": only(waits(), replace(stop, price=None)),
        "a waiting long with another's stop": only(waits(), replace(stop, client_id=an_id(Role.STOP, "ETH"))),
        "a waiting long with its stop at its price": only(waits(), replace(stop, trigger=dec(99_000))),
        "a waiting long with its stop above it": only(waits(), replace(stop, trigger=dec(99_500))),
        "a waiting long with its target": only(waits(), replace(stop, kind=Kind.TARGET)),
        "a waiting long of the file": only(waits(), policy=OTHER),
        "a waiting long of an adopted coin": {**only(waits()), "policy_changes": {"adopt": {"ETH": 0.02}}},
        "a waiting short": only(short),
        "a waiting short of the file": only(short, policy=OTHER),
        "a waiting short with its stop": only(short, above),
        "a waiting short with its stop at market": only(short, replace(above, price=None)),
        "a waiting long of somebody": only(waits(None)),
        "a waiting short of somebody": only(waits(None, side=Side.SELL)),
        "a waiting long of another account": only(waits(encode(an_identity(Role.ENTRY, "ETH", account=5)))),
        "a waiting long of another strategy": only(waits(encode(an_identity(Role.ENTRY, "ETH", strategy=2)))),
        "a waiting long with a stop that may fill above it": only(waits(), replace(stop, price=dec(150_000))),
        "a waiting long with its stop just below it": only(waits(), replace(stop, trigger=dec("98999.5"))),
        "a waiting long of an isolated coin": only(waits(), policy=ISOLATED),
        "a waiting trigger": only(waits(kind=Kind.STOP_ENTRY, trigger=dec(101_000), price=None)),
        "a waiting trigger with a limit": only(
            waits(kind=Kind.STOP_ENTRY, trigger=dec(101_000), price=dec(101_500))
        ),
        "one that waits beside an isolated position": only(
            waits(), a_stop(coin="ETH"), positions=(held,), fills=(a_fill(coin="ETH"),)
        ),
    }


def _funding() -> dict[str, dict[str, Any]]:
    """Of a long and a short in ETH, whose rate may be known or not, until somebody looks in half an hour."""
    long, short = eth(Leg.LONG), eth(Leg.SHORT)

    def at(rate: str, held: Mapping[str, Any] = long, **more: Any) -> dict[str, Any]:
        quote = a_quote(funding_rate=dec(rate), **more)
        return {"holdings": held, "markets": {"BTC": a_view(), "ETH": a_view("ETH", quote=quote)}}

    later = NOW_MS + 30 * 60_000
    lost = {"BTC": a_view(), "ETH": a_view("ETH", quote=Unreadable("prices", "504"))}
    free = {"BTC": a_view(quote=a_quote(funding_rate=dec("-0.002"), funding_interval_ms=HOUR_MS // 4))}
    return {
        "a long that pays": at("0.001"),
        "a long that is paid": at("-0.001"),
        "a short that pays": at("-0.001", short),
        "a short that is paid": at("0.001", short),
        "funding due just now and then": at("0.001", funding_next_ms=later, funding_interval_ms=HOUR_MS),
        "funding due just after": at("0.001", funding_next_ms=later + 1, funding_interval_ms=HOUR_MS),
        "funding due three times": at("0.001", funding_next_ms=NOW_MS, funding_interval_ms=HOUR_MS // 4),
        "funding due twice and a half": at(
            "0.001", funding_next_ms=NOW_MS + 1, funding_interval_ms=HOUR_MS // 4
        ),
        "funding whose time is not told": at("0.001", funding_interval_ms=HOUR_MS // 4),
        "funding whose time is not told, odd": at("0.001", funding_interval_ms=HOUR_MS // 5),
        "funding each eight hours": at("0.001", funding_interval_ms=8 * HOUR_MS),
        "funding due much later": at(
            "0.001", funding_next_ms=NOW_MS + 8 * HOUR_MS, funding_interval_ms=HOUR_MS
        ),
        "a rate that was not read, of several": {
            "holdings": short,
            "markets": {**free, "SOL": a_view("SOL", quote=a_quote(funding_rate=dec("0.001")))},
        },
        "a rate that cannot be read": {"holdings": long, "markets": lost},
        "a rate that was not read": {"holdings": short, "markets": free},
    }


BEARABLE = (
    "nothing else",
    "a long beyond its stop's bound",
    "a waiting long with a stop that may fill above it",
)


def _near() -> dict[str, Case]:
    """Liquidation with little equity: the answer tells what would be left and what is asked for."""
    found: dict[str, Case] = {}
    for name, changes in {**_held(), **_waiting()}.items():
        holdings = {**changes.get("holdings", {}), "account": Account(dec(120), dec(0), dec(0))}
        question = asked("entry", **{**changes, "view": {"candles": days()}, "holdings": holdings})
        found[f"entry: near liquidation, {name}"] = Case(
            None if name in BEARABLE else "liquidation", question
        )
    return found


def _bare() -> dict[str, Case]:
    """A position of ours that nothing covers: the rule on cover speaks first, this one counts a fallback."""
    found: dict[str, Case] = {}
    stop = a_stop(96_000, "0.004", "ETH")
    theirs = a_fill("0.02", "0.01", "ETH", client_id=None, fill_id="2")
    unseen = a_fill("0.005", "0.005", "ETH")
    for name, changes in {
        "a long": _reading("0.01", ()),
        "a long that has fallen far": _reading("0.01", (), mark=dec(80_000)),
        "a short": _reading("-0.01", ()),
        "a short that has risen far": _reading("-0.01", (), mark=dec(120_000)),
        "a long in part": _reading("0.01", (stop,)),
        "a long of ours in part": _reading("0.03", (), [a_fill(coin="ETH"), theirs]),
        "a long whose beginning is out of sight": _reading("0.01", (), [unseen]),
        "an adopted long": {**_reading("0.01", (), ()), "policy_changes": {"adopt": {"ETH": 0.07}}},
    }.items():
        for rule, limits in (
            ("loss_at_stops", {"whole": CENT}),
            ("strategy_loss_at_stops", {"strategy": CENT}),
        ):
            plan = worst(rule, changes, **limits).question
            found[f"bare, {rule}: {name}"] = Case(None, Alone(rule, cast("Question", plan)))
    return found
