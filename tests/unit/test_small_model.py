"""The small model beside the design notes: the designs that the program follows lose nothing, others do."""

import importlib.util
import sys
from dataclasses import replace
from functools import cache
from types import ModuleType

import pytest

from tests.support.source_tree import ROOT


@cache
def model() -> ModuleType:
    """Documents are no package."""
    spec = importlib.util.spec_from_file_location("small_model", ROOT / "docs/small_model.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["small_model"] = module
    spec.loader.exec_module(module)
    return module


@cache
def table() -> dict[str, tuple[str, ...]]:
    """What each design loses, and how many states it has, as the notes tell it."""
    rows: dict[str, list[str]] = {}
    for sound in model().SOUND:
        for design in (sound, *model().flawed(sound)):
            found = model().explore(design)
            name = design.name.removeprefix(sound.name).removeprefix(", ") or "as the program does it"
            lost = " and ".join(sorted(found.losses)) or "holds"
            rows.setdefault(name, []).append(f"{lost} ({found.states:,} states)")
    return {name: tuple(cells) for name, cells in rows.items()}


def test_the_design_that_the_program_follows_loses_nothing() -> None:
    for design in model().SOUND:
        found = model().explore(design)
        assert found.losses == {}
        assert found.states > 2_000


def test_the_notes_tell_what_the_model_finds() -> None:
    wanted = [f"| {name} | {' | '.join(cells)} |" for name, cells in table().items()]
    notes = (ROOT / "docs/design.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in wanted if line not in notes] == []


def test_each_rule_is_needed_somewhere() -> None:
    needless = [name for name, cells in table().items() if all("holds" in cell for cell in cells)]
    assert needless == ["as the program does it"]


@pytest.mark.parametrize("attached", [True, False])
def test_a_loss_is_told_as_a_way_that_can_be_walked(attached: bool) -> None:
    small = model()
    design = replace(small.Design("resends", attached=attached), resends=True)
    way = small.explore(design).losses["I2"]
    state = small.State()
    for told in way:
        state = dict(small.steps(design, state))[told]
    assert "I2" in small.broken(state)
