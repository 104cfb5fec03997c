"""The last resort of the command line: one line that helps, and nothing of what the error held."""

import click
import pytest

from trader import cli
from trader.core.report import Exit

SECRET = "0xfeed of the owner"


@pytest.mark.parametrize("error", [RuntimeError(SECRET), KeyError(SECRET), AssertionError(SECRET)])
def test_what_nobody_expected_is_one_line_without_its_values(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def breaks() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: breaks)
    assert cli.invoke(["status"]) == Exit.BROKEN
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith(f"trader: a bug: {type(error).__name__} at {__file__}:")
    assert "`trader check-sl`" in said
    assert said.count("\n") == 1 and SECRET not in said


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_a_person_who_stops_it_is_no_bug(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def is_stopped() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: is_stopped)
    assert cli.invoke(["status"]) == 130
    out, said = capsys.readouterr()
    assert (out, said.strip()) == ("", "trader: stopped")
