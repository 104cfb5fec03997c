"""Kernels are those of these very files: another copy of the project has its own."""

import os
from collections.abc import Callable
from importlib import invalidate_caches
from pathlib import Path

import pytest

from trader.backtest.fast import compiling


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
