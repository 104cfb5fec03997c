"""The source as the architecture tests see it: files below a root, parsed once.

Rules: a rule of the architecture is a function of a root that returns one line for each violation, so that
a planted violation under a temporary root can show that the rule bites.
"""

import ast
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Where there is no git to ask: what only a run leaves behind.
LEFT_BY_RUNS = frozenset(
    {".git", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "__pycache__"}
)

Rule = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file; `parts` are its path below the root without the suffix, `__init__` left out.

    `nodes` are all those of the tree, walked once for every rule that asks.
    """

    name: str
    parts: tuple[str, ...]
    is_package: bool
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


@cache
def _parsed(path: Path, name: str, _changed_ns: int) -> Module:
    parts = Path(name).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, name)
    own_parts = parts[:-1] if is_package else parts
    return Module(name, own_parts, is_package, text, tree, tuple(ast.walk(tree)))


def modules(root: Path, *folders: str) -> Iterator[Module]:
    """Every Python file below these folders of the root, in a fixed order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield _parsed(path, path.relative_to(root).as_posix(), path.stat().st_mtime_ns)


def files(root: Path) -> list[str]:
    """Every file that is or would be committed, relative to the root."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        return sorted(name for name in listed if name and (root / name).is_file())
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if LEFT_BY_RUNS.isdisjoint(path.parts))


def docstrings(module: Module) -> set[ast.Constant]:
    """The string statements: docstrings, also those below a field."""
    return {
        node.value
        for node in module.nodes
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def names(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every identifier that the file writes down, with the node that says it."""
    for node in module.nodes:
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield node, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node, name
            case ast.keyword(arg=str(name)):
                yield node.value, name
            case ast.ImportFrom(module=path, names=aliases):
                yield node, path or ""
                for alias in aliases:
                    yield from ((node, name) for name in (alias.name, alias.asname) if name)
            case ast.Import(names=aliases):
                for alias in aliases:
                    yield from ((node, name) for name in (alias.name, alias.asname) if name)
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield node, name
            case ast.Global(names=several) | ast.Nonlocal(names=several):
                yield from ((node, name) for name in several)


def strings(module: Module) -> Iterator[tuple[ast.Constant, str]]:
    """Every string literal but docstrings, the fixed parts of f-strings included."""
    skipped = docstrings(module)
    for node in module.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node, node.value


def plant(root: Path, name: str, text: str) -> Path:
    """Write one file of a made-up tree and return the tree's root."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return root


def assert_none(violations: list[str]) -> None:
    """One line for each, all of them."""
    assert not violations, "\n".join(["", *violations])
