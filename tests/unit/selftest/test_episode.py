"""An episode plays what its script says: faults and events where they are put, and a judge around it."""

import os
import subprocess
import sys
from typing import Any

import pytest

from trader.core.report import Verified
from trader.oracle.judge import Oracle
from trader.oracle.seen import RunSeen, Violation, World
from trader.run import Ran
from trader.selftest.catalogue import READS
from trader.selftest.episode import Episode, play
from trader.selftest.hearing import Hearing
from trader.selftest.played import Played
from trader.selftest.promised import terms_of
from trader.selftest.script import script_of
from trader.verify import verify

VENUES = ("hyperliquid", "okx", "binance")
DIGESTS = (
    "import sys; from trader.selftest.episode import play; from trader.selftest.script import script_of\n"
)
DIGESTS += "for line in sys.argv[1:]: print(play(script_of(line)).digest)"


def line(venue: str, rest: str, *, start: str = "signal", runs: int = 3, pauses: str = "70,5") -> str:
    return f"v1;venue={venue};start={start};seed=0x1;runs={runs};pauses={pauses};{rest}".rstrip(";")


def played(venue: str, rest: str = "", *, start: str = "signal", runs: int = 3) -> Played:
    return play(script_of(line(venue, rest, start=start, runs=runs)))


def episode(venue: str, rest: str = "", *, start: str = "signal", runs: int = 3) -> Episode:
    return Episode(script_of(line(venue, rest, start=start, runs=runs)))


@pytest.mark.parametrize("venue", VENUES)
def test_a_quiet_episode_enters_once_and_stays_covered(venue: str) -> None:
    made = episode(venue)
    found = made.played()
    assert (found.codes, found.violations, found.met) == ((0, 0, 0), (), ())
    assert found.requests[0] > found.requests[1] == found.requests[2]
    assert made.stage.coins_held()
    assert found.bare_ms == found.bare_clean_ms


def test_the_same_script_gives_the_same_bytes_in_any_process() -> None:
    lines = [line(venue, "plan=1.9:T6,2.3:second,2.5:H14-null_field*") for venue in VENUES]
    digests = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", DIGESTS, *lines]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        digests.append(done.stdout.split())
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == len(lines)


def test_another_seed_or_another_fault_gives_other_bytes() -> None:
    texts = ("", "plan=1.9:T6", "plan=1.9:T7*")
    assert len({played("hyperliquid", text).digest for text in texts}) == len(texts)


@pytest.mark.parametrize("venue", VENUES)
def test_a_kill_ends_the_run_before_its_request_or_between_request_and_answer(venue: str) -> None:
    before = played(venue, "plan=1.7:kill")
    between = played(venue, "plan=1.7:kill-between")
    assert before.codes == between.codes == (None, 0, 0)
    assert (before.requests[0], between.requests[0]) == (6, 7)
    assert [what for what, _ in (*before.met, *between.met)] == ["kill", "kill-between"]
    assert before.met[0][1] == between.met[0][1]
    assert before.violations == between.violations == ()


def test_after_a_kill_the_lock_word_is_what_it_was() -> None:
    whole = episode("binance")
    whole.played()
    writes = [asked.number for asked in whole.heard[0].asked if asked.is_write]
    made = episode("binance", f"plan=1.{writes[0]}:kill-between", runs=1)
    made.played()
    assert made.host.word.story[-1][0] == "dirty"


@pytest.mark.parametrize("venue", VENUES)
def test_a_lasting_fault_ends_with_its_run(venue: str) -> None:
    found = played(venue, "plan=1.5:T2*")
    assert found.codes[0] != 0
    assert found.codes[1:] == (0, 0)
    assert len(found.met) == 1
    assert found.violations == ()


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("what", ["V20", "V21-late", "V28", "clock-1h", "clock+1h", "suspend", "term", "gap"])
def test_what_an_event_changed_is_put_right_after_its_run(venue: str, what: str) -> None:
    made = episode(venue, f"plan=1.6:{what}", start="naked")
    found = made.played()
    assert found.met
    assert found.codes[-1] == 0
    assert found.violations == ()
    assert made.stage.clock.now_ms() == made.stage.venue_time.now_ms()


def test_a_late_write_lands_in_the_next_run_and_disturbs_it() -> None:
    whole = episode("hyperliquid", start="naked")
    whole.played()
    write = next(asked.number for asked in whole.heard[0].asked if asked.is_write)
    made = episode("hyperliquid", f"plan=1.{write}:T11-next_run", start="naked", runs=4)
    found = made.played()
    assert "a late delivery landed in the next run" in found.sometimes
    assert [hearing.is_disturbed for hearing in made.heard] == [True, True, False, False]
    assert found.violations == ()


@pytest.mark.parametrize("what", ["second", "second-slow", "second-fast"])
def test_another_host_runs_in_the_middle_and_is_judged(what: str) -> None:
    made = episode("okx", f"plan=1.20:{what}")
    found = made.played()
    assert len(made.heard) == 4
    assert len({hearing.host.mount for hearing in made.heard}) == 2
    assert "two hosts ran" in found.sometimes
    assert found.violations == ()


def test_an_event_that_finds_nothing_to_do_is_not_met() -> None:
    assert played("okx", "plan=1.3:hand-close", start="flat").met == ()


def test_a_fault_is_met_at_the_boundary_where_it_first_struck() -> None:
    found = played("okx", "plan=1.4:V8-stops*", start="naked")
    assert found.met == (("V8-stops", "trade/orders-algo-pending#1"),)


def test_whatever_a_run_raises_is_an_exit_70_and_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> Ran:
        raise KeyError("planted")

    monkeypatch.setattr("trader.rehearsal.run_once", broken)
    found = played("okx", start="flat")
    assert found.codes == (70, 70, 70)
    assert any(v.invariant == "I0" and "planted" in v.text for v in found.violations)


def test_a_program_that_repairs_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*args: Any, **named: Any) -> Verified:
        return verify(*args, **{**named, "repair": False})

    monkeypatch.setattr("trader.run.verify", careless)
    found = played("hyperliquid", start="naked")
    assert {violation.invariant for violation in found.violations} & {"I1", "I1c"}
    assert all(isinstance(violation, Violation) for violation in found.violations)


def test_a_name_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="V99"):
        played("okx", "plan=1.1:V99")


def test_a_second_run_at_once_is_told_as_one() -> None:
    assert [run.is_second for run in seen_in(episode("hyperliquid"))] == [False, False, True]


@pytest.mark.parametrize(
    ("venue", "first"), [("hyperliquid", "positions"), ("okx", "positions"), ("binance", "stops")]
)
def test_a_run_looked_when_the_first_of_positions_and_stops_was_read(
    venue: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the last round that asks for stops: what is opened between the two no reading of it could show."""
    rows: list[tuple[int, str, int]] = []
    after = Hearing.after

    def noting(self: Hearing, *more: Any) -> None:
        after(self, *more)
        rows.append((self.host.mount.rounds, self.ear.heard[-1].what, self.scene.stage.model.now_ms))

    monkeypatch.setattr(Hearing, "after", noting)
    (run,) = seen_in(episode(venue, runs=1))
    kinds = {READS[kind][venue]: kind for kind in ("positions", "stops")}
    last = max(number for number, what, _ in rows if kinds.get(what) == "stops")
    looks = [(kinds[what], at_ms) for number, what, at_ms in rows if number == last and what in kinds]
    assert {kind for kind, _ in looks} == {"positions", "stops"}
    assert looks[0] == (first, run.looked_ms)
    assert looks[-1][1] != run.looked_ms


def seen_in(made: Episode) -> list[RunSeen]:
    """What the judge is told of each run."""
    seen: list[RunSeen] = []

    class Listening(Oracle):
        def end(self, run: RunSeen, world: World) -> list[Violation]:
            seen.append(run)
            return super().end(run, world)

    made.oracle = Listening(made.stage.model, made.stage.user, terms_of(made.stage))
    made.played()
    return seen
