"""The diff: of its own result it is empty, it never loosens a stop, and everything in it obeys the venue."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    NOW_MS,
    SIGNAL_MS,
    TAG,
    a_fill,
    a_market,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_snapshot,
    a_stop,
    a_target,
    a_view,
    dec,
    holdings,
)
from trader.core.actions import Action, Close, Enter, PlaceExit, SetLeverage
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg
from trader.core.orders import Kind, Order, Unreadable
from trader.core.snapshot import Holdings, Leverage, Snapshot
from trader.core.target import Stay, Want, WantClose, WantEntry, WantHold
from trader.ids import entry_id
from trader.plan import diff

levels = st.decimals(min_value=60_000, max_value=140_000, places=3).map(float)
legs = st.sampled_from(Leg)


def planned(want: Want, snapshot: Snapshot | None = None, **policy: Any) -> list[Action]:
    return list(diff({"BTC": want}, snapshot or a_snapshot(), a_policy(a_market_policy(**policy))).actions)


def an_entry_want(leg: Leg = Leg.LONG, **changes: Any) -> WantEntry:
    sign = leg.sign
    want = WantEntry(
        leg, 300.0, 100_000.0 * (1 - 0.04 * sign), 100_000.0 * (1 + 0.07 * sign), SIGNAL_MS, "why"
    )
    return replace(want, **changes)


def a_hold(stop: float = 96_000.0, target: float = 107_000.0, role: Role = Role.STOP) -> WantHold:
    return WantHold(stop, role, "why", target, "why", "held")


def a_held(leg: Leg, *orders: Order, foreign: bool = False) -> Holdings:
    """A position of ours of one hundredth, with a foreign one of the same size on top where asked."""
    size = dec("0.01") * leg.sign
    fills = [a_fill(size)]
    if foreign:
        fills.append(a_fill(size, size, client_id=None, fill_id="2", at_ms=NOW_MS))
    return holdings([a_position(size * (1 + foreign))], orders, fills)


def as_order(exit_: PlaceExit, number: int) -> Order:
    """What an exit leaves on the venue once it is live."""
    return a_stop(
        exit_.trigger,
        size=exit_.size or 0,
        price=exit_.bound,
        side=exit_.leg.closing,
        kind=Kind.TARGET if exit_.role is Role.TARGET else Kind.STOP,
        order_id=f"new-{number}",
        client_id=exit_.client_id,
        position_bound=exit_.size is None,
    )


class TestHold:
    """Behind a position that stays."""

    @settings(max_examples=200, deadline=None)
    @given(legs, levels, levels, levels, st.sampled_from([Role.STOP, Role.TRAIL]), st.booleans())
    def test_the_diff_of_its_own_result_is_empty(
        self, leg: Leg, live: float, stop: float, target: float, role: Role, foreign: bool
    ) -> None:
        assume((target - 100_000.0) * leg.sign > 1)
        standing = a_stop(live, side=leg.closing)
        before = a_snapshot(a_held(leg, standing, foreign=foreign))
        want = a_hold(stop, target, role)
        exits = [a for a in planned(want, before) if isinstance(a, PlaceExit)]
        new = [as_order(one, number) for number, one in enumerate(exits)]
        after = a_snapshot(a_held(leg, *(standing, *new), foreign=foreign))
        assert planned(want, after) == []

    @settings(max_examples=200, deadline=None)
    @given(legs, levels, levels, levels, st.sampled_from([Role.STOP, Role.TRAIL]))
    def test_a_stop_moves_only_towards_price_and_never_past_it(
        self, leg: Leg, live: float, stop: float, mark: float, role: Role
    ) -> None:
        view = a_view(quote=a_quote(round(mark)))
        before = a_snapshot(a_held(leg, a_stop(live, side=leg.closing)), {"BTC": view})
        for action in planned(a_hold(stop, role=role), before):
            if isinstance(action, PlaceExit) and action.role is not Role.TARGET:
                assert (action.trigger - dec(live)) * leg.sign > 0
                assert (round(mark) - action.trigger) * leg.sign > 0

    def test_a_stop_within_the_tolerance_stays(self) -> None:
        near = a_snapshot(a_held(Leg.LONG, a_stop(96_000), a_target(107_000)))
        assert planned(a_hold(96_199.0), near) == []
        assert [type(a) for a in planned(a_hold(96_201.0), near)] == [PlaceExit]
        assert [type(a) for a in planned(a_hold(96_010.0, role=Role.TRAIL), near)] == [PlaceExit]

    def test_a_target_that_mark_has_passed_while_none_was_live_is_a_close(self) -> None:
        bare = a_snapshot(a_held(Leg.LONG, a_stop(96_000)))
        for target in (99_999.0, 99_999.9, 100_000.0):
            (close,) = planned(a_hold(target=target), bare)
            assert isinstance(close, Close) and close.role is Role.TARGET
        firing = a_snapshot(a_held(Leg.LONG, a_stop(96_000), a_target(99_999)))
        assert planned(a_hold(target=99_999.0), firing) == []

    def test_a_target_within_the_tolerance_stays_unless_the_strategy_chose_it(self) -> None:
        standing = a_snapshot(a_held(Leg.LONG, a_stop(96_000), a_target(107_000)))
        assert planned(a_hold(target=107_199.0), standing) == []
        assert [type(a) for a in planned(a_hold(target=107_201.0), standing)] == [PlaceExit]
        chosen = replace(a_hold(target=107_001.0), target_is_chosen=True)
        assert [type(a) for a in planned(chosen, standing)] == [PlaceExit]
        assert planned(replace(chosen, target=107_000.2), standing) == []

    def test_a_missing_stop_is_left_to_verify(self) -> None:
        bare = a_snapshot(a_held(Leg.LONG, a_target(107_000)))
        assert planned(a_hold(), bare) == []

    def test_a_whole_position_gets_bound_exits_and_a_mixed_one_a_fixed_stop_alone(self) -> None:
        for foreign, exits in (
            (False, [(Role.STOP, None), (Role.TARGET, None)]),
            (True, [(Role.STOP, "0.01")]),
        ):
            snapshot = a_snapshot(a_held(Leg.LONG, a_stop(90_000), foreign=foreign))
            found = [(a.role, a.size) for a in planned(a_hold(), snapshot) if isinstance(a, PlaceExit)]
            assert found == [(role, None if size is None else dec(size)) for role, size in exits]

    def test_that_a_mixed_position_gets_no_target_is_said(self) -> None:
        mixed = a_snapshot(a_held(Leg.LONG, a_stop(96_000), foreign=True))
        plan = diff({"BTC": a_hold()}, mixed, a_policy())
        assert plan.actions == ()
        assert [n.startswith("BTC: no target beside a part that is not ours: ") for n in plan.notes] == [True]

    @pytest.mark.parametrize("leg", list(Leg))
    def test_our_part_of_a_mixed_position_is_closed_where_mark_is_beyond_its_target(self, leg: Leg) -> None:
        stop = a_stop(100_000 * (1 - 0.04 * leg.sign), side=leg.closing)
        mixed = a_snapshot(a_held(leg, stop, foreign=True))
        (close,) = planned(a_hold(float(stop.level), 100_000.0 - leg.sign), mixed)
        assert isinstance(close, Close)
        assert (close.role, close.size, close.leg) == (Role.TARGET, dec("0.01"), leg)
        target = a_target(100_000 - leg.sign, side=leg.closing)
        firing = a_snapshot(a_held(leg, stop, target, foreign=True))
        assert planned(a_hold(float(stop.level), 100_000.0 - leg.sign), firing) == []

    def test_a_stop_that_would_fire_at_once_is_noted_and_not_sent(self) -> None:
        snapshot = a_snapshot(a_held(Leg.LONG, a_stop(96_000), a_target(107_000)))
        plan = diff({"BTC": a_hold(100_000.0)}, snapshot, a_policy())
        assert plan.actions == ()
        assert "stop stays at 96000" in plan.notes[0]

    def test_nothing_of_ours_nothing_to_hold(self) -> None:
        foreign = holdings([a_position()], [], [a_fill(client_id=None)])
        assert planned(a_hold(), a_snapshot(foreign)) == []


class TestEntry:
    """A position that is wanted."""

    @settings(max_examples=200, deadline=None)
    @given(
        legs,
        st.floats(min_value=0.5, max_value=50_000),
        st.decimals(min_value=1, max_value=999_999, places=4),
        st.integers(0, 5),
    )
    def test_what_is_sent_obeys_the_venue(
        self, leg: Leg, notional: float, mark: Decimal, size_decimals: int
    ) -> None:
        market = a_market(lot=Decimal(1).scaleb(-size_decimals), price_decimals_max=6 - size_decimals)
        view = a_view(quote=a_quote(market.price(mark)), market=market)
        sign, at = leg.sign, float(mark)
        want = an_entry_want(
            leg, notional=notional, stop=at * (1 - 0.04 * sign), target=at * (1 + 0.07 * sign)
        )
        for action in planned(want, a_snapshot(markets={"BTC": view})):
            assert isinstance(action, Enter)
            assert action.size % market.lot == 0
            assert market.notional_min <= action.size * action.bound <= dec(notional) * dec("1.000001")
            for price in (action.bound, action.stop, action.stop_bound, action.target, action.target_bound):
                assert price is not None
                assert market.price(price) == price

    @pytest.mark.parametrize("leg", list(Leg))
    def test_the_bound_lies_within_the_slippage_allowed(self, leg: Leg) -> None:
        (action,) = planned(an_entry_want(leg))
        assert isinstance(action, Enter)
        worst = dec(100_000) * (1 + dec("0.003") * leg.sign)
        assert 0 <= (worst - action.bound) * leg.sign < 10
        assert action.client_id == entry_id(account=TAG, coin="BTC", strategy=1, leg=leg, signal_ms=SIGNAL_MS)

    def test_exactly_the_minimum_is_sent(self) -> None:
        market = a_market(lot=dec("0.001"), notional_min=dec("100.3"))
        (enter,) = planned(an_entry_want(notional=100.4), a_snapshot(markets={"BTC": a_view(market=market)}))
        assert isinstance(enter, Enter) and enter.size * enter.bound == market.notional_min

    def test_less_than_the_minimum_is_said_and_not_sent(self) -> None:
        plan = diff(
            {"BTC": an_entry_want(notional=10.5)},
            a_snapshot(markets={"BTC": a_view(market=a_market(lot=dec("0.001")))}),
            a_policy(),
        )
        assert plan.actions == ()
        assert "below the venue's minimum of 10" in plan.notes[0]

    @pytest.mark.parametrize(
        ("setting", "kinds"),
        [
            (Leverage(3, True), [Enter]),
            (Leverage(4, True), [SetLeverage, Enter]),
            (Leverage(3, False), [SetLeverage, Enter]),
            (Leverage(3, True, legs_differ=True), [SetLeverage, Enter]),
            (Unreadable("leverage", "429"), [Enter]),
        ],
    )
    def test_leverage_is_set_before_it_where_it_differs(self, setting: Any, kinds: list[type]) -> None:
        snapshot = a_snapshot(markets={"BTC": a_view(leverage=setting)})
        assert [type(a) for a in planned(an_entry_want(), snapshot)] == kinds


class TestClose:
    """A position that is to go."""

    @pytest.mark.parametrize("role", [Role.CLOSE_TIME, Role.CLOSE_EARLY, Role.CLOSE_SIGNAL, Role.TARGET])
    @pytest.mark.parametrize("leg", list(Leg))
    def test_our_part_is_closed_and_no_more(self, role: Role, leg: Leg) -> None:
        (action,) = planned(WantClose(role, "why"), a_snapshot(a_held(leg, foreign=True)))
        assert isinstance(action, Close)
        assert (action.leg, action.size, action.role) == (leg, dec("0.01"), role)
        assert action.bound == dec(100_000) * (1 - dec("0.05") * leg.sign)
        identity = decode(action.client_id)
        assert isinstance(identity, Identity)
        assert (identity.role, identity.bar_ms) == (role, SIGNAL_MS)

    def test_nothing_is_closed_that_is_not_ours(self) -> None:
        foreign = holdings([a_position()], [], [a_fill(client_id=None)])
        doubtful = holdings([a_position("0.02")], [], [a_fill()])
        for reading in (foreign, doubtful, holdings()):
            assert planned(WantClose(Role.CLOSE_TIME, "why"), a_snapshot(reading)) == []


def test_to_stay_is_to_do_nothing() -> None:
    assert planned(Stay("why"), a_snapshot(a_held(Leg.LONG))) == []


def test_exits_come_before_entries_whatever_the_coins_are_called() -> None:
    views = {"AAA": a_view("AAA"), "BTC": a_view()}
    policy = a_policy(a_market_policy("AAA"), a_market_policy())
    wants: dict[str, Want] = {"AAA": an_entry_want(), "BTC": WantClose(Role.CLOSE_TIME, "why")}
    plan = diff(wants, a_snapshot(a_held(Leg.LONG), views), policy)
    assert [type(a) for a in plan.actions] == [Close, Enter]


def test_a_coin_without_prices_gets_nothing() -> None:
    blind = a_snapshot(markets={"BTC": a_view(quote=Unreadable("prices", "zero"))})
    assert planned(an_entry_want(), blind) == []
    assert diff({"DOGE": an_entry_want()}, a_snapshot(), a_policy()).actions == ()
