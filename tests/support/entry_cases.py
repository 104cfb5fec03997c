"""Cases of the rules that only an entry at once must pass, and of its place among others."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.builders import (
    ABILITIES,
    CLOSE_MS,
    ENTRY_ID,
    NOW_MS,
    SIGNAL_MS,
    TAG,
    a_fill,
    a_market,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_stop,
    a_view,
    an_entry,
    an_id,
    dec,
    flat_candles,
    lookups_for,
)
from tests.support.questions import Case, asked
from trader.core.actions import Enter, SetLeverage
from trader.core.identity import Role
from trader.core.market import Leg, MarginTier, Side
from trader.core.orders import Found, Status, Unreadable
from trader.core.policy import Policy
from trader.core.snapshot import Account
from trader.ids import entry_id

OTHER = TAG ^ 1
RESTS = a_stop(side=Side.BUY, reduce_only=False, is_market=False)


def entry(rule: str | None, **changes: Any) -> Case:
    return Case(rule, asked("entry", **changes))


def cases() -> dict[str, Case]:
    found = {**_window(), **_coin(), **_signal(), **_price(), **_liquidation(), **_together()}
    return {f"entry: {name}": case for name, case in found.items()}


def _window() -> dict[str, Case]:
    bare = replace(ABILITIES, attach="none", stop_first=None)
    accepted = a_policy(a_market_policy(naked_window_accepted=True))
    return {
        "no stop with it or before it": entry("naked_window", abilities=bare),
        "a stop that may not go first": entry("naked_window", abilities=replace(bare, stop_first=False)),
        "a stop before it": entry(None, abilities=replace(bare, stop_first=True)),
        "a window that is accepted": entry(None, abilities=bare, policy=accepted),
    }


def _coin() -> dict[str, Case]:
    mine = (a_position(),), (a_fill(),), (a_stop(),)
    foreign_order = replace(RESTS, client_id=None)
    of_other = replace(RESTS, client_id=an_id(Role.ENTRY, account=OTHER))
    return {
        "a position of ours": entry("position", holdings=_held(*mine)),
        "a foreign position": entry("position", holdings={"positions": (a_position(),)}),
        "fills and position disagree": entry("position", holdings={"fills": (a_fill(),)}),
        "an order of ours rests": entry("orders", holdings={"orders": (RESTS,)}),
        "a stop of ours rests": entry(None, holdings={"orders": (a_stop(),)}),
        "an order of somebody else rests": entry(None, holdings={"orders": (foreign_order,)}),
        "an order of another account of ours rests": entry(None, holdings={"orders": (of_other,)}),
        "an order of ours rests in another coin": entry(
            None, holdings={"orders": (replace(RESTS, coin="ETH"),)}
        ),
    }


def _held(positions: Any, fills: Any, orders: Any) -> Mapping[str, Any]:
    return {"positions": positions, "fills": fills, "orders": orders}


def _signal() -> dict[str, Case]:
    lookups = lookups_for(["BTC"])

    def told(answer: Any) -> Mapping[str, Any]:
        return {**lookups, ENTRY_ID: answer}

    def traded(first: str | None, last: str | None) -> Mapping[str, Any]:
        return {
            "fills": (
                a_fill("0.01", 0, client_id=first, at_ms=NOW_MS - 2),
                a_fill("-0.01", "0.01", client_id=last, at_ms=NOW_MS - 1, fill_id="2"),
            )
        }

    short, old = an_id(Role.ENTRY, leg=Leg.SHORT), an_id(Role.ENTRY, reference=9, bar_minute=9)
    at_ms = CLOSE_MS + 300_000
    return {
        "entered before": entry("once", lookups=told(Found(a_stop(), Status.CANCELLED, NOW_MS))),
        "not looked up": entry("once", lookups={}),
        "look-up failed": entry("once", lookups=told(Unreadable("order", "504"))),
        "entered and stopped out": entry("once", holdings=traded(short, None)),
        "another signal was entered": entry(None, holdings=traded(old, None)),
        "another account entered": entry(None, holdings=traded(an_id(Role.ENTRY, account=OTHER), None)),
        "somebody else traded": entry(None, holdings=traded(None, None)),
        "a stop of this signal filled": entry(None, holdings=traded(old, an_id(Role.STOP))),
        "an exit was sent on this bar": entry("spent", holdings=traded(old, an_id(Role.CLOSE_TIME))),
        "a target was hit on this bar": entry("spent", holdings=traded(old, an_id(Role.TARGET))),
        "an exit was sent on the bar before": entry(
            None, holdings=traded(old, an_id(Role.CLOSE_TIME, bar_minute=SIGNAL_MS // 60_000 - 30))
        ),
        "another account's exit": entry(None, holdings=traded(old, an_id(Role.CLOSE_TIME, account=OTHER))),
        "the signal is old": entry("age", holdings={"at_ms": at_ms + 1}, local_ms=at_ms + 1),
        "the signal is just young enough": entry(None, holdings={"at_ms": at_ms}, local_ms=at_ms),
    }


def _price() -> dict[str, Case]:
    def market(rule: str | None, limit: float, **action: Any) -> Case:
        return entry(rule, limits={"market_deviation_max": limit}, action=action)

    return {
        "mark has risen": entry("drift", view={"quote": a_quote("100500.1")}),
        "mark has just risen": entry(None, view={"quote": a_quote(100_500)}),
        "mark has fallen": entry("drift", view={"quote": a_quote("99499.9")}),
        "mark has just fallen": entry(None, view={"quote": a_quote(99_500)}),
        "the close was lower": entry("drift", view={"candles": flat_candles(close=99_000.0)}),
        "a bound far above mark": market("market_deviation", 0.0029),
        "a bound just near enough": market(None, 0.003),
        "a bound far below mark": market("market_deviation", 0.0029, bound=dec(99_700)),
    }


def _liquidation() -> dict[str, Case]:
    def isolated(leverage: int) -> Policy:
        plain = a_market_policy()
        return a_policy(replace(plain, sizing=replace(plain.sizing, cross=False, leverage=leverage)))

    def free(maintenance: object) -> Mapping[str, Any]:
        return {"account": Account(dec(1000), dec(0), dec(maintenance))}

    steep = a_market(tiers=(MarginTier(dec(0), 40), MarginTier(dec(200), 2)))
    return {
        "isolated liquidation": entry("liquidation", policy=isolated(20)),
        "cross liquidation": entry("liquidation", holdings=free("999.9")),
        "a cross entry is shrunk": entry(None, holdings=free(960)),
        "a high tier asks for more": entry(None, holdings=free(930), view={"market": steep}),
    }


ETH_ID = entry_id(account=TAG, coin="ETH", strategy=1, leg=Leg.LONG, signal_ms=SIGNAL_MS)
SETTING = SetLeverage("BTC", 3, True, "the file says so")


def an_eth_entry(**changes: Any) -> Enter:
    return an_entry(coin="ETH", client_id=ETH_ID, **changes)


def two(rule: str | None, policy: Policy | None = None, **changes: Any) -> Case:
    """Two coins enter in one run."""
    snapshot = {"markets": {"BTC": a_view(), "ETH": a_view("ETH")}, "lookups": lookups_for(["BTC", "ETH"])}
    both = policy or a_policy(a_market_policy("BTC"), a_market_policy("ETH"))
    short = changes.pop("short", False)
    leg = {"leg": Leg.SHORT, "stop": dec(104_000), "stop_bound": dec(114_400)} if short else {}
    name = entry_id(account=TAG, coin="ETH", strategy=1, leg=Leg.SHORT, signal_ms=SIGNAL_MS)
    second = an_eth_entry() if not short else replace(an_eth_entry(**leg), client_id=name)
    actions = changes.pop("actions", [an_entry(), second])
    return entry(rule, policy=both, actions=actions, **{**snapshot, **changes})


def _together() -> dict[str, Case]:
    def capped(rule: str | None, name: str, value: object, **changes: Any) -> Case:
        return two(rule, limits={name: value}, **changes)

    each = Decimal("300.9")
    apart = a_policy(a_market_policy("BTC"), replace(
        a_market_policy("ETH"), sizing=replace(a_market_policy().sizing, leverage=6)
    ))  # fmt: skip
    needed = each / 3 + each / 6
    return {
        "two coins": two(None),
        "gross of two coins": capped("gross_notional", "gross_notional_max", 2 * each - 1),
        "side of two coins": capped("side_notional", "side_notional_max", 2 * each - 1),
        "side of a long and a short": capped(None, "side_notional_max", each, short=True),
        "net of two coins": capped("net_notional", "net_notional_max", 2 * each - 1),
        "net of a long and a short": capped(None, "net_notional_max", each, short=True),
        "coins apart": capped(None, "coin_notional_max", each),
        "positions of two coins": capped("positions", "positions_max", 1),
        "run of two coins": capped("orders_per_run", "orders_per_run_max", 1),
        "minute of two coins": capped("orders_per_minute", "orders_per_minute_max", 1),
        "leverage is set once, and before": two(
            None, actions=[SETTING, replace(SETTING, coin="ETH"), an_entry(), an_eth_entry()]
        ),
        "leverage is not set for nothing": entry("halted", actions=[SETTING, an_entry()], halted="halted"),
        "margin of two coins": two(
            "margin", apart, holdings={"account": Account(needed - dec("0.01"), dec(0), dec(0))}
        ),
        "margin of two coins at the limit": two(
            None,
            apart,
            holdings={"account": Account(needed, dec(0), dec(0))},
        ),
    }
