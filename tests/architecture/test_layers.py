"""Who may import whom.

Rules: the table is exhaustive, so a new file or package directly below trader/ fails until its layer is
decided here; imports inside functions and for type checking count, and so do modules named in a string for
a late import.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, Module, assert_none, modules, plant

PURE = {"core"}
DECIDE = {"core", "cover", "ids"}

# The parts of trader/ that each part may import, besides itself and the package's own version.
LAYERS: dict[str, set[str]] = {
    "core": set(),
    "strategies": PURE,
    "exchange": PURE,
    "venues": PURE,
    "sinks": PURE,
    "report": PURE | {"bounds", "strategies"},
    "clock": PURE,
    "bounds": PURE,
    "cover": PURE,
    "ids": PURE,
    "halt": PURE,
    "lock_record": PURE,
    "settle": PURE,
    "recall": PURE,
    "settings": {"core"},
    "redaction": set(),
    "policies": {"core", "settings", "strategies"},
    "sim": {"core", "exchange"},
    "grid_facts": DECIDE | {"resting_orders"},
    "want": DECIDE | {"grid_facts", "rules"},
    "resting_orders": PURE | {"rules"},
    "resting": DECIDE | {"bounds", "resting_orders"},
    "plan": DECIDE | {"bounds", "holding", "resting", "resting_orders"},
    "exits": {"core", "cover"},
    "holding": DECIDE | {"bounds", "exits"},
    "dress": DECIDE | {"bounds", "exits"},
    "rules": DECIDE | {"bounds", "examine"},
    "gate": DECIDE | {"plan", "rules"},
    "lock": {"core", "lock_record"},
    "guard": {"core", "clock"},
    "reread": {"core", "cover", "recall", "settle"},
    "sending": {"core", "bounds", "gate", "ids", "reread", "settle"},
    "hidden": {"core", "gate", "reread", "sending", "settle"},
    "act": {"core", "gate", "hidden", "ids", "reread", "sending"},
    "examine": {"core", "cover", "ids"},
    "crowding": {"core", "cover", "examine"},
    "level": {"core", "cover", "examine"},
    "repair": {"core", "bounds", "cover", "ids", "level", "exits", "gate", "reread", "sending", "examine"},
    "dressing": {"core", "dress", "gate", "ids", "reread", "sending"},
    "orphaned": {"core", "examine", "exits", "settle"},
    "unlisted": {"core", "examine"},
    "unmanaged": {"core"},
    "verify": {
        *("core", "crowding", "settle", "dressing", "exits", "gate", "reread", "sending", "examine"),
        *("orphaned", "repair", "unlisted"),
    },
    "observe": {"core", "ids", "recall"},
    "unseen": {"core", "bounds", "gate", "ids", "recall", "reread", "sending"},
    "run": {
        "core",
        "want",
        "plan",
        "rules",
        "gate",
        "act",
        "observe",
        "settle",
        "verify",
        "unseen",
        "unmanaged",
    },
    "why": {"core", "run", "strategies"},
    "closing": {
        *("core", "bounds", "cover", "ids", "exits", "holding", "gate", "observe", "reread", "run"),
        *("sending", "verify"),
    },
    "backtest": {
        *("core", "run", "act", "exchange", "strategies", "settings", "policies", "config", "report"),
        # the stages of a replayed tick
        *(
            "bounds",
            "examine",
            "gate",
            "grid_facts",
            "holding",
            "ids",
            "observe",
            "sending",
            "verify",
            "want",
        ),
    },
    "config": {"bounds", "core", "exchange", "settings", "policies", "redaction", "strategies", "parts"},
    "credentials": {"core", "settings", "config", "redaction"},
    "parts": {"core", "redaction", "venues", "exchange", "sim"},
    "rehearsal": {"core", "clock", "settings", "policies", "run", "parts", "exchange", "sim"},
    "drill": {"core", "run", "rehearsal", "sim"},
    "oracle": {"exchange"},
    "probe": {"core", "parts", "venues", "sim"},
    "selftest": {
        *(
            "core",
            "clock",
            "config",
            "exchange",
            "oracle",
            "parts",
            "policies",
            "rehearsal",
            "run",
            "settings",
        ),
        *("guard", "sim", "sinks"),
        *("lock", "lock_record"),  # where a real process looks for its lock
    },
    "wiring": {
        *(
            "core",
            "settings",
            "policies",
            "config",
            "credentials",
            "redaction",
            "clock",
            "halt",
            "lock",
            "guard",
            "run",
            "act",
            "verify",
        ),
        *("strategies", "parts", "venues", "exchange", "sim", "sinks", "report", "backtest"),
    },
    "doctor": {
        *("core", "settings", "strategies", "bounds", "gate", "rules", "run", "recall", "halt", "lock"),
        *("lock_record", "sinks"),
    },
    "commands": {
        *(
            "core",
            "doctor",
            "settings",
            "policies",
            "config",
            "credentials",
            "redaction",
            "wiring",
            "clock",
            "halt",
            "lock",
            "guard",
        ),
        *("run", "observe", "act", "verify", "closing", "drill", "parts", "recall", "rehearsal", "report"),
        *("selftest", "oracle", "probe", "backtest", "exchange"),
        "sinks",
        "why",
        "sim",  # `trader sim serve` starts the server itself: there is nothing to wire to it
    },
    "cli": {"core", "commands", "guard", "redaction"},
    "__main__": {"cli"},
}

# Third parties by part; a part that is not named here lives on the standard library.
LIBRARIES: dict[str, set[str]] = {
    "lock": {"filelock"},
    "config": {"pydantic", "yaml"},
    "venues": {"ccxt", "certifi", "coincurve", "requests", "urllib3"},
    "sim": {"coincurve", "orjson"},
    "sinks": {"apprise", "certifi", "requests", "urllib3"},
    "report": {"rich"},
    "backtest": {"distributed", "numba", "numpy", "optuna", "polars"},
    "commands": {"click", "rich"},
    "doctor": {"certifi"},
    "cli": {"click"},
}

LATE_IMPORTS = frozenset({"import_module", "__import__", "find_spec"})


def imported(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every module that this file imports, early or late, by full name."""
    for node in module.nodes:
        match node:
            case ast.Import(names=aliases):
                yield from ((node, alias.name) for alias in aliases)
            case ast.ImportFrom(level=0, module=str(name), names=aliases):
                yield from ((node, f"{name}.{alias.name}") for alias in aliases)
            case ast.ImportFrom(level=level, module=name, names=aliases):
                package = module.parts if module.is_package else module.parts[:-1]
                start = ".".join((*package[: len(package) - level + 1], *([name] if name else [])))
                yield from ((node, f"{start}.{alias.name}") for alias in aliases)
            case ast.Call(
                func=ast.Attribute(attr=called) | ast.Name(id=called),
                args=[ast.Constant(value=str(name)), *_],
            ):
                if called in LATE_IMPORTS:
                    yield node, name


def wrong_imports(root: Path) -> list[str]:
    """One line for each import statement and part; a part without a layer is the next rule's."""
    wrong: dict[str, None] = {}
    for module in modules(root, "trader"):
        part = module.parts[1] if len(module.parts) > 1 else ""
        if part and part not in LAYERS:
            continue
        for node, name in imported(module):
            first, _, rest = name.partition(".")
            target = rest.partition(".")[0]
            if first != "trader":
                if first not in sys.stdlib_module_names and first not in LIBRARIES.get(part, set()):
                    wrong[f"{module.at(node)} {part or 'trader'} may not import {first}"] = None
            elif target not in ("", "__version__", part) and target not in LAYERS.get(part, set()):
                wrong[f"{module.at(node)} {part or 'trader'} may not import trader.{target}"] = None
    return list(wrong)


def without_a_layer(root: Path) -> list[str]:
    parts = {module.parts[1] for module in modules(root, "trader") if len(module.parts) > 1}
    return [
        f"trader/{part} has no layer: decide who may import it in {__name__}"
        for part in sorted(parts - set(LAYERS))
    ]


def test_every_part_imports_only_what_its_layer_allows() -> None:
    assert_none(wrong_imports(ROOT))


def test_every_part_has_a_layer() -> None:
    assert_none(without_a_layer(ROOT))


def test_every_layer_allows_known_parts_only() -> None:
    assert {part for allowed in LAYERS.values() for part in allowed} <= set(LAYERS)


@pytest.mark.parametrize(
    ("one", "other"), [("venues", "sim"), ("sim", "venues"), ("run", "venues"), ("core", "plan")]
)
def test_the_table_keeps_apart(one: str, other: str) -> None:
    assert other not in LAYERS[one]


def test_the_table_has_no_circle() -> None:
    reached = {part: set(allowed) for part, allowed in LAYERS.items()}
    for _ in LAYERS:
        for allowed in reached.values():
            allowed |= {further for part in set(allowed) for further in reached[part]}
    assert [part for part, allowed in reached.items() if part in allowed] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trader/venues/one.py", "from trader.sim.server import Server\n"),
        ("trader/venues/one.py", "from trader import sim\n"),
        ("trader/venues/one.py", "from ..sim import server\n"),
        ("trader/venues/__init__.py", "from ..sim import server\n"),
        ("trader/sim/one.py", "def late():\n    import trader.venues.one\n"),
        ("trader/core/one.py", "import importlib\n\nPLAN = importlib.import_module('trader.plan')\n"),
        (
            "trader/core/one.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from trader.run import Env\n",
        ),
        ("trader/core/one.py", "import numpy\n"),
        ("trader/exchange/one.py", "from ccxt import hyperliquid\n"),
        ("trader/__init__.py", "from trader.run import run_once\n"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert wrong_imports(plant(tmp_path, name, text)) != []


def test_an_allowed_import_is_not_found(tmp_path: Path) -> None:
    text = (
        "import json\n\nfrom trader import __version__\nfrom trader.core import wire\nfrom .other import x\n"
    )
    assert wrong_imports(plant(tmp_path, "trader/venues/one.py", text)) == []


@pytest.mark.parametrize("name", ["trader/novelty.py", "trader/novelty/__init__.py", "trader/novelty/one.py"])
def test_a_planted_part_without_a_layer_is_found(tmp_path: Path, name: str) -> None:
    assert without_a_layer(plant(tmp_path, name, "")) != []
