"""Tier E in small: a process is killed at single system calls, or they fail, and the next run heals.

The whole tier is `trader selftest --tier E`. Where strace is missing, the tier must say so; then that is what
the tests of it hold to.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from trader.selftest.processes import syscalls
from trader.selftest.processes.ground import Ground
from trader.selftest.processes.play import play
from trader.selftest.processes.struck import count
from trader.selftest.processes.syscalls import Counted, counted, injected, injection
from trader.selftest.processes.tier import CannotTrace, process_tier
from trader.selftest.script import Cell, Event, script_of, text_of

LINE = "v1;venue=binance;start=signal;seed=0x1;runs=2;plan=1.1:process,1."
LOG = """\
7258  openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
7258  flock(4, LOCK_EX|LOCK_NB)         = 0
7258  pwrite64(5, "dirty 1"..., 512, 0) = 512
7258  openat(AT_FDCWD, "/x.pyc", O_RDONLY|O_CLOEXEC <unfinished ...>
7258  sendto(6, "POST /"..., 300, 0, NULL, 0) = 300
7258  <... openat resumed>)             = 7
7258  +++ exited with 0 +++
"""


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with Ground() as one:
        yield one


@pytest.fixture(scope="module")
def calls(ground: Ground) -> Counted | None:
    """What a first run calls; None where nothing can be traced."""
    return count(Cell("binance"), "signal", 1, ground) if syscalls.missing() is None else None


def test_each_call_of_a_log_counts_and_a_kill_comes_after_the_lock(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(LOG)
    found = counted(log)
    assert found.all == Counter(openat=2, flock=1, pwrite64=1, sendto=1)
    assert list(found.numbers("openat")) == [2]
    assert list(found.numbers("flock")) == [1]
    assert list(found.numbers("fsync")) == []


def test_what_was_injected_is_read_from_the_log_and_not_assumed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    kill, error = Event(1, 3, "sendto-kill"), Event(1, 2, "write-ENOSPC", lasts=True)
    assert "inject=sendto:signal=SIGKILL:when=3" in injection(kill, log).before
    assert "inject=write:error=ENOSPC:when=2+" in injection(error, log).before
    assert not injected(kill, log, ended_by=0)
    log.write_text(LOG)
    assert not injected(kill, log, ended_by=0)
    assert not injected(error, log, ended_by=0)
    log.write_text(LOG + "7258  write(1, ...) = -1 ENOSPC (No space left on device) (INJECTED)\n")
    assert injected(error, log, ended_by=0)
    log.write_text(LOG + "7258  +++ killed by SIGKILL +++\n")
    assert injected(kill, log, ended_by=9)


@pytest.mark.parametrize(
    ("call", "place", "code"),
    [("sendto-kill", 28, None), ("fsync-EIO", 1, 0)],
    ids=["its first write on the way", "a disk that keeps nothing"],
)
def test_a_system_call_struck_is_healed(
    call: str, place: int, code: int | None, ground: Ground, calls: Counted | None
) -> None:
    if calls is None:
        with pytest.raises(CannotTrace, match="tier E needs strace"):
            next(process_tier(["binance"], seed=1, episodes=1, strace=True))
        return
    number = calls.numbers(call.partition("-")[0])[place - 1]
    script = script_of(f"{LINE}{number}:{call}{'' if code is None else '*'}")
    played = play(script, ground)
    assert played.violations == (), text_of(script)
    assert played.codes == (code, 0), text_of(script)
    assert played.met == ((call, f"call#{number}"),), "it was really struck"


def test_without_strace_the_tier_says_so_and_plays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(CannotTrace, match="tier E needs strace: strace is not installed"):
        next(process_tier(["binance"], seed=1, episodes=1, strace=True))


def test_a_call_that_a_run_never_makes_is_struck_by_nothing(ground: Ground, calls: Counted | None) -> None:
    """The end of a series: the run goes on as if nothing had been asked for, and counts as no kill."""
    if calls is None:
        assert syscalls.missing() is not None
        return
    script = replace(script_of(f"{LINE}9999:sendto-kill"), runs=1)
    played = play(script, ground)
    assert (played.codes, played.met, played.violations) == ((0,), (), ())
