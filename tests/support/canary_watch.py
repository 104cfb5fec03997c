"""Fails a test that printed or logged a key, and the whole run when a file that it wrote holds one."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support import canaries


class CanaryWatch:
    """A plugin of pytest: what tests print is looked at as each ends, what they write when all have."""

    def __init__(self) -> None:
        self.found: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        for title, text in report.sections:
            if canaries.sung_in(text.encode("utf-8", "replace")):
                report.outcome = "failed"
                report.longrepr = f"{item.nodeid}: a key stands in: {title}"
        return report

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """In the one process that outlives the others of a parallel run."""
        factory = getattr(session.config, "_tmp_path_factory", None)
        if factory is None or hasattr(session.config, "workerinput"):
            return
        folder: Path = factory.getbasetemp()
        self.found = canaries.seen_below(folder)
        if self.found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for path in self.found:
            terminalreporter.write_line(f"a key stands in the file {path}", red=True)
