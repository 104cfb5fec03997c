"""Whose position it is: the fold over fills against one that follows each lot, in any order of one moment."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import TAG, a_fill, a_policy, a_position, an_id, an_identity, dec, holdings
from trader.core.identity import Role, encode
from trader.core.market import Slot
from trader.core.orders import Fill
from trader.core.ownership import Doubt, Owned, is_opening, is_ours, ordered, owned, share, since_flat
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
