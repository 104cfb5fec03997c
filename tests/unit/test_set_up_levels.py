"""Levels of the environment that one call makes: each is ready by itself, and compiling holds up none."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import set_up

KEYS = {"run": "a", "backtest": "b", "dev": "c"}


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(set_up, "VENV", tmp_path)
    monkeypatch.setattr(set_up, "PYTHON", Path(sys.executable))
    return tmp_path


def ready(venv: Path) -> list[str]:
    return sorted(path.name.removeprefix("ready-") for path in venv.glob("ready-*"))


@pytest.mark.parametrize("compiles", ["pass", "raise SystemExit(1)"])
def test_a_level_that_cannot_be_fetched_leaves_those_before_it(
    compiles: str, venv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    beside: list[list[str]] = []

    def install(level: str) -> None:
        beside.append(ready(venv))
        if level == "dev":
            raise set_up.SetUpFailed("no index")

    def compiling() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-I", "-S", "-c", compiles])

    monkeypatch.setattr(set_up, "install", install)
    monkeypatch.setattr(set_up, "compiling_kernels", compiling)
    with pytest.raises(set_up.SetUpFailed):
        set_up.set_up(KEYS)
    assert beside == [[], ["run"], ["run"]], "what is not compiled yet is not ready"
    assert ready(venv) == ["backtest", "run"]
    assert ("could not be compiled now" in capsys.readouterr().err) is (compiles != "pass")
    set_up.set_up({name: KEYS[name] for name in ("run", "backtest")})
    assert len(beside) == 3, "what is ready is not made again"
