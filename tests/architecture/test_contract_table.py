"""The table of behaviours names those that the contract tests ask for: none is missing, none is made up."""

import ast
import re
from collections import Counter

from tests.support.source_tree import ROOT, assert_none

NUMBERED = re.compile(r"test_(hl|okx|bn)_(\d+)_(\w+)")
ROW = re.compile(r"^\| (HL|OKX|BN)-(\d+) \| ([^|]+) \|", re.MULTILINE)


def asked() -> list[tuple[str, int, str]]:
    """Every numbered behaviour in the sources."""
    found = []
    for path in sorted((ROOT / "tests/contract").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match = NUMBERED.fullmatch(node.name) if isinstance(node, ast.FunctionDef) else None
            if match:
                found.append((match[1].upper(), int(match[2]), match[3].replace("_", " ")))
    return found


def test_no_number_is_given_twice() -> None:
    counted = Counter((venue, number) for venue, number, _ in asked())
    assert_none(
        [f"{venue}-{number:02d} has {count} tests" for (venue, number), count in counted.items() if count > 1]
    )


def test_the_table_shows_every_behaviour_and_no_other() -> None:
    text = (ROOT / "docs/contract.md").read_text()
    shown = {(venue, int(number), words.strip()) for venue, number, words in ROW.findall(text)}
    missing = [f"{v}-{n:02d} {w}: run scripts/contract" for v, n, w in sorted(set(asked()) - shown)]
    stale = [f"{v}-{n:02d} {w}: no such test" for v, n, w in sorted(shown - set(asked()))]
    assert_none([*missing, *stale])


def test_no_behaviour_is_shown_as_failed() -> None:
    assert "FAILED" not in (ROOT / "docs/contract.md").read_text()
