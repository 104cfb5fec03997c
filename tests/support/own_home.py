"""A home folder for one test, where the configuration may write its cache."""

import os
import pwd
from pathlib import Path
from types import SimpleNamespace

import pytest

CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home that passwd names; HOME says something else, and is not to be believed."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(pwd, "getpwuid", lambda _uid: SimpleNamespace(pw_dir=str(folder), pw_name="you"))
    monkeypatch.setenv("HOME", "/nowhere")
    # What a backtest runs compiled is found where it was put, not made anew in front of one test.
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    monkeypatch.delenv("TRADER_CONFIG", raising=False)
    return folder
