"""Names: none that says nothing, none of a mode of operation or of a venue where neither has any business."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.support.source_tree import ROOT, Module, assert_none, modules, names, plant, strings

EMPTY_NAMES = frozenset({"util", "utils", "helper", "common", "manager", "service", "handler", "base"})
MODE_WORDS = frozenset({"mode", "is_live", "is_paper", "dry_run", "testnet"})
MODES = frozenset({"paper", "live"})
# `settings` is the shape of the configuration file, where these words are written.
MAY_SAY_MODE = ("wiring", "config", "settings", "commands")
VENUE = re.compile("hyperliquid|okx|binance", re.IGNORECASE)
# `parts` is where a venue's adapter and its embedded exchange are found by the venue's name; an episode says
# which venue it is played on, and its faults speak that venue's words.
MAY_NAME_A_VENUE = (
    "parts",
    "probe",
    "credentials",
    "venues",
    "sim",
    "exchange/markets",
    "selftest",
    "wiring",
    "config",
    "settings",
    "commands",
)


def words(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, in lower case, singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return {part.lower().removesuffix("s") for part in parts} | {part.lower() for part in parts}


def empty_names(root: Path) -> list[str]:
    found = []
    for module in modules(root, "trader", "tests", "scripts"):
        for part in module.parts:
            if words(part) & EMPTY_NAMES:
                found.append(f"{module.name} says nothing: {part}")
        for node in module.nodes:
            if isinstance(node, ast.ClassDef) and words(node.name) & EMPTY_NAMES:
                found.append(f"{module.at(node)} says nothing: class {node.name}")
    return found


def outside(root: Path, exempt: tuple[str, ...]) -> Iterator[Module]:
    """The program's modules but those of the exempt parts."""
    for module in modules(root, "trader"):
        path = "/".join(module.parts[1:])
        if not any(path == part or path.startswith(f"{part}/") for part in exempt):
            yield module


def permission_bits(module: Module) -> set[ast.AST]:
    """Values of `mode=0o700`: there the word means permissions, and the operating system chose it."""
    return {
        node.value
        for node in module.nodes
        if isinstance(node, ast.keyword)
        and node.arg == "mode"
        and type(getattr(node.value, "value", None)) is int
    }


def mode_words(root: Path) -> list[str]:
    found = []
    for module in outside(root, MAY_SAY_MODE):
        bits = permission_bits(module)
        said = [(node, name) for node, name in names(module) if name in MODE_WORDS and node not in bits]
        said += [(node, repr(text)) for node, text in strings(module) if text in MODE_WORDS]
        for node in module.nodes:
            if isinstance(node, ast.Compare | ast.match_case):
                compared = (
                    part for part in ast.walk(node if isinstance(node, ast.Compare) else node.pattern)
                )
                said += [
                    (part, f"a comparison with {part.value!r}")
                    for part in compared
                    if isinstance(part, ast.Constant) and part.value in MODES
                ]
        found += [f"{module.at(node)} says {name}: only {', '.join(MAY_SAY_MODE)} may" for node, name in said]
    return found


def venue_names(root: Path) -> list[str]:
    found = []
    for module in outside(root, MAY_NAME_A_VENUE):
        said: list[tuple[ast.AST, str]] = [*names(module), *strings(module)]
        found += [
            f"{module.at(node)} names a venue: {text[:60]!r}" for node, text in said if VENUE.search(text)
        ]
        if VENUE.search(module.name):
            found.append(f"{module.name} names a venue")
    return found


def test_no_name_says_nothing() -> None:
    assert_none(empty_names(ROOT))


def test_only_the_edges_know_live_from_paper() -> None:
    assert_none(mode_words(ROOT))


def test_a_venue_is_named_only_where_it_is_spoken_to() -> None:
    assert_none(venue_names(ROOT))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trader/utils.py", ""),
        ("trader/order_utils.py", ""),
        ("tests/helpers/one.py", ""),
        ("trader/one.py", "class OrderManager: ...\n"),
        ("trader/one.py", "class BaseVenue: ...\n"),
        ("tests/one.py", "class Handler: ...\n"),
    ],
)
def test_a_planted_empty_name_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert empty_names(plant(tmp_path, name, text)) != []


def test_a_word_inside_another_is_not_found(tmp_path: Path) -> None:
    assert (
        empty_names(plant(tmp_path, "trader/database.py", "class Basement: ...\nclass Uncommon: ...\n")) == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "def one(mode: str) -> None: ...\n",
        "class One:\n    testnet: bool\n",
        "x = y.dry_run\n",
        "x = y['mode']\n",
        "one(is_live=True)\n",
        "one(mode='x')\n",
        "if x == 'paper': ...\n",
        "if x in ('live', 'other'): ...\n",
        "match x:\n    case 'live' | 'other': ...\n",
        "from one import is_paper\n",
    ],
)
def test_a_planted_mode_is_found(tmp_path: Path, text: str) -> None:
    assert mode_words(plant(tmp_path, "trader/one.py", text)) != []
    for allowed in ("trader/wiring.py", "trader/config/one.py", "trader/commands/run.py"):
        assert mode_words(plant(tmp_path / "allowed", allowed, text)) == []


def test_permissions_and_longer_words_are_not_found(tmp_path: Path) -> None:
    text = "one(mode=0o700)\nmargin_mode = 1\ntext = 'a live stop'\nsay('paper')\n"
    assert mode_words(plant(tmp_path, "trader/one.py", text)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trader/run.py", "import okx\n"),
        ("trader/core/one.py", "class BinanceRules: ...\n"),
        ("trader/plan.py", "x = f'for {y} on HyperLiquid'\n"),
        ("trader/exchange/hyperliquid.py", ""),
        ("trader/venues_of_okx.py", ""),
    ],
)
def test_a_planted_venue_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert venue_names(plant(tmp_path, name, text)) != []


@pytest.mark.parametrize(
    "name", ["trader/venues/okx.py", "trader/sim/one.py", "trader/exchange/markets/__init__.py"]
)
def test_a_venue_may_be_named_where_it_is_spoken_to(tmp_path: Path, name: str) -> None:
    assert venue_names(plant(tmp_path, name, "okx = 'binance'\n")) == []


def test_a_venue_may_be_named_in_a_docstring(tmp_path: Path) -> None:
    assert venue_names(plant(tmp_path, "trader/one.py", '"""As hyperliquid does."""\n')) == []


def test_every_exempt_part_is_meant(tmp_path: Path) -> None:
    """A folder that only begins with an exempt name is not exempt."""
    assert [
        str(PurePosixPath(m.name)) for m in outside(plant(tmp_path, "trader/simple.py", ""), ("sim",))
    ] != []
