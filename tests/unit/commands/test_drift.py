"""`trader drift` where the packages of a replay are missing."""

from importlib import util

import pytest
from click.testing import CliRunner

from trader.commands.drift import command
from trader.core.errors import ConfigError


def test_missing_packages_are_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="install trader with its extra `backtest`"):
        CliRunner().invoke(command, ["--paper"], catch_exceptions=False, standalone_mode=False)
