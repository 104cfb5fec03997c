"""Cases of losing trades in a row, and of failures: emergency closes and stops that died.

Now is 08:00:05 UTC.
"""

from dataclasses import replace
from typing import Any

from tests.support.builders import NOW_MS, TAG, a_fill, a_stop, an_id, an_identity, dec
from tests.support.day_cases import days_lost
from tests.support.fall_cases import falls
from tests.support.questions import KINDS, Case, Kind, Tripped, asked
from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS
from trader.core.identity import Role, encode
from trader.core.market import Leg
from trader.core.orders import Found, Status, Unreadable


def cases() -> dict[str, Case]:
    found = {
        f"{kind}: {name}": pair[kind] for name, pair in {**_failures(), **_deaths()}.items() for kind in KINDS
    }
    losers = trip(1, -5, leg=Leg.LONG), trip(2, -5, leg=Leg.LONG)
    return {
        **found,
        **{f"entry: {name}": case for name, case in _streaks().items()},
        "rest: two losers": lost("losing_streak", 2, *losers, kind="rest"),
        **_tripped(),
    }


def trip(
    number: int,
    realised: object,
    *,
    mine: bool = True,
    out: bool = False,
    ago_ms: int = HOUR_MS,
    leg: Leg | None = None,
) -> tuple[Any, Any]:
    """A round trip in ETH, in and out within a second; the fee is 0.45 each way."""
    at_ms = NOW_MS - ago_ms + number * 10_000
    entry = an_id(coin="ETH", bar_minute=number, reference=number) if mine else None
    end = an_id(Role.STOP, "ETH", bar_minute=number, reference=number) if out else None
    return (
        a_fill("0.01", 0, "ETH", client_id=entry, at_ms=at_ms, fill_id=f"{number}a", leg=leg),
        a_fill(
            "-0.01",
            "0.01",
            "ETH",
            client_id=end,
            at_ms=at_ms + 1_000,
            fill_id=f"{number}b",
            leg=leg,
            realised=dec(realised),
        ),
    )


def lost(rule: str | None, limit: int, *trips: tuple[Any, ...], **changes: Any) -> Case:
    fills = tuple(fill for one in trips for fill in one)
    resumed = {"resumed_ms": changes.pop("resumed_ms", None)}
    kind = changes.pop("kind", "entry")
    holdings = {"fills": fills, **changes}
    return Case(
        rule, asked(kind, limits={"losing_streak_max": limit}, holdings=holdings, policy_changes=resumed)
    )


def _streaks() -> dict[str, Case]:
    flip = (
        a_fill("0.01", 0, "ETH", at_ms=NOW_MS - 9_000, fill_id="1", client_id=an_id(coin="ETH")),
        a_fill(
            "-0.02",
            "0.01",
            "ETH",
            at_ms=NOW_MS - 8_000,
            fill_id="2",
            realised=dec(-5),
            fee=dec("0.9"),
            client_id=an_id(coin="ETH", bar_minute=2, leg=Leg.SHORT),
        ),
        a_fill(
            "0.01", "-0.01", "ETH", at_ms=NOW_MS - 7_000, fill_id="3", realised=dec("0.4"), client_id=None
        ),
    )
    part = replace(trip(1, -5)[1], position_before=dec("0.02"), size=dec("0.01"))
    rest = replace(trip(2, -5)[1], at_ms=NOW_MS - 1_000)
    first = a_fill(
        "0.02", 0, "ETH", at_ms=NOW_MS - HOUR_MS, fill_id="0", client_id=an_id(coin="ETH", bar_minute=1)
    )
    return {
        "two losers": lost("losing_streak", 2, trip(1, -5), trip(2, -5)),
        "two losers of three": lost(None, 3, trip(1, -5), trip(2, -5)),
        "a loser by its fees": lost("losing_streak", 1, trip(1, "0.89")),
        "a trade that ends even": lost(None, 1, trip(1, "0.9")),
        "a winner between": lost(None, 2, trip(1, -5), trip(2, 5), trip(3, -5)),
        "a winner before": lost("losing_streak", 2, trip(1, 5), trip(2, -5), trip(3, -5)),
        "a winner last": lost(None, 1, trip(1, -5), trip(2, 5)),
        "a loser of somebody else": lost(None, 1, trip(1, -5, mine=False)),
        "a loser whose exit alone is ours": lost("losing_streak", 1, trip(1, -5, mine=False, out=True)),
        "losers before the operator resumed": lost(
            None, 2, trip(1, -5), trip(2, -5), resumed_ms=NOW_MS - HOUR_MS + 11_001
        ),
        "losers since the operator resumed": lost(
            "losing_streak", 2, trip(1, -5), trip(2, -5), resumed_ms=NOW_MS - HOUR_MS + 11_000
        ),
        "losers, and resumed in the future": lost(
            "losing_streak", 2, trip(1, -5), trip(2, -5), resumed_ms=NOW_MS + DAY_MS
        ),
        "resumed before the fills": lost(
            "losing_streak", 1, trip(1, -5), resumed_ms=5, fills_since_ms=NOW_MS - DAY_MS
        ),
        "a trade that began out of sight": lost(None, 1, trip(1, -5)[1:]),
        "a trade that flips": lost("losing_streak", 2, flip),
        "a trade that flips, and wins": lost(None, 1, (*flip[:2], replace(flip[2], realised=dec(3)))),
        "a trade in two parts": lost("losing_streak", 1, (first, part, rest)),
        "a trade in two parts counts once": lost(None, 2, (first, part, rest)),
    }


def _failures() -> dict[str, dict[Kind, Case]]:
    day = DAY_MS
    close = _closed("BTC", 1)
    return {
        "an emergency close": _since("emergency_closes", (), ended=(close,)),
        "an emergency close a day ago": _since(
            "emergency_closes", (), ended=(replace(close, at_ms=NOW_MS - day),)
        ),
        "an emergency close more than a day ago": _since(
            None, (), ended=(replace(close, at_ms=NOW_MS - day - 1),)
        ),
        "an emergency close of another coin": _since(None, (), ended=(_closed("ETH", 1),)),
        "an emergency close of another account": _since(
            None, (), ended=(_closed("BTC", 1, account=TAG ^ 1),)
        ),
        "another close": _since(None, (), ended=(_closed("BTC", 1, Role.CLOSE_TIME),)),
        "an emergency close before the operator resumed": _since(
            None, (), ended=(replace(close, at_ms=NOW_MS - HOUR_MS - 1),), resumed_ms=NOW_MS - HOUR_MS
        ),
        "an emergency close, and resumed in the future": _since(
            "emergency_closes",
            (),
            ended=(replace(close, at_ms=NOW_MS - HOUR_MS),),
            resumed_ms=NOW_MS + DAY_MS,
        ),
        "an emergency close since the operator resumed": _since(
            "emergency_closes",
            (),
            ended=(replace(close, at_ms=NOW_MS - HOUR_MS),),
            resumed_ms=NOW_MS - HOUR_MS,
        ),
        "two attempts at one emergency close": _since(
            None, (), {"emergency_closes_max": 2}, ended=(close, _closed("BTC", 1, attempt=2))
        ),
        "two emergency closes": _since(
            "emergency_closes", (), {"emergency_closes_max": 2}, ended=(close, _closed("BTC", 2))
        ),
        "an emergency close that filled": _since("emergency_closes", (close.order.client_id or "",)),
        "an emergency close that filled and is listed": _since(
            None, (close.order.client_id or "",), {"emergency_closes_max": 2}, ended=(close,)
        ),
    }


def _deaths() -> dict[str, dict[Kind, Case]]:
    day = DAY_MS
    return {
        "three dead stops": _since("dead_stops", (), ended=dead_stops_found(3)),
        "two dead stops": _since(None, (), ended=dead_stops_found(2)),
        "three dead stops a day ago": _since("dead_stops", (), ended=dead_stops_found(3, at_ms=NOW_MS - day)),
        "three dead stops, one more than a day ago": _since(
            None, (), ended=(*dead_stops_found(2), replace(dead_stops_found(3)[2], at_ms=NOW_MS - day - 1))
        ),
        "a dead stop listed twice": _since(None, (), ended=(*dead_stops_found(2), dead_stops_found(1)[0])),
        "dead stops of another coin": _since(None, (), ended=dead_stops_found(3, coin="ETH")),
        "dead targets": _since(None, (), ended=dead_stops_found(3, role=Role.TARGET)),
        "cancelled stops": _since(None, (), ended=dead_stops_found(3, status=Status.CANCELLED)),
        "stops that never armed": _since(None, (), ended=dead_stops_found(3, is_armed=False)),
        "dead stops of another account": _since(None, (), ended=dead_stops_found(3, account=TAG ^ 1)),
    }


def _since(
    rule: str | None,
    filled: tuple[str, ...],
    limits: Any = None,
    resumed_ms: int | None = None,
    **changes: Any,
) -> dict[Kind, Case]:
    """A coin that is flat again after these closes filled."""
    found: dict[Kind, Case] = {}
    for kind in KINDS:
        leg = Leg.LONG if kind == "rest" else None
        fills = tuple(
            fill
            for number, client_id in enumerate(filled)
            for fill in (
                a_fill("0.01", 0, client_id=None, at_ms=NOW_MS - 9_000, fill_id=f"{number}a", leg=leg),
                a_fill(
                    "-0.01", "0.01", client_id=client_id, at_ms=NOW_MS - 8_000, fill_id=f"{number}b", leg=leg
                ),
            )
        )
        resumed = {"resumed_ms": resumed_ms}
        question = asked(kind, holdings={"fills": fills}, limits=limits, policy_changes=resumed, **changes)
        found[kind] = Case(rule, question)
    return found


def _closed(coin: str, number: int, role: Role = Role.CLOSE_EMERGENCY, **changes: Any) -> Found:
    client_id = encode(an_identity(role, coin, bar_minute=number, **changes))
    order = a_stop(coin=coin, client_id=client_id, order_id=f"c{number}")
    return Found(order, Status.FILLED, NOW_MS - 8_000)


def dead_stops_found(
    count: int,
    at_ms: int = NOW_MS - MINUTE_MS,
    coin: str = "BTC",
    role: Role = Role.STOP,
    account: int = TAG,
    status: Status = Status.REJECTED,
    **changes: Any,
) -> tuple[Found, ...]:
    return tuple(
        Found(
            a_stop(
                coin=coin,
                order_id=f"d{n}",
                client_id=encode(an_identity(role, coin, account=account, bar_minute=n)),
                **changes,
            ),
            status,
            at_ms,
            "order_failed",
        )
        for n in range(count)
    )


def _tripped() -> dict[str, Case]:
    """What the breakers say by themselves, where entries of ours that rest are called off."""

    def found(question: Any) -> Case:
        return Case(None, Tripped(question.snapshot, question.policy))

    fall, day, streak = falls()["a fall"], days_lost()["the day's loss"]["entry"], _streaks()["two losers"]
    close, dead = _failures()["an emergency close"]["entry"], _deaths()["three dead stops"]["entry"]
    several = asked(
        "entry", ended=(_closed("BTC", 1), *dead_stops_found(3), *dead_stops_found(3, coin="ETH"))
    )
    return {
        "tripped: nothing": found(asked("entry")),
        "tripped: a fall": found(fall.question),
        "tripped: a day": found(day.question),
        "tripped: a streak": found(streak.question),
        "tripped: an emergency close": found(close.question),
        "tripped: dead stops": found(dead.question),
        "tripped: several in two coins": found(several),
        "tripped: nothing by a past that cannot be read": found(
            asked(
                "entry",
                past=Unreadable("income", "504"),
                limits={"daily_loss_max": dec(0), "drawdown_fraction_max": 0.0},
            )
        ),
    }
