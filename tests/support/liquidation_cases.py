"""Cases of liquidation and of the swing of a day at their edges: isolated legs, exact bounds, odd candles."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.builders import (
    ABILITIES,
    FRAME_MS,
    a_market,
    a_market_policy,
    a_policy,
    a_position,
    a_view,
    an_entry,
    dec,
    flat_candles,
)
from tests.support.entry_cases import two
from tests.support.portfolio_cases import capped, days
from tests.support.questions import Case, Question, asked
from tests.support.resting_gate import a_rest, sized
from tests.support.resting_scenes import held_leg
from tests.support.size_cases import RICH, eth
from tests.support.stopped_cases import waits
from trader.core.actions import Enter, Rest
from trader.core.candles import DAY_MS, Candles
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.policy import BookLimits, Policy
from trader.core.snapshot import Account, Leverage
from trader.rules.book import Book
from trader.rules.liquidation import _apart, _Ground, _together
from trader.rules.portfolio import ONE_IN_A_HUNDRED, daily_returns, volatility
from trader.rules.stopped import part_of, parts_of

THIN = {"account": Account(dec(1000), dec(0), dec(960))}
SHRUNK = dec("0.00248")


def cases() -> dict[str, Case]:
    entries = {**_fitted(), **_isolated_entries(), **_together_cases(), **_swings(), **_candles()}
    return {
        **{f"entry: {name}": case for name, case in entries.items()},
        **{f"rest: {name}": case for name, case in _isolated_legs().items()},
    }


def isolated(leverage: int) -> Policy:
    plain = a_market_policy()
    return a_policy(replace(plain, sizing=replace(plain.sizing, cross=False, leverage=leverage)))


def _fitted() -> dict[str, Case]:
    """What the entry is shrunk to, against the venue's least sizes."""
    worth = SHRUNK * an_entry().bound

    def least(rule: str | None, **market: Any) -> Case:
        return Case(rule, asked("entry", holdings=THIN, view={"market": a_market(**market)}))

    none = {"account": Account(dec(1000), dec(0), dec("999.9"))}
    free = a_market(notional_min=dec(0))
    return {
        "shrunk to the least size": least(None, size_min=SHRUNK),
        "shrunk below the least size": least("liquidation", size_min=SHRUNK + dec("0.00001")),
        "shrunk to the least notional": least(None, notional_min=worth),
        "shrunk below the least notional": least("liquidation", notional_min=worth + dec("0.01")),
        "shrunk to nothing": Case("liquidation", asked("entry", holdings=none, view={"market": free})),
        "a coin whose rules are not known": Case(
            "liquidation", asked("entry", rules={}, holdings={"account": RICH, **eth(Leg.LONG)})
        ),
    }


def _isolated_entries() -> dict[str, Case]:
    deep = {"stop": dec(5_000), "stop_bound": dec(4_500)}
    middle = {"stop": dec(45_000), "stop_bound": dec(40_500)}
    account = {"account": Account(dec(200), dec(0), dec(190))}
    return {
        "isolated, one leverage too high": Case("liquidation", asked("entry", policy=isolated(7))),
        "isolated, at the leverage that passes": Case(None, asked("entry", policy=isolated(6))),
        "isolated, and nothing passes": Case("liquidation", asked("entry", policy=isolated(3), action=deep)),
        "isolated, and only 1x passes": Case(
            "liquidation", asked("entry", policy=isolated(3), action=middle)
        ),
        "isolated beside a cross position": Case(
            "liquidation", asked("entry", policy=isolated(20), holdings={"account": RICH, **eth(Leg.LONG)})
        ),
        "isolated beside two other coins": _three_coins(),
        "isolated where cross has nothing left": Case(
            None, asked("entry", policy=isolated(3), holdings=account)
        ),
    }


def at_equity(question: Question, more: Decimal = Decimal(0)) -> Question:
    """The same with just as much equity as is asked for."""
    snapshot, entry = question.snapshot, question.actions[0]
    book = Book.of(snapshot, question.policy, None)
    ground = _Ground(book, tuple(parts_of(book)))
    if not isinstance(entry, Enter):
        raise TypeError("an entry at once is asked about")
    left, need = _together([*ground.parts, part_of(entry, book)], ground)
    account = snapshot.holdings.account
    account = replace(account, equity=account.equity + need - left + more)
    return replace(question, snapshot=replace(snapshot, holdings=replace(snapshot.holdings, account=account)))


def _together_cases() -> dict[str, Case]:
    def maintained(leg: Leg) -> Case:
        account = Account(dec(210), dec(0), dec(90))
        return Case("liquidation", asked("entry", holdings={**eth(leg), "account": account}))

    short = {**eth(Leg.LONG), "account": Account(dec(1000), dec(0), dec(500))}
    plain = asked("entry", holdings=short)
    legs = a_policy(a_market_policy("BTC"), a_market_policy("ETH"))
    return {
        "cross, exactly enough equity": Case(None, at_equity(plain)),
        "cross, a cent too little": Case(None, at_equity(plain, dec("-0.01"))),
        "cross, more is asked for than of a long": maintained(Leg.LONG),
        "cross, more is asked for than of a short": maintained(Leg.SHORT),
        "loss of two entries": two("loss_at_stops", legs, limits={"book": BookLimits(dec(42))}),
    }


def at_margin(question: Question, more: Decimal = Decimal(0)) -> Question:
    """The same with just as much margin of its own behind the one position as is asked for."""
    snapshot, rung = question.snapshot, question.actions[0]
    if not isinstance(rung, Rest):
        raise TypeError("a rung is asked about")
    book = Book.of(snapshot, question.policy, None)
    ground = _Ground(book, tuple(parts_of(book)))
    new = part_of(rung, book)
    left, need = _apart(new.slot, [*ground.parts, new], ground)
    (held,) = snapshot.holdings.positions
    held = replace(held, margin_used=held.margin_used + need - left + more)
    return replace(
        question, snapshot=replace(snapshot, holdings=replace(snapshot.holdings, positions=(held,)))
    )


def _exact_margin() -> dict[str, Case]:
    position, fill, stop = held_leg(Leg.LONG, cross=False, margin_used=dec(50))
    reading = {"positions": (position,), "fills": (fill,), "orders": (stop,), "account": RICH}
    policy = sized(leverage=20, cross=False)
    view = {"leverage": Leverage(20, False)}
    plain = asked("rest", holdings=reading, policy=policy, view=view)
    return {
        "isolated, exactly enough margin": Case(None, at_margin(plain)),
        "isolated, a cent too little": Case("liquidation", at_margin(plain, dec("-0.01"))),
    }


def _three_coins() -> Case:
    """Isolated at a leverage too high, beside another isolated coin that waits and a position on cross."""
    found = eth(Leg.LONG)
    sol = {
        "positions": (replace(found["positions"][0], coin="SOL"),),
        "fills": (replace(found["fills"][0], coin="SOL"),),
        "orders": (replace(found["orders"][0], coin="SOL"), waits()),
        "account": Account(dec(600), dec(0), dec(0)),
    }
    apart = replace(a_market_policy("ETH"), sizing=replace(a_market_policy().sizing, cross=False, leverage=5))
    policy = a_policy(isolated(7).markets["BTC"], apart)
    rules = {coin: a_market(coin) for coin in ("BTC", "ETH", "SOL")}
    return Case("liquidation", asked("entry", policy=policy, holdings=sol, rules=rules))


def _isolated_legs() -> dict[str, Case]:
    """A rung beside what its leg holds on isolated margin, on either side."""
    found = _exact_margin()
    for leg in Leg:
        for name, leverage, own in (("high", 20, 50), ("higher", 30, 5)):
            position, fill, stop = held_leg(leg, cross=False, margin_used=dec(own))
            nearer = replace(
                stop,
                position_bound=False,
                size=dec("0.004"),
                order_id="n",
                trigger=stop.level + 500 * leg.sign,
            )
            level = stop.level - 9_000 * leg.sign
            beyond = replace(stop, position_bound=False, size=dec("0.004"), order_id="l", trigger=level)
            later = replace(beyond, price=level * (1 - dec("0.1") * leg.sign))
            reading = {"positions": (position,), "fills": (fill,), "orders": (stop, nearer, later)}
            found[f"isolated {name} beside a {leg.value}"] = Case(
                "liquidation",
                asked(
                    "rest",
                    actions=[a_rest(leg)],
                    holdings=reading,
                    policy=sized(leverage=leverage, cross=False),
                    view={"leverage": _lever(leverage)},
                ),
            )
    opposite, fill, stop = held_leg(Leg.SHORT, cross=False, margin_used=dec(5))
    one_way = {
        "positions": (replace(opposite, two_sided=False),),
        "fills": (replace(fill, leg=None),),
        "orders": (replace(stop, leg=None),),
    }
    found["isolated beside the other side in a one-way account"] = Case(
        "liquidation",
        asked(
            "rest",
            holdings=one_way,
            policy=sized(leverage=20, cross=False),
            view={"leverage": _lever(20)},
            abilities=ABILITIES,
            two_sided=False,
        ),
    )
    rungs = [a_rest(number=1), a_rest(number=2)]
    found["loss of two rungs"] = Case(
        "loss_at_stops",
        asked("rest", actions=rungs, holdings={"account": RICH}, limits={"book": BookLimits(dec(200))}),
    )
    return found


def _lever(leverage: int) -> Any:
    return Leverage(leverage, False)


def _swing_at(candles: Candles, equity: int) -> float:
    worth = float(an_entry().size * an_entry().bound)
    return worth * volatility(daily_returns(candles)) * ONE_IN_A_HUNDRED / equity


def _swings() -> dict[str, Case]:
    def swing(rule: str | None, limit: float, **changes: Any) -> Case:
        return capped(rule, "entry", whole={"risk_volatility_max": limit}, **changes)

    calm = replace(days(), close=tuple(100_000.0 + (price - 100_000.0) / 10 for price in days().close))
    several = a_policy(a_market_policy(), a_market_policy("SOL"))
    views = {"BTC": a_view(candles=days()), "SOL": a_view("SOL", candles=calm)}
    lost = {**views, "SOL": a_view("SOL", candles=Unreadable("bars of SOL", "504"))}
    exactly = _swing_at(days(), 1000)
    foreign = {"positions": (a_position("0.01", "ETH"),), "account": RICH}

    def account(equity: object) -> dict[str, Any]:
        return {"account": Account(dec(equity), dec(0), dec(0))}

    return {
        "swing exactly at the limit": swing(None, exactly),
        "swing of an empty account": swing("risk_volatility", 0.9, holdings=account(0)),
        "swing of a dollar": swing("risk_volatility", 0.9, holdings=account("0.5")),
        "swing of a coin beside the file": swing(
            "risk_volatility", 0.00001, policy=several, view=None, markets=views, holdings=foreign
        ),
        "swing of a coin that is not there": swing(None, 0.9, policy=several),
        "swing of a coin that cannot be read": swing(
            "risk_volatility", 0.9, policy=several, view=None, markets=lost
        ),
    }


def ended(closes: dict[int, float], bars: int = 480) -> Candles:
    """Bars that end days with these closes, by how many days ago, and with others in between."""
    plain = flat_candles(bars=bars)
    last = plain.open_ms[-1] // DAY_MS

    def close(open_ms: int, price: float) -> float:
        at_ms = open_ms + FRAME_MS
        return closes.get(last - at_ms // DAY_MS, 100_700.0) if at_ms % DAY_MS == 0 else price

    return replace(
        plain, close=tuple(close(at, price) for at, price in zip(plain.open_ms, plain.close, strict=True))
    )


def _candles() -> dict[str, Case]:
    def told(rule: str, candles: Candles) -> Case:
        return capped(rule, "entry", whole={"risk_volatility_max": 0.00001}, view={"candles": candles})

    def passes(candles: Candles) -> Case:
        return capped(None, "entry", whole={"risk_volatility_max": 0.9}, view={"candles": candles})

    halved = {n: 200_000.0 if n > 4 else 100_000.0 + n for n in range(12)}
    taking_turns = {n: 100_000.0 + 900.0 * (n % 2) + 40.0 * n for n in range(12)}
    return {
        "days that end elsewhere than they stay": told("risk_volatility", ended(taking_turns)),
        "a day that closed at nothing": told("risk_volatility", ended({**taking_turns, 4: 0.0}, 600)),
        "a halving over a day that is not there": told("risk_volatility", ended({**halved, 4: 0.0}, 600)),
        "a day that closed below one": told("risk_volatility", ended({**taking_turns, 4: 0.5}, 600)),
        "just enough days": passes(flat_candles(bars=7 * 48 + 17)),
        "one day too few": told("risk_volatility", flat_candles(bars=7 * 48 + 16)),
    }
