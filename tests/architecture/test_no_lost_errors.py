"""No error is lost: every handler re-raises, returns, uses the error it caught, or logs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, assert_none, modules, plant

CATCH_ALL = frozenset({"Exception", "BaseException"})
# The last resort of the command line, once; the delivery of sinks, which may never stop a run; and the player
# of episodes, to which whatever a run raises is a finding.
MAY_CATCH_ALL = {"trader/cli.py": 1, "trader/selftest/episode.py": 1}
# Whatever ends a run after its first write, verify comes first: all is caught there, once, and passed on.
MAY_PASS_ON = {"trader/run.py": 1}
SINKS = "trader/sinks/"
LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})


def caught_names(handler: ast.ExceptHandler) -> Iterator[str]:
    """What it catches; `BaseException` for a bare one."""
    if handler.type is None:
        yield "BaseException"
    else:
        for node in ast.walk(handler.type):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name


def body(handler: ast.ExceptHandler) -> Iterator[ast.AST]:
    """The handler's own statements, not those of a function defined in it."""
    open_nodes: list[ast.AST] = list(handler.body)
    while open_nodes:
        node = open_nodes.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            open_nodes.extend(ast.iter_child_nodes(node))


def accounts_for(handler: ast.ExceptHandler) -> bool:
    for node in body(handler):
        match node:
            case ast.Raise() | ast.Return():
                return True
            case ast.Name(id=name, ctx=ast.Load()) if name == handler.name:
                return True
            case ast.Call(func=ast.Attribute(attr=called, value=ast.Name(id=logger))):
                if called in LOGS and "log" in logger.lower():
                    return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="sys"), attr="exit")):
                return True
    return False


def allowed_catch_alls(name: str, handler: ast.ExceptHandler) -> int:
    passes_on = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return MAY_CATCH_ALL.get(name, 0) + (MAY_PASS_ON.get(name, 0) if passes_on else 0)


def lost_errors(root: Path) -> list[str]:
    found = []
    for module in modules(root, "trader", "scripts"):
        catch_all = 0
        for node in module.nodes:
            if isinstance(node, ast.ExceptHandler):
                if not accounts_for(node):
                    found.append(f"{module.at(node)} loses the error: re-raise, return, use it, or log it")
                if not CATCH_ALL.isdisjoint(caught_names(node)) and not module.name.startswith(SINKS):
                    catch_all += 1
                    if catch_all > allowed_catch_alls(module.name, node):
                        found.append(f"{module.at(node)} catches everything: name the exceptions")
    return found


def suppressions(root: Path) -> list[str]:
    found = []
    for module in modules(root, "trader", "scripts", "tests"):
        for node in module.nodes:
            match node:
                case ast.Attribute(value=ast.Name(id="contextlib"), attr="suppress"):
                    found.append(f"{module.at(node)} contextlib.suppress hides an error")
                case ast.ImportFrom(module="contextlib", names=aliases) if any(
                    a.name == "suppress" for a in aliases
                ):
                    found.append(f"{module.at(node)} contextlib.suppress hides an error")
                case ast.ExceptHandler(body=[ast.Pass()]):
                    found.append(f"{module.at(node)} a bare pass hides an error")
    return found


def test_every_handler_accounts_for_its_error() -> None:
    assert_none(lost_errors(ROOT))


def test_nothing_is_suppressed() -> None:
    assert_none(suppressions(ROOT))


def handler(text: str, caught: str = "ValueError as error") -> str:
    lines = ["def one():", "    for x in y:", "        try:", "            two()"]
    return "\n".join([*lines, f"        except {caught}:", f"            {text}", ""])


@pytest.mark.parametrize(
    "text", ["pass", "...", "x = None", "continue", "break", "x = 0", "def raised(): raise error", "log(1)"]
)
def test_a_planted_lost_error_is_found(tmp_path: Path, text: str) -> None:
    assert lost_errors(plant(tmp_path, "trader/one.py", handler(text))) != []


@pytest.mark.parametrize(
    "text", ["raise", "return error", "x = str(error)", "found.append(error)", "logger.warning('x')"]
)
def test_an_accounted_error_is_not_found(tmp_path: Path, text: str) -> None:
    assert lost_errors(plant(tmp_path, "trader/one.py", handler(text))) == []


@pytest.mark.parametrize(
    "caught", ["Exception", "BaseException", "(OSError, Exception)", "builtins.Exception", ""]
)
def test_a_planted_catch_all_is_found(tmp_path: Path, caught: str) -> None:
    text = handler("raise", caught)
    assert lost_errors(plant(tmp_path / "act", "trader/act.py", text)) != []
    assert lost_errors(plant(tmp_path / "run", "trader/run.py", text)) == []
    assert lost_errors(plant(tmp_path / "run twice", "trader/run.py", text + text)) != []
    assert lost_errors(plant(tmp_path / "run lost", "trader/run.py", handler("return 1", caught))) != []
    assert lost_errors(plant(tmp_path / "cli", "trader/cli.py", text)) == []
    assert lost_errors(plant(tmp_path / "cli twice", "trader/cli.py", text + text)) != []
    assert lost_errors(plant(tmp_path / "sinks", "trader/sinks/notify.py", text)) == []


@pytest.mark.parametrize(
    "text",
    ["import contextlib\nx = contextlib.suppress\n", "from contextlib import suppress\n", handler("pass")],
)
def test_a_planted_suppression_is_found(tmp_path: Path, text: str) -> None:
    assert suppressions(plant(tmp_path, "tests/one.py", text)) != []
