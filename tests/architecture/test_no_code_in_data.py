"""Data never becomes code, no check vanishes under `python -O`, and no TLS check is switched off."""

import ast
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, assert_none, modules, plant

CALLS = frozenset({"eval", "exec", "compile", "__import__"})
# Writes the function that fills a value's slots from the names of its fields, as the standard library does
# for its data classes: names in our own source, and nothing that was read.
WRITES_CODE = {("trader/core/frozen.py", "exec")}
MODULES = frozenset({"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"})
ATTRIBUTES = {
    ("yaml", "load"),
    ("yaml", "load_all"),
    ("yaml", "full_load"),
    ("yaml", "unsafe_load"),
    ("os", "system"),
    ("os", "popen"),
    ("os", "execv"),
    ("os", "execvp"),
    ("os", "spawnl"),
    ("os", "spawnv"),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
    ("ssl", "_create_unverified_context"),
    ("ssl", "CERT_NONE"),
    ("ssl", "CERT_OPTIONAL"),
}
# A keyword that asks for less than all: `shell` runs text, the others take an answer from anybody.
KEYWORDS = {
    ("shell", True),
    ("verify", False),
    ("check_hostname", False),
    ("allow_redirects", True),
    ("trust_env", True),
}


def code_in_data(root: Path) -> list[str]:
    found = []
    for module in modules(root, "trader", "scripts"):
        for node in module.nodes:
            match node:
                case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                    if (module.name, name) in WRITES_CODE:
                        continue
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
                case ast.keyword(arg=str(name), value=ast.Constant(value=bool(value))) if (
                    name,
                    value,
                ) in KEYWORDS:
                    said = f"{name}={value}"
                case ast.Assign(
                    targets=[ast.Attribute(attr=name)], value=ast.Constant(value=bool(value))
                ) if (name, value) in KEYWORDS:
                    said = f"{name} = {value}"
                case ast.Call(func=ast.Attribute(value=ast.Name(id="requests"), attr=name)) if (
                    name != "Session"
                ):
                    said = (
                        f"requests.{name}(): a proxy of the environment would be asked; use a session of ours"
                    )
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
        "import subprocess\nsubprocess.getoutput('x')",
        "import ssl\nx = ssl.CERT_NONE",
        "import ssl\nx = ssl._create_unverified_context()",
        "session.post(url, verify=False)",
        "session.verify = False",
        "session.trust_env = True",
        "context.check_hostname = False",
        "session.post(url, allow_redirects=True)",
        "import requests\nrequests.post('https://x')",
        "assert x",
    ],
)
def test_a_planted_way_is_found(tmp_path: Path, text: str) -> None:
    assert code_in_data(plant(tmp_path, "trader/one.py", f"{text}\n")) != []


def test_only_what_fills_a_value_is_written_as_code(tmp_path: Path) -> None:
    assert code_in_data(plant(tmp_path / "one", "trader/core/frozen.py", "exec('1')\n")) == []
    assert code_in_data(plant(tmp_path / "two", "trader/core/frozen.py", "eval('1')\n")) != []
    assert code_in_data(plant(tmp_path / "three", "trader/core/other.py", "exec('1')\n")) != []


def test_a_pattern_and_a_checked_loader_are_not_found(tmp_path: Path) -> None:
    text = "import re\nimport yaml\nx = re.compile('x')\ny = yaml.safe_load('x')\n"
    assert code_in_data(plant(tmp_path, "trader/one.py", text)) == []
