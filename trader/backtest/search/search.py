"""Asks tasks of whoever works: what was answered before from the store, the rest of workers, all in order."""

from collections.abc import Callable, Iterator, Sequence

from trader.backtest.search.cluster import on_cluster
from trader.backtest.search.crew import Chunk, answered, chunks_of
from trader.backtest.search.figures import Objective
from trader.backtest.search.folds import Window
from trader.backtest.search.rows import Judged, Row, Task
from trader.backtest.search.sampler import sampled
from trader.backtest.search.space import Combination, Space
from trader.backtest.search.store import Store
from trader.core.frozen import frozen

Advance = Callable[[int], None]
Key = tuple[Combination, Window | None]


@frozen
class Sampling:
    """How many combinations a sampler tries, and from which seed."""

    trials: int
    seed: int


class Search:
    """One question, its workers and what they answered so far."""

    def __init__(
        self, judged: Judged, *, workers: int, cluster: str | None, store: Store | None, advance: Advance
    ) -> None:
        self._judged = judged
        self._workers = workers
        self._cluster = cluster
        self._store = store
        self._advance = advance
        known = {} if store is None else store.known()
        self._known: dict[Key, Row] = {(task.combination, task.window): row for task, row in known.items()}
        self._asked = 1 + max((task.number for task in known), default=-1)

    def rows(self, wanted: Sequence[Key]) -> list[Row]:
        """One row each, in the order asked, numbered by it."""
        new = [key for key in dict.fromkeys(wanted) if key not in self._known]
        tasks = [Task(self._asked + place, *key) for place, key in enumerate(new)]
        self._asked += len(tasks)
        self._advance(len(set(wanted)) - len(new))
        chunks = chunks_of(tasks)
        by_number = dict(chunks)
        for number, rows in self._answers(chunks):
            answers = list(zip(by_number[number], rows, strict=True))
            self._known.update({(task.combination, task.window): row for task, row in answers})
            if self._store is not None:
                self._store.keep(answers)
            self._advance(len(rows))
        found = [self._known[key] for key in wanted]
        return [Row(place, row.combination, row.figures, row.fault) for place, row in enumerate(found)]

    def grid(self, space: Space, window: Window | None = None) -> list[Row]:
        """Every combination."""
        return self.rows([(space.at(number), window) for number in range(space.size)])

    def sample(
        self, space: Space, objective: Objective, sampling: Sampling, window: Window | None = None
    ) -> list[Row]:
        """Those that the sampler tried, in its order."""

        def score(batch: Sequence[Combination]) -> list[float]:
            return [objective.score(row) for row in self.rows([(one, window) for one in batch])]

        tried = sampled(space, score, trials=sampling.trials, seed=sampling.seed)
        return self.rows([(one, window) for one in tried])

    def _answers(self, chunks: Sequence[Chunk]) -> Iterator[tuple[int, list[Row]]]:
        if not chunks:
            return iter(())
        if self._cluster is not None:
            return on_cluster(self._judged, chunks, self._cluster)
        return answered(self._judged, chunks, self._workers)
