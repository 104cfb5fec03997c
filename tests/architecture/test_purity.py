"""What decides is pure: no clock, chance, files, network, environment or log in the parts that the tick
shares with a replay.
"""

import ast
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, assert_none, modules, plant

PURE_PARTS = ("core", "strategies", "exchange", "want", "plan", "gate", "rules", "examine", "cover", "ids")

IMPURE_MODULES = frozenset(
    {
        *(
            "time",
            "random",
            "secrets",
            "uuid",
            "os",
            "sys",
            "pathlib",
            "io",
            "tempfile",
            "shutil",
            "glob",
            "fcntl",
        ),
        *("socket", "ssl", "http", "urllib", "selectors", "select", "asyncio", "signal", "subprocess"),
        *(
            "threading",
            "multiprocessing",
            "concurrent",
            "queue",
            "logging",
            "warnings",
            "sqlite3",
            "gc",
            "locale",
        ),
    }
)
IMPURE_CALLS = frozenset({"open", "print", "input", "id", "hash", "globals", "breakpoint"})
READS_THE_CLOCK = frozenset({"now", "utcnow", "today"})


def impurities(root: Path) -> list[str]:
    found: list[str] = []
    for module in modules(root, "trader"):
        if len(module.parts) < 2 or module.parts[1] not in PURE_PARTS:
            continue
        for node in module.nodes:
            match node:
                case ast.Import(names=aliases):
                    said = [alias.name for alias in aliases if alias.name.split(".")[0] in IMPURE_MODULES]
                case ast.ImportFrom(level=0, module=str(name)):
                    said = [name] if name.split(".")[0] in IMPURE_MODULES else []
                case ast.Call(func=ast.Name(id=name)):
                    said = [f"{name}()"] if name in IMPURE_CALLS else []
                case ast.Attribute(attr=name):
                    said = [f".{name}"] if name in READS_THE_CLOCK else []
                case ast.Global(names=several):
                    said = [f"global {name}" for name in several]
                case _:
                    continue
            found.extend(f"{module.at(node)} is in a pure part and uses {name}" for name in said)
    return found


def test_the_pure_parts_are_pure() -> None:
    assert_none(impurities(ROOT))


@pytest.mark.parametrize("part", PURE_PARTS)
@pytest.mark.parametrize(
    "text",
    [
        "import time\n",
        "import os.path\n",
        "from random import choice\n",
        "def late():\n    from threading import Lock\n",
        "from datetime import datetime\n\nNOW = datetime.now()\n",
        "import datetime\n\nNOW = datetime.datetime.utcnow\n",
        "TEXT = open('x').read()\n",
        "def counted():\n    global n\n    n = 1\n",
    ],
)
def test_a_planted_impurity_is_found(tmp_path: Path, part: str, text: str) -> None:
    assert impurities(plant(tmp_path, f"trader/{part}/one.py", text)) != []
    assert impurities(plant(tmp_path / "flat", f"trader/{part}.py", text)) != []
