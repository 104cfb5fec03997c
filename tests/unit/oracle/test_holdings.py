"""Whose lots a fill opens and closes, held against lots that are moved one by one."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.judge_bench import an_id
from trader.exchange.rows import Fill
from trader.oracle.holdings import Part

# whose, lots bought (or sold, below 0), price
STEPS = st.lists(st.tuples(st.booleans(), st.integers(-4, 4).filter(bool), st.integers(90, 110)), max_size=12)


def a_fill(signed: int, px: int, *, is_own: bool, at_ms: int = 1) -> Fill:
    return Fill(
        seq=0, tid=0, oid=0, user="u", coin="SOL", is_buy=signed > 0, px=Decimal(px), sz=Decimal(abs(signed)),
        at_ms=at_ms, start_position=Decimal(0), direction="", closed_pnl=Decimal(0), fee=Decimal(0),
        fee_asset="", crossed=True, cloid=an_id() if is_own else None,
    )  # fmt: skip


def lot_by_lot(steps: list[tuple[bool, int, int]]) -> dict[bool, int]:
    """Signed lots by whose they are."""
    held = {True: 0, False: 0}
    for is_own, signed, _ in steps:
        one = 1 if signed > 0 else -1
        for _ in range(abs(signed)):
            whose = next((w for w in (is_own, not is_own) if held[w] * one < 0), is_own)
            held[whose] += one
    return held


@given(STEPS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_who_opens_a_lot_owns_it_and_who_closes_takes_his_own_first(
    steps: list[tuple[bool, int, int]],
) -> None:
    part = Part()
    for is_own, signed, px in steps:
        part.take(a_fill(signed, px, is_own=is_own))
    held = lot_by_lot(steps)
    assert [part.ours, part.foreign] == [held[True], held[False]]
    assert (part.foreign_since_ms is None) == (held[False] == 0)


@given(STEPS)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_what_is_gained_is_what_came_in_less_what_went_out(steps: list[tuple[bool, int, int]]) -> None:
    part, gained, cash = Part(), Decimal(0), 0
    for _, signed, px in steps:
        gained += part.take(a_fill(signed, px, is_own=True)).gained
        cash -= signed * px
    assert abs(gained - (cash + part.cost)) < Decimal("1e-20")
    assert part.ours or part.cost == 0


def test_a_fill_says_what_it_opened_and_closed() -> None:
    part = Part()
    part.take(a_fill(2, 100, is_own=True))
    part.take(a_fill(1, 100, is_own=False, at_ms=7))
    assert part.foreign_since_ms == 7
    taken = part.take(a_fill(-4, 110, is_own=True))
    assert [taken.closed, taken.foreign_closed, taken.opened, taken.gained] == [2, 1, 1, 20]
    assert [part.ours, part.foreign, part.cost] == [-1, 0, -110]
