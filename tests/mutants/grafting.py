"""Puts flawed source into a process that has the sound program loaded.

Rules: whatever imports a flawed module, directly or through others, is loaded anew, so that no name anywhere
still means the sound one; what does not keeps its caches. Only for a process that ends afterwards.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType

from tests.support.source_tree import ROOT

Sources = Mapping[str, tuple[str, str]]  # module to (file, source)

# A module that loads others by a name that it puts together.
BY_NAME = {"trader.parts": "trader.parts."}
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]*\)|[^(\n]+)|import[ \t]+(\w[^\n]*))", re.MULTILINE
)


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
    known = _modules()
    for name, path in known.items():
        for wanted in imported(path.read_text(encoding="utf-8")):
            found.setdefault(wanted, set()).add(name)
        for loader, prefix in BY_NAME.items():
            if name.startswith(prefix):
                found.setdefault(name, set()).add(loader)
    return {name: tuple(sorted(users & set(known))) for name, users in found.items() if name in known}


def _modules() -> dict[str, Path]:
    """Every module that could remember another."""
    found: dict[str, Path] = {}
    for folder in ("trader", "tests/mutants"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(text: str) -> Iterator[str]:
    """What a text imports: modules, and names in them, which may be modules too.

    It is read by its lines: parsing all of the program takes longer than to play a third of its flaws, and a
    line of a text that only looks like an import loads a module too many anew.
    """
    for module, names, plain in _IMPORT.findall(text):
        listed = [name.split()[0] for name in _names(names or plain)]
        if module:
            yield module
            yield from (f"{module}.{name}" for name in listed)
        else:
            yield from listed


def _names(listed: str) -> Iterator[str]:
    without_comments = re.sub("#.*", "", listed)
    return (name for name in without_comments.strip("( )\n").split(",") if name.strip())
