"""The second question about a generated flaw that no episode notices: does a test of its file fail?

Rules: a test child forgets the whole program and all support of tests, so that nothing in it remembers the
sound program; only other people's packages stay loaded. A test file that fails on the program as it is
notices nothing, and is left out. A child is ended when it computes for many times as long as the sound
program does.
"""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache

import pytest

from tests.mutants.forked import each_forked, forked
from tests.mutants.generated import Made
from tests.mutants.grafting import Sources, graft
from tests.support.source_tree import ROOT, modules

WHOLE_RUNS = (
    *("repair_rules", "incidents_stops", "incidents_orders", "incidents_entries", "incidents_memory"),
    *("stop_ways", "first_stops", "hedge_grid", "bollinger_resting", "stop_entries_in_part"),
    *("liquidation_watch", "used_up_ids", "two_owners", "unseen", "quarantine", "resting_terms", "breakers"),
)
WHOLE = "tests/simulation/"
SOUND_S = 1_200.0  # all files once
PATIENCE, LEAST_S = 4.0, 60.0
LEFT_ALONE = frozenset({"trader", "tests"})  # of these packages nothing stays loaded


@dataclass(frozen=True, slots=True)
class Tests:
    """The test files that pass on the program as it is, and how long each takes."""

    took_s: dict[str, float] = field(default_factory=dict)

    def of(self, file: str) -> list[str]:
        """Those of a file, the likeliest first, and of whole runs the quickest."""
        named = [test for test in tests_of(file) if test in self.took_s]
        return sorted(named, key=lambda test: self.took_s[test] if test.startswith(WHOLE) else -1.0)

    def limit_s(self, file: str) -> float:
        return LEAST_S + PATIENCE * sum(self.took_s[test] for test in self.of(file))


def noticed_by_tests(
    left: Sequence[Made], tests: Tests, *, at_once: int
) -> Iterator[tuple[Made, str | None]]:
    """Each of them, and the first test that fails on it; None where all pass."""
    works = [run_of(tests.of(made.file), {made.module: (made.file, made.source())}) for made in left]
    limit_s = max((tests.limit_s(made.file) for made in left), default=LEAST_S)
    for place, ended in each_forked(works, limit_s=limit_s, at_once=at_once):
        yield left[place], ended.failure or next(iter(ended.value["failed"]), None)


def sound_tests(files: Sequence[str]) -> Tests:
    """Every test of these files once, on the program as it is."""
    wanted = tuple(dict.fromkeys(test for file in files for test in tests_of(file)))
    if not wanted:
        return Tests()
    ended = forked(run_of(wanted, {}, is_first_enough=False), limit_s=SOUND_S)
    if ended.failure is not None:
        raise AssertionError(f"the tests of the program as it is could not be run: {ended.failure}")
    failed = sorted({one.partition("::")[0] for one in ended.value["failed"]})
    for test in failed:
        print(f"{test} fails on the program as it is", flush=True)
    return Tests({test: ended.value["took_s"].get(test, 0.0) for test in wanted if test not in failed})


def run_of(tests: Sequence[str], flawed: Sources, *, is_first_enough: bool = True) -> Callable[[], object]:
    """Work for a child: which of these tests fail, and how long each file takes."""

    def work() -> object:
        graft(flawed)
        for name in [name for name in sys.modules if name.partition(".")[0] in LEFT_ALONE]:
            del sys.modules[name]
        heard, words = _Heard(), io.StringIO()
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", *(["-x"] if is_first_enough else [])]
        with redirect_stdout(words), redirect_stderr(words):
            code = pytest.main([*(str(ROOT / test) for test in tests), *options], plugins=[heard])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and not heard.failed:
            heard.failed.append(f"pytest, which ends with {code}")
        return {"failed": heard.failed, "took_s": heard.took_s}

    return work


class _Heard:
    """What pytest says while it runs."""

    def __init__(self) -> None:
        self.failed: list[str] = []
        self.took_s: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        file = report.nodeid.partition("::")[0]
        self.took_s[file] = self.took_s.get(file, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """The tests of a file, the likeliest first: those named after it, those of its venue, those that import
    it, the numbered behaviours of its venue, and whole runs."""
    module, name = file.removesuffix(".py").replace("/", "."), file.rpartition("/")[2].removesuffix(".py")
    ranked: list[tuple[int, str]] = []
    for test in modules(ROOT, "tests/unit", "tests/contract"):
        own = test.name.rpartition("/")[2]
        if not own.startswith("test_"):
            continue
        if own.startswith((f"test_{name}.", f"test_{name}_")) and _is_beside(test.name, file):
            ranked.append((0, test.name))
        elif _is_of_venue(test.name, file):
            ranked.append((1 if test.name.startswith("tests/unit/") else 3, test.name))
        elif module in test.text:
            ranked.append((2, test.name))
    return (*(test for _, test in sorted(ranked)), *(f"{WHOLE}test_{one}.py" for one in WHOLE_RUNS))


def _is_beside(test: str, file: str) -> bool:
    """Venues have files of one name."""
    return file.count("/") < 3 or _is_of_venue(test, file)


def _is_of_venue(test: str, file: str) -> bool:
    parts = file.split("/")
    if len(parts) != 4:
        return False
    return f"/venues/{parts[2]}/" in test or test.startswith(f"tests/contract/test_{parts[2]}_")
