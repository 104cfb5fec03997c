"""The second question about a generated flaw that no episode notices: does a test of its file fail?

Rules: a test child forgets the whole program and all support of tests, so that nothing in it remembers the
sound program; only other people's packages stay loaded. A test that fails on the program as it is notices
nothing: those that failed are run again without the flaw, and where one fails too, the flaw is tried again
without it. A child is ended when it computes for much longer than all tests of a file take. Tests that
cannot be run at all say nothing of a flaw: that is an error.
"""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache

import pytest

from tests.mutants.forked import each_forked, forked
from tests.mutants.generated import Made
from tests.mutants.grafting import Sources, graft, importers
from tests.support.source_tree import ROOT, modules

WHOLE_RUNS = (  # the quickest first
    *("proofs_at_their_ends", "stop_that_opens", "incidents_risk"),
    *("repair_rules", "incidents_memory", "two_owners", "breakers", "quarantine", "unseen", "used_up_ids"),
    *("resting_terms", "incidents_orders", "incidents_entries", "stop_entries_in_part", "hedge_grid"),
    *("incidents_stops", "stop_ways", "first_stops", "bollinger_resting", "liquidation_watch"),
    *("request_spare", "told_to_stop", "incidents_grid", "perils"),
)
LIMIT_S = 600.0
# What other tests of this process have left open is nobody's fault here.
PLUGINS = ("cacheprovider", "xdist", "unraisableexception", "threadexception")
QUIETLY = ("-q", *(word for plugin in PLUGINS for word in ("-p", f"no:{plugin}")))
LEFT_ALONE = frozenset({"trader", "tests"})  # of these packages nothing stays loaded


def noticed_by_tests(left: Sequence[Made], *, at_once: int) -> Iterator[tuple[Made, str | None]]:
    """Each of them, and the first test that fails on it; None where all pass."""
    broken: set[str] = set()
    sound: set[str] = set()
    waiting = list(left)
    while waiting:
        tried, waiting = waiting, []
        works = [_on(made, broken) for made in tried]
        for place, ended in each_forked(works, limit_s=LIMIT_S, at_once=at_once):
            if ended.failure is not None:
                _require_runs(tried[place].file)
            failed = ended.failure or next(iter(ended.value), None)
            if failed is not None and ended.failure is None and failed not in sound:
                if _fails_anyway(failed):
                    print(f"{failed} fails on the program as it is", flush=True)
                    broken.add(failed)
                    waiting.append(tried[place])
                    continue
                sound.add(failed)
            yield tried[place], failed


def _on(made: Made, broken: set[str]) -> Callable[[], object]:
    return run_of(tests_of(made.file), {made.module: (made.file, made.source())}, without=sorted(broken))


@cache
def _require_runs(file: str) -> None:
    """What ended a child must have been the flaw: without one the first tests of its file come to an end."""
    sound = forked(run_of(tests_of(file)[:1], {}), limit_s=LIMIT_S)
    if sound.failure is not None:
        raise RuntimeError(f"the tests of {file} cannot be run on the program as it is: {sound.failure}")


def _fails_anyway(test: str) -> bool:
    ended = forked(run_of([test], {}), limit_s=LIMIT_S)
    return ended.failure is not None or bool(ended.value)


def run_of(tests: Sequence[str], flawed: Sources, *, without: Sequence[str] = ()) -> Callable[[], object]:
    """Work for a child: the first of these tests that fails, in a list, which is empty where all pass."""

    def work() -> object:
        graft(flawed)
        for name in [name for name in sys.modules if name.partition(".")[0] in LEFT_ALONE]:
            del sys.modules[name]
        heard, words = _Heard(), io.StringIO()
        options = [*QUIETLY, "-x", *(f"--deselect={test}" for test in without)]
        with redirect_stdout(words), redirect_stderr(words):
            code = pytest.main([*(str(ROOT / test) for test in tests), *options], plugins=[heard])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
            raise RuntimeError(f"pytest ended with {code}: {words.getvalue()[-2_000:]}")
        return heard.failed[:1]

    return work


class _Heard:
    """What pytest says while it runs."""

    def __init__(self) -> None:
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """The tests of a file, the likeliest first: those named after it, those of its venue, those that import
    it or are named after a file that does, the numbered behaviours of its venue, and whole runs."""
    module, name = file.removesuffix(".py").replace("/", "."), file.rpartition("/")[2].removesuffix(".py")
    users = {one.rpartition(".")[2] for one in importers().get(module, ()) if one.startswith("trader.")}
    after = tuple(f"test_{one}{end}" for one in sorted(users) for end in "._")
    ranked: list[tuple[int, str]] = []
    for test in modules(ROOT, "tests/unit", "tests/contract"):
        own = test.name.rpartition("/")[2]
        if not own.startswith("test_"):
            continue
        if own.startswith((f"test_{name}.", f"test_{name}_")) and _is_beside(test.name, file):
            ranked.append((0, test.name))
        elif _is_of_venue(test.name, file):
            ranked.append((1 if test.name.startswith("tests/unit/") else 3, test.name))
        elif module in test.text or (file.count("/") < 3 and own.startswith(after)):
            ranked.append((2, test.name))
    return (*(test for _, test in sorted(ranked)), *(f"tests/simulation/test_{one}.py" for one in WHOLE_RUNS))


def _is_beside(test: str, file: str) -> bool:
    """Venues have files of one name."""
    return file.count("/") < 3 or _is_of_venue(test, file)


def _is_of_venue(test: str, file: str) -> bool:
    parts = file.split("/")
    if len(parts) != 4:
        return False
    return f"/venues/{parts[2]}/" in test or test.startswith(f"tests/contract/test_{parts[2]}_")
