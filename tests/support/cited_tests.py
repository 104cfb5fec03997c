"""Tests that documents name: `tests/folder/test_file.py`, with `::name` or `::Class::name` behind it.

A name is exact or it is wrong: no pattern, no file without its folder.
"""

import ast
import re
from pathlib import Path

# Anything in backticks that means a test or the folder of tests.
CITED = re.compile(r"`((?:tests/|test_|Test[A-Z])[^`]*)`")


def cited_tests(text: str) -> list[str]:
    """Every test, file or folder of tests that a text names, in its order."""
    return CITED.findall(text)


def missing_tests(root: Path, cited: list[str]) -> list[str]:
    """Those that do not exist below the root."""
    return [name for name in cited if not _exists(root, name)]


def _exists(root: Path, cited: str) -> bool:
    file, *names = cited.split("::")
    path = root / file
    if not file.startswith("tests/") or not path.exists():
        return False
    if not names:
        return path.is_dir() == file.endswith("/")
    scope: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body
    for name in names:
        found = [one for one in scope if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name == name]
        if not found:
            return False
        scope = found[0].body
    return True
