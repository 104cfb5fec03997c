"""The README's map is the tree: every entry at the top and directly below trader/, no more and no less."""

import re
from pathlib import Path

from tests.support.source_tree import ROOT, assert_none, files, plant

# The first fenced block below this heading; an entry stands first on its line, indented below trader/.
MAP = re.compile(r"^## Map\n.*?^```\w*\n(?P<lines>.*?)^```$", re.MULTILINE | re.DOTALL)
# Not worth a line on a map: what a tool wants to find at the top.
UNMAPPED = frozenset({".gitignore", "trader/__init__.py", "trader/py.typed"})


def drawn(root: Path) -> set[str]:
    found = MAP.search((root / "README.md").read_text(encoding="utf-8"))
    if found is None:
        return set()
    entries = set()
    above = ""
    for line in found["lines"].splitlines():
        name = line.split()[0] if line.strip() else ""
        if line.startswith(" "):
            entries.add(f"{above}{name}")
        elif name:
            entries.add(name)
            above = name
    return entries


def there(root: Path) -> set[str]:
    entries = set()
    for name in files(root):
        parts = Path(name).parts
        entries.add(parts[0] + "/" * (len(parts) > 1))
        if parts[0] == "trader" and len(parts) > 1:
            entries.add("/".join(parts[:2]) + "/" * (len(parts) > 2))
    return entries - UNMAPPED


def map_differences(root: Path) -> list[str]:
    on_map, in_tree = drawn(root), there(root)
    missing = [f"README.md, Map: {name} is missing" for name in sorted(in_tree - on_map)]
    return missing + [f"README.md, Map: {name} does not exist" for name in sorted(on_map - in_tree)]


def test_the_map_is_the_tree() -> None:
    assert_none(map_differences(ROOT))


def test_a_planted_difference_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "trader/core/one.py", "")
    plant(tmp_path, "trader/run.py", "")
    plant(
        tmp_path,
        "README.md",
        "# x\n\n## Map\n\nWords.\n\n```\ntrader/\n  core/   words\n  run.py  words\nREADME.md\n```\n",
    )
    assert map_differences(tmp_path) == []
    plant(tmp_path, "trader/plan.py", "")
    (tmp_path / "trader" / "run.py").unlink()
    assert map_differences(tmp_path) == [
        "README.md, Map: trader/plan.py is missing",
        "README.md, Map: trader/run.py does not exist",
    ]


def test_a_readme_without_a_map_is_found(tmp_path: Path) -> None:
    assert map_differences(plant(tmp_path, "README.md", "# x\n")) != []
