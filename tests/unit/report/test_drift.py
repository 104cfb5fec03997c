"""The gap of an account and its replay is split without a rest, whatever the trades are."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.core.market import Leg
from trader.report.drift import CENT, Cause, Side, compared, in_cents, measured_slippage, split

BAR = 1_800_000


def a_side(**changes: object) -> Side:
    side = Side(
        coin="BTC",
        leg=Leg.LONG,
        signal_ms=0,
        entry_bar_ms=BAR,
        entry_price=Decimal(100),
        exit_bar_ms=5 * BAR,
        exit_price=Decimal(110),
        reason="target",
        size=Decimal(2),
        fee=Decimal("0.4"),
        funding=Decimal(0),
    )
    return replace(side, **changes)  # type: ignore[arg-type]


def amounts(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False)


SIDES = st.builds(
    Side,
    coin=st.sampled_from(("BTC", "ETH")),
    leg=st.sampled_from(tuple(Leg)),
    signal_ms=st.sampled_from((0, BAR, 2 * BAR)),
    entry_bar_ms=st.sampled_from((BAR, 2 * BAR)),
    entry_price=amounts("50", "150", 3),
    exit_bar_ms=st.sampled_from((5 * BAR, 6 * BAR)),
    exit_price=amounts("50", "150", 3),
    reason=st.sampled_from(("stop", "target")),
    size=amounts("0.001", "5", 3),
    fee=amounts("0", "1", 6),
    funding=amounts("-1", "1", 6),
    ordered=st.none() | amounts("0.001", "6", 3),
    decided=st.none() | amounts("50", "150", 4),
)


@settings(max_examples=60)
@given(st.lists(SIDES, max_size=6), st.lists(SIDES, max_size=6))
def test_the_lines_sum_to_the_gap_exactly_and_to_the_cent(own: list[Side], replayed: list[Side]) -> None:
    drift = compared(own, replayed)
    assert drift.own == sum((s.result for s in own), Decimal(0))
    assert drift.replayed == sum((s.result for s in replayed), Decimal(0))
    lines = drift.lines()
    assert sum(lines.values(), Decimal(0)) == drift.gap == drift.own - drift.replayed
    assert all(sum(p.parts.values(), Decimal(0)) == p.gap for p in drift.pairs)
    cents, gap = in_cents(lines, drift.gap)
    assert sum(cents.values(), Decimal(0)) == gap
    assert abs(gap - drift.gap) <= CENT / 2
    assert all(abs(cents[cause] - lines[cause]) <= CENT for cause in Cause)


def test_equal_trades_differ_by_nothing() -> None:
    drift = compared([a_side()], [a_side()])
    assert drift.gap == 0
    assert set(drift.lines().values()) == {Decimal(0)}
    assert set(drift.counts().values()) == {0}


@pytest.mark.parametrize(
    ("changes", "cause", "amount"),
    [
        ({"entry_price": Decimal(101), "decided": Decimal(101)}, Cause.DELAY, "-2"),
        ({"entry_price": Decimal(101), "decided": Decimal(100)}, Cause.SLIPPAGE, "-2"),
        ({"entry_price": Decimal(101)}, Cause.SLIPPAGE, "-2"),
        ({"exit_price": Decimal(109)}, Cause.SLIPPAGE, "-2"),
        ({"exit_price": Decimal(109), "exit_bar_ms": 6 * BAR}, Cause.DELAY, "-2"),
        ({"exit_price": Decimal(95), "reason": "stop"}, Cause.EXIT, "-30"),
        ({"size": Decimal("0.5"), "ordered": Decimal(2)}, Cause.PARTIAL, "-15"),
        ({"size": Decimal("1.9")}, Cause.SIZE, "-1.0"),
        ({"fee": Decimal("0.5")}, Cause.FEES, "-0.1"),
        ({"funding": Decimal("-0.2")}, Cause.FUNDING, "-0.2"),
    ],
)
def test_each_difference_has_its_own_line(changes: dict[str, object], cause: Cause, amount: str) -> None:
    parts = split(a_side(**changes), a_side())
    assert {name: part for name, part in parts.items() if part} == {cause: Decimal(amount)}


def test_a_short_pays_the_other_way_round() -> None:
    short = a_side(leg=Leg.SHORT, exit_price=Decimal(90))
    parts = split(replace(short, entry_price=Decimal(99), decided=Decimal(100)), short)
    assert parts[Cause.SLIPPAGE] == -2


def test_what_one_side_alone_has_counts_whole() -> None:
    missed = compared([], [a_side()])
    assert {c: v for c, v in missed.lines().items() if v} == {Cause.MISSED: Decimal("-19.6")}
    further = compared([a_side()], [a_side(signal_ms=BAR)])
    assert further.lines()[Cause.FURTHER] == Decimal("19.6") == -further.lines()[Cause.MISSED]
    assert compared([a_side(leg=Leg.SHORT)], [a_side()]).counts()[Cause.MISSED] == 1


def test_the_measured_slippage_is_weighted_by_value() -> None:
    one = a_side(entry_price=Decimal("100.02"), decided=Decimal(100), size=Decimal(3))
    two = a_side(leg=Leg.SHORT, entry_price=Decimal("99.94"), decided=Decimal(100), size=Decimal(1))
    found = measured_slippage([one, two, a_side()])
    assert found is not None
    assert (found.entries, found.bps) == (2, Decimal(3))
    assert measured_slippage([a_side()]) is None
