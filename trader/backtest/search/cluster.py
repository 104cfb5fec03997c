"""The same work on a Dask cluster: chunks go to whoever is free there, and come back in any order.

Rules: the question is a task of the cluster too, so that it can be made again when the worker that held it is
gone; a chunk lost with its worker is given to another. What runs there is this program: each worker needs the
same version, with what reads recorded prices.
"""

from collections.abc import Iterator, Sequence

from trader import __version__
from trader.backtest.search.crew import Chunk
from trader.backtest.search.rows import Judged, Row, Task
from trader.core.errors import ConfigError, Unavailable

_RETRIES = 5


def on_cluster(
    judged: Judged, chunks: Sequence[Chunk], address: str, connect_s: float = 10.0
) -> Iterator[tuple[int, list[Row]]]:
    """Each chunk's rows, as they come."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise ConfigError("--cluster: Dask is not installed here: install trader[cluster]") from error
    try:
        client = Client(address, timeout=connect_s)
    except (OSError, TimeoutError, ValueError) as error:
        raise Unavailable(f"--cluster {address}: no scheduler answers there: {error}") from error
    with client:
        _check_versions(client.run(_version), address)
        question = client.submit(_held, judged, pure=False, retries=_RETRIES)
        running = {
            client.submit(_work, question, tasks, pure=False, retries=_RETRIES): number
            for number, tasks in chunks
        }
        for future in as_completed(list(running)):
            yield running.pop(future), future.result()
            future.release()


def _check_versions(versions: dict[str, str], address: str) -> None:
    if not versions:
        raise Unavailable(f"--cluster {address}: the scheduler has no worker yet: start one")
    others = {where: said for where, said in versions.items() if said != __version__}
    for where, said in sorted(others.items()):
        raise ConfigError(f"--cluster: worker {where} runs trader {said}, and this is {__version__}")


def _version() -> str:
    return __version__


def _held(judged: Judged) -> Judged:
    return judged


def _work(judged: Judged, tasks: Sequence[Task]) -> list[Row]:
    return judged(tasks)
