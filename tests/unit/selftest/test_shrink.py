"""Making a failing script small: what goes, what must stay, and how long it may take."""

from dataclasses import replace

from tests.support.campaign_plays import breaks
from trader.oracle.seen import Violation
from trader.selftest.played import Played
from trader.selftest.script import Cell, Event, Move, Script
from trader.selftest.shrink import shrunk

CELL = Cell("binance", strategy="bollinger")
NOISE = tuple(Event(run, request, f"H{request}") for run in (1, 3, 9) for request in (1, 4, 8))
BIG = Script(
    CELL,
    "orphan",
    99,
    runs=40,
    events=(
        *NOISE,
        Event(7, 5, "V3", lasts=True),
        Event(8, 2, "T11-next_run", lasts=True),
        Event(30, 1, "kill"),
    ),
    moves=(Move(2, "gap"), Move(20, "manual_close")),
    pauses_s=tuple(range(1, 40)),
    given=("thin",),
)


def test_only_what_breaks_it_stays() -> None:
    found = shrunk(BIG, "I1", breaks)
    assert found is not None
    assert found.script.events == (Event(1, 5, "V3"), Event(2, 2, "T7"))
    assert (found.script.runs, found.script.moves, found.script.given) == (2, (), ())
    assert found.script.pauses_s == (7,)
    assert (found.script.cell, found.script.start, found.script.seed) == (CELL, "orphan", 99)
    assert found.played == breaks(found.script) and found.played.violations
    assert 1 < found.tries < 80


def test_another_invariant_is_no_substitute() -> None:
    """Without its second event the script breaks something else."""

    def play(script: Script) -> Played:
        broken = "I1" if len(script.events) > 1 else "I8"
        return Played(script, (Violation(broken, 1, "x"),), (0,))

    found = shrunk(BIG, "I1", play)
    assert found is not None and len(found.script.events) == 2


def test_what_breaks_nothing_is_not_shrunk() -> None:
    assert shrunk(replace(BIG, events=NOISE), "I1", breaks) is None


def test_what_always_breaks_ends_with_nothing_in_it() -> None:
    found = shrunk(BIG, "I1", lambda script: Played(script, (Violation("I1", 1, "x"),), (0,)))
    assert found is not None
    assert (found.script.events, found.script.moves, found.script.runs) == ((), (), 1)


def test_the_number_of_tries_is_bounded() -> None:
    played = 0

    def play(script: Script) -> Played:
        nonlocal played
        played += 1
        return breaks(script)

    found = shrunk(BIG, "I1", play, tries_max=4)
    assert found is not None and found.tries == played == 4
    late = shrunk(BIG, "I1", breaks, has_time=lambda: False)
    assert late is not None and (late.script, late.tries) == (BIG, 1)


def test_a_move_that_matters_stays() -> None:
    def play(script: Script) -> Played:
        bad = any(move.what == "gap" for move in script.moves) and script.runs > 3
        return Played(script, (Violation("I1", 1, "x"),) if bad else (), (0,))

    found = shrunk(BIG, "I1", play)
    assert found is not None
    assert ([move.what for move in found.script.moves], found.script.runs) == (["gap"], 4)
    assert found.script.events == ()
