"""Workers: chunks of fixed size, any number of workers, a death in the middle, and every answer in place."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.dask_cluster import dask_cluster
from tests.support.search_echo import TASKS, Echo
from tests.support.source_tree import ROOT
from trader.backtest.search.cluster import on_cluster
from trader.backtest.search.crew import answered, chunks_of
from trader.backtest.search.rows import Row
from trader.core.errors import Broken, Unavailable


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


def test_no_worker_outlives_a_search_that_was_killed() -> None:
    """Whoever reads the output would wait for ever: the workers hold it open."""
    search = "from tests.support.search_echo import *; from trader.backtest.search.crew import *; "
    search += "list(answered(Endless(), chunks_of(TASKS), 2))"
    with subprocess.Popen([sys.executable, "-c", search], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"begun\n"
        parent.kill()
        parent.communicate(timeout=30)


def test_a_cluster_answers_as_this_machine_does_though_a_worker_is_killed(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    with dask_cluster(tmp_path, workers=2) as cluster:
        found = sorted(on_cluster(Echo(marks, deaths=1), chunks_of(TASKS), cluster.address))
        dead = [worker.poll() is not None for worker in cluster.workers]
    assert found == everything(Echo(), 1)
    assert sorted(dead) == [False, True]


def test_a_scheduler_that_is_not_there_is_named() -> None:
    with pytest.raises(Unavailable, match=r"--cluster tcp://127\.0\.0\.1:1: no scheduler"):
        list(on_cluster(Echo(), chunks_of(TASKS), "tcp://127.0.0.1:1", connect_s=1.0))
