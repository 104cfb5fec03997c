"""The page on `trader doctor` shows the checks that there are, with the fault that trips each in tests."""

from tests.support.doctor_page import rows
from tests.support.source_tree import ROOT

PAGE = ROOT / "docs/doctor.md"


def test_the_page_shows_every_check_as_it_is() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith(("| D", "| code", "|---|---|---|---|---|---|"))]
    assert table == rows()
