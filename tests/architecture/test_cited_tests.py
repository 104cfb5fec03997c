"""A test that a document names exists, under exactly that name: a claim is worth what its test is."""

from pathlib import Path

import pytest

from tests.support.cited_tests import cited_tests, missing_tests
from tests.support.source_tree import ROOT, assert_none, plant

DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/*.md")


def broken_citations(root: Path) -> list[str]:
    found = []
    for pattern in DOCUMENTS:
        for path in sorted(root.glob(pattern)):
            cited = cited_tests(path.read_text(encoding="utf-8"))
            name = path.relative_to(root).as_posix()
            found += [f"{name} names {test}, which does not exist" for test in missing_tests(root, cited)]
    return found


def test_every_test_that_a_document_names_exists() -> None:
    assert_none(broken_citations(ROOT))


def test_the_incidents_name_tests() -> None:
    cited = cited_tests((ROOT / "docs" / "incidents.md").read_text(encoding="utf-8"))
    assert len([name for name in cited if "::" in name]) >= 20


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        ("tests/unit/test_one.py", True),
        ("tests/unit/test_one.py::test_it", True),
        ("tests/unit/test_one.py::TestIt::test_more", True),
        ("tests/unit/", True),
        ("tests/unit", False),
        ("tests/unit/test_two.py", False),
        ("tests/unit/test_one.py::test_more", False),
        ("tests/unit/test_one.py::test_*", False),
        ("tests/unit/test_one.py::TestIt::test_it", False),
        ("test_one.py::test_it", False),
        ("TestIt", False),
    ],
)
def test_a_planted_citation(tmp_path: Path, cited: str, expected: bool) -> None:
    test = "def test_it(): ...\n\nclass TestIt:\n    def test_more(self): ...\n"
    plant(tmp_path, "tests/unit/test_one.py", test)
    plant(tmp_path, "docs/one.md", f"| x | `{cited}` |\n")
    assert (broken_citations(tmp_path) == []) is expected
