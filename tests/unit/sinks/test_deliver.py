"""Whatever a sink does, delivery ends in time with a warning, and the next sink has its turn."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from tests.support.reports import a_report
from trader.core.errors import ConfigError
from trader.core.report import Report
from trader.sinks.deliver import Outlet, deliver

Tell = Callable[[Report], Sequence[str]]


def raising(error: BaseException) -> Tell:
    def tell(_report: Report) -> Sequence[str]:
        raise error

    return tell


def noting(names: list[str], name: str) -> Tell:
    def tell(_report: Report) -> Sequence[str]:
        names.append(name)
        return []

    return tell


def test_the_record_comes_first_and_the_slowest_last() -> None:
    told: list[str] = []
    names = ["notify", "heartbeat", "journal", "metrics"]
    assert deliver(a_report(), [Outlet(n, noting(told, n)) for n in names]) == []
    assert told == ["journal", "metrics", "heartbeat", "notify"]


def test_a_sink_that_hangs_is_left_behind_and_the_next_one_has_its_turn() -> None:
    never, told = threading.Event(), list[str]()
    outlets = [Outlet("journal", lambda _: [str(never.wait())]), Outlet("notify", noting(told, "notify"))]
    began = time.monotonic()
    [warning] = deliver(a_report(), outlets, bound_s=0.05)
    assert time.monotonic() - began < 2
    assert warning == "journal: no end within 0.05 s; left behind, nothing waits for it"
    assert told == ["notify"]
    never.set()


def test_a_hanging_sink_does_not_keep_the_process() -> None:
    script = (
        "import threading\n"
        "from tests.support.reports import a_report\n"
        "from trader.sinks.deliver import Outlet, deliver\n"
        "print(deliver(a_report(), [Outlet('notify', lambda r: [threading.Event().wait()])], bound_s=0.05))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no end within" in done.stdout


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError("the folder x is not yours"), "metrics: the folder x is not yours"),
        (PermissionError(13, "Permission denied", "/secret/place"), "metrics: Permission denied (errno 13)"),
        (ValueError("https://hooks.example/T0KEN"), "metrics: failed with ValueError"),
        (OSError("https://hooks.example/T0KEN"), "metrics: failed with OSError"),
        (RecursionError(), "metrics: failed with RecursionError"),
    ],
)
def test_a_broken_sink_is_one_line_that_quotes_no_foreign_text(error: Exception, said: str) -> None:
    told: list[str] = []
    outlets = [Outlet("metrics", raising(error)), Outlet("notify", noting(told, "notify"))]
    assert deliver(a_report(), outlets) == [said]
    assert told == ["notify"]


def test_a_warning_is_one_harmless_line() -> None:
    [warning] = deliver(a_report(), [Outlet("metrics", lambda _: ["a\nb\x1b[2J\u202e"])])
    assert warning == "metrics: a\\x0ab\\x1b[2J\\u202e"


def test_p3_a_machine_that_starts_no_thread_is_a_line_for_each_sink(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is over by then, and leaves with its own code."""

    def refuses(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuses)
    told: list[str] = []
    warnings = deliver(a_report(), [Outlet(name, noting(told, name)) for name in ("journal", "notify")])
    assert warnings == [
        "journal: no thread could be started: can't start new thread",
        "notify: no thread could be started: can't start new thread",
    ]
    assert told == []
