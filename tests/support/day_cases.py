"""Cases of the record of the account's money, and of the day's loss; now is 08:00:05 UTC."""

from dataclasses import replace
from typing import Any

from tests.support.builders import NOW_MS, a_fill, a_past, a_position, a_stop, an_id, dec
from tests.support.questions import KINDS, Case, Kind, asked, both
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Fill, Found, Status, Unreadable
from trader.core.orders import Kind as OrderKind
from trader.core.past import Cause, Flow, Gain
from trader.core.snapshot import Account

MIDNIGHT = NOW_MS // DAY_MS * DAY_MS
START = NOW_MS - 30 * DAY_MS


def gain(amount: object, ago_ms: int = HOUR_MS, cause: Cause = Cause.CLOSED) -> Gain:
    return Gain(NOW_MS - ago_ms, dec(amount), cause)


def cases() -> dict[str, Case]:
    pairs = {**_past(), **days_lost(), **_records()}
    return {
        **{f"{kind}: {name}": pair[kind] for name, pair in pairs.items() for kind in KINDS},
        **{f"entry: {name}": case for name, case in _told_late().items()},
    }


def _past() -> dict[str, dict[Kind, Case]]:
    late = a_past(gains_since_ms=MIDNIGHT + 60_001)
    short = a_past(gains_since_ms=START + 60_001)
    limited = {"drawdown_fraction_max": 0.5}
    return {
        "the past not asked for": both("past", past=None),
        "the past unreadable": both("past", past=Unreadable("income", "504")),
        "the past not whole": both("past", past=a_past(missing="more than 2,000 fills since 2027-01-10")),
        "the past begins after midnight": both("past", past=late),
        "the past begins at midnight": both(None, past=replace(late, gains_since_ms=MIDNIGHT + 60_000)),
        "the past is shorter than the window": both("past", past=short, limits=limited),
        "the past is as long as the window": both(
            None, past=replace(short, gains_since_ms=START + 60_000), limits=limited
        ),
        "a short past without a limit on it": both(None, past=short),
    }


def days_lost() -> dict[str, dict[Kind, Case]]:
    gains = (
        gain(-100, NOW_MS - MIDNIGHT + 1),
        gain(-7, NOW_MS - MIDNIGHT),
        gain(-4, cause=Cause.FEE),
        gain("-2.5", cause=Cause.FUNDING),
        gain(2, cause=Cause.OTHER),
    )
    lost = a_past(gains=gains, flows=(Flow(NOW_MS - HOUR_MS, dec(-500), "transfer"),))

    def day(rule: str | None, limit: object, open_profit: object | None = None) -> dict[Kind, Case]:
        found: dict[Kind, Case] = {}
        for kind in KINDS:
            held = {} if open_profit is None else held_eth(kind, open_profit)
            account = {"account": Account(dec(9_000), dec(0), dec(0))}
            limits = {"daily_loss_max": dec(limit)}
            found[kind] = Case(rule, asked(kind, holdings={**account, **held}, past=lost, limits=limits))
        return found

    return {
        "the day's loss": day("daily_loss", "11.5"),
        "the day's loss just bearable": day(None, "11.51"),
        "the day's loss with an open loss": day("daily_loss", "31.5", -20),
        "the day's loss with an open loss just bearable": day(None, "31.51", -20),
        "the day's loss with an open profit": day("daily_loss", "11.5", 20),
        "the day's loss with an open profit just bearable": day(None, "11.51", 20),
    }


def _told_late() -> dict[str, Case]:
    """The fills show already what the record does not: two closes, of -30 and 10, an hour ago."""

    def closed(
        rule: str | None,
        limit: object,
        *told: Gain,
        at_ms: int = NOW_MS - HOUR_MS,
        others: tuple[Fill, ...] = (),
    ) -> Case:
        fills = tuple(
            replace(fill, fill_id=f"{amount}", at_ms=at_ms, realised=dec(amount))
            for fill in (a_fill("-0.01", "0.01", "ETH"),)
            for amount in (-30, 10)
        )
        limits = {"daily_loss_max": dec(limit)}
        opened = a_fill("0.01", 0, "ETH", at_ms=at_ms - 1, fill_id="opened")
        again = replace(opened, at_ms=at_ms, fill_id="between")
        held = {"fills": (opened, fills[0], again, fills[1], *others)}
        return Case(rule, asked("entry", holdings=held, past=a_past(gains=told), limits=limits))

    of_eth = replace(gain(-20), coin="ETH")
    lost_in_sol = a_fill("-0.01", "0.01", "SOL", at_ms=NOW_MS - HOUR_MS, fill_id="sol", realised=dec(-5))
    return {
        "a loss that only fills tell yet": closed("daily_loss", 20),
        "a loss that only fills tell yet, just bearable": closed(None, "20.01"),
        "a loss that only fills tell yet, of before the day": closed(None, 1, at_ms=MIDNIGHT - 1),
        "a loss that only fills tell yet, of the day's first moment": closed(
            "daily_loss", 20, at_ms=MIDNIGHT
        ),
        "a loss that fills and record tell": closed("daily_loss", 20, of_eth),
        "a loss that fills and record tell, just bearable": closed(None, "20.01", of_eth),
        "a loss that both tell, of the day's first moment": closed(
            None, "20.01", replace(of_eth, at_ms=MIDNIGHT), at_ms=MIDNIGHT
        ),
        "losses of two coins, both told": closed(
            None, "25.01", of_eth, replace(of_eth, coin="SOL", amount=dec(-5)), others=(lost_in_sol,)
        ),
        "a loss that is told in part": closed("daily_loss", 20, replace(of_eth, amount=dec(-5))),
        "a loss of another coin beside it": closed(
            "daily_loss", 25, replace(of_eth, coin="BTC", amount=dec(-5))
        ),
        "a fee is no part of it": closed("daily_loss", 21, replace(gain(-1, cause=Cause.FEE), coin="ETH")),
        "more lost than fills tell": closed("daily_loss", 50, replace(of_eth, amount=dec(-50))),
        "a loss of yesterday is no part of it": closed("daily_loss", 20, replace(of_eth, at_ms=MIDNIGHT - 1)),
        "a profit that only fills tell yet counts for nothing": closed(
            "daily_loss", 30, replace(of_eth, amount=dec(-30))
        ),
    }


def held_eth(kind: Kind, open_profit: object, **changes: Any) -> dict[str, Any]:
    leg = Leg.LONG if kind == "rest" else None
    position = a_position("0.01", "ETH", two_sided=kind == "rest", unrealised=dec(open_profit), **changes)
    return {
        "positions": (position,),
        "fills": (a_fill(coin="ETH", leg=leg, at_ms=NOW_MS - 6 * HOUR_MS),),
        "orders": (a_stop(coin="ETH", leg=leg),),
    }


def _records() -> dict[str, dict[Kind, Case]]:
    waiting = a_stop(
        kind=OrderKind.LIMIT, reduce_only=False, order_id="waits", client_id=an_id(Role.ENTRY, reference=9)
    )
    waiting = replace(waiting, trigger=None)
    told = (Found(waiting, Status.LIVE, NOW_MS),)

    def live(rule: str | None, **changes: Any) -> dict[Kind, Case]:
        return both(rule, ended=(replace(told[0], order=replace(waiting, **changes)),))

    return {
        "an entry of ours that no list shows": live("ended"),
        "one of another coin": live(None, coin="ETH"),
        "one of somebody else": live(None, client_id=None),
        "an exit that no list shows": live(None, client_id=an_id(Role.STOP)),
        "an entry that is over": both(None, ended=(replace(told[0], status=Status.CANCELLED),)),
        "ended orders not read": both("ended", ended=None),
        "ended orders unreadable": both("ended", ended=Unreadable("order history", "504")),
    }
