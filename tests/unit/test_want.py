"""A strategy is asked only with closed candles that end at the expected bar and facts that agree."""

from typing import Any

import pytest

from tests.support.builders import (
    NOW_MS,
    SIGNAL_MS,
    a_fill,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_snapshot,
    a_stop,
    a_target,
    a_view,
    an_id,
    flat_candles,
    holdings,
)
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.policy import MarketPolicy
from trader.core.snapshot import MarketView, Snapshot
from trader.core.target import CoinFacts, Stay
from trader.want import want, want_all

BLIND = Unreadable("it", "429")


class Asked:
    """A strategy that remembers what it was shown."""

    def __init__(self) -> None:
        self.facts: CoinFacts | None = None

    def __call__(self, _candles: Candles, facts: CoinFacts, _policy: MarketPolicy) -> Stay:
        self.facts = facts
        return Stay("asked")


def asked(snapshot: Snapshot) -> tuple[str, CoinFacts | None]:
    strategy = Asked()
    answer = want(snapshot, a_policy(a_market_policy(strategy=strategy)), "BTC")
    assert isinstance(answer, Stay)
    return answer.reason, strategy.facts


def seen(**changes: Any) -> dict[str, MarketView]:
    return {"BTC": a_view(**changes)}


def test_it_is_asked_when_everything_is_there() -> None:
    reason, facts = asked(a_snapshot())
    assert reason == "asked"
    assert facts == CoinFacts(100_000.0, 1_000.0, None, None, None, 0.00045)


@pytest.mark.parametrize(
    ("snapshot", "why"),
    [
        (a_snapshot(missing={"BTC": "delisted"}, markets={}), "delisted"),
        (a_snapshot(holdings(orders=BLIND)), "unreadable it: 429"),
        (a_snapshot(holdings(fills=BLIND)), "unreadable it: 429"),
        (a_snapshot(markets=seen(quote=BLIND)), "unreadable it: 429"),
        (a_snapshot(markets=seen(candles=BLIND)), "unreadable it: 429"),
        (a_snapshot(markets=seen(quote=a_quote(0))), "doubtful prices: mark 0"),
        (a_snapshot(markets=seen(quote=a_quote(-1))), "doubtful prices: mark -1"),
        (
            a_snapshot(markets=seen(quote=a_quote(oracle=a_quote(0).mark))),
            "doubtful prices: mark 100000 and oracle 0 are not both prices",
        ),
        (a_snapshot(markets=seen(quote=a_quote(bid=None))), "one side of the book is empty"),
        (a_snapshot(markets=seen(quote=a_quote(ask=None))), "one side of the book is empty"),
        (a_snapshot(markets=seen(quote=a_quote(ask=a_quote().bid))), "is not below ask"),
        (a_snapshot(markets=seen(quote=a_quote(oracle=a_quote(120_000).mark))), "too far apart"),
        (a_snapshot(markets=seen(candles=flat_candles(bars=0))), "warm-up"),
        (a_snapshot(markets=seen(candles=flat_candles(last_ms=SIGNAL_MS - 1_800_000))), "bar late"),
        (a_snapshot(markets=seen(candles=flat_candles(last_ms=SIGNAL_MS + 1_800_000))), "bar late"),
        (a_snapshot(holdings(fills=[a_fill()])), "in doubt"),
        (a_snapshot(holdings([a_position("0.02")], [], [a_fill()])), "in doubt"),
        (
            a_snapshot(holdings([a_position("-0.01")], [], [a_fill("-0.01", client_id=an_id(Role.STOP))])),
            "an exit of ours opened",
        ),
    ],
)
def test_it_is_not_asked_with_less_and_the_reason_is_the_answer(snapshot: Snapshot, why: str) -> None:
    reason, facts = asked(snapshot)
    assert facts is None
    assert why in reason


@pytest.mark.parametrize("leg", list(Leg))
def test_it_sees_our_part_and_the_levels_that_are_live(leg: Leg) -> None:
    """Ours is one of two hundredths; of two stops the tighter one counts; a foreign stop does not."""
    sign = leg.sign
    fills = [
        a_fill(0.01 * sign, at_ms=NOW_MS - 9),
        a_fill(0.01 * sign, 0.01 * sign, client_id=None, fill_id="2", at_ms=NOW_MS),
    ]
    tight, loose, foreign = (100_000 - sign * away for away in (3_000, 4_000, 1_000))
    orders = [
        a_stop(loose, side=leg.closing),
        a_stop(tight, side=leg.closing, order_id="t"),
        a_stop(foreign, side=leg.closing, order_id="f", client_id=None),
        a_target(107_000, side=leg.closing, client_id=an_id(Role.TARGET)),
    ]
    _, facts = asked(a_snapshot(holdings([a_position(0.02 * sign)], orders, fills)))
    assert facts is not None
    assert facts.holding is not None
    assert (facts.holding.leg, facts.holding.size, facts.holding.entry_ms) == (leg, 0.01, NOW_MS - 9)
    assert (facts.live_stop, facts.live_target) == (tight, 107_000)


def test_a_foreign_position_is_no_holding_and_its_stops_no_levels() -> None:
    reading = holdings([a_position()], [a_stop()], [a_fill(client_id=None)])
    _, facts = asked(a_snapshot(reading))
    assert facts is not None
    assert (facts.holding, facts.live_stop) == (None, None)


def test_one_coin_s_trouble_is_not_another_s() -> None:
    views = {"BTC": a_view(quote=BLIND), "ETH": a_view("ETH")}
    policy = a_policy(a_market_policy(), a_market_policy("ETH"))
    wants = want_all(a_snapshot(markets=views), policy)
    assert [(coin, w.reason) for coin, w in wants.items() if isinstance(w, Stay)] == [
        ("BTC", "unreadable it: 429"),
        ("ETH", "nothing to do"),
    ]


def both_legs(*signed: str, foreign: bool = False) -> Snapshot:
    """An account with two sides that holds these legs, each behind a stop of its own."""
    positions, orders, fills = [], [], []
    for number, size in enumerate(signed):
        leg = Leg.SHORT if size.startswith("-") else Leg.LONG
        level = 100_000 - 4_000 * leg.sign
        client_id = None if foreign else an_id(leg=leg)
        positions.append(a_position(size, two_sided=True))
        orders.append(a_stop(level, side=leg.closing, leg=leg, client_id=an_id(Role.STOP, leg=leg)))
        fills.append(a_fill(size, leg=leg, client_id=client_id, fill_id=str(number)))
    return a_snapshot(holdings(positions, orders, fills), two_sided=True)


@pytest.mark.parametrize(("size", "leg", "stop"), [("0.01", Leg.LONG, 96_000), ("-0.01", Leg.SHORT, 104_000)])
def test_of_two_legs_it_sees_the_one_that_is_held(size: str, leg: Leg, stop: float) -> None:
    _, facts = asked(both_legs(size))
    assert facts is not None and facts.holding is not None
    assert (facts.holding.leg, facts.holding.size, facts.live_stop) == (leg, 0.01, stop)


def test_a_strategy_of_one_position_is_not_asked_while_both_legs_are_ours() -> None:
    reason, facts = asked(both_legs("0.01", "-0.01"))
    assert facts is None
    assert reason is not None and "both legs are ours" in reason


def test_foreign_legs_are_no_holding() -> None:
    _, facts = asked(both_legs("0.01", "-0.01", foreign=True))
    assert facts is not None
    assert facts.holding is None
