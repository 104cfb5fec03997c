"""One way leads to an order: the gate approves, one file sends under the lock, and nobody else does either.

Rules: `Approved` is made in gate.py alone; a venue is asked to write in sending.py and settle.py alone; a
command that can write goes through `under_lock`, and the list of those that can is read off click and the
code.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT, Module, assert_none, modules, names, plant
from trader.cli import COMMANDS

WRITES = {"perform": "trader/sending.py", "resend": "trader/settle.py"}
ADAPTERS = ("trader/venues/", "trader/sim/", "trader/exchange/", "trader/core/ports.py")
SEALED_BY = frozenset(
    {"_SEAL", "__new__", "__set__", "__setattr__", "__setstate__", "__reduce__", "__reduce_ex__", "pickle"}
)
FILLS_VALUES = "trader/core/frozen.py"  # of which an approval is none, by `__set__` of slots that it made
WRITING_PARTS = tuple(
    f"trader.{part}" for part in ("run", "closing", "act", "sending", "verify", "repair", "probe.series")
)
WRITELESS_OF_RUN = {"decide", "decide_seen", "Ran"}
LOCKING = {"run", "check-sl", "protect", "flatten", "probe"}
# What takes the account's lock; a probe is no use case of the pipeline and takes it by itself.
TAKES_THE_LOCK = {"under_lock", "acquire"}


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                yield node, name


def forged_approvals(root: Path) -> list[str]:
    return [
        f"{module.at(node)} makes an Approved: only the gate may"
        for module in modules(root, "trader")
        for node, name in calls(module)
        if name == "Approved" and module.name != "trader/gate.py"
    ]


def ways_round_the_seal(root: Path) -> list[str]:
    """Names by which an object comes about without its own constructor, or the seal into other hands."""
    return [
        f"{module.at(node)} says {name}: an approval could be made with it"
        for module in modules(root, "trader")
        for node, name in names(module)
        if name in SEALED_BY and module.name != "trader/gate.py" and not module.name.startswith(ADAPTERS)
        if (module.name, name) != (FILLS_VALUES, "__set__")
    ]


def unsupervised_writes(root: Path) -> list[str]:
    return [
        f"{module.at(node)} calls {name}(): only {WRITES[name]} may"
        for module in modules(root, "trader")
        for node, name in calls(module)
        if name in WRITES and module.name != WRITES[name] and not module.name.startswith(ADAPTERS)
    ]


def unlocked_commands(root: Path) -> list[str]:
    """Commands that reach a part which can write, but never go through the lock."""
    found = []
    for module in modules(root, "trader/commands"):
        if _writes(module) and TAKES_THE_LOCK.isdisjoint(name for _, name in calls(module)):
            found.append(f"{module.name} can write and does not take the lock")
    return found


def _writes(module: Module) -> bool:
    imported = [n for n in module.nodes if isinstance(n, ast.ImportFrom)]
    return any(
        node.module in WRITING_PARTS and {alias.name for alias in node.names} - WRITELESS_OF_RUN
        for node in imported
    )


def test_only_the_gate_approves() -> None:
    assert_none(forged_approvals(ROOT))


def test_nobody_goes_round_the_seal_of_an_approval() -> None:
    assert_none(ways_round_the_seal(ROOT))


def test_only_sending_and_settle_ask_a_venue_to_write() -> None:
    assert_none(unsupervised_writes(ROOT))


def test_every_command_that_can_write_takes_the_lock() -> None:
    assert_none(unlocked_commands(ROOT))


def test_the_commands_that_lock_are_those_that_are_known_to() -> None:
    """A new command must be placed here or on the other side."""
    locking = {
        name
        for name in COMMANDS
        for module in modules(ROOT, "trader/commands")
        if module.parts[-1] == name.replace("-", "_")
        and not TAKES_THE_LOCK.isdisjoint(n for _, n in calls(module))
    }
    assert locking == LOCKING


@pytest.mark.parametrize(
    ("rule", "file", "text"),
    [
        (forged_approvals, "trader/plan.py", "Approved(action)"),
        (forged_approvals, "trader/commands/x.py", "gate.Approved(action)"),
        (ways_round_the_seal, "trader/run.py", "from trader.gate import _SEAL"),
        (ways_round_the_seal, "trader/plan.py", "made = object.__new__(kind)"),
        (ways_round_the_seal, "trader/act.py", "object.__setattr__(one, 'action', other)"),
        (ways_round_the_seal, "trader/act.py", "type(one).action.__set__(one, other)"),
        (ways_round_the_seal, FILLS_VALUES, "object.__setattr__(one, 'action', other)"),
        (unsupervised_writes, "trader/run.py", "env.venue.perform([])"),
        (unsupervised_writes, "trader/act.py", "env.venue.resend(unknown)"),
        (unlocked_commands, "trader/commands/x.py", "from trader.run import run_once\nrun_once()"),
        (unlocked_commands, "trader/commands/x.py", "from trader.closing import flatten\nflatten()"),
        (unlocked_commands, "trader/commands/x.py", "from trader.probe.series import made\nmade()"),
    ],
)
def test_the_rule_bites(tmp_path: Path, rule: object, file: str, text: str) -> None:
    assert callable(rule)
    assert len(rule(plant(tmp_path, file, text))) == 1


def test_a_reading_command_needs_no_lock(tmp_path: Path) -> None:
    root = plant(tmp_path, "trader/commands/x.py", "from trader.run import decide")
    assert unlocked_commands(root) == []
