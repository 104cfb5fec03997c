"""Workers: chunks of fixed size, any number of workers, a death in the middle, and every answer in place."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from trader.backtest.search.crew import CHUNK, answered, chunks_of
from trader.backtest.search.rows import Row, Task
from trader.core.errors import Broken

TASKS = [Task(number, (("a.b", str(number)),)) for number in range(3 * CHUNK + 5)]


@dataclass(frozen=True, slots=True)
class Echo:
    """Answers with the task; dies in its chunk of 40 as often as the folder has room for a mark."""

    marks: Path | None = None
    deaths: int = 0

    def __call__(self, tasks: Sequence[Task]) -> list[Row]:
        if self.marks is not None and any(task.number == 40 for task in tasks):
            died = len(list(self.marks.iterdir()))
            if died < self.deaths:
                (self.marks / str(died)).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return [Row(task.number, task.combination, {}) for task in tasks]


def everything(judged: Echo, workers: int) -> list[tuple[int, list[Row]]]:
    return sorted(answered(judged, chunks_of(TASKS), workers))


def test_the_number_of_workers_changes_nothing() -> None:
    one, two = everything(Echo(), 1), everything(Echo(), 2)
    assert one == two
    assert [row.number for _, rows in one for row in rows] == [task.number for task in TASKS]


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    assert everything(Echo(tmp_path, deaths=1), 2) == everything(Echo(), 1)
    assert len(list(tmp_path.iterdir())) == 1


def test_workers_that_always_die_end_it_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=r"died 4 times.*--workers 1"):
        everything(Echo(tmp_path, deaths=99), 2)
