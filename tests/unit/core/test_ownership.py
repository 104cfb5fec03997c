"""Whose position it is: the fold over fills against one that follows each lot, in any order of one moment."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import (
    NOW_MS,
    TAG,
    a_fill,
    a_policy,
    a_position,
    a_snapshot,
    a_stop,
    an_id,
    an_identity,
    dec,
    holdings,
)
from trader.core import ownership
from trader.core.identity import Role, encode
from trader.core.market import Leg, Slot
from trader.core.orders import Fill
from trader.core.ownership import (
    Doubt,
    Owned,
    is_opening,
    is_ours,
    one_held,
    ordered,
    owned,
    share,
    since_flat,
)
from trader.core.snapshot import Position

OURS, THEIRS = an_id(Role.ENTRY), None


@dataclass(frozen=True)
class Trade:
    """Some lots at one moment, by us or by somebody else; negative lots are sold."""

    lots: int
    ours: bool
    moment: int


@st.composite
def trades(draw: st.DrawFn) -> list[Trade]:
    """Moments in which all trade in one direction, so that only one order of their fills is possible."""
    found: list[Trade] = []
    for moment in range(draw(st.integers(1, 6))):
        sign = draw(st.sampled_from([1, -1]))
        for _ in range(draw(st.integers(1, 3))):
            found.append(Trade(sign * draw(st.integers(1, 4)), draw(st.booleans()), moment))
    return found


def fills_of(made: Sequence[Trade]) -> list[Fill]:
    fills, at = [], 0
    for number, trade in enumerate(made):
        fills.append(
            a_fill(
                trade.lots,
                at,
                at_ms=1_000 + trade.moment,
                client_id=OURS if trade.ours else THEIRS,
                fill_id=f"{number * 7919 % 101}",
                price=dec(100 + number),
            )
        )
        at += trade.lots
    return fills


def lot_by_lot(made: Sequence[Trade]) -> tuple[Decimal, Decimal]:
    """(ours, theirs), signed: each lot that is opened has an owner, who closes his own first."""
    open_lots: list[bool] = []
    sign = 0
    for trade in made:
        for _ in range(abs(trade.lots)):
            step = 1 if trade.lots > 0 else -1
            if not open_lots:
                sign = step
            if step == sign:
                open_lots.append(trade.ours)
            else:
                own = trade.ours if trade.ours in open_lots else not trade.ours
                open_lots.remove(own)
    return Decimal(sign * open_lots.count(True)), Decimal(sign * open_lots.count(False))


def held(size: object) -> Position | None:
    return a_position(size) if dec(size) else None


@settings(max_examples=400, deadline=None)
@given(trades(), st.randoms(use_true_random=False))
def test_the_fold_owns_what_each_lot_says(made: list[Trade], dice: random.Random) -> None:
    ours, theirs = lot_by_lot(made)
    fills = fills_of(made)
    dice.shuffle(fills)
    found = owned(held(ours + theirs), fills, TAG)
    assert isinstance(found, Owned)
    assert (found.ours, found.foreign) == (ours, theirs)


@settings(max_examples=100, deadline=None)
@given(trades(), st.randoms(use_true_random=False))
def test_fills_of_one_moment_are_put_in_the_order_of_their_positions(
    made: list[Trade], dice: random.Random
) -> None:
    fills = fills_of(made)
    shuffled = list(fills)
    dice.shuffle(shuffled)
    assert ordered(shuffled) == fills


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-2, 2), min_size=2, max_size=5),
    st.integers(-2, 2),
    st.sampled_from(["asc", "desc", "any"]),
    st.integers(0, 2),
    st.randoms(use_true_random=False),
)
def test_fills_that_stand_in_an_order_already_are_left_in_the_one_that_a_walk_finds(
    lots: list[int], first: int, order: str, cut: int, dice: random.Random
) -> None:
    """Round trips and fills of nothing among them, with and without a fill before."""
    made = fills_of([Trade(first, True, moment=0), *(Trade(n, True, moment=1) for n in lots)])
    ids = [f"{n}" for n in range(len(made))][:: -1 if order == "desc" else 1]
    if order == "any":
        dice.shuffle(ids)
    fills = [replace(fill, fill_id=one) for fill, one in zip(made, ids, strict=True)][cut:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ownership, "_is_walk", lambda *_: False)
        walked = ordered(fills)
    assert ordered(fills) == walked


@settings(max_examples=100, deadline=None)
@given(trades(), st.integers(-3, 3).filter(bool))
def test_a_position_that_the_fills_do_not_explain_is_in_doubt(made: list[Trade], off: int) -> None:
    size = sum(trade.lots for trade in made)
    found = owned(held(size + off), fills_of(made), TAG)
    assert isinstance(found, Doubt)
    assert not found.lasting


@settings(max_examples=100, deadline=None)
@given(trades(), st.integers(1, 12))
def test_a_history_that_begins_too_late_is_a_lasting_doubt_or_enough(made: list[Trade], cut: int) -> None:
    fills, size = fills_of(made)[cut:], sum(trade.lots for trade in made)
    if not fills or not size:
        return
    found = owned(held(size), fills, TAG)
    if since_flat(fills) is None:
        assert isinstance(found, Doubt)
        assert found.lasting
    else:
        assert isinstance(found, Owned)
        assert (found.ours, found.foreign) == lot_by_lot(made)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_busy_moment_that_comes_back_to_where_it_was_leaves_no_doubt(
    lots: list[int], dice: random.Random
) -> None:
    """An entry and a close by hand in one millisecond: the last fill ends at the position all the same."""
    fills = fills_of([Trade(n, dice.random() < 0.5, moment=0) for n in lots])
    dice.shuffle(fills)
    size = Decimal(sum(lots))
    found = owned(held(size), [replace(f, fill_id=str(dice.random())) for f in fills], TAG)
    assert isinstance(found, Owned)
    assert found.ours + found.foreign == size


def test_the_entry_is_that_of_the_first_fill_of_ours_and_its_price_the_mean() -> None:
    second = encode(replace(an_identity(Role.ENTRY), reference=77))
    fills = [
        a_fill("0.5", 0, client_id=None, at_ms=1, fill_id="1", price=dec(50)),
        a_fill(1, "0.5", at_ms=2, fill_id="2", price=dec(100)),
        a_fill(3, "1.5", at_ms=3, fill_id="3", client_id=second, price=dec(200)),
    ]
    found = owned(a_position("4.5"), fills, TAG)
    assert isinstance(found, Owned)
    assert (found.entry_price, found.entry_ms) == (dec(175), 2)
    assert found.entry is not None
    assert found.entry.reference == 1


def test_what_was_before_the_last_flat_moment_does_not_count() -> None:
    fills = [
        a_fill(2, 0, client_id=None, at_ms=1, fill_id="1"),
        a_fill(-2, 2, client_id=None, at_ms=2, fill_id="2"),
        a_fill(-1, 0, at_ms=3, fill_id="3"),
    ]
    found = owned(a_position(-1), fills, TAG)
    assert isinstance(found, Owned)
    assert (found.ours, found.foreign) == (Decimal(-1), Decimal(0))


def test_another_account_s_fill_is_not_ours() -> None:
    stranger = encode(replace(an_identity(), account=TAG ^ 1))
    found = owned(a_position(1), [a_fill(1, 0, client_id=stranger)], TAG)
    assert isinstance(found, Owned)
    assert (found.ours, found.foreign) == (Decimal(0), Decimal(1))
    assert not is_ours(stranger, TAG)


def test_an_adopted_coin_is_ours_whole() -> None:
    mixed = [a_fill(1, 0, at_ms=1, fill_id="1"), a_fill(2, 1, client_id=None, at_ms=2, fill_id="2")]
    reading = holdings([a_position(3)], fills=mixed)
    found, adopted = (share(reading, Slot("BTC"), a_policy(adopt=adopt)) for adopt in ({}, {"BTC": 0.05}))
    assert isinstance(found, Owned)
    assert isinstance(adopted, Owned)
    assert (found.ours, found.foreign) == (Decimal(1), Decimal(2))
    assert (adopted.ours, adopted.foreign) == (Decimal(3), Decimal(0))


def test_only_an_entry_opens() -> None:
    assert is_opening(an_id(Role.ENTRY), TAG)
    assert is_opening(an_id(Role.RUNG), TAG)
    assert not any(is_opening(an_id(role), TAG) for role in Role if role not in (Role.ENTRY, Role.RUNG))
    assert not is_opening(None, TAG)


class TestTwoSides:
    """In an account with two sides each leg is explained by its own fills."""

    long = a_fill("0.01", leg=Leg.LONG)
    short = a_fill("-0.02", leg=Leg.SHORT, client_id=THEIRS, fill_id="2", at_ms=NOW_MS - 1)
    earlier = a_fill("0.05", client_id=THEIRS, fill_id="0", at_ms=1)
    reading = holdings(
        [a_position("0.01", two_sided=True), a_position("-0.02", two_sided=True)],
        fills=[earlier, long, short],
    )

    def test_each_leg_has_its_owner(self) -> None:
        found = {leg: share(self.reading, Slot("BTC", leg), a_policy()) for leg in Leg}
        long, short = found[Leg.LONG], found[Leg.SHORT]
        assert isinstance(long, Owned) and isinstance(short, Owned)
        assert (long.ours, long.foreign) == (dec("0.01"), dec(0))
        assert (short.ours, short.foreign) == (dec(0), dec("-0.02"))

    def test_a_doubt_about_one_leg_is_none_about_the_other(self) -> None:
        off = replace(self.reading, positions=(self.reading.positions[0],))
        assert isinstance(share(off, Slot("BTC", Leg.SHORT), a_policy()), Doubt)
        assert isinstance(share(off, Slot("BTC", Leg.LONG), a_policy()), Owned)

    def test_the_one_that_is_held(self) -> None:
        def held(*legs: Leg) -> object:
            positions = tuple(p for p in self.reading.positions if p.leg in legs)
            fills = tuple(replace(f, client_id=OURS) for f in (self.long, self.short) if f.leg in legs)
            reading = replace(self.reading, positions=positions, fills=fills)
            return one_held(a_snapshot(reading, two_sided=True), "BTC", a_policy())

        for leg in Leg:
            found = held(leg)
            assert isinstance(found, tuple)
            assert (found[0], found[1].ours != 0) == (Slot("BTC", leg), True)
        none, both = held(), held(*Leg)
        assert isinstance(none, tuple) and none[1].ours == none[1].foreign == 0
        assert isinstance(both, Doubt)
        assert both.lasting

    def test_where_a_leg_stands_is_told_by_the_newest_that_was_read(self) -> None:
        wanted, whole = Slot("BTC", Leg.SHORT), Slot("BTC")
        assert self.reading.slot_of("BTC", Leg.SHORT) == wanted
        assert replace(self.reading, positions=()).slot_of("BTC", Leg.SHORT) == wanted
        assert holdings(fills=[self.long, a_fill(at_ms=NOW_MS)]).slot_of("BTC", Leg.SHORT) == whole
        assert holdings(orders=[a_stop(leg=Leg.LONG)]).slot_of("BTC", Leg.SHORT) == wanted
        assert holdings().slot_of("BTC", Leg.SHORT) == whole
