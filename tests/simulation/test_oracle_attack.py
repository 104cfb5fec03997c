"""Every flaw written by hand is noticed by the judge in its episode, by the invariant that it names.

The same episode on the program as it is breaks nothing. Each table is played in a process of its own, because
children of a test process would inherit its threads.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import page
from tests.mutants.grafting import imported
from tests.mutants.row import TABLES, every_row, rows_in, sources
from tests.support.source_tree import ROOT
from trader.oracle.judge import INVARIANTS

ROWS = every_row()
PARTS = (ROWS[::2], ROWS[1::2])  # two workers share them, and each pays once for the start of a process


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_every_flaw_is_noticed_and_the_program_as_it_is_breaks_nothing(part: int) -> None:
    names = [row.name for row in PARTS[part]]
    command = [sys.executable, "-m", "tests.mutants.command", "rows", "--at-once", "1", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_there_are_so_many_and_a_third_of_the_incidents_among_them() -> None:
    assert len(ROWS) >= 60
    assert sum(bool(row.incidents) for row in ROWS) >= 20


def test_each_invariant_has_one_that_it_alone_notices() -> None:
    assert {row.notices for row in ROWS if row.is_alone} == set(INVARIANTS)


def test_each_part_of_the_program_is_broken() -> None:
    broken = {patch.file.removeprefix("trader/").removesuffix(".py") for row in ROWS for patch in row.patches}
    assert {"act", "verify", "plan", "gate", "core/identity", "ids"} <= broken
    for venue in ("hyperliquid", "okx", "binance"):
        assert any(file.startswith(f"venues/{venue}/") for file in broken)


def test_the_page_is_that_of_the_rows() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "write it anew with `scripts/attack page`"


def test_every_incident_is_beside_what_brings_it_back() -> None:
    lines = [line for line in page.page().splitlines() if line.startswith("| ")]
    for incident in page.incidents():
        told = next(line for line in lines if line.startswith(f"| {incident} |"))
        assert "`" in told, f"nothing brings {incident} back"


def test_a_text_is_loaded_anew_with_all_that_it_imports() -> None:
    text = "import a.b, c as d\nif x:\n    from e.f import (  # why\n        g as h,\n        i,\n    )\n"
    assert list(imported(text)) == ["a.b", "c", "e.f", "e.f.g", "e.f.i"]
    for name in ("trader/act.py", "trader/wiring.py", "trader/selftest/episode.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        told = set(imported(text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert told >= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}


def test_lines_that_are_gone_are_an_error(tmp_path: Path) -> None:
    text = "= one\nwhat: x\nnotices: I1\nscript:\n@ trader/act.py\n-no such line\n+another\n"
    (row,) = rows_in("incidents", text)
    with pytest.raises(LookupError, match="stand there 0 times"):
        sources(row.patches)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what: x\n", "before the first flaw"),
        ("= one\nwhat: x\nnotices: I1\nscript:\n", "changes nothing"),
        ("= one\nwhat: x\nscript:\n@ a.py\n-b\n+c\n", "it lacks notices"),
        ("= one\nwho: x\n@ a.py\n-b\n+c\n", "is no field"),
        ("= one\nwhat: x\nnotices: I1 never\nscript:\n@ a.py\n-b\n+c\n", "the word alone"),
        ("= one\nwhat: x\nnotices: I1\nscript:\n@ a.py\nb\n", "begins with -, \\+ or a space"),
    ],
)
def test_a_row_that_is_not_written_as_it_should_be_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(rows_in(TABLES[0], text))


def test_what_generated_flaws_came_to_reaches_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "RESULT", tmp_path / "generated.json")
    assert "## Generated" not in page.page()
    row = {"planted": 3, "episode": 1, "test": 1, "survived": 1}
    kept = {
        "how": "Each second.",
        "every": 2,
        "all": 6,
        "planted": 3,
        "first": 1,
        "killed": 2,
        "files": {"trader/act.py": row},
        "survivors": [{"name": "trader/act.py:1 AddNot #0", "same": True, "why": "nothing depends on it"}],
    }
    newer = {**kept, "every": 3, "drawn": 5, "how": "Each third.", "survivors": []}
    page.RESULT.write_text(json.dumps([kept, newer]), encoding="utf-8")
    told = page.page()
    assert "| generated: one in 2 of 6, at the first look | 3 | 1 (33.3 %; of all 6 to 79 %) |" in told
    assert "| the same, with the tests that it led to | 3 | 2 (66.7 %) |" in told
    assert "| the same, without those that change nothing | 2 | 2 (100.0 %) |" in told
    named = "3 of the 5 that are one in 3 of 6"
    assert f"| generated: {named}, at the first look | 3 | 1 (33.3 %; of all 6 to 79 %) |" in told
    assert told.index(f"### {named}\n\nEach third.") < told.index("### One in 2 of 6\n\nEach second.")
    assert told.count("| `trader/act.py` | 3 | 1 | 1 | 1 |") == 2
    assert "| `trader/act.py:1 AddNot #0` | yes | nothing depends on it |" in told
