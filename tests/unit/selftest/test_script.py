"""An episode as one line: what is written is read back, and whatever is malformed says why."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.selftest.script import Cell, Event, Move, Script, script_of, text_of

LINE = (
    "v1;venue=binance;sides=one-way;margin=cross;strategy=breakout;start=naked;seed=0x2a;runs=3;pauses=5,70;"
    "plan=1.7:V7*,2.12:kill;moves=1:stop_out"
)
SCRIPT = Script(
    Cell("binance"),
    "naked",
    42,
    3,
    (Event(1, 7, "V7", lasts=True), Event(2, 12, "kill")),
    (Move(1, "stop_out"),),
    (5, 70),
)
NAMES = st.from_regex(r"[A-Za-z0-9_+-]{1,12}", fullmatch=True)
RUNS = 9


def test_a_script_is_one_line() -> None:
    assert text_of(SCRIPT) == LINE
    assert script_of(LINE) == SCRIPT


def test_a_line_may_lack_what_is_usual() -> None:
    read = script_of("v1;venue=okx;start=flat;seed=0x0;runs=1\n")
    assert read == Script(Cell("okx"), "flat", 0, 1)


def test_the_commit_is_for_people() -> None:
    assert script_of(LINE.replace("v1;", "v1;commit=abcdef;")) == SCRIPT


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    cell=st.builds(
        Cell,
        venue=NAMES,
        sides=st.sampled_from(["one-way", "hedge"]),
        margin=st.sampled_from(["cross", "isolated"]),
        strategy=NAMES,
    ),
    start=NAMES,
    seed=st.integers(0, (1 << 64) - 1),
    events=st.lists(st.builds(Event, st.integers(1, RUNS), st.integers(1, 99), NAMES, st.booleans())),
    moves=st.lists(st.builds(Move, st.integers(1, RUNS), NAMES)),
    pauses=st.lists(st.integers(0, 9_999), min_size=1),
)
def test_what_is_written_is_read_back(
    cell: Cell, start: str, seed: int, events: list[Event], moves: list[Move], pauses: list[int]
) -> None:
    script = Script(cell, start, seed, RUNS, tuple(events), tuple(moves), tuple(pauses))
    assert script_of(text_of(script)) == script
    assert "\n" not in text_of(script)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "version"),
        ("v2;venue=okx", "'v2'"),
        (LINE.replace("venue=binance", "venue="), "venue="),
        (LINE.replace("start=naked;", ""), "lacks start="),
        (LINE.replace("seed=0x2a", "seed=42"), "0x"),
        (LINE.replace("seed=0x2a", "seed=0x1" + 16 * "0"), "16 digits"),
        (LINE.replace("runs=3", "runs=0"), "runs=0"),
        (LINE.replace("runs=3", "runs=three"), "runs=three"),
        (LINE.replace("sides=one-way", "sides=both"), "one-way or hedge"),
        (LINE.replace("pauses=5,70", "pauses=5,"), "pauses="),
        (LINE.replace("pauses=5,70", "pauses=-5"), "pauses=-5"),
        (LINE.replace("1.7:V7*", "1:V7"), "RUN.REQUEST:NAME"),
        (LINE.replace("1.7:V7*", "4.7:V7"), "from 1 to 3"),
        (LINE.replace("1.7:V7*", "1.0:V7"), "request=0"),
        (LINE.replace("moves=1:stop_out", "moves=stop_out"), "RUN:NAME"),
        (LINE + ";moves=1:gap", "twice"),
        (LINE + ";colour=red", "colour=red"),
    ],
)
def test_a_malformed_line_says_why(line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace("*", r"\*")):
        script_of(line)
