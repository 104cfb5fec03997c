"""The parts of the tiers of real processes that need none: time, configuration, scripts and the line."""

import subprocess
import threading
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from trader import config
from trader.core.wire import Answer, Request
from trader.parts import NAMES
from trader.selftest.accounts import LEGAL
from trader.selftest.catalogue import PROCESS_ONLY
from trader.selftest.draws import Draws
from trader.selftest.known import require_known
from trader.selftest.processes import later, singles, switches
from trader.selftest.processes.launch import command_line
from trader.selftest.processes.line import Strikes, WatchedLine
from trader.selftest.processes.machine import text_of
from trader.selftest.processes.perils import PERILS
from trader.selftest.processes.places import important, requests_of
from trader.selftest.processes.process import BOMBS
from trader.selftest.processes.shared_time import SLOTS, SharedClock, Skipped
from trader.selftest.processes.striking import KILLS, STRIKES
from trader.selftest.processes.tier import tier_d
from trader.selftest.script import Cell, script_of
from trader.selftest.script import text_of as line_of
from trader.selftest.starts import build
from trader.sim.line import Fate


def test_what_one_skips_has_passed_for_all(tmp_path: Path) -> None:
    mine, its = Skipped(tmp_path / "time", 0), Skipped(tmp_path / "time", SLOTS - 1)
    clock = SharedClock(1_000_000, mine)
    before = clock.now_ms()
    its.skip(60)
    mine.skip(5)
    mine.skip(-1)
    assert mine.total_ns == its.total_ns == 65_000_000_000
    assert 65_000 <= clock.now_ms() - before < 70_000
    assert 65_000 <= clock.elapsed_ms() < 70_000
    with pytest.raises(ValueError, match="slot 128 of shared time"):
        Skipped(tmp_path / "time", SLOTS)


@pytest.mark.parametrize(
    "cell", LEGAL, ids=lambda cell: "-".join((cell.venue, cell.sides, cell.margin, cell.strategy))
)
def test_the_file_of_a_machine_says_the_settings_of_its_stage(cell: Cell, tmp_path: Path) -> None:
    stage = build(cell, "flat", Draws(1).of("start"))
    file = tmp_path / "config.yaml"
    file.write_text(text_of(stage.settings, url="http://127.0.0.1:9", notify="json://127.0.0.1:8/x"))
    file.chmod(0o600)
    loaded = config.load(file).settings
    wanted = replace(
        stage.settings,
        paper=replace(stage.settings.paper, url="http://127.0.0.1:9"),
        notify=replace(stage.settings.notify, urls=("json://127.0.0.1:8/x",), events=()),
    )
    assert loaded == wanted


def test_every_fault_that_needs_a_process_is_had_here() -> None:
    here = {name.partition("-")[0] for name in (*PERILS, *BOMBS)}
    assert set(PROCESS_ONLY) <= here


@pytest.mark.parametrize("venue", NAMES)
def test_the_requests_that_matter_are_the_writes_and_what_proves_them(venue: str) -> None:
    asked = requests_of(Cell(venue), "signal", 1, command="run")
    chosen = important(asked)
    writes = [number for number, (_, is_write) in enumerate(asked, 1) if is_write]
    assert len(chosen) == 12
    assert writes and set(writes) <= set(chosen)
    assert any(number > writes[-1] for number in chosen), "a read after the last write"


@pytest.mark.parametrize("venue", NAMES)
def test_every_script_of_the_tier_can_be_read_back_and_played(venue: str) -> None:
    scripts = list(islice(tier_d(venue, 7), 12))
    assert len({line_of(script) for script in scripts}) == 12
    for script in scripts:
        assert script_of(line_of(script)) == script
        require_known(script)
    assert list(islice(tier_d(venue, 7), 5)) == scripts[:5]
    assert list(islice(tier_d(venue, 8), 5)) != scripts[:5]


def test_the_tier_has_every_kill_and_signal_at_every_request_and_every_peril() -> None:
    found = singles.singles("okx")
    everywhere = {(one.whats[0], one.place) for one in found if one.everywhere}
    assert everywhere == {(what, place) for what in STRIKES for place in range(singles.PLACES)}
    assert max(len(requests_of(cell, "naked", 1, command="run")) for cell in LEGAL[::4]) <= singles.PLACES
    assert {*PERILS, *BOMBS} <= {what for one in found for what in one.whats}


@pytest.mark.parametrize("venue", NAMES)
def test_a_later_run_is_killed_after_something_happened(venue: str) -> None:
    scripts = list(islice(later.scripts(venue, 3), 4))
    assert len(scripts) == 4
    for script in scripts:
        require_known(script)
        (move,), kill = script.moves, script.events[-1]
        assert (move.after, kill.run) == (1, 2) and kill.what in KILLS
        assert kill.request <= len(later.asked_after(script.cell, move.what, 3))


def test_two_machines_switch_next_to_writes_alone() -> None:
    cell = Cell("hyperliquid")
    asked = requests_of(cell, "signal", 1, command="run")
    writes = {number for number, (_, is_write) in enumerate(asked, 1) if is_write}
    beside = writes | {number + 1 for number in writes}
    mine = [s for s in switches.scripts("hyperliquid", 1) if s.cell == cell and s.start == "signal"]
    pairs = {tuple(e.request for e in script.events if e.what == "pause") for script in mine}
    assert (
        {one for one, _ in pairs} == {other for _, other in pairs} == {n for n in beside if n <= len(asked)}
    )
    assert len(pairs) == len({one for one, _ in pairs}) ** 2


def test_a_strike_cuts_the_line_before_between_or_after() -> None:
    stage = build(Cell("okx"), "flat", Draws(1).of("start"))
    line = WatchedLine(stage.line.app, threading.Lock())
    request = Request("https://www.okx.com/api/v5/public/time", method="GET")
    at_ms = stage.venue_time.now_ms()
    line.begin(Strikes(before={1: line.cut}))
    assert line.deliver(request, at_ms=at_ms).fate is Fate.RESET
    assert (line.struck, line.carried) == ([1], 0)
    line.begin(Strikes(between={1: line.cut}))
    assert line.deliver(request, at_ms=at_ms).fate is Fate.RESET
    assert (line.struck, line.carried) == ([1], 1)
    assert line.deliver(request, at_ms=at_ms).fate is Fate.RESET, "nothing more of it arrives"
    assert line.carried == 1
    line.begin(Strikes(after={1: line.cut}))
    delivery = line.deliver(request, at_ms=at_ms)
    assert isinstance(delivery.answer, Answer) and not line.is_cut()
    line.answered(request)
    assert line.is_cut() and line.asked[0].status == 200


THEN_TRY = """
try:
    begin(sys.argv.pop(1))
except SystemExit:
    import socket
    socket.socket().connect_ex(("127.0.0.1", 9))
    socket.socket().connect(("192.0.2.1", 9))
"""


def test_no_socket_of_an_episode_leaves_the_machine(tmp_path: Path) -> None:
    place = {"home": str(tmp_path), "time": str(tmp_path / "time"), "slot": 1, "ahead_ns": 0}
    line = command_line(place, ("--version",))
    line[3] = line[3].replace("begin(sys.argv.pop(1))", THEN_TRY)
    said = subprocess.run(line, env={}, capture_output=True, timeout=30, check=False)
    assert said.stdout.startswith(b"trader")
    assert b"LeftTheMachine: socket.connect to '192.0.2.1'" in said.stderr
