"""What a grid sees, read off one observation: rungs and fills by their ids, each leg by itself."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    NOW_MS,
    SIGNAL_MS,
    TAG,
    a_fill,
    a_position,
    a_quote,
    a_target,
    an_identity,
    dec,
)
from tests.support.resting_scenes import (
    ANCHOR,
    GRID,
    MARKET,
    a_grid,
    a_grid_policy,
    a_ladder,
    a_snap,
    a_waiting,
    after,
    an_entry_want,
    diffed,
    held_leg,
    held_reading,
    rested,
    whole,
)
from trader.core.candles import Candles
from trader.core.identity import Role, encode
from trader.core.market import Leg
from trader.core.orders import Fill
from trader.core.ownership import Doubt
from trader.core.policy import MarketPolicy, StopRules
from trader.core.snapshot import Snapshot
from trader.core.target import CoinFacts, FundingFacts, GridFacts, LegFacts, Stay
from trader.cover import overtaken
from trader.grid_facts import grid_facts, stop_limit
from trader.observe import scope_of
from trader.want import want


def facts(snapshot: Snapshot, **quote: Any) -> GridFacts:
    found = grid_facts(snapshot, whole(), MARKET, a_quote(**quote))
    assert isinstance(found, GridFacts), found
    return found


def rung_id(leg: Leg, rung: int, anchor: int = ANCHOR, **changes: Any) -> str:
    return encode(
        replace(an_identity(Role.RUNG, strategy=GRID), leg=leg, rung=rung, reference=anchor, **changes)
    )


def rung_fill(before: object, rung: int, anchor: int = ANCHOR, **changes: Any) -> Fill:
    fill = a_fill("0.01", before, client_id=rung_id(Leg.LONG, rung, anchor), leg=Leg.LONG)
    return replace(fill, **{"fill_id": f"{rung}-{anchor}", **changes})


def test_what_rests_comes_back_as_it_was_wanted() -> None:
    want = a_grid(a_ladder(3))
    found, nearest = facts(rested(want)), sorted(want.rungs, key=lambda rung: rung.rung)
    assert [(r.leg, r.rung, r.anchor_ticks, r.bar_ms) for r in found.rungs] == [
        (r.leg, r.rung, ANCHOR, SIGNAL_MS) for r in nearest
    ]
    assert [(r.price, r.size) for r in found.rungs] == [(r.price, r.size) for r in nearest]
    assert (found.now_ms, found.tick, found.lot, found.notional_min) == (NOW_MS, 0.1, 0.001, 5.0)


def test_a_rung_that_filled_in_part_counts_whole() -> None:
    live = rested(a_grid(a_ladder(1)))
    (one, *rest_of) = live.holdings.orders_of("BTC")
    part = replace(one, size=dec("0.004"), filled=dec("0.006"))
    assert facts(a_snap([part, *rest_of])).rungs[0].size == 0.01


def test_orders_that_are_no_rungs_of_this_grid_are_not_seen() -> None:
    (one, *_others) = rested(a_grid(a_ladder(1))).holdings.orders_of("BTC")
    others = [
        replace(one, client_id=None),
        replace(one, client_id=rung_id(Leg.LONG, 1, account=TAG ^ 1)),
        replace(one, client_id=rung_id(Leg.LONG, 1, strategy=2)),
        replace(one, client_id=encode(an_identity(Role.ENTRY, strategy=GRID))),
        replace(one, reduce_only=True),
    ]
    assert facts(a_snap(others)).rungs == ()


def test_each_leg_is_read_by_itself() -> None:
    long, short = held_leg(Leg.LONG, "0.02", 99_500), held_leg(Leg.SHORT, "0.01", 100_500)
    target = replace(a_target(101_000), leg=Leg.LONG, client_id=rung_id(Leg.LONG, 0, role=Role.TARGET))
    found = facts(a_snap(holdings=held_reading(long, short, orders=[target])))
    assert found.legs[Leg.LONG] == LegFacts(0.02, 99_500.0, 97_012.5, 101_000.0, ((ANCHOR, 1),))
    assert found.legs[Leg.SHORT] == LegFacts(0.01, 100_500.0, 103_012.5, None, ((ANCHOR, 1),))
    assert facts(a_snap()).legs == {leg: LegFacts(0.0, None, None, None) for leg in Leg}


def test_exits_that_still_wait_for_their_entry_are_no_levels() -> None:
    position, fill, stop = held_leg()
    child = replace(stop, trigger=dec(99_900), is_armed=False, order_id="child")
    found = facts(a_snap(holdings=held_reading((position, fill, stop), orders=[child])))
    assert found.legs[Leg.LONG].live_stop == 97_500.0


def test_rungs_that_filled_are_those_since_the_leg_was_last_flat_each_once() -> None:
    closed = a_fill("-0.01", "0.01", client_id=None, leg=Leg.LONG, fill_id="x", at_ms=NOW_MS - 50)
    fills = [
        rung_fill(0, 5, at_ms=NOW_MS - 60),
        closed,
        rung_fill(0, 2, 990_000, at_ms=NOW_MS - 40),
        rung_fill("0.01", 1, at_ms=NOW_MS - 30),
        rung_fill("0.02", 1, at_ms=NOW_MS - 20, fill_id="again"),
    ]
    position = a_position("0.03", two_sided=True)
    found = facts(a_snap(positions=[position], fills=fills))
    assert found.legs[Leg.LONG].filled == ((990_000, 2), (ANCHOR, 1))
    flat = facts(a_snap(fills=fills[:2]))
    assert flat.legs[Leg.LONG] == LegFacts(0.0, None, None, None)


def test_the_average_is_the_venues_while_the_leg_is_wholly_ours() -> None:
    position, fill, stop = held_leg(Leg.LONG, "0.01", 99_500)
    ours = a_snap(holdings=held_reading((replace(position, entry_price=dec(99_000)), fill, stop)))
    assert facts(ours).legs[Leg.LONG].average == 99_000.0
    foreign = a_fill("0.01", "0.01", client_id=None, leg=Leg.LONG, fill_id="2", at_ms=NOW_MS)
    mixed = a_snap(
        positions=[replace(position, size=dec("0.02"), entry_price=dec(90_000))], fills=[fill, foreign]
    )
    assert facts(mixed).legs[Leg.LONG].average == 99_500.0
    assert facts(mixed).legs[Leg.LONG].size == 0.01


def test_a_leg_in_doubt_leaves_the_whole_in_doubt() -> None:
    position, fill, stop = held_leg()
    torn = a_snap(holdings=held_reading((replace(position, size=dec("0.02")), fill, stop)))
    assert isinstance(grid_facts(torn, whole(), MARKET, a_quote()), Doubt)
    answer = want(torn, whole(), "BTC")
    assert isinstance(answer, Stay) and answer.reason.startswith("in doubt")


def test_an_account_with_one_side_has_no_grid() -> None:
    assert grid_facts(a_snap(two_sided=False), whole(), MARKET, a_quote()) is None


@pytest.mark.parametrize("missing", ["funding_next_ms", "funding_interval_ms"])
def test_funding_is_whole_or_unknown(missing: str) -> None:
    known = {"funding_next_ms": NOW_MS + 5, "funding_interval_ms": 3_600_000, "funding_rate": dec("0.0001")}
    assert facts(a_snap(), **known).funding == FundingFacts(0.0001, NOW_MS + 5, 3_600_000)
    assert facts(a_snap(), **{**known, missing: None}).funding is None


@given(
    st.sampled_from(list(Leg)),
    st.floats(0.5, 0.99),
    st.floats(0.97, 1.03),
    st.one_of(st.none(), st.floats(0.001, 0.1)),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_stop_at_the_limit_acts_before_liquidation_and_one_beyond_does_not(
    leg: Leg, distance: float, entry: float, margin: float | None
) -> None:
    end = dec(round(100_000 * (1 - leg.sign * (1 - distance)), 1))
    position, _fill, stop = held_leg(leg, entry=round(100_000 * entry, 1), liquidation=end)
    rules = StopRules("mark", margin, 0.05)
    level = stop_limit(position, rules, MARKET)
    assert level is not None
    if (position.entry_price - level) * leg.sign > 0:
        assert not overtaken(replace(stop, trigger=level), position, rules)
    assert overtaken(replace(stop, trigger=level - leg.sign * 10), position, rules)
    assert stop_limit(replace(position, liquidation=None), rules, MARKET) is None


@pytest.mark.parametrize("end", [25_000, 24_999.9])
def test_a_short_that_has_won_three_quarters_of_its_entry_has_no_limit(end: float) -> None:
    """A quarter of the distance to its entry is then all that is left of price, and 0 or less is no level."""
    position, _fill, _stop = held_leg(Leg.SHORT, mark=dec(10_000), liquidation=dec(end))
    assert stop_limit(position, StopRules("mark", None, 0.05), MARKET) is None
    assert stop_limit(replace(position, liquidation=dec(26_000)), StopRules("mark", None, 0.05), MARKET)


class _Asked:
    """A strategy that remembers what it was shown."""

    def __init__(self) -> None:
        self.facts: CoinFacts | None = None

    def __call__(self, _candles: Candles, facts: CoinFacts, _policy: MarketPolicy) -> Stay:
        self.facts = facts
        return Stay("asked")


def test_a_grid_is_asked_with_its_own_facts_and_no_single_holding() -> None:
    strategy = _Asked()
    snapshot = a_snap(holdings=held_reading(held_leg(Leg.LONG), held_leg(Leg.SHORT)))
    want(snapshot, whole(a_grid_policy(strategy=strategy)), "BTC")
    assert strategy.facts is not None and strategy.facts.holding is None
    assert strategy.facts.grid == facts(snapshot)
    one = _Asked()
    want(
        replace(snapshot, two_sided=False, holdings=a_snap().holdings),
        whole(a_grid_policy(strategy=one)),
        "BTC",
    )
    assert one.facts is not None and one.facts.grid is None


def test_no_entry_of_a_grid_is_looked_up() -> None:
    assert scope_of(NOW_MS, whole(), 1).lookups == {}
    assert len(scope_of(NOW_MS, whole(a_grid_policy(both_legs=False)), 1).lookups) == 2


def test_entries_of_a_bar_are_no_rungs() -> None:
    policy = whole(a_grid_policy(strategy_number=2))
    live = after(diffed(a_waiting(an_entry_want()), a_snap(), policy), a_snap())
    found = grid_facts(live, policy, MARKET, a_quote())
    assert isinstance(found, GridFacts) and found.rungs == ()
