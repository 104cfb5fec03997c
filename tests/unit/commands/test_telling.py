"""What a run tells when its machine fails it at the very end."""

from pathlib import Path

import pytest

from tests.support.configurations import MINIMAL, write
from tests.support.reports import a_report
from trader import config
from trader.commands import telling
from trader.commands.options import Call
from trader.core.report import Exit
from trader.wiring import policy_for, wire

QUIET = Call(config_path=None, overrides=(), paper=True, as_json=False, quiet=True)


@pytest.mark.parametrize(
    "error", [OSError(24, "Too many open files"), ImportError("cannot load"), MemoryError()], ids=repr
)
def test_p11_sinks_that_cannot_be_loaded_change_no_exit_code(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_asked: object) -> None:
        raise error

    monkeypatch.setattr(telling, "outlets_of", fails)
    account = wire(config.load(write(tmp_path, MINIMAL)))
    code = telling.tell(QUIET, account, a_report(), policy_for(account), halted=None)
    assert code == Exit.OK
    told = capsys.readouterr().err
    assert "nothing was recorded and nobody was told" in told
    assert (str(error) or "MemoryError") in told
