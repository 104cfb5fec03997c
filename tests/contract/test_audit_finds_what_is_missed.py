"""What a flawed check of cover misses, the audit from outside finds: they share no judgement.

Each flaw is planted in the running program; for the same account `check-sl` then leaves with 0, and the audit
with 1.
"""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.audit_places import BARE, Audited, StagedPlace, auditor
from tests.support.flaws_in_orders import success_is_believed
from tests.support.planting import everywhere
from tests.support.scenes import code, stage, stop_by_hand
from trader import cover
from trader.core.report import Exit
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Tif, Trigger
from trader.rehearsal import Stage

# OKX's client hands its body to httpx in a way that httpx no longer likes; that is between the two of them.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Audited:
    return auditor(monkeypatch, capsys)


def believes_what_was_asked(patch: pytest.MonkeyPatch) -> None:
    success_is_believed(patch)


def counts_no_sizes(patch: pytest.MonkeyPatch) -> None:
    whole = cover.judge
    everywhere(patch, whole, lambda position, _size, *more: whole(position, Decimal(0), *more))


def looks_at_no_stop(patch: pytest.MonkeyPatch) -> None:
    """Any stop will do: its side, its limit and whether it reduces are not asked."""
    everywhere(patch, cover.flaw, lambda *_: None)
    everywhere(patch, cover.refused_at_trigger, lambda *_: None)


def knows_no_liquidation(patch: pytest.MonkeyPatch) -> None:
    everywhere(patch, cover.overtaken, lambda *_: False)


def no_stop(made: Stage) -> None:
    spec = OrderSpec("BTC", True, Decimal(101_000), Decimal("0.02"), Tif.IOC)
    assert made.model.place(made.user, [spec])[0].reason is None


def half_a_stop(made: Stage) -> None:
    no_stop(made)
    stop_by_hand(made, "BTC", "95000", "0.01")


def stop_of_a_short(made: Stage) -> None:
    stop_by_hand(made, "BTC", "105000", "0.02", is_buy=True)
    no_stop(made)


def stop_limit(made: Stage) -> None:
    no_stop(made)
    at = TriggerSpec(Decimal(95_000), Trigger.STOP, is_market=False)
    spec = OrderSpec("BTC", False, Decimal(95_000), Decimal("0.02"), None, True, at)
    assert made.model.place(made.user, [spec])[0].reason is None


def stop_beyond_liquidation(made: Stage) -> None:
    assert made.model.set_leverage(made.user, "BTC", value=40, is_cross=False) is None
    half_a_stop(made)
    stop_by_hand(made, "BTC", "94000", "0.01")


MISSED = (
    (believes_what_was_asked, no_stop),
    (counts_no_sizes, half_a_stop),
    (looks_at_no_stop, stop_of_a_short),
    (looks_at_no_stop, stop_limit),
    (knows_no_liquidation, stop_beyond_liquidation),
)


@pytest.mark.parametrize("venue", ["hyperliquid", "okx", "binance"])
@pytest.mark.parametrize(
    ("flaw", "plant"), [pytest.param(*row, id=f"{row[0].__name__}, {row[1].__name__}") for row in MISSED]
)
def test_it_finds_what_a_flawed_check_misses(venue: str, flaw: Any, plant: Any, audited: Audited) -> None:
    made = stage((), (f"venue={venue}",))
    plant(made)
    assert code(made.host.check()) is Exit.FOREIGN_UNCOVERED
    with pytest.MonkeyPatch.context() as patch:
        flaw(patch)
        assert code(made.host.check()) is Exit.OK
        found, said = audited(StagedPlace(made))
    assert found == BARE, said
    assert "BTC" in said.split("NOT COVERED")[1]
