"""A file that one person can hold in mind: at most 300 lines, and functions of at most 50."""

import ast
from pathlib import Path

from tests.support.source_tree import ROOT, assert_none, modules, plant

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
FOLDERS = ("trader", "tests", "scripts")


def long_files(root: Path) -> list[str]:
    counted = ((module.name, len(module.text.splitlines())) for module in modules(root, *FOLDERS))
    return [
        f"{name} has {lines} lines, {FILE_LINES_MAX} are allowed"
        for name, lines in counted
        if lines > FILE_LINES_MAX
    ]


def long_functions(root: Path) -> list[str]:
    found = []
    for module in modules(root, *FOLDERS):
        for node in module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    found.append(
                        f"{module.at(node)} {node.name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed"
                    )
    return found


def test_no_file_is_too_long() -> None:
    assert_none(long_files(ROOT))


def test_no_function_is_too_long() -> None:
    assert_none(long_functions(ROOT))


def test_a_planted_long_file_is_found(tmp_path: Path) -> None:
    assert long_files(plant(tmp_path / "at", "tests/one.py", "x = 1\n" * FILE_LINES_MAX)) == []
    assert long_files(plant(tmp_path / "over", "tests/one.py", "x = 1\n" * (FILE_LINES_MAX + 1))) != []


def test_a_planted_long_function_is_found(tmp_path: Path) -> None:
    body = "    x = 1\n" * (FUNCTION_LINES_MAX - 1)
    assert long_functions(plant(tmp_path / "at", "trader/one.py", f"def one():\n{body}")) == []
    assert (
        long_functions(plant(tmp_path / "over", "trader/one.py", f"async def one():\n{body}    x = 2\n"))
        != []
    )
