"""Puts flawed source into a process that has the sound program loaded.

Rules: whatever imports a flawed module, directly or through others, is loaded anew, so that no name anywhere
still means the sound one; what does not keeps its caches. Only for a process that ends afterwards.
"""

import ast
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from tests.support.source_tree import ROOT, modules

Sources = Mapping[str, tuple[str, str]]  # module to (file, source)

# A module that loads others by a name that it puts together.
BY_NAME = {"trader.parts": "trader.parts."}


class _Flawed(SourceFileLoader):
    """Loads one module from other source than the file's."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, flawed: Sources) -> None:
        self._flawed = flawed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._flawed:
            return None
        file, source = self._flawed[fullname]
        return spec_from_loader(fullname, _Flawed(fullname, ROOT / file, source))


def ready() -> None:
    """Learn who imports whom, once for all children of this process."""
    importers()


def graft(flawed: Sources) -> None:
    """Serve this source from here on, and forget every module that could remember the sound one."""
    sys.meta_path.insert(0, _Finder(flawed))
    for name in touched_by(flawed):
        if sys.modules.pop(name, None) is not None:
            package, _, last = name.rpartition(".")
            vars(sys.modules[package]).pop(last, None) if package in sys.modules else None


def touched_by(names: Iterable[str]) -> list[str]:
    """These modules and all that import them, directly or through others."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += importers().get(name, ())
    return sorted(found)


@cache
def importers() -> Mapping[str, tuple[str, ...]]:
    """Who imports a module, anywhere in its text."""
    found: dict[str, set[str]] = {}
    known = {".".join(module.parts): module for module in modules(ROOT, "trader", "tests/mutants")}
    for name, module in known.items():
        for wanted in _imported(module.tree):
            found.setdefault(wanted, set()).add(name)
        for loader, prefix in BY_NAME.items():
            if name.startswith(prefix):
                found.setdefault(name, set()).add(loader)
    return {name: tuple(sorted(users & set(known))) for name, users in found.items() if name in known}


def _imported(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
