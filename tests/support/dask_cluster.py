"""A real Dask cluster on loopback: a scheduler and workers, each a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.source_tree import ROOT


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where it is, and its workers."""

    address: str
    workers: tuple[subprocess.Popen[str], ...]


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Workers without a nanny: one that dies stays dead."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        here = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
        command = [sys.executable, "-m", "dask", *arguments, *here]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    try:
        address = _said(start("scheduler", "--port", "0"), "Scheduler at:").split()[-1]
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
        started = tuple(start("worker", address, *options) for _ in range(workers))
        for worker in started:
            _said(worker, "Registered to:")
        yield Cluster(address, started)
    finally:
        for process in reversed(running):
            process.kill()
            process.communicate()


def _said(process: subprocess.Popen[str], text: str) -> str:
    """The first line with this text that the process says on stderr; that ends where it dies."""
    assert process.stderr is not None
    told = []
    for line in process.stderr:
        told.append(line)
        if text in line:
            return line.strip()
    raise AssertionError("".join(told))
