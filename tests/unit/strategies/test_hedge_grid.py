"""What the grid wants as a whole: rungs from ids and bars, exits of what is held, when it stands still."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.grid_scenes import (
    ANCHOR,
    HOUR_MS,
    LAST_MS,
    NOW_MS,
    a_rung,
    candles_from,
    facts_of,
    grid_of,
    held,
    keys,
    numbers,
    params_of,
    policy_of,
    quiet,
    trending,
    wanted,
)
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.target import (
    CoinFacts,
    FundingFacts,
    GridFacts,
    LegFacts,
    LiveRung,
    Stay,
    WantClose,
    WantGrid,
    WantHold,
)
from trader.strategies.hedge_grid import exits, judge, want

ALL = [1, 2, 3, 4, 5, 6]


def resting(answer: WantGrid, bar_ms: int = LAST_MS) -> tuple[LiveRung, ...]:
    """The facts of these rungs once they rest."""
    return tuple(
        LiveRung(r.leg, r.rung, answer.anchor_ticks, bar_ms, round(r.price, 2), r.size or 0.0)
        for r in answer.rungs
    )


class TestLadder:
    """A market that goes nowhere, and nothing held."""

    def test_the_whole_ladder_rests_around_the_close(self) -> None:
        answer = wanted(quiet(100.02))
        assert answer.anchor_ticks == 10_002
        assert keys(answer) == [(leg, n) for leg in ("long", "short") for n in ALL]
        assert (answer.long, answer.short, answer.notes) == (None, None, ())
        assert all(r.post_only and not r.is_stop_entry and r.notional is None for r in answer.rungs)

    def test_each_rung_names_the_stop_that_would_stand_behind_it_alone(self) -> None:
        for rung in wanted().rungs:
            assert rung.stop == pytest.approx(rung.price - rung.leg.sign * 5 * 0.5)

    def test_a_trend_throttles_the_counter_side(self) -> None:
        answer = wanted(trending(0.3, end=200.0))
        assert numbers(answer, Leg.LONG) == ALL and numbers(answer, Leg.SHORT) == [1, 2, 3, 4]
        assert [r.size for r in answer.rungs if r.leg is Leg.SHORT][:2] == [0.05, 0.052]

    def test_what_vanishes_is_told(self) -> None:
        answer = wanted(base_qty=0.0503, levels_short=0)
        assert numbers(answer, Leg.LONG) == [2, 3, 4, 5, 6]
        assert answer.notes == ("long rungs 1 left out: below the lot or the venue's minimum",)

    def test_what_the_caps_trim_is_told(self) -> None:
        answer = wanted(side_notional_max=35.0)
        assert numbers(answer, Leg.LONG) == numbers(answer, Leg.SHORT) == [1, 2, 3]
        assert answer.notes == (
            "long rungs 4, 5, 6 left out: trimmed by the caps",
            "short rungs 4, 5, 6 left out: trimmed by the caps",
        )


class TestAnchor:
    """The centre comes back from ids and moves when price has left it."""

    def test_the_live_anchor_stays_while_price_is_near(self) -> None:
        first = wanted()
        again = wanted(quiet(101.9), grid_of(rungs=resting(first)))
        assert again.anchor_ticks == ANCHOR
        assert again.rungs == first.rungs

    @pytest.mark.parametrize(("close", "anchor"), [(102.0, ANCHOR), (102.01, 10_201), (97.99, 9_799)])
    def test_it_moves_beyond_its_distance(self, close: float, anchor: int) -> None:
        answer = wanted(quiet(close), grid_of(rungs=(a_rung(Leg.LONG, 6), a_rung(Leg.SHORT, 6))))
        assert answer.anchor_ticks == anchor
        assert any("recentred" in note for note in answer.notes) is (anchor != ANCHOR)

    def test_a_side_followed_too_often_gets_no_new_rungs_until_it_is_flat(self) -> None:
        long = held(0.5, 103.0, filled=((10_500, 1), (10_200, 1)), live_stop=90.0)
        answer = wanted(quiet(), grid_of(long=long, rungs=(a_rung(Leg.SHORT, 1, 10_205),)))
        assert answer.anchor_ticks == 10_000
        assert numbers(answer, Leg.LONG) == [] and numbers(answer, Leg.SHORT) == ALL
        assert any("no new long rungs until flat" in note for note in answer.notes)
        after = wanted(quiet(), grid_of(rungs=(a_rung(Leg.SHORT, 1),)))
        assert numbers(after, Leg.LONG) == ALL

    def test_what_rests_of_such_a_side_stays(self) -> None:
        long = held(0.5, 103.0, filled=((10_500, 1), (10_200, 1), (10_000, 1)), live_stop=90.0)
        answer = wanted(quiet(), grid_of(long=long, rungs=(a_rung(Leg.LONG, 3), a_rung(Leg.SHORT, 1))))
        assert numbers(answer, Leg.LONG) == [3]


class TestFunding:
    """The guard follows the venue's own payment; without its data nothing is added."""

    def test_the_paying_side_shrinks_and_vanishes(self) -> None:
        def at(minutes: int, rate: float = 0.0013) -> WantGrid:
            due = FundingFacts(rate, NOW_MS + minutes * 60_000, 8 * HOUR_MS)
            return wanted(grid=grid_of(funding=due))

        first = [next(r.size for r in at(m).rungs if r.leg is Leg.LONG) for m in (90, 60, 50, 40)]
        assert first == [0.1, 0.1, 0.08, 0.06]
        assert numbers(at(5), Leg.LONG) == [] and numbers(at(5), Leg.SHORT) == ALL
        assert numbers(at(5, -0.0013), Leg.LONG) == ALL and numbers(at(5, -0.0013), Leg.SHORT) == []
        assert any("funding guard" in note for note in at(5).notes)
        assert numbers(at(5, 0.0012), Leg.LONG) == ALL

    @pytest.mark.parametrize("funding", [None, FundingFacts(0.0001, NOW_MS, 8 * HOUR_MS)])
    def test_without_data_what_rests_stays_and_nothing_is_added(self, funding: FundingFacts | None) -> None:
        assert wanted(grid=grid_of(funding=funding)).rungs == ()
        rungs = (a_rung(Leg.LONG, 2), a_rung(Leg.SHORT, 5))
        answer = wanted(quiet(103.0), grid_of(funding=funding, rungs=rungs))
        assert (answer.anchor_ticks, keys(answer)) == (ANCHOR, [("long", 2), ("short", 5)])
        assert [(r.price, r.size) for r in answer.rungs] == [(r.price, r.size) for r in rungs]
        assert answer.notes == ("no new rungs: the venue's next funding is not known",)


class TestStill:
    """What cannot be known adds nothing and moves nothing; the exits go on."""

    def scenes(self) -> dict[str, Any]:
        whole = quiet()
        columns = (whole.high[-1] + 40.0,)
        return {
            "warm-up": quiet(bars=200),
            "gap": replace(whole, open_ms=(*whole.open_ms[:9], whole.open_ms[9] + 1, *whole.open_ms[10:])),
            "spike": replace(whole, high=(*whole.high[:-1], *columns)),
        }

    @pytest.mark.parametrize("scene", ["warm-up", "gap", "spike"])
    def test_the_grid_stands_still(self, scene: str) -> None:
        candles = self.scenes()[scene]
        assert wanted(candles).rungs == ()
        long = held(0.1, 99.5, live_stop=97.0, live_target=101.0, filled=((ANCHOR, 1),))
        answer = wanted(candles, grid_of(long=long, rungs=(a_rung(Leg.LONG, 2),)))
        assert keys(answer) == [("long", 2)]
        assert scene in answer.notes[0]
        assert isinstance(answer.long, WantHold) and answer.long.stop == 97.0

    def test_a_spike_leaves_the_stop_where_it_is(self) -> None:
        long = held(0.1, 99.5, live_stop=95.0, live_target=101.0)
        for candles, stop in ((quiet(), 97.0), (self.scenes()["spike"], 95.0)):
            answer = wanted(candles, grid_of(long=long))
            assert isinstance(answer.long, WantHold) and answer.long.stop == pytest.approx(stop)

    def test_nothing_is_wanted_where_nothing_can_be_seen(self) -> None:
        policy = policy_of(params_of())
        one_sided = CoinFacts(100.0, 1000.0, None, None, None, 0.0005)
        for candles, facts in (
            (quiet(), one_sided),
            (candles_from([]), facts_of()),
            (quiet(), facts_of(mark=0.0)),
            (quiet(), facts_of(grid_of(tick=1e-8))),
        ):
            answer = want(candles, facts, policy)
            assert isinstance(answer, Stay)
            assert exits(candles, facts, policy) == answer


class TestExits:
    """Exits follow the position, whatever its rungs are."""

    @pytest.mark.parametrize(("leg", "stop", "target"), [(Leg.LONG, 96.5, 100.5), (Leg.SHORT, 103.5, 99.5)])
    def test_a_side_stands_behind_its_own_levels(self, leg: Leg, stop: float, target: float) -> None:
        facts = held(0.2, 100.0 - leg.sign)
        grid = grid_of(long=facts) if leg is Leg.LONG else grid_of(short=facts)
        answer = wanted(grid=grid)
        mine, other = (answer.long, answer.short) if leg is Leg.LONG else (answer.short, answer.long)
        assert isinstance(mine, WantHold) and other is None
        assert [mine.stop, mine.target] == pytest.approx([stop, target])
        assert mine.stop_role is Role.STOP

    @given(
        st.sampled_from(list(Leg)),
        st.floats(95, 105),
        st.floats(90, 110),
        st.floats(95, 105),
        st.one_of(st.none(), st.floats(85, 115)),
    )
    @settings(max_examples=200, deadline=None, derandomize=True)
    def test_a_stop_never_moves_away_nor_past_mark(
        self, leg: Leg, average: float, live: float, mark: float, limit: float | None
    ) -> None:
        facts = held(0.2, average, live_stop=live, live_target=1.0, stop_limit=limit)
        answer = wanted(grid=grid_of(long=facts) if leg is Leg.LONG else grid_of(short=facts), mark=mark)
        mine = answer.long if leg is Leg.LONG else answer.short
        assert isinstance(mine, WantHold)
        assert (mine.stop - live) * leg.sign >= 0
        assert mine.stop == live or (mark - mine.stop) * leg.sign > 0

    def test_a_stop_is_bounded_by_liquidation(self) -> None:
        near = wanted(grid=grid_of(long=held(0.2, 100.0, stop_limit=98.5)))
        assert isinstance(near.long, WantHold) and near.long.stop == 98.5
        far = wanted(grid=grid_of(long=held(0.2, 100.0, stop_limit=60.0)))
        assert isinstance(far.long, WantHold) and far.long.stop == 97.5

    @pytest.mark.parametrize("leg", list(Leg))
    def test_a_rung_at_or_beyond_the_live_stop_is_not_wanted(self, leg: Leg) -> None:
        stop = 100.0 - leg.sign * 2.0
        facts = held(0.1, 100.0 - leg.sign * 0.5, live_stop=stop, live_target=1.0, filled=((ANCHOR, 1),))
        grid = grid_of(long=facts) if leg is Leg.LONG else grid_of(short=facts)
        answer = wanted(grid=replace(grid, rungs=(a_rung(leg, 4), a_rung(leg, 2))))
        assert numbers(answer, leg) == [2, 3]
        assert all(r.stop == stop for r in answer.rungs if r.leg is leg)

    def test_a_rung_that_the_tick_puts_on_the_stop_is_not_wanted(self) -> None:
        """Judged as it will rest: half a tick before the stop is the stop."""
        stop = round(99.97 * (1 - 0.005 * 3), 2)
        long = held(0.1, 99.5, live_stop=stop, live_target=1.0)
        answer = wanted(grid=grid_of(long=long, rungs=(a_rung(Leg.SHORT, 6, 9_997),)))
        assert numbers(answer, Leg.LONG) == [1, 2]

    def test_a_target_that_nothing_stands_for_is_taken_at_market(self) -> None:
        long = held(0.1, 99.0, live_stop=97.0)
        answer = wanted(grid=grid_of(long=long), mark=100.5)
        assert isinstance(answer.long, WantClose) and answer.long.role is Role.TARGET
        assert numbers(answer, Leg.LONG) == [] and numbers(answer, Leg.SHORT) == ALL
        assert isinstance(wanted(grid=grid_of(long=long), mark=100.49).long, WantHold)
        guarded = replace(long, live_target=100.5)
        assert isinstance(wanted(grid=grid_of(long=guarded), mark=101.0).long, WantHold)


def random_facts(draw: Any) -> GridFacts:
    legs = {}
    for leg in Leg:
        size = draw(st.sampled_from([0.0, 0.1, 0.5]))
        filled = draw(st.lists(st.tuples(st.sampled_from([9_700, ANCHOR, 10_300]), st.integers(1, 6))))
        legs[leg] = LegFacts(size, draw(st.floats(97, 103)), None, 1.0, tuple(filled)) if size else held(0.0)
    rungs = draw(
        st.lists(
            st.builds(
                a_rung, st.sampled_from(list(Leg)), st.integers(1, 6), st.sampled_from([9_700, ANCHOR])
            ),
            max_size=8,
            unique_by=lambda r: (r.leg, r.rung, r.anchor_ticks),
        )
    )
    return grid_of(legs[Leg.LONG], legs[Leg.SHORT], rungs=tuple(rungs))


@given(st.data(), st.floats(95, 105))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_what_it_wants_is_what_it_wants_again(data: st.DataObject, close: float) -> None:
    """Once its rungs rest, an unchanged market wants the very same: a restart reproduces the grid."""
    grid, candles = random_facts(data.draw), quiet(round(close, 2))
    first = wanted(candles, grid, recenters_against_max=100)
    _is_sound(first)
    again = wanted(candles, replace(grid, rungs=resting(first)), recenters_against_max=100)
    assume(first.rungs)  # with nothing left to rest there is no anchor either
    assert again.anchor_ticks == first.anchor_ticks
    assert keys(again) == keys(first)
    assert [r.size for r in again.rungs] == [r.size for r in first.rungs]


def _is_sound(answer: WantGrid) -> None:
    assert len(set(keys(answer))) == len(answer.rungs)
    longs: Sequence[float] = [r.price for r in answer.rungs if r.leg is Leg.LONG]
    shorts: Sequence[float] = [r.price for r in answer.rungs if r.leg is Leg.SHORT]
    assert not longs or not shorts or max(longs) < min(shorts)


def test_the_conditions_are_told_with_their_numbers() -> None:
    judged = judge(quiet(), facts_of(), policy_of(params_of()))
    assert judged.want == want(quiet(), facts_of(), policy_of(params_of()))
    names = [c.name for c in judged.conditions]
    assert names == ["regime", "bar", "anchor", "funding", "long rungs", "short rungs"]
    assert all(c.passed for c in judged.conditions)
    blind = judge(quiet(), facts_of(grid_of(funding=None)), policy_of(params_of()))
    assert [c.name for c in blind.conditions if not c.passed] == ["funding", "long rungs", "short rungs"]
