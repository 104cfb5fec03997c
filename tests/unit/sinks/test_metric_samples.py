"""What becomes a sample and what does not: money that was not read, sides, breakers, the halt, limits."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.reports import NOON_MS, a_long, a_report, held
from trader.core.access import Budget
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.past import Cause, Gain, Past
from trader.core.report import Exit, Naked, Report, Unread, Verdict, Verified
from trader.core.snapshot import Account, Snapshot
from trader.core.standing import Fall, Money, Standing
from trader.sinks.metric_samples import Configured, samples_of
from trader.sinks.metric_table import FAMILIES, OF_ALL

DAY_MS = 86_400_000
PAST = Past(
    since_ms=NOON_MS - 2 * DAY_MS,
    gains_since_ms=NOON_MS - 2 * DAY_MS,
    gains=(
        Gain(NOON_MS - 5, Decimal(10), Cause.CLOSED, "BTC"),
        Gain(NOON_MS - 4, Decimal(-1), Cause.FEE, "BTC"),
        Gain(NOON_MS - 3, Decimal("0.5"), Cause.FEE, "BTC"),
        Gain(NOON_MS - 2, Decimal("-0.25"), Cause.FUNDING, "BTC"),
        Gain(NOON_MS - 1, Decimal(3), Cause.OTHER),
    ),
    flows=(),
)
FALL = Fall(Decimal("0.125"), NOON_MS - DAY_MS)
STANDING = Standing(Money(NOON_MS, Decimal(-4), Decimal(-1), FALL), 2, 0, {}, {}, 0)
RECORD = {
    "window_realised_pnl_usd": "12.25",
    "window_fees_paid_usd": "0.5",
    "window_funding_paid_usd": "0.25",
    "window_seconds": "172800.000",
}


def snapshot(**changes: object) -> Snapshot:
    seen = a_report(held(a_long())).snapshot
    assert seen is not None
    return replace(seen, **({"past": None, "budgets": ()} | changes))  # type: ignore[arg-type]


def told(report: Report, *, configured: Configured | None = None) -> dict[str, str]:
    """The samples by name and own labels."""
    found = {}
    for sample in samples_of(report, configured or Configured(1800)):
        assert tuple(name for name, _ in sample.labels[: len(OF_ALL)]) == OF_ALL
        own = dict(sample.labels[len(OF_ALL) :])
        assert set(own) <= set(FAMILIES[sample.name].labels), sample
        found[" ".join((sample.name, *own.values()))] = sample.value
    return found


def test_the_record_of_money_is_summed_by_its_causes() -> None:
    found = told(a_report(snapshot=snapshot(past=PAST)))
    assert {name: value for name, value in found.items() if name.startswith("window_")} == RECORD


@pytest.mark.parametrize(
    "past",
    [None, Unreadable("income", "timeout"), replace(PAST, missing="more rows than two pages")],
    ids=["not asked", "unreadable", "not whole"],
)
def test_a_record_with_gaps_says_nothing(past: object) -> None:
    assert not set(told(a_report(snapshot=snapshot(past=past)))) & set(RECORD)


def standing_of(found: Mapping[str, str]) -> dict[str, str]:
    names = ("day_", "drawdown_ratio", "drawdown_window", "losing_streak")
    return {name: value for name, value in found.items() if name.startswith(names)}


def test_how_the_account_stands_is_told_as_the_gate_counted_it() -> None:
    assert standing_of(told(a_report(snapshot=snapshot(), standing=STANDING))) == {
        "day_realised_pnl_usd": "-4.0",
        "day_loss_usd": "5.0",
        "drawdown_ratio": "0.125",
        "drawdown_window_seconds": "86400.000",
        "losing_streak_trades": "2",
    }


def test_what_the_gate_could_not_count_is_absent() -> None:
    dark = replace(STANDING, money="the record was not read")
    found = told(a_report(snapshot=snapshot(), standing=dark))
    assert standing_of(found) == {"losing_streak_trades": "2"}
    assert {n for n in found if n.startswith("breaker")} == {"breaker_tripped losing_streak"}
    fills = replace(snapshot().holdings, fills=Unreadable("fills", "timeout"))
    assert standing_of(told(a_report(snapshot=snapshot(holdings=fills), standing=dark))) == {}


def test_breakers_are_told_at_rest_and_tripped_and_those_of_a_coin_when_they_trip() -> None:
    tripped = {"drawdown": "why", "emergency_closes BTC": "why"}
    found = told(
        a_report(snapshot=snapshot(), standing=STANDING, verdict=Verdict({}, (), (), tripped=tripped))
    )
    assert {name: value for name, value in found.items() if name.startswith("breaker")} == {
        "breaker_tripped daily_loss": "0",
        "breaker_tripped drawdown": "1",
        "breaker_tripped losing_streak": "0",
        "breaker_tripped emergency_closes BTC": "1",
    }


@pytest.mark.parametrize(
    ("equity", "maintenance", "ratio"),
    [("200", "50", "0.25"), ("0", "1", "+Inf"), ("-5", "1", "+Inf"), ("0", "0", None)],
)
def test_the_margin_ratio_has_no_default(equity: str, maintenance: str, ratio: str | None) -> None:
    reading = replace(held(), account=Account(Decimal(equity), Decimal(0), Decimal(maintenance)))
    found = told(a_report(snapshot=snapshot(holdings=reading), verified=Verified((), holdings=reading)))
    assert found.get("margin_ratio") == ratio


def test_the_sides_of_a_coin_are_told_apart() -> None:
    sides = (a_long(), a_long(size="-0.02"))
    reading = held(*(replace(p, two_sided=True) for p in sides))
    naked = Naked("BTC", Decimal("-0.02"), (), Leg.SHORT)
    found = told(a_report(snapshot=snapshot(holdings=reading), verified=Verified((naked,), holdings=reading)))
    assert (found["exposure_usd long"], found["exposure_usd short"]) == ("1010.0", "2020.0")
    assert found["position_notional_usd BTC long"] == "1010.0"
    assert found["unprotected_notional_usd BTC short"] == "2020.0"
    assert "unprotected_notional_usd BTC long" not in found


def test_cover_that_was_not_read_is_said_and_nothing_of_it() -> None:
    dark = Verified((Unread("BTC", "timeout"),))
    assert told(a_report(verified=dark))["cover_read"] == "0"
    assert told(a_report())["cover_read"] == "1"
    assert "cover_read" not in told(replace(a_report(), verified=None))
    assert told(a_report(verified=Verified((), naked_ms=1500)))["naked_seconds"] == "1.500"
    assert "naked_seconds" not in told(a_report(verified=dark))


def test_each_reason_of_an_exit_code_is_told() -> None:
    found = told(a_report(codes=frozenset({Exit.OK, Exit.UNKNOWN, Exit.OTHER_HOST})))
    reasons = {name: value for name, value in found.items() if name.startswith("exit_")}
    assert reasons == {"exit_code run": "24", "exit_reason run 22": "1", "exit_reason run 24": "1"}


def test_the_switch_is_told_as_far_as_it_was_read() -> None:
    assert "halted" not in told(a_report())
    assert told(a_report(halted=False))["halted"] == "0"
    unreadable = told(a_report(halted=True))
    assert unreadable["halted"] == "1" and "halted_since_timestamp_seconds" not in unreadable
    assert told(a_report(halted=True, halted_since_ms=5_000))["halted_since_timestamp_seconds"] == "5.000"


def test_budgets_are_told_by_name_or_not_at_all() -> None:
    one = Budget("weight", 30, 1200, 60)
    found = told(a_report(snapshot=snapshot(budgets=(one,))))
    assert (found["budget_used weight"], found["budget_limit weight"]) == ("30", "1200")
    dark = told(a_report(snapshot=snapshot(budgets=Unreadable("budget", "timeout"))))
    assert not any(name.startswith("budget") for name in dark)
