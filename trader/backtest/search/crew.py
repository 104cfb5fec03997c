"""Worker processes of this machine that answer tasks, chunk by chunk.

Rules: a chunk is a stretch of tasks of fixed size, so that what is worked out together does not depend on how
many workers there are. Workers are spawned, and get the question once. A worker that dies takes the pool with
it: the pool is made anew and the chunks that were not answered are asked again, a few times. A worker ends
with its parent, however that one ended: it would wait for tasks for ever, and hold the output open.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for_one
from threading import Thread

from trader.backtest.search.rows import Judged, Row, Task
from trader.core.errors import Broken

CHUNK = 32
_POOLS_MAX = 4
_AHEAD = 2  # chunks a worker, so that none waits for its parent

Chunk = tuple[int, tuple[Task, ...]]


def chunks_of(tasks: Sequence[Task], size: int = CHUNK) -> list[Chunk]:
    """Stretches of tasks, numbered from 0."""
    cut = range(0, len(tasks), size)
    return [(number, tuple(tasks[begin : begin + size])) for number, begin in enumerate(cut)]


def answered(judged: Judged, chunks: Sequence[Chunk], workers: int) -> Iterator[tuple[int, list[Row]]]:
    """Each chunk's rows, as they come; in this process where one worker is asked for."""
    if workers == 1 or len(chunks) == 1:
        for number, tasks in chunks:
            yield number, judged(tasks)
        return
    left, died = dict(chunks), Broken("")
    for _ in range(_POOLS_MAX):
        try:
            for number, rows in _by_one_pool(judged, left, min(workers, len(left))):
                del left[number]
                yield number, rows
            return
        except BrokenProcessPool as error:
            died = Broken(
                f"worker processes died {_POOLS_MAX} times, the last time with {len(left)} chunks left "
                f"({error}): is there too little memory? Try --workers 1"
            )
    raise died


def _by_one_pool(
    judged: Judged, left: dict[int, tuple[Task, ...]], workers: int
) -> Iterator[tuple[int, list[Row]]]:
    waiting = iter(list(left.items()))
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(judged,)
    )
    try:
        running: dict[Future[list[Row]], int] = {}
        for number, tasks in waiting:
            running[pool.submit(_work, tasks)] = number
            if len(running) < _AHEAD * workers:
                continue
            yield from _finished(running)
        while running:
            yield from _finished(running)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _finished(running: dict[Future[list[Row]], int]) -> Iterator[tuple[int, list[Row]]]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in sorted(done, key=running.__getitem__):
        yield running.pop(future), future.result()


class _Held:
    """The question that this worker process was given."""

    judged: Judged | None = None


def _begin(judged: Judged) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent decides
    Thread(target=_end_with_parent, daemon=True).start()
    _Held.judged = judged


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait_for_one([parent.sentinel])
        os._exit(1)


def _work(tasks: Sequence[Task]) -> list[Row]:
    if _Held.judged is None:
        raise Broken("a worker was asked before it was told what")
    return _Held.judged(tasks)
