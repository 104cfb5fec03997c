"""Kernels are those of these very files: another copy of the project has its own."""

import os
from collections.abc import Callable
from importlib import invalidate_caches
from pathlib import Path

import numba
import pytest

from tests.support.random_studies import study_of
from trader.backtest.fast import compiling
from trader.backtest.fast.features import Features
from trader.backtest.fast.preparing import ready_coin, table_of


@pytest.fixture
def folder_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Path]:
    monkeypatch.setattr(compiling, "SOURCES", ("a_kernel_of_this_test",))

    def folder(source: Path) -> Path:
        with monkeypatch.context() as only_here:
            only_here.syspath_prepend(source.parent)
            invalidate_caches()
            return compiling.cache_folder()

    return folder


def test_each_copy_of_the_same_lines_has_its_own_kernels(
    folder_of: Callable[[Path], Path], tmp_path: Path
) -> None:
    one, other = (tmp_path / name / "a_kernel_of_this_test.py" for name in ("one", "other"))
    for source in (one, other):
        source.parent.mkdir()
        source.write_text("ENTRIES = ()\n")
        os.utime(source, ns=(10**18, 10**18))
    first = folder_of(one)
    assert folder_of(one) == first
    assert folder_of(other) != first
    os.utime(one, ns=(10**18, 10**18 + 10**9))
    touched = folder_of(one)
    assert touched != first, "the compiler takes nothing that it made before this"
    one.write_text("ENTRIES = (1,)\n")
    os.utime(one, ns=(10**18, 10**18 + 10**9))
    assert folder_of(one) not in (first, touched)


def test_one_coin_and_several_are_asked_of_the_same_kernel() -> None:
    """Another kind of column would be compiled in front of whoever asks for two coins for the first time."""
    kinds: dict[int, set[str]] = {1: set(), 2: set()}
    for number in range(40):
        study = study_of(number, many=300)
        coins = sorted(study.tapes)[:2]
        ready = [
            ready_coin(Features(study.tapes[coin], end_ms=study.end_ms, on_mark=True), study, coin)
            for coin in coins
        ]
        kinds[len(coins)].add(str(numba.typeof(table_of(ready, study, moves=False))))
    assert kinds[1] == kinds[2]
    assert len(kinds[1]) == 1
