"""Every episode that ever broke a promise, played again: one file each in tests/regressions/, kept for ever.

Rules: a file holds comment lines, which tell when it was found and what it showed, and one line of a script,
as `trader selftest --replay` takes it. Where the flaw that it showed can be planted again, it is, and the
episode must show it.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.flaws_in_entries import the_position_is_not_looked_at
from tests.support.flaws_in_memory import a_start_cancels_everything
from tests.support.flaws_in_orders import success_is_believed
from tests.support.planting import Flaw
from trader.selftest.episode import play
from trader.selftest.known import require_known
from trader.selftest.processes import play as processes
from trader.selftest.script import Script, script_of

FOLDER = Path(__file__).resolve().parents[1] / "regressions"
PLANS = sorted(FOLDER.glob("*.plan"))

FLAWS: Mapping[str, tuple[Flaw, str]] = {
    "closed-by-hand-while-the-signal-stands": (the_position_is_not_looked_at, "I2"),
    "restart-beside-a-position": (a_start_cancels_everything, "I1e"),
    "stop-accepted-then-gone": (success_is_believed, "I1"),
    "stopped-out-while-the-signal-stands": (the_position_is_not_looked_at, "I2"),
}
"""The flaw that a plan showed, and the promise that it broke."""


def plan_of(path: Path) -> Script:
    """The script of one file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [line for line in lines if line.startswith("#")]
    scripts = [line for line in lines if line and not line.startswith("#")]
    assert told and len(scripts) == 1, f"{path.name}: expected comment lines and one script"
    script = script_of(scripts[0])
    require_known(script)
    return script


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_no_episode_breaks_a_promise_again(path: Path) -> None:
    script = plan_of(path)
    played = (processes.play if processes.is_of_processes(script) else play)(script)
    line = path.read_text(encoding="utf-8").splitlines()[-1]
    assert not played.violations, f"trader selftest --replay '{line}'\n{list(map(str, played.violations))}"


@pytest.mark.parametrize("name", sorted(FLAWS))
def test_the_flaw_that_it_showed_shows_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flaw, invariant = FLAWS[name]
    script = plan_of(FOLDER / f"{name}.plan")
    flaw(monkeypatch)
    assert invariant in {violation.invariant for violation in play(script).violations}


def test_the_folder_is_not_empty() -> None:
    assert len(PLANS) >= 4
