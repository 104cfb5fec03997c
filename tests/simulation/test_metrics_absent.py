"""Incident G4: what the venue did not tell has no metric, neither as a zero nor as what it was before."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.scenes import stage_with_position
from tests.support.told_metrics import ACCOUNT, DAY, OPEN, STAGES, teller
from trader.sim.faults import Fault

LIMITED = ("weight of this address", "actions of the account")

# What is asked on the wire, and every metric that is gone when no answer comes.
COVER = {"position_uncovered BTC", "unprotected_notional_usd BTC", "naked_seconds"}
HELD = ACCOUNT | OPEN | {"exposure_usd short", "positions"}
RECORD = {"window_realised_pnl_usd", "window_fees_paid_usd", "window_funding_paid_usd", "window_seconds"}
STANDS = {*DAY, "drawdown_ratio", "drawdown_window_seconds"} | {
    f"breaker_tripped {rule}" for rule in ("daily_loss", "drawdown")
}
TRADES = {"losing_streak_trades", "breaker_tripped losing_streak"}
MONEY = RECORD | STANDS
BUDGETS = {f"budget_{what} {name}" for what in ("used", "limit") for name in LIMITED}
GONE: Mapping[str, tuple[str, str, set[str]]] = {
    "the account": ("hyperliquid", "clearinghouseState", HELD | COVER | MONEY | TRADES | BUDGETS),
    "orders": ("hyperliquid", "frontendOpenOrders", COVER),
    "fills": ("hyperliquid", "userFillsByTime", COVER | MONEY | TRADES),
    "what was paid": ("hyperliquid", "userFunding", MONEY),
    "budgets": ("hyperliquid", "userRateLimit", BUDGETS),
    "bills": ("okx", "account/bills", MONEY),
    "income": ("binance", "GET income", MONEY),
}


@pytest.mark.parametrize("part", GONE)
def test_what_cannot_be_read_is_absent(part: str, tmp_path: Path) -> None:
    venue, what, gone = GONE[part]
    told = teller(STAGES[venue](), tmp_path)
    before = told.run()
    told.made.faults(Fault("H4", what=what, times=0))
    after = told.run()
    assert set(before) - set(after) == gone
    assert after["cover_read"] == (0 if gone >= COVER else 1)
    success = "last_success_timestamp_seconds run"
    assert before[success] == after[success], "it is no success, and the last one keeps its time"


def test_a_check_says_nothing_of_what_only_a_tick_reads(tmp_path: Path) -> None:
    told = teller(stage_with_position(), tmp_path)
    tick = told.run()
    check = told.check()
    assert set(tick) - set(check) >= MONEY | TRADES
    assert {"exit_code run", "exit_code check-sl"} <= set(check)
