"""A bug, or whatever else ends a run after its first write: cover is proven first, then the error goes on."""

from typing import Any

import pytest

from tests.support.scenes import cancel_stops, stage
from trader.act import act


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), KeyboardInterrupt(), SystemExit(3)])
def test_what_ends_a_run_after_its_entry_leaves_it_covered(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(("BTC",))

    def breaks(*asked: Any) -> None:
        act(*asked)
        cancel_stops(made, "BTC")
        assert made.size("BTC") != 0 and not made.is_covered("BTC")
        raise error

    monkeypatch.setattr("trader.run.act", breaks)
    with pytest.raises(type(error)) as raised:
        made.host.run()
    assert raised.value is error
    assert made.size("BTC") != 0 and made.is_covered("BTC")
