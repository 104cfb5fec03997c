"""A whole cycle through the pipeline on each venue: enter covered, tighten the stop, leave, be flat.

The same test runs on the embedded exchanges and, with `-m testnet` and keys in the environment, on the
venues' own practice networks (tests/support/whole_cycle.py says which variables).
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.support.builders import a_market_policy, a_policy
from tests.support.whole_cycle import COIN, Place, embedded, practice
from trader.core.actions import Close
from trader.core.candles import Candles
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Accepted
from trader.core.policy import Limits, MarketPolicy, Policy
from trader.core.report import Protected
from trader.core.target import CoinFacts, Stay, Want, WantClose, WantEntry, WantHold
from trader.parts import NAMES, parts_of
from trader.run import Ran, run_once

MINUTE_MS = 60_000
NOTIONAL = 150.0
PLACES = [
    *(f"{name}, one-way" for name in NAMES),
    *(f"{name}, two-sided" for name in NAMES if parts_of(name).abilities.two_sided),
    *(pytest.param(f"{name}, test network", marks=pytest.mark.testnet) for name in NAMES),
]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    name, where = request.param.split(", ")
    in_practice = where == "test network"
    with practice(name) if in_practice else embedded(name, two_sided=where == "two-sided") as found:
        yield found


class Will:
    """A strategy that does as it is told; levels are fractions of mark."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.phase = "enter"

    def __call__(self, candles: Candles, facts: CoinFacts, _policy: MarketPolicy) -> Want:
        held, sign, mark = facts.holding, self.leg.sign, facts.mark
        if self.phase == "enter" and held is None:
            signal_ms = candles.open_ms[-1]
            return WantEntry(
                self.leg, NOTIONAL, mark * (1 - 0.05 * sign), mark * (1 + 0.05 * sign), signal_ms, "told"
            )
        if held is None:
            return Stay("nothing is held")
        if self.phase == "close":
            return WantClose(Role.CLOSE_SIGNAL, "told to leave")
        stop = held.entry_price * (1 - 0.04 * sign)
        target = held.entry_price * (1 + 0.05 * sign)
        return WantHold(stop, Role.TRAIL, "told to tighten", target, "as before", "told")


def policy_for(place: Place, will: Will) -> Policy:
    limits = Limits(None, None, None, None, clock_skew_max_ms=5_000, data_age_max_ms=60_000)
    market = replace(a_market_policy(COIN), strategy=will, frame_ms=MINUTE_MS, bars_needed=60)
    policy = replace(a_policy(market), account_tag=place.tag, limits=limits, entries_for=frozenset({COIN}))
    return replace(policy, past_ms=2_880 * MINUTE_MS)


def run(place: Place, policy: Policy) -> Ran:
    ran = run_once(place.env(), policy)
    assert ran.codes == set(), (ran.codes, ran.problems, ran.notes)
    return ran


def covered(ran: Ran) -> Protected:
    assert ran.verified is not None
    [proof] = [p for p in ran.verified.proofs if p.coin == COIN]
    assert isinstance(proof, Protected), (proof, ran.done, ran.verdict)
    return proof


@pytest.mark.parametrize("leg", list(Leg))
def test_a_position_is_entered_covered_tightened_and_left(place: Place, leg: Leg) -> None:
    will = Will(leg)
    policy = policy_for(place, will)
    first = covered(run(place, policy))
    assert first.size * leg.sign > 0
    will.phase = "tighten"
    second = covered(run(place, policy))
    assert second.size == first.size
    assert (second.level - first.level) * leg.sign > 0
    will.phase = "close"
    left = run(place, policy)
    assert left.verified is not None
    assert [type(d.outcome) for d in left.done if isinstance(d.action, Close)] == [Accepted]
    held = left.verified.holdings
    assert held is not None
    assert held.positions_of(COIN) == ()
    assert [order for order in held.orders_of(COIN) if order.opens] == []
