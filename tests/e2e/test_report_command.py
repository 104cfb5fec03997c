"""`trader report` and `trader drift` as processes: a page that is there whole, tables, a refusal."""

from pathlib import Path

import pytest

from tests.support.machine import ended
from tests.support.scenes import stage_with_position
from tests.support.served import Served


@pytest.fixture
def holding(tmp_path: Path) -> Served:
    made = stage_with_position()
    made.venue.ip_budget.limit = 1_000_000
    return Served(made, tmp_path)


def test_the_page_is_written_whole_and_the_tables_are_printed(holding: Served, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "report.html"
    with holding:
        refused = ended(holding.start("report", "--out", str(page), haste=10))
        assert refused.code == 78
        assert "name a file in a folder that can be written" in refused.said
        page.parent.mkdir()
        page.write_text("an older one")
        written = ended(holding.start("report", "--out", str(page), haste=10))
        quiet = ended(holding.start("report", "--quiet", haste=10))
        drift = ended(holding.start("drift", "--days", "2", haste=10))
    assert (written.code, written.said) == (0, "")
    assert "BTC" in written.out and "outside the strategy" in written.out
    assert written.out.endswith(f"the page is in {page}\n")
    assert page.read_text().startswith("<!DOCTYPE html>") and page.read_text().endswith("</html>\n")
    assert [each.name for each in page.parent.iterdir()] == ["report.html"]
    assert (quiet.code, quiet.text) == (0, "")
    assert (drift.code, drift.said) == (0, "")
    assert "the sum of the lines between" in drift.out
