"""What the tiers are made of: every pair in rotation, spread products, and scripts that end clean."""

from collections import Counter
from itertools import combinations, islice, product
from math import prod

import pytest

from trader.selftest import tiers
from trader.selftest.accounts import LEGAL
from trader.selftest.boundaries import COUNT, boundaries
from trader.selftest.catalogue import CATALOGUE
from trader.selftest.events import HAPPENINGS
from trader.selftest.moves import MOVES
from trader.selftest.script import Cell, Script, script_of, text_of
from trader.selftest.starts import STARTS

VENUES = ("hyperliquid", "okx", "binance")


def cells_of(venue: str) -> list[Cell]:
    return [cell for cell in LEGAL if cell.venue == venue]


@pytest.mark.parametrize("venue", VENUES)
def test_the_rotation_has_each_fault_at_each_boundary_once_and_lasting(venue: str) -> None:
    turns = list(tiers.rotation(venue))
    assert len(turns) == len(tiers.families(venue)) * COUNT * 2 >= 2_340
    assert {(t.family, t.boundary, t.lasts) for t in turns} == set(
        product(tiers.families(venue), range(COUNT), (False, True))
    )


@pytest.mark.parametrize("venue", VENUES)
def test_the_rotation_has_every_pair(venue: str) -> None:
    turns, families, cells = list(tiers.rotation(venue)), tiers.families(venue), cells_of(venue)
    modes = {(c.sides, c.margin) for c in cells}
    assert {(t.family, t.start) for t in turns} == set(product(families, STARTS))
    assert {(t.family, (t.cell.sides, t.cell.margin)) for t in turns} == set(product(families, modes))
    assert {(t.family, t.cell.strategy) for t in turns} == set(product(families, {c.strategy for c in cells}))
    assert {(t.start, t.cell) for t in turns} == set(product(STARTS, cells))
    assert {(t.family, t.name) for t in turns} == {(f, n) for f, names in families.items() for n in names}


def is_sound(script: Script) -> bool:
    known = {*CATALOGUE, *HAPPENINGS}
    last = max((e.run for e in script.events), default=0)
    is_known = all(e.what in known for e in script.events) and all(m.what in MOVES for m in script.moves)
    lasting = all(e.what in CATALOGUE and CATALOGUE[e.what].lasts for e in script.events if e.lasts)
    return is_known and lasting and last <= script.runs - 2 and script_of(text_of(script)) == script


@pytest.mark.parametrize("venue", VENUES)
def test_the_last_two_runs_of_every_script_are_clean(venue: str) -> None:
    several = [
        islice(tiers.tier_a(venue), 6),
        islice(tiers.tier_a_full(venue), 2),
        islice(tiers.tier_b(venue), 2),
        tiers.seeds(0, 200, [venue]),
        [tiers.soak(3, venue, days=1)],
    ]
    for scripts in several:
        for script in scripts:
            assert is_sound(script), text_of(script)
            assert script.cell in cells_of(venue)


def test_a_late_write_has_one_run_more_to_land_in() -> None:
    cell = LEGAL[0]
    late = tiers.single(cell, "signal", "T11-next_write", 0, lasts=False, turn=1)
    lost = tiers.single(cell, "signal", "T6", 0, lasts=False, turn=1)
    assert (late.runs, lost.runs) == (4, 3)


def test_what_cannot_last_comes_a_run_later() -> None:
    cell = LEGAL[0]
    [once], [later] = (
        tiers.single(cell, "signal", "kill", 0, lasts=lasts, turn=1).events for lasts in (False, True)
    )
    assert (later.run, later.request, later.lasts) == (once.run + 1, once.request, False)


def test_a_full_product_is_told_once_each() -> None:
    numbers = list(tiers._spread(3 * 80 * 36))
    assert sorted(numbers) == list(range(len(numbers)))


@pytest.mark.parametrize("venue", VENUES)
def test_any_beginning_of_a_full_product_is_spread_evenly(venue: str) -> None:
    """Over each factor and over each two of them that it meets ten times and more."""
    names = sum(map(len, tiers.families(venue).values()))
    factors = (len(cells_of(venue)), len(STARTS), COUNT, 2, names)
    part = 12_000
    rows = []
    for number in islice(tiers._spread(prod(factors)), part):
        row = []
        for factor in factors:
            number, place = divmod(number, factor)
            row.append(place)
        rows.append(row)
    for chosen in (*combinations(range(5), 1), *combinations(range(5), 2)):
        cells = prod(factors[one] for one in chosen)
        if part < 10 * cells:
            continue
        met = Counter(tuple(row[one] for one in chosen) for row in rows)
        assert len(met) == cells, chosen
        assert 0.7 * part / cells < min(met.values()) <= max(met.values()) < 1.4 * part / cells, chosen


def test_seeds_draw_the_same_whatever_else_is_drawn() -> None:
    assert list(tiers.seeds(5, 3, VENUES)) == list(tiers.seeds(0, 8, VENUES))[5:]
    runs = [script.runs for script in tiers.seeds(0, 400, VENUES)]
    assert min(runs) == 5
    assert max(runs) <= 50
    assert 8 < sum(runs) / len(runs) < 12


def test_a_soak_is_a_run_every_five_minutes_with_faults_now_and_then() -> None:
    script = tiers.soak(1, "okx", days=2)
    assert (script.runs, script.pauses_s) == (576, (300,))
    assert 576 / 6 < len(script.events) < 576 / 3


@pytest.mark.parametrize("venue", VENUES)
def test_boundaries_are_eighteen_with_every_write(venue: str) -> None:
    cell = next(cell for cell in cells_of(venue) if cell.strategy == "breakout")
    found = boundaries(cell, "signal", 1)
    assert len(found) == len({(b.run, b.request) for b in found}) == COUNT
    assert [b for b in found if b.is_write and b.run == 1]
    assert found[0].request == 1
    assert [(b.run, b.request) for b in found] == sorted((b.run, b.request) for b in found)
