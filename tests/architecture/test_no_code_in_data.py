"""Data never becomes code, and no check vanishes under `python -O`."""

import ast
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, assert_none, modules, plant

CALLS = frozenset({"eval", "exec", "compile"})
MODULES = frozenset({"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"})
ATTRIBUTES = {
    ("yaml", "load"),
    ("yaml", "load_all"),
    ("yaml", "full_load"),
    ("yaml", "unsafe_load"),
    ("os", "system"),
    ("os", "popen"),
}


def code_in_data(root: Path) -> list[str]:
    found = []
    for module in modules(root, "trader", "scripts"):
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                    said = f"{name}()"
                case ast.Import(names=[ast.alias(name=name)]) if name in MODULES:
                    said = name
                case ast.ImportFrom(module=str(name)) if name in MODULES:
                    said = name
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in ATTRIBUTES:
                    said = f"{owner}.{name}"
                case ast.ImportFrom(module=str(owner), names=aliases) if any(
                    (owner, a.name) in ATTRIBUTES for a in aliases
                ):
                    said = f"from {owner}"
                case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                    said = "shell=True"
                case ast.Assert():
                    said = "assert: use require(), which -O does not strip"
                case _:
                    continue
            found.append(f"{module.at(node)} {said}")
    return found


def test_no_data_becomes_code() -> None:
    assert_none(code_in_data(ROOT))


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec('1')",
        "import pickle",
        "from marshal import loads",
        "import yaml\nyaml.load('x', Loader=yaml.CSafeLoader)",
        "from yaml import unsafe_load",
        "import os\nos.system('x')",
        "run('x', shell=True)",
        "assert x",
    ],
)
def test_a_planted_way_is_found(tmp_path: Path, text: str) -> None:
    assert code_in_data(plant(tmp_path, "trader/one.py", f"{text}\n")) != []


def test_a_pattern_and_a_checked_loader_are_not_found(tmp_path: Path) -> None:
    text = "import re\nimport yaml\nx = re.compile('x')\ny = yaml.safe_load('x')\n"
    assert code_in_data(plant(tmp_path, "trader/one.py", text)) == []
