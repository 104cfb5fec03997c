"""Plays scripts in worker processes and hands over what each one showed.

Rules: a script that was handed out is always answered for: by what it showed, or by a violation when its
worker died of it or hung. Workers are started afresh (`spawn`), so that each has a hash seed and caches of
its own, and a script that is played twice is played by two of them where there are two.
"""

import gc
import multiprocessing
import resource
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType

from trader.core.errors import Broken
from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.oracle.seen import Violation
from trader.selftest.played import Played
from trader.selftest.script import Script

Play = Callable[[Script], Played]

DIED, HUNG = "died", "hung"
_AHEAD = 2  # one that is played and one that waits, so that no worker waits for its parent
_LOOK_EVERY_S = 1.0
_GARBAGE = 50_000  # objects between two looks for cycles: an episode makes few, and looks cost a twentieth
_LIMIT_MS, _LIMIT_PER_RUN_MS = 60_000, 1_000  # real time: a thousand times what an episode takes


@frozen
class Job:
    """One script to play. `twice`: another job is made of it, which is the one that is `again`."""

    number: int
    tier: str
    script: Script
    twice: bool = False
    again: bool = False


@frozen
class Answer:
    """What a job showed. `memory_kb`: of the worker that played it; 0 where it died."""

    job: Job
    played: Played
    memory_kb: int


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    is_ready: bool = False
    waiting: deque[Job] = field(default_factory=deque)
    begun_ms: int = 0

    def give(self, job: Job, now_ms: int) -> None:
        if not self.waiting:
            self.begun_ms = now_ms
        self.waiting.append(job)
        if self.is_ready:
            self.send(job)

    def send(self, job: Job) -> None:
        try:
            self.connection.send(job.script)
        except (BrokenPipeError, ConnectionResetError):
            return  # it is dead: the next look at it says so, and answers for the job

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class Crew:
    """Workers that play; a dead one is replaced."""

    def __init__(self, play: Play, count: int, clock: Clock) -> None:
        self._play = play
        self._clock = clock
        self._again: deque[tuple[Job, _Worker]] = deque()
        self._workers = [self._start() for _ in range(count)]

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()

    @property
    def is_ready(self) -> bool:
        """Whether each worker has started."""
        return all(worker.is_ready for worker in self._workers)

    def answers(self, jobs: Iterator[Job]) -> Iterator[Answer]:
        """One for each job, in the order in which they come. Jobs are taken only as workers get free."""
        while True:
            for worker in self._workers:
                self._fill(worker, jobs)
            busy = {worker.connection: worker for worker in self._workers if worker.waiting}
            if not busy:
                return
            for connection in wait(list(busy), timeout=_LOOK_EVERY_S):
                yield from self._heard(busy[connection])  # type: ignore[index]
            yield from self._hung()

    def one(self, script: Script) -> Played:
        """Play one script; what ends its worker is a violation of it."""
        return next(self.answers(iter([Job(0, "", script)]))).played

    def both(self, script: Script) -> tuple[Played, Played]:
        """Play one script twice, by two workers where there are two."""
        first, second = self.answers(iter([Job(0, "", script, twice=True)]))
        return first.played, second.played

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._play), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, begun_ms=self._clock.elapsed_ms())

    def _fill(self, worker: _Worker, jobs: Iterator[Job]) -> None:
        while len(worker.waiting) < _AHEAD:
            job = self._next_for(worker, jobs)
            if job is None:
                return
            worker.give(job, self._clock.elapsed_ms())

    def _next_for(self, worker: _Worker, jobs: Iterator[Job]) -> Job | None:
        """A repetition waits for another worker than the first, where there is another."""
        for repetition in self._again:
            job, first = repetition
            if first is not worker or len(self._workers) == 1:
                self._again.remove(repetition)
                return job
        fresh = next(jobs, None)
        if fresh is not None and fresh.twice:
            self._again.append((replace(fresh, twice=False, again=True), worker))
        return fresh

    def _heard(self, worker: _Worker) -> Iterator[Answer]:
        try:
            said = worker.connection.recv()
        except (EOFError, OSError):  # the latter where it died in the middle of an answer
            yield from self._died(worker, _cause(worker.process))
            return
        if said is None:
            worker.is_ready = True
            worker.begun_ms = self._clock.elapsed_ms()
            for job in worker.waiting:
                worker.send(job)
        elif isinstance(said, str):
            yield from self._died(worker, said)
        else:
            played, memory_kb = said
            worker.begun_ms = self._clock.elapsed_ms()
            yield Answer(worker.waiting.popleft(), played, memory_kb)

    def _hung(self) -> Iterator[Answer]:
        now_ms = self._clock.elapsed_ms()
        for worker in list(self._workers):
            if not worker.waiting:
                continue
            limit_ms = _LIMIT_MS + _LIMIT_PER_RUN_MS * worker.waiting[0].script.runs
            if now_ms - worker.begun_ms > limit_ms:
                yield from self._died(worker, f"not over after {limit_ms // 1000} s", HUNG)

    def _died(self, worker: _Worker, cause: str, how: str = DIED) -> Iterator[Answer]:
        """Answer for the script that it played, start another worker and give it the rest."""
        if not worker.is_ready:
            raise Broken(f"a worker process of the campaign could not start: {cause}")
        worker.end()
        job = worker.waiting.popleft()
        fresh = self._start()
        fresh.waiting.extend(worker.waiting)
        self._workers[self._workers.index(worker)] = fresh
        violation = Violation(how, 0, f"the process that played this episode: {cause}")
        yield Answer(job, Played(job.script, (violation,), ()), 0)


def _cause(process: SpawnProcess) -> str:
    process.join(5)
    code = process.exitcode
    if code is not None and code < 0:
        return f"killed by signal {-code} ({signal.Signals(-code).name})"
    return f"left with {code}"


def _work(connection: Connection, play: Play) -> None:
    """The worker: plays what it is sent, one script after the other, until its parent lets go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides
    gc.freeze()  # the program itself is no garbage
    gc.set_threshold(_GARBAGE)
    connection.send(None)
    while True:
        try:
            script = connection.recv()
        except (EOFError, OSError):
            return
        with _Telling(connection):
            played = play(script)
        try:
            connection.send((played, memory_kb()))
        except (BrokenPipeError, ConnectionResetError):
            return  # the campaign was killed: nobody is left to be told


class _Telling:
    """Tells the parent what ended this process; the process ends of it all the same."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        last = traceback.extract_tb(trace)[-1]
        where = f"{'/'.join(Path(last.filename).parts[-3:])}:{last.lineno}"
        self._connection.send(f"{type(error).__name__} at {where}: {error}")
        sys.exit(1)


def memory_kb() -> int:
    """What this process holds in memory now; where the system does not say, the most that it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return held // 1024 if sys.platform == "darwin" else held
    return pages * resource.getpagesize() // 1024
