"""Episodes: a start, what goes wrong in the first run, and the runs after it that must heal everything.

An episode is the faulty run, a clean one five seconds later, another a minute on, one at once after it that
may send nothing, and a check half an hour later. What is found is told as lines that name the run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.oracle import Oracle
from tests.support.starts import STARTS
from trader.core.errors import TraderError
from trader.core.report import worst
from trader.core.wire import Request
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

SOON_S, LATER_S, AT_ONCE_S, CHECK_S = 5.0, 70.0, 1.0, 1_800.0
TIME_MAX_S = 120.0

# The venue itself takes stops away, refuses them, or places other ones than it was asked for.
ENDS_STOPS = frozenset({"V1", "V2", "V3", "V4", "V5", "V6"})
REFUSES_STOPS = frozenset({"V1", "V5", "V6"})
LASTING = frozenset({"V15", "V20", "V21", "V22"})


@dataclass(slots=True)
class Episode:
    """One start and one set of faults, with what every run of it showed."""

    start: str
    faults: tuple[Fault, ...]
    stage: Stage
    oracle: Oracle
    codes: list[int | str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    fired: int = 0
    rans: list[Ran | None] = field(default_factory=list)

    def run(self, name: str, work: Callable[[], Ran | None]) -> int | None:
        """One run, judged."""
        stage, oracle = self.stage, self.oracle
        oracle.begin()
        began_ms = stage.clock.elapsed_ms()
        whole = [c for c in stage.coins_held() if stage.is_covered(c) and not oracle.foreign(c)]
        covered = {coin: _naked_ms(stage, coin) for coin in whole}
        try:
            ran = work()
        except TraderError as error:
            self.found.append(f"{name}: raised {type(error).__name__}: {error}")
            self.codes.append(type(error).__name__)
            return None
        stage.settle()
        self.rans.append(ran)
        if ran is None:
            return None
        code = int(worst(ran.codes))
        self.codes.append(code)
        self.found += [f"{name}: {line}" for line in oracle.judge(code)]
        took_s = (stage.clock.elapsed_ms() - began_ms) / 1000
        if took_s > TIME_MAX_S:
            self.found.append(f"{name}: took {took_s:.0f} s")
        for coin, before_ms in covered.items():
            bare_ms = _naked_ms(stage, coin) - before_ms
            if bare_ms and not oracle.venue_ends_orders and not oracle.human:
                self.found.append(f"{name}: {coin} was covered and then naked for {bare_ms} ms")
        if not code:
            self._undelivered(name)
        return code

    def _undelivered(self, name: str) -> None:
        """What the network still holds when a run leaves with 0 must not be able to do anything."""
        held = [r for r in self.stage.line.undelivered if _is_write(r)]

        def arrived(request: Request, answer: object) -> None:
            if _is_write(request) and _is_success(getattr(answer, "body", b"")):
                self.found.append(f"{name}: left with 0 and a write of it took effect later")

        if held:
            self.stage.line.on_late = arrived


def play(start: str, faults: Sequence[Fault], starts: Mapping[str, Callable[[], Stage]] = STARTS) -> Episode:
    """The whole episode."""
    stage = starts[start]()
    kinds = {fault.kind for fault in faults}
    oracle = Oracle(stage.model, stage.user)
    oracle.venue_ends_orders = bool(kinds & ENDS_STOPS)
    oracle.may_close = bool(kinds & REFUSES_STOPS)
    episode = Episode(start, tuple(faults), stage, oracle)
    before = sum(stage.line.faults.fired.values())
    stage.faults(*faults)
    episode.run("faulty", stage.host.run)
    episode.fired = sum(stage.line.faults.fired.values()) - before
    stage.faults()
    heal(episode, forgiven=bool(kinds & LASTING))
    return episode


def heal(episode: Episode, *, forgiven: bool = False) -> None:
    """The runs after it, which are clean."""
    stage, oracle = episode.stage, episode.oracle
    oracle.venue_ends_orders = oracle.human = False
    stage.pass_time(SOON_S)
    episode.run("clean", stage.host.run)
    stage.pass_time(LATER_S)
    code = episode.run("later", stage.host.run)
    if not forgiven:
        _require_healed(episode, "later", code)
    stage.pass_time(AT_ONCE_S)
    requests: list[Request] = []
    stage.host.mount.before_request = lambda _number, request: requests.append(request)
    episode.run("at once", stage.host.run)
    stage.host.mount.before_request = None
    if code == 0 and any(_is_write(r) for r in requests) and not forgiven:
        episode.found.append("at once: a second run sent writes")
    stage.pass_time(CHECK_S)
    code = episode.run("check", stage.host.check)
    if not forgiven:
        _require_healed(episode, "check", None if code == 25 else code)


def _require_healed(episode: Episode, name: str, code: int | None) -> None:
    bare = [c for c in episode.stage.coins_held() if not episode.oracle.is_covered(c)]
    if bare:
        episode.found.append(f"{name}: {bare} not healed (exit {code})")
    elif code not in (0, None):
        episode.found.append(f"{name}: exit {code} though nothing is wrong any more")


def _is_write(request: Request) -> bool:
    return request.is_write


def _is_success(body: bytes) -> bool:
    """True for an answer, in whatever dialect, that says that the write was applied."""
    refused = (b'"error"', b'"code":-', b'"sCode":"5', b'"code":"5', b'"code":"1"')
    told = (b'"status":"ok"', b'"orderId"', b'"algoId"', b'"ordId"', b'"leverage"')
    return any(sign in body for sign in told) and not any(sign in body for sign in refused)


def _naked_ms(stage: Stage, coin: str) -> int:
    return stage.watch.naked_ms(stage.user, coin)
