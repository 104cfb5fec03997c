"""A search asks each thing once, answers in order, and goes on where an interrupted one stood."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.support.search_hills import Hills, figures
from trader.backtest.audit.deflated import best_by_chance
from trader.backtest.search.figures import Objective, chance_of
from trader.backtest.search.folds import Window
from trader.backtest.search.rows import Judged, Row, Task
from trader.backtest.search.search import Sampling, Search
from trader.backtest.search.space import space_of
from trader.backtest.search.store import ROWS, Store
from trader.backtest.search.table import record_of
from trader.core.errors import ConfigError

SPACE = space_of(["a.x=0:99:1"])
MODELS = ("base", "harsh")


def search_of(judged: Judged, store: Store | None = None) -> Search:
    return Search(judged, workers=1, cluster=None, store=store, advance=lambda _: None)


def test_rows_stand_in_the_order_asked_and_each_is_worked_out_once() -> None:
    hills = Hills()
    search = search_of(hills)
    rows = search.grid(SPACE)
    assert [row.combination for row in rows] == [SPACE.at(number) for number in range(100)]
    again = search.rows([(SPACE.at(5), None), (SPACE.at(3), None), (SPACE.at(5), None)])
    assert [(row.number, row.combination) for row in again] == [
        (0, SPACE.at(5)),
        (1, SPACE.at(3)),
        (2, SPACE.at(5)),
    ]
    assert len(hills.asked) == 100


class Interrupted(Exception):
    """The process was told to end."""


class Stopping(Hills):
    """Answers three chunks and is interrupted."""

    def __call__(self, tasks: Sequence[Task]) -> list[Row]:
        if len(self.asked) >= 96:
            raise Interrupted
        return super().__call__(tasks)


def test_an_interrupted_search_goes_on_where_it_stood(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        search_of(Stopping(), Store(tmp_path, "one", MODELS)).grid(SPACE)
    (tmp_path / "parts" / "000000032.parquet").write_bytes(b"cut short")
    hills = Hills()
    store = Store(tmp_path, "one", MODELS)
    rows = search_of(hills, store).grid(SPACE)
    assert [text.split(":")[0] for text in store.lost] == [str(tmp_path / "parts" / "000000032.parquet")]
    assert rows == search_of(Hills()).grid(SPACE)
    assert [one for one, _ in hills.asked] == [SPACE.at(n) for n in (*range(32, 64), *range(96, 100))]
    place = store.finish([(Task(row.number, row.combination), row) for row in rows])
    table = pl.read_parquet(place)
    assert place.name == ROWS
    assert table["set a.x"].to_list() == [str(number) for number in range(100)]
    assert table["harsh return_fraction"][7] == pytest.approx(0.08)


def test_what_another_search_adds_replaces_nothing(tmp_path: Path) -> None:
    keys = [(SPACE.at(number), None) for number in range(4)]
    search_of(Hills(), Store(tmp_path, "one", MODELS)).rows(keys[:2])
    search_of(Hills(), Store(tmp_path, "one", MODELS)).rows(keys[2:])
    hills = Hills()
    rows = search_of(hills, Store(tmp_path, "one", MODELS)).rows(keys)
    assert [row.combination for row in rows] == [key[0] for key in keys]
    assert hills.asked == []


def test_a_folder_of_another_search_is_refused(tmp_path: Path) -> None:
    Store(tmp_path, "one", MODELS)
    with pytest.raises(ConfigError, match="holds another search"):
        Store(tmp_path, "two", MODELS)


def test_an_interrupted_sampler_tries_the_same_and_asks_only_what_is_new(tmp_path: Path) -> None:
    objective, sampling = Objective("return", 10), Sampling(trials=48, seed=3)
    whole = search_of(Hills()).sample(SPACE, objective, sampling)
    first = search_of(Hills(), Store(tmp_path, "one", MODELS))
    first.sample(SPACE, objective, Sampling(trials=32, seed=3))
    hills = Hills()
    found = search_of(hills, Store(tmp_path, "one", MODELS)).sample(SPACE, objective, sampling)
    assert found == whole
    assert 0 < len(hills.asked) <= 16


def test_a_score_is_the_worst_of_the_models_and_needs_trades() -> None:
    (row,) = search_of(Hills()).rows([(SPACE.at(7), Window(0, 1))])
    assert Objective("return", 30).score(row) == pytest.approx(0.08)
    assert Objective("return", 31).score(row) == float("-inf")
    assert Objective("return", 1).score(Row(0, SPACE.at(7), {}, "fault")) == float("-inf")
    assert set(record_of(row)["bands"]) == {"base", "harsh"}


def test_each_model_must_have_traded_enough() -> None:
    few = Row(0, SPACE.at(7), {"base": figures(0.1, 30), "harsh": figures(0.1, 9)})
    assert Objective("return", 9).score(few) == pytest.approx(0.1)
    assert Objective("return", 10).score(few) == float("-inf")


def test_of_equal_ones_the_first_is_the_best() -> None:
    rows = [Row(number, SPACE.at(number), {"base": figures(0.1)}) for number in (0, 1, 2)]
    assert [row.number for row in Objective("return", 1).ranked(rows[::-1])] == [0, 1, 2]


def test_a_run_that_hardly_fell_is_not_infinitely_good() -> None:
    calm = Row(0, SPACE.at(0), {"base": replace(figures(0.1), drawdown_fraction_max=1e-6)})
    assert Objective("return_over_drawdown", 1).score(calm) == pytest.approx(10.0)


def test_luck_is_told_of_the_model_that_made_the_score() -> None:
    rows = [
        Row(number, SPACE.at(number), {"base": figures(0.05 + worth), "harsh": figures(worth)})
        for number, worth in enumerate((0.01, 0.04, 0.02))
    ]
    found = chance_of(rows, Objective("return", 1))
    assert found is not None
    assert (found.tries, found.sharpe) == (3, 0.04)
    assert found.by_chance == best_by_chance(3, float(np.var([0.01, 0.04, 0.02])))


@pytest.mark.parametrize(
    ("base", "harsh", "fragile"),
    [(0.02, -0.01, True), (0.02, 0.01, False), (0.0, -0.01, False), (0.02, 0.0, False)],
)
def test_a_row_is_fragile_where_its_sign_depends_on_the_model(
    base: float, harsh: float, fragile: bool
) -> None:
    row = Row(0, SPACE.at(0), {"base": figures(base), "harsh": figures(harsh)})
    assert [band["fragile"] for band in record_of(row)["bands"].values()] == [fragile, fragile]
    assert not Row(0, SPACE.at(0), {}, "a fault").fragile
