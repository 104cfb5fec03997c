"""Incident G4: each metric follows the venue.

A change of the venue between two runs moves exactly the metrics that tell of it. Whole runs, through the
adapter and the wire, on three venues.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.scenes import cancel_stops, drive, stage, stage_with_position, trade_by_hand
from tests.support.told_metrics import ACCOUNT, DAY, OPEN, STAGES, Teller, changed, teller
from tests.support.way_cases import entered
from trader.core.report import Report
from trader.core.wire import Request
from trader.exchange.orders import OrderSpec
from trader.exchange.status import Tif
from trader.rehearsal import Stage
from trader.sim.faults import Fault
from trader.sinks import metrics
from trader.sinks.metric_samples import Configured, samples_of
from trader.sinks.metric_table import Sample

Change = Callable[[Stage], object]


def deposited(made: Stage) -> None:
    made.model.deposit(made.user, Decimal(100))


def withdrawn(made: Stage) -> None:
    assert made.model.withdraw(made.user, Decimal(100)) is None


def price_rose(made: Stage) -> None:
    by = Decimal(500)
    made.model.set_offsets("BTC", mark=by, mid=by, oracle=by)


def sold_a_part(made: Stage) -> None:
    """By hand, at market: a loss is realised and a fee is paid."""
    price = (made.model.quote("BTC").mark * Decimal("0.99")).quantize(Decimal(1))
    [placed] = made.model.place(made.user, [OrderSpec("BTC", False, price, Decimal("0.001"), Tif.IOC, True)])
    assert placed.reason is None, placed


def sold_ether(made: Stage) -> None:
    trade_by_hand(made, "ETH", "-0.05")


def stop_cancelled(made: Stage) -> None:
    cancel_stops(made, "BTC")


def funding_paid(made: Stage) -> None:
    """Nine hours hold one payment at least on every venue."""
    made.model.set_funding_rate("BTC", Decimal("0.001"))
    made.pass_time(9 * 3600)


def slowed(made: Stage) -> None:
    made.host.mount.latency_ms = 500


def used_up(made: Stage) -> None:
    made.faults(Fault("V32", times=0))


def stumbled(made: Stage) -> None:
    """One reading fails and is asked again."""
    made.faults(Fault("H4", what="clearinghouseState"))


# A change of the venue, and every metric that it moves; on each of the three venues alike.
MOVES: Mapping[str, tuple[Change, set[str]]] = {
    "deposit": (deposited, ACCOUNT),
    "withdrawal": (withdrawn, ACCOUNT),
    "price": (price_rose, ACCOUNT | OPEN | {"day_loss_usd", "drawdown_ratio"}),
    "nothing": (lambda made: None, set()),
    "slow": (slowed, {"run_duration_seconds run"}),
    "part sold": (sold_a_part, ACCOUNT | OPEN | DAY | {"window_realised_pnl_usd", "window_fees_paid_usd"}),
}

# A budget that grows with traded volume; a target of the size that is left; a record of samples, in which a
# deposit counts from the sample before it.
ALSO = {
    ("hyperliquid", "part sold"): {"budget_limit actions of the account"},
    ("okx", "part sold"): {"run_requests sent", "run_duration_seconds run"},
    ("hyperliquid", "deposit"): {"drawdown_ratio"},
}


@pytest.mark.parametrize("venue", STAGES)
def test_a_change_of_the_venue_moves_these_metrics_and_no_other(venue: str, tmp_path: Path) -> None:
    """One after the other on one account: each difference is that of the last change alone."""
    told = teller(STAGES[venue](), tmp_path)
    before = told.run()
    for change, (make, moved) in MOVES.items():
        make(told.made)
        after = told.run()
        assert changed(before, after) - ALSO.get((venue, change), set()) == moved, change
        before = after


def test_a_constant_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was: a metric that is always 0.0 does not follow the venue."""

    def constant(report: Report, configured: Configured) -> list[Sample]:
        samples = samples_of(report, configured)
        return [replace(s, value="0.0") if s.name == "equity_usd" else s for s in samples]

    monkeypatch.setattr(metrics, "samples_of", constant)
    told = teller(STAGES["hyperliquid"](), tmp_path)
    before = told.run()
    price_rose(told.made)
    assert "equity_usd" in MOVES["price"][1] - changed(before, told.run())


def test_what_moved_moved_by_the_right_amount(tmp_path: Path) -> None:
    told = teller(stage_with_position(), tmp_path)
    before = told.run()
    deposited(told.made)
    price_rose(told.made)
    after = told.run()
    size = float(told.made.size("BTC"))
    gained = size * 500
    assert after["unrealised_pnl_usd"] - before["unrealised_pnl_usd"] == pytest.approx(gained)
    assert after["equity_usd"] - before["equity_usd"] == pytest.approx(100 + gained)
    assert after["exposure_usd long"] - before["exposure_usd long"] == pytest.approx(gained)
    kept = float(told.made.model.account(told.made.user).cross_maintenance)
    assert after["margin_ratio"] == pytest.approx(kept / after["equity_usd"])


@pytest.mark.parametrize("venue", STAGES)
def test_funding_is_paid_over_the_window(venue: str, tmp_path: Path) -> None:
    told = teller(STAGES[venue](), tmp_path)
    before = told.run()
    size = float(told.made.size("BTC"))
    funding_paid(told.made)
    after = told.run()
    paid = -float(sum(row.usdc for row in told.made.model.funding(told.made.user)))
    assert paid > size * 50, "a thousandth of the size, or more"
    assert before["window_funding_paid_usd"] == 0
    assert after["window_funding_paid_usd"] == pytest.approx(paid)


def test_a_position_of_somebody_else_is_told_of(tmp_path: Path) -> None:
    told = teller(stage_with_position(), tmp_path)
    before = told.run()
    sold_ether(told.made)
    after = told.run()
    own = {"positions", "position_notional_usd ETH", "exposure_usd short", "foreign_uncovered ETH"}
    money = {"unrealised_pnl_usd", "window_realised_pnl_usd", "window_fees_paid_usd"}
    moved = changed(before, after) - {"budget_limit actions of the account"}
    assert moved == ACCOUNT | DAY | own | money | {"drawdown_ratio"}
    assert (after["foreign_uncovered ETH"], after["positions"]) == (1, 2)


@pytest.mark.parametrize("venue", STAGES)
def test_a_cancelled_stop_is_naked_seconds_when_it_is_repaired(venue: str, tmp_path: Path) -> None:
    told = teller(STAGES[venue](), tmp_path)
    assert told.run()["naked_seconds"] == 0
    stop_cancelled(told.made)
    after = told.run()
    assert 0 < after["naked_seconds"] < after["run_duration_seconds run"] + 1
    assert (after["unprotected_notional_usd BTC"], after["position_uncovered BTC"]) == (0, 0)
    assert told.run()["naked_seconds"] == 0


@pytest.mark.parametrize("venue", STAGES)
def test_a_cancelled_stop_that_nobody_repairs_is_unprotected_notional(venue: str, tmp_path: Path) -> None:
    told = teller(STAGES[venue](), tmp_path)
    before = told.check(repair=False)
    stop_cancelled(told.made)
    after = told.check(repair=False)
    moved = {"exit_code check-sl", "exit_reason check-sl 20"}
    cover = {"unprotected_notional_usd BTC", "position_uncovered BTC"}
    assert {m for m in changed(before, after) if not m.startswith("budget")} == cover | moved
    assert after["unprotected_notional_usd BTC"] == pytest.approx(after["exposure_usd long"])
    assert (after["position_uncovered BTC"], after["exit_code check-sl"]) == (1, 20)
    assert (
        after["last_success_timestamp_seconds check-sl"] == before["last_success_timestamp_seconds check-sl"]
    )
    assert after["last_run_timestamp_seconds check-sl"] > before["last_run_timestamp_seconds check-sl"]


def test_a_budget_that_is_used_up_is_told(tmp_path: Path) -> None:
    told = teller(stage_with_position(), tmp_path)
    before = told.run()
    used_up(told.made)
    after = told.run()
    used, limit = (f"budget_{what} actions of the account" for what in ("used", "limit"))
    assert changed(before, after) == {used}
    assert after[used] == after[limit] > before[used]


def test_requests_are_those_of_the_run(tmp_path: Path) -> None:
    told = teller(stage_with_position(), tmp_path)
    before = told.run()
    stumbled(told.made)
    after = told.run()
    assert after["run_requests sent"] > before["run_requests sent"]


def test_a_refusal_is_counted_under_its_rule(tmp_path: Path) -> None:
    made = stage()
    made.model.set_offsets("BTC", mark=Decimal(2000), mid=Decimal(2000), oracle=Decimal(2000))
    after = teller(made, tmp_path).run()
    assert {name: value for name, value in after.items() if name.startswith("run_refusals")} == {
        "run_refusals drift": 1
    }


def test_an_order_of_unknown_outcome_is_counted(tmp_path: Path) -> None:
    made = stage_with_position()
    told = teller(made, tmp_path)
    assert told.run()["unknown_orders"] == 0
    stop_cancelled(made)
    made.faults(Fault("T7", is_write=True, times=0), Fault("H4", what="orderStatus", times=0))
    after = told.run()
    assert after["unknown_orders"] > 0
    assert after["exit_reason run 22"] == 1


def test_another_host_is_a_reason(tmp_path: Path) -> None:
    made = stage()
    other, told = made.another_host(), teller(made, tmp_path)
    barged_in: list[object] = []

    def barge_in(_number: int, request: Request) -> None:
        if request.is_write and not barged_in:
            barged_in.append(other.run())

    made.host.mount.before_request = barge_in
    after = told.run()
    assert barged_in and after["exit_reason run 24"] == 1


def test_a_loss_of_the_day_trips_its_breaker(tmp_path: Path) -> None:
    made = stage_with_position(overrides=("limits.daily_loss_max=5", "limits.drawdown_fraction_max=0.004"))
    told = teller(made, tmp_path)
    before = told.run()
    fell = Decimal(-2000)
    made.model.set_offsets("BTC", mark=fell, mid=fell, oracle=fell)
    after = told.run()
    breakers = ("breaker_tripped daily_loss", "breaker_tripped drawdown", "breaker_tripped losing_streak")
    assert [before[name] for name in breakers] == [0, 0, 0]
    assert [after[name] for name in breakers] == [1, 1, 0]
    lost = float(made.size("BTC")) * 2000
    assert after["day_loss_usd"] - before["day_loss_usd"] == pytest.approx(lost)
    assert after["drawdown_ratio"] - before["drawdown_ratio"] == pytest.approx(lost / 1000, rel=0.01)
    assert after["day_realised_pnl_usd"] == before["day_realised_pnl_usd"], "nothing was closed"


def test_a_trade_that_lost_is_a_streak_of_one(tmp_path: Path) -> None:
    made = stage_with_position()
    told = teller(made, tmp_path)
    assert told.run()["losing_streak_trades"] == 0
    drive(made, "BTC", 94_000.0)
    assert made.coins_held() == [], "its stop"
    after = told.run()
    assert after["losing_streak_trades"] == 1
    assert (after["positions"], after["exposure_usd long"]) == (0, 0)


def test_an_emergency_close_trips_the_breaker_of_its_coin(tmp_path: Path) -> None:
    made = stage_with_position()
    told = teller(made, tmp_path)
    stop_cancelled(made)
    made.faults(Fault("V6", is_write=True, times=0))
    assert told.check()["exit_reason check-sl 21"] == 1
    made.faults()
    assert told.run()["breaker_tripped BTC emergency_closes"] == 1


def test_the_drawdown_is_looked_for_as_far_back_as_the_file_says(tmp_path: Path) -> None:
    ten_days = ("limits.drawdown_fraction_max=0.5", "limits.drawdown_days=10")
    after = teller(entered("stop first", ten_days), tmp_path).run()
    assert after["drawdown_window_seconds"] == pytest.approx(864_000, abs=1)


def test_the_window_is_as_long_as_the_record(tmp_path: Path) -> None:
    ten_days = ("limits.drawdown_fraction_max=0.5", "limits.drawdown_days=10")
    assert teller(entered("stop first"), tmp_path).run()["window_seconds"] == pytest.approx(172_800, abs=1)
    longer = teller(entered("stop first", ten_days), tmp_path).run()
    assert longer["window_seconds"] == pytest.approx(864_000, abs=1)


def test_what_the_file_says_is_told_beside_it(tmp_path: Path) -> None:
    told = Teller(stage(()), tmp_path / "trader.prom", Configured(900, Decimal(20), 0.2)).run()
    limits = ("run_interval_seconds run", "daily_loss_limit_usd", "drawdown_limit_ratio")
    assert [told[name] for name in limits] == [900, 20, 0.2]
    assert not {"daily_loss_limit_usd", "drawdown_limit_ratio"} & {
        *teller(stage(()), tmp_path).run(),
    }
