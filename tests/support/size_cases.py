"""Cases of the rules on size: alone, and with what is held, rests or was let through on each side.

The plain entry commits 300.90 USD at its bound, the plain rung 995 at its price; each limit is tried at what
it counts, where it passes, and a cent below, where it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tests.support.builders import (
    NOW_MS,
    a_fill,
    a_position,
    a_stop,
    an_identity,
    dec,
)
from tests.support.questions import KINDS, Case, Kind, Question, asked
from tests.support.resting_gate import a_rest
from tests.support.resting_scenes import GRID, as_order, held_leg
from trader.core.actions import Cancel
from trader.core.identity import Role, encode
from trader.core.market import Leg
from trader.core.orders import Found, Status
from trader.core.snapshot import Account

CENT = dec("0.01")
RICH = Account(dec(1_000_000), dec(0), dec(0))
COMMITS: Mapping[Kind, Decimal] = {"entry": dec("300.9"), "rest": dec(995)}


def eth(leg: Leg, size: object = "0.01", kind: Kind = "entry") -> dict[str, Any]:
    """A covered position of ours in another coin, worth a thousand for each hundredth."""
    if kind == "rest":
        position, fill, stop = held_leg(leg, str(size))
        fill, stop = replace(fill, coin="ETH"), replace(stop, coin="ETH")
        return {"positions": (replace(position, coin="ETH"),), "fills": (fill,), "orders": (stop,)}
    signed = dec(size) * leg.sign
    level = dec(100_000) - leg.sign * 4_000
    stop = a_stop(level, size, "ETH", side=leg.closing, price=level - leg.sign * 9_000)
    return {
        "positions": (a_position(signed, "ETH"),),
        "fills": (a_fill(signed, coin="ETH"),),
        "orders": (stop,),
    }


def resting_eth(leg: Leg, kind: Kind, size: object = "0.01") -> dict[str, Any]:
    """An order of somebody else that rests in another coin, worth a thousand for each hundredth."""
    order = replace(as_order(a_rest(leg)), coin="ETH", client_id=None, price=dec(100_000), size=dec(size))
    return {"orders": (replace(order, leg=leg if kind == "rest" else None),)}


@dataclass(frozen=True)
class Sum:
    """A limit, what stands beside the plan, and what then counts in front of the plan's own part."""

    limit: str
    rule: str
    counts: Any
    changes: Mapping[str, Any]
    own: bool = True

    def cases(self, kind: Kind, name: str) -> dict[str, Case]:
        whole = dec(self.counts) + (COMMITS[kind] if self.own else 0)
        return {
            f"{kind}: {name}": Case(self.rule, self.asked(kind, whole - CENT)),
            f"{kind}: {name}, at the limit": Case(None, self.asked(kind, whole)),
        }

    def asked(self, kind: Kind, limit: Decimal) -> Question:
        return asked(kind, limits={self.limit: limit}, **{**_rich(), **self.changes})


def _rich(**changes: Any) -> dict[str, Any]:
    return {"holdings": {"account": RICH, **changes}}


def cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for kind in KINDS:
        for name, one in {**_sums(kind), **_of_plan(kind)}.items():
            found |= one.cases(kind, name)
        found |= {f"{kind}: {name}": case for name, case in {**_counts(kind), **_money(kind)}.items()}
    return found


def _sums(kind: Kind) -> dict[str, Sum]:
    def held(leg: Leg, **more: Any) -> dict[str, Any]:
        return _rich(**eth(leg, kind=kind), **more)

    def rests(leg: Leg) -> dict[str, Any]:
        return _rich(**resting_eth(leg, kind))

    long, short = Leg.LONG, Leg.SHORT
    return {
        "notional": Sum("notional_max", "notional", 0, {}),
        "coin notional": Sum("coin_notional_max", "coin_notional", 0, held(long)),
        "longs alone": Sum("side_notional_max", "side_notional", 0, held(short)),
        "longs with a long": Sum("side_notional_max", "side_notional", 1000, held(long)),
        "longs with one that rests": Sum("side_notional_max", "side_notional", 1000, rests(long)),
        "longs beside a short that rests": Sum("side_notional_max", "side_notional", 0, rests(short)),
        "gross": Sum("gross_notional_max", "gross_notional", 0, {}),
        "gross with a long": Sum("gross_notional_max", "gross_notional", 1000, held(long)),
        "gross with a short": Sum("gross_notional_max", "gross_notional", 1000, held(short)),
        "gross with a short that rests": Sum("gross_notional_max", "gross_notional", 1000, rests(short)),
        "net": Sum("net_notional_max", "net_notional", 0, {}),
        "net with a long": Sum("net_notional_max", "net_notional", 1000, held(long)),
        "net with a long that rests": Sum("net_notional_max", "net_notional", 1000, rests(long)),
        "net beside a short that rests": Sum("net_notional_max", "net_notional", 0, rests(short)),
        "net less a short": Sum("net_notional_max", "net_notional", -COMMITS[kind] / 2, _small_short(kind)),
    }


def _small_short(kind: Kind) -> dict[str, Any]:
    size = "0.0015045" if kind == "entry" else "0.004975"
    return _rich(**eth(Leg.SHORT, size, kind))


def _of_plan(kind: Kind) -> dict[str, Sum]:
    """What the plan itself lets through first, and what it cancels."""
    plain = asked(kind).actions[0]
    live = replace(as_order(a_rest()), client_id=None, leg=Leg.LONG if kind == "rest" else None)
    gone = {**_rich(orders=(live,)), "actions": [Cancel.of(live, "not wanted"), plain]}
    found = {
        f"{what} without what is cancelled": Sum(f"{rule}_max", rule, 0, gone)
        for what, rule in (("coin", "coin_notional"), ("side", "side_notional"), ("gross", "gross_notional"))
    }
    return found if kind == "rest" else {}


def _counts(kind: Kind) -> dict[str, Case]:
    def counted(rule: str | None, limit: str, value: object, **changes: Any) -> Case:
        return Case(rule, asked(kind, limits={limit: value}, **{**_rich(), **changes}))

    long_eth, rests = _rich(**eth(Leg.LONG, kind=kind)), _rich(**resting_eth(Leg.LONG, kind))
    recent = _recent(kind)
    found = {
        "positions": counted("positions", "positions_max", 1, **long_eth),
        "positions at the limit": counted(None, "positions_max", 2, **long_eth),
        "positions when what rests fills": counted("positions", "positions_max", 1, **rests),
        "positions with what rests at the limit": counted(None, "positions_max", 2, **rests),
        "leverage used": counted("leverage_used", "leverage_used_max", 0.1, **_thin(kind, "9.99")),
        "leverage used at the limit": counted(None, "leverage_used_max", 0.1, **_thin(kind, 10)),
        "leverage used with a short": counted(
            "leverage_used", "leverage_used_max", 1.0, **_rich(account=RICH, **eth(Leg.SHORT, "10", kind))
        ),
        "orders of a run": counted("orders_per_run", "orders_per_run_max", 0),
        "orders of a run at the limit": counted(None, "orders_per_run_max", 1),
        "orders of a minute": counted("orders_per_minute", "orders_per_minute_max", 5, **recent),
        "orders of a minute at the limit": counted(None, "orders_per_minute_max", 6, **recent),
        "orders of a minute, none read": counted("ended", "orders_per_minute_max", 1, ended=None),
    }
    return found


def _thin(kind: Kind, times: object) -> dict[str, Any]:
    """An account whose equity is so many times what the plan commits."""
    return _rich(account=Account(COMMITS[kind] * dec(times), dec(0), dec(0)))


def _recent(kind: Kind) -> dict[str, Any]:
    """Five opening orders of ours within the last minute, some of them seen twice; and each time
    one that is older, one that closes and one of somebody else."""
    leg = Leg.LONG if kind == "rest" else None
    role, strategy = (Role.ENTRY, 1) if kind == "entry" else (Role.RUNG, GRID)
    now, old = NOW_MS - 59_999, NOW_MS - 60_000

    def named(minute: int, role: Role = role) -> str:
        return encode(an_identity(role, "ETH", strategy=strategy, bar_minute=minute, rung=0))

    def live(client_id: str | None, at_ms: int) -> Any:
        order = replace(as_order(a_rest()), coin="ETH", client_id=client_id, placed_ms=at_ms, leg=leg)
        return replace(order, order_id=f"{client_id}-{at_ms}")

    def fill(signed: str, before: str, client_id: str | None, at_ms: int, number: int) -> Any:
        return a_fill(signed, before, "ETH", client_id=client_id, at_ms=at_ms, fill_id=str(number), leg=leg)

    fills = (
        fill("0.01", "0", named(5), old - 9, 1),
        fill("-0.01", "0.01", named(5, Role.CLOSE_TIME), old - 8, 2),
        fill("0.01", "0", named(1), now, 3),
        fill("0.01", "0.01", named(4), now, 7),
        fill("-0.02", "0.02", named(1, Role.CLOSE_TIME), now + 1, 4),
        fill("0.01", "0", None, now + 2, 5),
        fill("-0.01", "0.01", None, now + 3, 6),
    )
    orders = (*(live(named(n), now) for n in (1, 2, 8)), live(named(6), old), live(None, now))
    ended = tuple(
        Found(live(name, at), Status.CANCELLED, NOW_MS)
        for name, at in ((named(2), now), (named(3), now), (named(7), old), (named(3, Role.STOP), now))
    )
    return {**_rich(fills=fills, orders=orders), "ended": ended}


def _money(kind: Kind) -> dict[str, Case]:
    """The loss at the stop's bound with both fees, of a long and of a short; and the free margin."""
    size, into, out = (dec("0.003"), dec(100_300), dec(86_400)) if kind == "entry" else (
        dec("0.01"), dec(99_500), dec("87300.0"),
    )  # fmt: skip
    rest = a_rest()
    out = rest.stop_bound if kind == "rest" else out
    long = size * (into - out) + size * (into + out) * dec("0.00045")
    needed = COMMITS[kind] / 3
    short = a_rest(Leg.SHORT)
    lost = short.size * (short.stop_bound - short.price + (short.stop_bound + short.price) * dec("0.00045"))
    free = Account(needed + 500, dec(500), dec(0))
    found = {
        "loss at the stop": Case("trade_loss", asked(kind, limits={"trade_loss_max": long - CENT})),
        "loss at the stop at the limit": Case(None, asked(kind, limits={"trade_loss_max": long})),
        "margin": Case("margin", asked(kind, holdings={"account": replace(free, equity=free.equity - CENT)})),
    }
    if kind == "rest":
        found |= {
            "loss of a short": Case(
                "trade_loss", asked(kind, actions=[short], limits={"trade_loss_max": lost - CENT})
            ),
            "loss of a short at the limit": Case(
                None, asked(kind, actions=[short], limits={"trade_loss_max": lost})
            ),
        }
    return found
