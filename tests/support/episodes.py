"""Episodes: a start, what goes wrong in the first run, and the runs after it that must heal everything.

An episode is the faulty run, a clean one five seconds later, another a minute on, one at once after it that
may send nothing, and a check half an hour later. What is found is told as lines that name the run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.judged import Judged
from tests.support.starts import STARTS
from trader.core.errors import TraderError
from trader.core.report import worst
from trader.oracle.seen import World
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

SOON_S, LATER_S, AT_ONCE_S, CHECK_S = 5.0, 70.0, 1.0, 1_800.0

# The venue itself takes stops away, refuses them, or places other ones than it was asked for.
TAKES = frozenset({"V1", "V2", "V3", "V4", "V5", "V6", "V12", "V13", "V16"})
LIES = frozenset({"V7", "V7b", "V8", "V9", "V11", "V14", "T13"})
LASTING = frozenset({"V15", "V20", "V21", "V22"})
CHECK = "check-sl"


@dataclass(slots=True)
class Episode:
    """One start and one set of faults, with what every run of it showed."""

    start: str
    faults: tuple[Fault, ...]
    stage: Stage
    judged: Judged
    codes: list[int | str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    fired: int = 0
    rans: list[Ran | None] = field(default_factory=list)

    def run(
        self,
        name: str,
        work: Callable[[], Ran | None],
        *,
        command: str = "run",
        disturbed: bool = False,
        is_second: bool = False,
    ) -> int | None:
        """One run, judged."""
        stage, judged = self.stage, self.judged
        whole = [c for c in stage.coins_held() if stage.is_covered(c) and not judged.oracle.foreign(c)]
        covered = {coin: _naked_ms(stage, coin) for coin in whole}
        judged.begin()
        try:
            ran = work()
        except TraderError as error:
            self.found.append(f"{name}: raised {type(error).__name__}: {error}")
            self.codes.append(type(error).__name__)
            return None
        held = [request for request in stage.line.undelivered if request.is_write]
        stage.settle()
        self.rans.append(ran)
        code = None if ran is None else int(worst(ran.codes))
        lines = judged.judge(
            code, ran, command=command, disturbed=disturbed, is_second=is_second, left_behind=len(held)
        )
        self.found += [f"{name}: {line}" for line in lines]
        if code is None:
            return None
        self.codes.append(code)
        for coin, before_ms in covered.items():
            bare_ms = _naked_ms(stage, coin) - before_ms
            if bare_ms and not judged.world.venue_took and not judged.world.hand:
                self.found.append(f"{name}: {coin} was covered and then naked for {bare_ms} ms")
        return code


def play(start: str, faults: Sequence[Fault], starts: Mapping[str, Callable[[], Stage]] = STARTS) -> Episode:
    """The whole episode."""
    stage = starts[start]()
    kinds = {fault.kind for fault in faults}
    world = World(
        venue_took=bool(kinds & TAKES),
        venue_lied=bool(kinds & LIES),
        late_twice="T12" in kinds,
        dark=any(fault.times == 0 and fault.group in "TH" for fault in faults),
    )
    episode = Episode(start, tuple(faults), stage, Judged(stage, world))
    before = sum(stage.line.faults.fired.values())
    stage.faults(*faults)
    episode.run("faulty", stage.host.run, disturbed=True)
    episode.fired = sum(stage.line.faults.fired.values()) - before
    stage.faults()
    heal(episode, forgiven=bool(kinds & LASTING))
    return episode


def heal(episode: Episode, *, forgiven: bool = False) -> None:
    """The runs after it, which are clean; `forgiven`: what the fault changed at the venue lasts."""
    stage, judged = episode.stage, episode.judged
    judged.world = World(late_twice=judged.world.late_twice)
    stage.pass_time(SOON_S)
    episode.run("clean", stage.host.run, disturbed=forgiven)
    stage.pass_time(LATER_S)
    code = episode.run("later", stage.host.run, disturbed=forgiven)
    if not forgiven:
        _require_healed(episode, "later", code)
    stage.pass_time(AT_ONCE_S)
    episode.run("at once", stage.host.run, disturbed=forgiven, is_second=code == 0)
    stage.pass_time(CHECK_S)
    code = episode.run("check", stage.host.check, command=CHECK, disturbed=forgiven)
    if not forgiven:
        _require_healed(episode, "check", None if code == 25 else code)
    episode.found += [f"in the end: {line}" for line in judged.close()]


def _require_healed(episode: Episode, name: str, code: int | None) -> None:
    bare = [c for c in episode.stage.coins_held() if not episode.judged.oracle.is_covered(c)]
    if bare:
        episode.found.append(f"{name}: {bare} not healed (exit {code})")
    elif code not in (0, None):
        episode.found.append(f"{name}: exit {code} though nothing is wrong any more")


def _naked_ms(stage: Stage, coin: str) -> int:
    return stage.watch.naked_ms(stage.user, coin)
