"""`trader drift` where the packages of a replay are missing."""

import sys

import pytest
from click.testing import CliRunner

from trader.commands.drift import command
from trader.core.errors import ConfigError


def test_missing_packages_are_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trader.backtest.drifting", None)
    with pytest.raises(ConfigError, match=r"is not installed: install trader\[backtest\]"):
        CliRunner().invoke(command, ["--paper"], catch_exceptions=False, standalone_mode=False)
