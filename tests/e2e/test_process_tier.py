"""Tier D in small: real processes on a served exchange, struck at their writes, judged by its books.

The whole tier is `trader selftest --tier D`. What is shown of the harness besides: it notices a process that
did nothing, a lock that stayed held and a secret that was written, and only a real signature is accepted.
"""

import fcntl
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from trader.core.report import Exit, worst
from trader.oracle.judge import Oracle
from trader.oracle.seen import Violation, World
from trader.selftest.draws import Draws
from trader.selftest.processes.ground import Ground, Scene
from trader.selftest.processes.machine import Left
from trader.selftest.processes.play import is_of_processes, play
from trader.selftest.processes.process import OneProcess
from trader.selftest.processes.seen import Run, beside_the_books, seen_of
from trader.selftest.promised import terms_of
from trader.selftest.script import Cell, script_of, text_of
from trader.selftest.starts import build

EPISODES = {
    "killed before its entry": ("hyperliquid;start=signal;runs=2", "1.18:kill", (None, 0)),
    "killed, and its entry arrives late": (
        "hyperliquid;start=signal;runs=3",
        "1.18:T11-next_write,1.18:kill-between",
        (None, 0, 0),
    ),
    "killed with its stop unanswered": ("binance;start=signal;runs=2", "1.28:kill-between", (None, 0)),
    "killed when its entry was answered": ("okx;start=signal;runs=2", "1.42:kill-after", (None, 0)),
    "told to stop with its entry on the way": ("okx;start=signal;runs=2", "1.42:term", (0, 0)),
    "asleep for ten minutes at its entry": ("okx;start=signal;runs=2", "1.42:suspend", (23, 0)),
    "a file that ends too early": ("hyperliquid;start=naked;runs=2", "1.1:P8-short", (78, 0)),
    "output full, a check": ("binance;start=naked;runs=2", "1.1:P5-full,1.1:check-sl", (0, 0)),
}


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with Ground() as one:
        yield one


@pytest.mark.parametrize("name", EPISODES)
def test_what_strikes_a_process_is_healed_by_the_next(name: str, ground: Ground) -> None:
    where, plan, codes = EPISODES[name]
    script = script_of(f"v1;venue={where};seed=0x1;plan=1.1:process,{plan}")
    assert is_of_processes(script)
    played = play(script, ground)
    assert played.violations == (), text_of(script)
    assert played.codes == codes, text_of(script)
    struck = {event.what for event in script.events} - {"process", "check-sl"}
    assert {what for what, _ in played.met} == struck, "each event has really happened"


def test_of_two_machines_at_their_writes_one_enters_and_the_other_is_told(ground: Ground) -> None:
    script = script_of(
        "v1;venue=binance;start=signal;seed=0x1;runs=4;pauses=5,5,70;plan=1.1:process,1.28:pause,2.37:pause"
    )
    played = play(script, ground)
    assert played.violations == ()
    assert 24 in played.codes


def scene_of(ground: Ground, venue: str, start: str) -> Scene:
    return ground.set(build(Cell(venue), start, Draws(1).of("start")))


def end(scene: Scene, left: Left, run: Run) -> list[Violation]:
    """What is found of a run that left so."""
    return beside_the_books(run, left, seen_of(run, left, scene), scene, terms_of(scene.stage))


def test_a_process_that_does_nothing_and_leaves_with_0_is_noticed(ground: Ground) -> None:
    scene = scene_of(ground, "okx", "naked")
    oracle = Oracle(scene.stage.model, scene.stage.user, terms_of(scene.stage))
    oracle.begin("first")
    run, left = Run(1, "run"), Left(code=0, ended_by=0, out=b"", said=b"")
    scene.line.begin()
    found = oracle.end(seen_of(run, left, scene), World())
    assert {violation.invariant for violation in found} & {"I1", "I1c"}


def test_what_no_book_shows_is_noticed(ground: Ground) -> None:
    scene = scene_of(ground, "okx", "flat")
    scene.line.begin()
    well = Left(code=0, ended_by=0, out=b"", said=b"")
    assert end(scene, well, Run(1, "run")) == []
    by_itself = replace(well, code=None, ended_by=signal.SIGSEGV)
    assert [v.invariant for v in end(scene, by_itself, Run(1, "run"))] == ["I0"]
    assert end(scene, replace(by_itself, ended_by=signal.SIGKILL), Run(1, "run", is_killed=True)) == []
    hung = replace(well, code=None, ended_by=signal.SIGALRM)
    assert [v.invariant for v in end(scene, hung, Run(1, "run"))] == ["I12"]
    secret = next(iter(scene.stage.keys.secrets.values()))
    (scene.machine.home / "note").write_text(f"it is {secret}")
    (scene.machine.home / "note").chmod(0o600)
    assert [v.invariant for v in end(scene, well, Run(1, "run"))] == ["I13"]
    (scene.machine.home / "note").write_text("nothing")
    (scene.machine.home / "note").chmod(0o640)
    assert [v.invariant for v in end(scene, well, Run(1, "run"))] == ["I13"]
    (scene.machine.home / "note").unlink()
    with scene.lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert [v.invariant for v in end(scene, well, Run(1, "run"))] == ["I7"]


@pytest.mark.parametrize("venue", ["hyperliquid", "okx", "binance"])
def test_another_key_is_refused_and_the_signatures_of_this_one_are_known(venue: str, ground: Ground) -> None:
    """Otherwise nothing would be shown of signing, and nothing could be found in what was written."""
    scene = scene_of(ground, venue, "signal")
    process = OneProcess(Run(1, "run"), (), scene)
    process.start()
    assert process.finish().code == 0
    assert scene.line.signatures
    signature = next(iter(scene.line.signatures))
    shown = Left(code=0, ended_by=0, out=b"sent " + signature, said=b"")
    assert [v.invariant for v in end(scene, shown, Run(1, "run"))] == ["I13"]
    scene = scene_of(ground, venue, "signal")
    ran = (
        scene.stage.host.run()
    )  # an exchange in memory took this host's quick signatures until it was served
    assert ran is not None
    is_quick = scene.stage.exchange.dialect.quick_pen is not None
    assert (worst(ran.codes) is Exit.DENIED) == is_quick
    if is_quick:
        return
    scene = scene_of(ground, venue, "signal")
    text = scene.machine.configuration.read_text()
    scene.machine.configure(text.replace('account: "main"', 'account: "another"'))
    stranger = OneProcess(Run(1, "run"), (), scene)
    stranger.start()
    stranger.finish()
    assert not any(one.is_write and one.status == 200 for one in scene.line.asked)
