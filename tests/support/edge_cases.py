"""Cases at the edges of the rules: exact bounds, plans of several entries, sides and coins that must not mix.

Each of them is the only one that notices some flaw planted by tests/unit/rules/test_mutants.py.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.support.builders import (
    CLOSE_MS,
    SIGNAL_MS,
    TAG,
    a_market,
    a_market_policy,
    a_policy,
    a_quote,
    a_view,
    an_entry,
    an_id,
    an_identity,
    dec,
    flat_candles,
    lookups_for,
)
from tests.support.entry_cases import RESTS, SETTING, an_eth_entry, two
from tests.support.failure_cases import dead_stops_found
from tests.support.questions import Case, asked
from tests.support.rest_cases import RICH, held
from tests.support.resting_gate import LIVE, a_rest
from tests.support.resting_scenes import GRID, MARKET, VIEW, a_grid_policy, as_order, held_leg, whole
from trader.core.access import Budget
from trader.core.actions import Action, Cancel, Enter, Rest
from trader.core.identity import Role, encode
from trader.core.market import Leg
from trader.core.orders import Kind
from trader.core.snapshot import Account
from trader.ids import entry_id

SHORT_ID = entry_id(account=TAG, coin="BTC", strategy=1, leg=Leg.SHORT, signal_ms=SIGNAL_MS)
SOL_ID = entry_id(account=TAG, coin="SOL", strategy=1, leg=Leg.LONG, signal_ms=SIGNAL_MS)
EACH = dec("300.9")


def cases() -> dict[str, Case]:
    entries = {**_several_entries(), **_entry_bounds()}
    rests = {**_several_rungs(), **_rungs(), **_rest_bounds(), **_attached()}
    return {
        **{f"entry: {name}": case for name, case in entries.items()},
        **{f"rest: {name}": case for name, case in rests.items()},
    }


def three(rule: str | None, **changes: Any) -> Case:
    """Three coins enter in one run."""
    coins = ("BTC", "ETH", "SOL")
    plan = [an_entry(), an_eth_entry(), an_entry(coin="SOL", client_id=SOL_ID)]
    plain = {
        "policy": a_policy(*(a_market_policy(coin) for coin in coins)),
        "markets": {coin: a_view(coin) for coin in coins},
        "lookups": lookups_for(coins),
        "actions": plan,
    }
    return Case(rule, asked("entry", **{**plain, **changes}))


def a_short(**changes: Any) -> Enter:
    short = an_entry(leg=Leg.SHORT, client_id=SHORT_ID, stop=dec(104_000), stop_bound=dec(114_400))
    return replace(short, **changes)


def _several_entries() -> dict[str, Case]:
    sol = frozenset({"ETH"})
    eth_short = entry_id(account=TAG, coin="ETH", strategy=1, leg=Leg.SHORT, signal_ms=SIGNAL_MS)
    larger = a_short(coin="ETH", client_id=eth_short, size=dec("0.006"))
    isolated = replace(a_market_policy().sizing, cross=False, leverage=20)
    weight, waiting = Budget("weight", 0, 100, 60), replace(RESTS, kind=Kind.LIMIT)
    return {
        "three coins": three("orders_per_run", limits={"orders_per_run_max": 2}),
        "three coins at the limit": three(None, limits={"orders_per_run_max": 3}),
        "net of a long and a larger short": two(
            None, actions=[an_entry(), larger], limits={"net_notional_max": EACH}
        ),
        "one that is refused before one that passes": two("scope", policy_changes={"entries_for": sol}),
        "one too near liquidation before one that passes": two(
            "liquidation", a_policy(a_market_policy(sizing=isolated), a_market_policy("ETH"))
        ),
        "both legs of a coin": Case(
            "coin_notional",
            asked("entry", actions=[an_entry(), a_short()], limits={"coin_notional_max": 2 * EACH - 1}),
        ),
        "both legs of a coin at the limit": Case(
            None, asked("entry", actions=[an_entry(), a_short()], limits={"coin_notional_max": 2 * EACH})
        ),
        "budget of two coins": two("budget", budgets=(replace(weight, used=70),)),
        "budget of two coins at the limit": two(None, budgets=(replace(weight, used=69),)),
        "budget of a setting and two coins": two(
            "budget", actions=[SETTING, an_entry(), an_eth_entry()], budgets=(replace(weight, used=69),)
        ),
        "budget of a setting and two coins at the limit": two(
            None, actions=[SETTING, an_entry(), an_eth_entry()], budgets=(replace(weight, used=68),)
        ),
        "an order of ours rests and goes first": Case(
            None,
            asked(
                "entry",
                holdings={"orders": (waiting,)},
                actions=[Cancel.of(waiting, "taken over"), an_entry()],
            ),
        ),
        "an entry without a target": Case(
            None, asked("entry", action={"target_id": None}, budgets=(replace(weight, used=73),))
        ),
        "an entry without a target, over the budget": Case(
            "budget", asked("entry", action={"target_id": None}, budgets=(replace(weight, used=74),))
        ),
    }


def _entry_bounds() -> dict[str, Case]:
    turned = replace(flat_candles(close=100_000.0), close=(*(100_000.0,) * 98, 90_000.0, 100_000.0))
    tiny = a_quote("0.5", oracle=dec("0.5"), bid=dec("0.4"), ask=dec("0.55"))
    isolated = a_market_policy()
    isolated = replace(isolated, sizing=replace(isolated.sizing, cross=False))
    own = a_market(cross_allowed=False)
    return {
        "the bar before closed elsewhere": Case(None, asked("entry", view={"candles": turned})),
        "prices below one": Case("drift", asked("entry", view={"quote": tiny})),
        "isolated where only that is allowed": Case(
            None, asked("entry", policy=a_policy(isolated), view={"market": own})
        ),
        "no dead stop where none may die": Case(None, asked("entry", limits={"dead_stops_max": 1})),
        "one dead stop where none may die": Case(
            "dead_stops", asked("entry", limits={"dead_stops_max": 1}, ended=dead_stops_found(1))
        ),
    }


def _several_rungs() -> dict[str, Case]:
    rungs = [a_rest(number=n) for n in (1, 2, 3)]
    other = replace(as_order(a_rest(number=4)), order_id="other")
    gone: list[Action] = [Cancel.of(LIVE, "not wanted"), Cancel.of(other, "not wanted"), rungs[0]]
    eth = replace(rungs[0], coin="ETH", client_id=_rung("ETH"))
    policies = {"BTC": a_grid_policy(), "ETH": a_grid_policy(coin="ETH")}
    coins = {
        "policy": replace(whole(), markets=policies, entries_for=frozenset(policies)),
        "markets": {"BTC": VIEW, "ETH": replace(VIEW, market=replace(MARKET, coin="ETH"))},
    }
    return {
        "three rungs of a run": _rungs_case("orders_per_run", rungs, limits={"orders_per_run_max": 2}),
        "three rungs of a run at the limit": _rungs_case(None, rungs, limits={"orders_per_run_max": 3}),
        "one that is refused before one that passes": _rungs_case(
            "notional", [replace(rungs[0], size=dec(1)), rungs[1]], limits={"notional_max": dec(2_000)}
        ),
        "two cancels make room": Case(
            None, asked("rest", actions=gone, policy=whole(naked=995), holdings={"orders": (LIVE, other)})
        ),
        "rungs of two coins": _rungs_case(
            None, [eth, rungs[0]], limits={"coin_notional_max": dec(995), "resting_per_side_max": 1}, **coins
        ),
        "both sides of a coin": _held_short("coin_notional", "coin_notional_max", "1994.99"),
        "both sides of a coin at the limit": _held_short(None, "coin_notional_max", 1995),
        "a coin with its position": Case(
            "coin_notional",
            asked("rest", holdings=held(held_leg()), limits={"coin_notional_max": dec("1994.99")}),
        ),
        "a coin with its position at the limit": Case(
            None, asked("rest", holdings=held(held_leg()), limits={"coin_notional_max": dec(1995)})
        ),
        "net of a short rung": _net("net_notional", "1004.99"),
        "net of a short rung at the limit": _net(None, 1005),
    }


def _rungs_case(rule: str | None, rungs: list[Rest], **changes: Any) -> Case:
    return Case(rule, asked("rest", actions=rungs, **{"holdings": {"account": RICH}, **changes}))


def _held_short(rule: str | None, limit: str, value: object) -> Case:
    return Case(rule, asked("rest", holdings=held(held_leg(Leg.SHORT)), limits={limit: dec(value)}))


def _net(rule: str | None, limit: object) -> Case:
    """A short rung beside shorts of 1,000 that are held and longs of 1,000 that are held."""
    both = held(held_leg(), held_leg(Leg.SHORT))
    return Case(
        rule,
        asked("rest", actions=[a_rest(Leg.SHORT)], holdings=both, limits={"net_notional_max": dec(limit)}),
    )


def _rung(coin: str = "BTC", **changes: Any) -> str:
    reference = replace(an_identity(Role.RUNG, coin, strategy=GRID, rung=1), reference=1_000_000)
    return encode(replace(reference, bar_minute=(CLOSE_MS - 1_800_000) // 60_000, **changes))


def _rungs() -> dict[str, Case]:
    def rests(rule: str | None, client_id: str) -> Case:
        return Case(rule, asked("rest", holdings={"orders": (replace(LIVE, client_id=client_id),)}))

    return {
        "its rung rests": rests("one_each", _rung()),
        "its rung rests around another anchor": rests(None, _rung(reference=999_999)),
        "its rung rests for another account": rests(None, _rung(account=TAG ^ 1)),
        "a rung of another strategy rests": rests("orders", _rung(strategy=1)),
        "its rung of the other leg rests": rests(None, _rung(leg=Leg.SHORT)),
    }


def _rest_bounds() -> dict[str, Case]:
    def at(rule: str | None, **quote: Any) -> Case:
        return Case(rule, asked("rest", view={"quote": a_quote(99_000, **quote)}))

    banded = {"market": replace(MARKET, limit_band=dec("0.01"))}
    close = {"price": dec(98_980), "mark": dec(98_000)}
    return {
        "oracle at its farthest": at(None, oracle=dec(90_000)),
        "oracle beyond its farthest": at("prices", oracle=dec(89_999)),
        "mark at its lowest below the book": at(None, bid=dec(110_000), ask=dec(110_001)),
        "mark at its highest above the book": at(None, bid=dec(89_999), ask=dec(90_000)),
        "a limit exactly at the band": Case(None, asked("rest", view=banded, action=close)),
        **{f"an order of others by its {name}": case for name, case in _by_level().items()},
    }


def _by_level() -> Mapping[str, Case]:
    """What an order commits that rests: its limit, or where there is none its trigger."""
    trigger = replace(
        as_order(a_rest()), client_id=None, kind=Kind.STOP_ENTRY, trigger=dec(100_000), price=None
    )
    both = replace(trigger, price=dec(101_000))

    def gross(rule: str | None, order: Any, limit: object) -> Case:
        reading = {"orders": (order,), "account": Account(dec(1_000_000), dec(0), dec(0))}
        return Case(rule, asked("rest", holdings=reading, limits={"gross_notional_max": dec(limit)}))

    return {
        "trigger": gross("gross_notional", trigger, "1994.99"),
        "trigger, at the limit": gross(None, trigger, 1995),
        "limit": gross("gross_notional", both, "2004.99"),
        "limit, at the limit": gross(None, both, 2005),
    }


def _attached() -> dict[str, Case]:
    """A stop that goes with a rung, or before it, is one more order."""
    stop = an_id(Role.STOP)

    def writes(rule: str | None, used: int, **action: Any) -> Case:
        return Case(rule, asked("rest", action=action, budgets=(Budget("orders", used, 100),)))

    return {
        "budget with a stop attached": writes("budget", 74, stop_id=stop),
        "budget with a stop attached at the limit": writes(None, 73, stop_id=stop),
        "budget with a stop before it": writes("budget", 74, first_stop_id=stop),
        "budget with a stop before it at the limit": writes(None, 73, first_stop_id=stop),
    }
