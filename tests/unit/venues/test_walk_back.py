"""What a slot held before each fill, counted back from what it holds now."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.core.identity import Identity, Role, encode
from trader.core.market import Leg, Side, Slot
from trader.core.orders import Fill
from trader.core.ownership import ordered
from trader.venues.walk_back import walked_back

ACCOUNT = 17
NET, LONG, SHORT = Slot("SOL"), Slot("SOL", Leg.LONG), Slot("SOL", Leg.SHORT)


def id_of(role: Role | None, *, account: int = ACCOUNT) -> str | None:
    if role is None:
        return None
    identity = Identity(account, "SOL", 1, Leg.LONG, role, bar_minute=5, reference=5)
    return encode(identity)


def a_fill(size: str, *, role: Role | None = None, leg: Leg | None = None, number: int = 0) -> Fill:
    """Signed: negative sells."""
    amount = Decimal(size)
    return Fill(
        coin="SOL",
        side=Side.BUY if amount > 0 else Side.SELL,
        size=abs(amount),
        price=Decimal(100),
        fee=Decimal(0),
        realised=Decimal(0),
        at_ms=1000 + number,
        fill_id=str(number),
        order_id=str(number),
        client_id=id_of(role),
        position_before=Decimal("777"),
        leg=leg,
    )


def befores(fills: Sequence[Fill], held: dict[Slot, str]) -> list[Decimal]:
    walked = walked_back(fills, {slot: Decimal(size) for slot, size in held.items()}, ACCOUNT)
    assert [fill.doubt for fill in walked if fill.doubt] == []
    return [fill.position_before for fill in walked]


def why_not(fills: Sequence[Fill], held: dict[Slot, str]) -> str:
    walked = walked_back(fills, {slot: Decimal(size) for slot, size in held.items()}, ACCOUNT)
    [doubt] = [fill.doubt for fill in walked if fill.doubt is not None]
    return doubt


def test_a_position_that_grew_and_shrank() -> None:
    fills = [a_fill("2", role=Role.ENTRY), a_fill("1", role=Role.RUNG), a_fill("-1.5", role=Role.TARGET)]
    assert befores(fills, {NET: "1.5"}) == [0, 2, 3]


def test_a_position_that_is_closed_is_flat_without_being_named() -> None:
    assert befores([a_fill("2", role=Role.ENTRY), a_fill("-2", role=Role.STOP)], {}) == [0, 2]


def test_what_was_held_before_the_oldest_fill_shows() -> None:
    assert befores([a_fill("1")], {NET: "4"}) == [3]


def test_each_leg_is_counted_by_itself() -> None:
    fills = [
        a_fill("2", role=Role.ENTRY, leg=Leg.LONG),
        a_fill("-3", role=Role.ENTRY, leg=Leg.SHORT),
        a_fill("-2", role=Role.STOP, leg=Leg.LONG),
    ]
    assert befores(fills, {SHORT: "-3"}) == [0, 0, 2]


def test_fills_without_our_id_may_do_anything_to_a_net_position() -> None:
    assert befores([a_fill("-5"), a_fill("4")], {NET: "-1"}) == [0, -5]


@pytest.mark.parametrize("role", [Role.ENTRY, Role.RUNG])
def test_an_entry_of_ours_that_reduced_is_a_contradiction(role: Role) -> None:
    """The position that it made is missing from the list."""
    assert "an entry of ours" in why_not([a_fill("2", role=role)], {})
    assert "an entry of ours" in why_not([a_fill("2", role=role)], {NET: "-1"})


@pytest.mark.parametrize("role", [Role.STOP, Role.TARGET, Role.PROTECT, Role.CLOSE_TIME, Role.FLATTEN])
@pytest.mark.parametrize("held", ["-2", "-5", "-1"])
def test_an_exit_of_ours_that_opened_is_a_contradiction(role: Role, held: str) -> None:
    assert "an exit of ours" in why_not([a_fill("-2", role=role)], {NET: held})


def test_the_id_of_another_account_says_nothing() -> None:
    fill = a_fill("2", role=Role.ENTRY)
    assert walked_back([fill], {}, ACCOUNT + 1)[0].doubt is None


@pytest.mark.parametrize(
    ("size", "leg", "held"), [("2", Leg.LONG, "0"), ("-2", Leg.SHORT, "0"), ("-1", Leg.LONG, "-1")]
)
def test_a_leg_on_the_wrong_side_of_zero_is_a_contradiction_whoever_traded(
    size: str, leg: Leg, held: str
) -> None:
    assert f"no {leg.value} leg" in why_not([a_fill(size, leg=leg)], {Slot("SOL", leg): held})


def believed(fills: Sequence[Fill], held: str) -> list[bool]:
    """Which of the fills are in doubt where a stop of ours can open."""
    walked = walked_back(fills, {NET: Decimal(held)}, ACCOUNT, may_open={Role.STOP})
    return [fill.doubt is None for fill in walked]


ENTERED = a_fill("2", role=Role.ENTRY)
STOPPED = a_fill("-2", role=Role.PROTECT, number=1)
OPENED = a_fill("-2", role=Role.STOP, number=2)


def test_a_stop_that_can_open_is_believed_when_all_before_it_adds_up() -> None:
    assert believed([ENTERED, STOPPED, OPENED], "-2") == [True, True, True]


def test_so_is_one_that_closed_more_than_was_left() -> None:
    assert believed([ENTERED, a_fill("-1", role=Role.PROTECT, number=1), OPENED], "-1") == [True] * 3


def test_so_is_the_rest_of_it_and_what_closed_it_again() -> None:
    rest = replace(a_fill("-1", role=Role.STOP, number=3), order_id=OPENED.order_id)
    closed = a_fill("3", role=Role.CLOSE_EMERGENCY, number=4)
    assert believed([ENTERED, STOPPED, OPENED, rest, closed], "0") == [True] * 5


def test_a_stop_after_a_fill_that_is_missing_stays_in_doubt() -> None:
    """Somebody sold two, which the list lacks: it shifts the entry, which then began below flat."""
    assert believed([ENTERED, OPENED], "-2") == [False, False]
    grown = [ENTERED, a_fill("2", role=Role.RUNG, number=1), a_fill("-4", role=Role.STOP, number=2)]
    assert believed(grown, "-2") == [False, True, False]


def test_a_stop_whose_entry_is_out_of_sight_stays_in_doubt() -> None:
    assert believed([OPENED], "-2") == [False]
    assert believed([STOPPED, OPENED], "-2") == [True, False]
    assert believed([a_fill("2"), STOPPED, OPENED], "-2") == [True, True, False]


def test_a_role_that_cannot_open_stays_in_doubt_and_so_does_a_leg() -> None:
    assert believed([ENTERED, OPENED, replace(STOPPED, at_ms=2000)], "-2") == [True, True, False]
    sides = [replace(fill, leg=Leg.LONG) for fill in (ENTERED, STOPPED, OPENED)]
    walked = walked_back(sides, {LONG: Decimal(-2)}, ACCOUNT, may_open={Role.STOP})
    assert [fill.doubt is None for fill in walked] == [True, True, False]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.integers(-5, 5).filter(bool), max_size=12), st.integers(-4, 4))
def test_counting_back_undoes_counting_forward(steps: list[int], start: int) -> None:
    fills = [a_fill(str(step), number=i) for i, step in enumerate(steps)]
    walked = walked_back(fills, {NET: Decimal(start + sum(steps))}, ACCOUNT)
    expected = [Decimal(start + sum(steps[:i])) for i in range(len(steps))]
    assert [fill.position_before for fill in walked] == expected
    assert list(walked) == ordered(walked)
