"""The record of the account's money: what is asked, how pages join, and what spoils it."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.support.clocks import ManualClock
from tests.support.hyperliquid_answers import (
    ACCOUNT,
    NOW_MS,
    Scripted,
    a_fill,
    a_movement,
    a_payment,
    a_portfolio,
    a_state,
)
from tests.support.scripted_answers import Given
from tests.unit.venues.hyperliquid.test_observe import ANY_TROUBLE, SCOPE, TROUBLES, a_clock, a_venue
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.errors import Malformed, TraderError
from trader.core.orders import Unreadable
from trader.core.past import Cause, Flow, Gain, Past, Sample
from trader.core.ports import Scope
from trader.core.snapshot import Snapshot
from trader.core.wire import Answer, Lost, Request

MONTH_MS = 30 * DAY_MS
WITH_PAST = Scope(SCOPE.candles, SCOPE.lookups, SCOPE.fills_back_ms, MONTH_MS)
ASKED = ["exchangeStatus", "userRateLimit", "portfolio", "userNonFundingLedgerUpdates", "userFunding"]
PAGE = 500


def observed(scope: Scope = WITH_PAST, **answers: Given) -> Snapshot:
    wire = Scripted()
    wire.answers |= answers
    return a_venue(wire).observe(scope)


def answering(kind: str, given: Given) -> Scripted:
    wire = Scripted()
    wire.answers[kind] = given
    return wire


def past(wire: Scripted | None = None, scope: Scope = WITH_PAST, **answers: Given) -> Past:
    wire = wire or Scripted()
    wire.answers |= answers
    found = a_venue(wire).observe(scope).past
    assert isinstance(found, Past), found
    return found


def test_what_is_asked_goes_with_the_first_round() -> None:
    wire = Scripted()
    a_venue(wire).observe(WITH_PAST)
    first, second = wire.kinds
    assert first[-5:] == ASKED
    assert second == ["clearinghouseState", "userFillsByTime"]
    since = {json.loads(r.body)["type"]: json.loads(r.body).get("startTime") for r in wire.requests}
    assert since["userNonFundingLedgerUpdates"] == NOW_MS - MONTH_MS
    assert since["userFunding"] == since["userFillsByTime"] == NOW_MS - 2 * DAY_MS
    assert {json.loads(r.body).get("user", ACCOUNT) for r in wire.requests} == {ACCOUNT}


def test_fills_reach_back_as_far_as_a_days_loss_needs_or_as_was_asked() -> None:
    assert observed(Scope((), {}, HOUR_MS, MONTH_MS)).holdings.fills_since_ms == NOW_MS - 2 * DAY_MS
    assert observed(Scope((), {}, 9 * DAY_MS, MONTH_MS)).holdings.fills_since_ms == NOW_MS - 9 * DAY_MS
    assert observed(Scope((), {}, HOUR_MS)).holdings.fills_since_ms == NOW_MS - HOUR_MS


def test_the_whole_record() -> None:
    found = past(
        userFillsByTime=[
            a_fill(2, NOW_MS - 2 * HOUR_MS, closedPnl="-3.0", fee="0.09", oid=8),
            a_fill(1, NOW_MS - 4 * HOUR_MS, closedPnl="0.0", fee="-0.01", oid=7),
            a_fill(3, NOW_MS - 3 * DAY_MS, closedPnl="50.0", oid=6),
        ],
        userFunding=[a_payment(NOW_MS - 3 * HOUR_MS), a_payment(NOW_MS - HOUR_MS, "0.25", "BTC")],
        userNonFundingLedgerUpdates=[
            a_movement("withdraw", NOW_MS - 5, usdc="9.0", fee="1.0", nonce=1),
            a_movement("deposit", NOW_MS - 9 * DAY_MS, usdc="100.0"),
        ],
        portfolio=a_portfolio((NOW_MS - 40 * DAY_MS, "90.0", "0.0"), (NOW_MS, "97.5", "-2.5")),
    )
    assert found == Past(
        since_ms=NOW_MS - MONTH_MS,
        gains_since_ms=NOW_MS - 2 * DAY_MS,
        gains=(
            Gain(NOW_MS - 4 * HOUR_MS, Decimal("0.01"), Cause.FEE, "SOL"),
            Gain(NOW_MS - 3 * HOUR_MS, Decimal("-0.5"), Cause.FUNDING, "SOL"),
            Gain(NOW_MS - 2 * HOUR_MS, Decimal("-3.0"), Cause.CLOSED, "SOL"),
            Gain(NOW_MS - 2 * HOUR_MS, Decimal("-0.09"), Cause.FEE, "SOL"),
            Gain(NOW_MS - HOUR_MS, Decimal("0.25"), Cause.FUNDING, "BTC"),
        ),
        flows=(
            Flow(NOW_MS - 9 * DAY_MS, Decimal(100), "deposit"),
            Flow(NOW_MS - 5, Decimal(-10), "withdraw"),
        ),
        samples=(
            Sample(NOW_MS - 40 * DAY_MS, Decimal(90), Decimal(0)),
            Sample(NOW_MS, Decimal("97.5"), Decimal("-2.5")),
        ),
    )


class Slow(Scripted):
    """Each round takes a second."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self._clock.sleep(1)
        return super().exchange(requests, timeout_s=timeout_s)


def test_gains_reach_back_no_further_than_the_fills_that_were_read() -> None:
    clock = a_clock()
    wire = Slow(clock)
    wire.answers |= {
        "userFunding": [a_payment(NOW_MS - 2 * DAY_MS + 500), a_payment(NOW_MS - 2 * DAY_MS + 1_500)],
        "clearinghouseState": a_state(at_ms=NOW_MS + 2_000),
    }
    found = a_venue(wire, clock).observe(Scope((), {}, HOUR_MS, MONTH_MS))
    assert isinstance(found.past, Past)
    assert found.past.gains_since_ms == found.holdings.fills_since_ms == NOW_MS - 2 * DAY_MS + 1_000
    assert [gain.at_ms for gain in found.past.gains] == [NOW_MS - 2 * DAY_MS + 1_500]


def payments(first: int, count: int) -> list[Any]:
    """One a minute, of three coins at a time."""
    coins = ("BTC", "ETH", "SOL")
    begin_ms = NOW_MS - 2 * DAY_MS
    return [
        a_payment(begin_ms + i // 3 * 60_000, f"-{i}.0", coins[i % 3]) for i in range(first, first + count)
    ]


@pytest.mark.parametrize("newest_first", [False, True])
def test_two_pages_join_to_each_row_once_whichever_end_comes_first(newest_first: bool) -> None:
    rows = payments(1, 800)
    rows = list(reversed(rows)) if newest_first else rows
    border = rows[PAGE - 1]["time"]
    is_beyond = [row["time"] <= border if newest_first else row["time"] >= border for row in rows]
    wire = Scripted()
    wire.series["userFunding"] = [rows[:PAGE], [r for r, is_in in zip(rows, is_beyond, strict=True) if is_in]]
    found = past(wire)
    assert sorted(gain.amount for gain in found.gains) == sorted(-Decimal(i) for i in range(1, 801))
    assert found.missing is None
    asked = [json.loads(r.body) for r in wire.rounds[-1]]
    assert [(body["type"], body["startTime"], body.get("endTime")) for body in asked] == [
        ("userFunding", NOW_MS - 2 * DAY_MS if newest_first else border, border if newest_first else None)
    ]
    assert len(wire.rounds) == 3


def test_second_pages_of_two_kinds_go_together() -> None:
    moved = [a_movement("deposit", NOW_MS - DAY_MS + i, usdc="1.0") for i in range(PAGE)]
    wire = Scripted()
    wire.series |= {
        "userFunding": [payments(1, PAGE), payments(PAGE - 1, 5)],
        "userNonFundingLedgerUpdates": [moved, moved[-1:]],
    }
    found = past(wire)
    assert [len(asked) for asked in wire.rounds[1:]] == [2, 2]
    assert len(found.flows) == PAGE
    assert found.missing is None


@pytest.mark.parametrize(
    ("kind", "rows", "advice"),
    [
        ("userFunding", payments(1, PAGE), "hold fewer coins"),
        (
            "userNonFundingLedgerUpdates",
            [a_movement("deposit", NOW_MS - DAY_MS + i, usdc="1.0") for i in range(PAGE)],
            "shorten limits.drawdown_days",
        ),
        (
            "userFillsByTime",
            [a_fill(i, NOW_MS - DAY_MS + i) for i in range(2000)],
            "wait until fewer are that young",
        ),
    ],
)
def test_a_second_full_page_is_never_the_end(kind: str, rows: list[Any], advice: str) -> None:
    missing = past(answering(kind, rows)).missing
    assert missing is not None
    assert advice in missing


def test_an_account_without_a_sample_is_not_taken_for_one_without_a_loss() -> None:
    assert "no sample of this account" in str(past(portfolio=a_portfolio()).missing)


@pytest.mark.parametrize(("trouble", "error"), TROUBLES)
@pytest.mark.parametrize(
    "kind", ["portfolio", "userNonFundingLedgerUpdates", "userFunding", "userFillsByTime"]
)
def test_a_part_that_cannot_be_read_is_named_and_spoils_the_record(
    kind: str, trouble: Given, error: type[TraderError]
) -> None:
    snapshot = a_venue(answering(kind, trouble)).observe(WITH_PAST)
    assert isinstance(snapshot.past, Unreadable)
    assert (snapshot.past.what, snapshot.past.answered) == (kind, error is Malformed)
    assert isinstance(snapshot.budgets, tuple)


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_a_second_page_that_cannot_be_read_spoils_the_record(trouble: Given) -> None:
    wire = Scripted()
    wire.series["userFunding"] = [payments(1, PAGE), trouble]
    assert isinstance(a_venue(wire).observe(WITH_PAST).past, Unreadable)


@pytest.mark.parametrize("trouble", ANY_TROUBLE)
def test_a_venue_that_does_not_tell_its_state_or_limits_is_not_taken_for_well(trouble: Given) -> None:
    snapshot = observed(exchangeStatus=trouble, userRateLimit=trouble)
    assert "could not be read" in str(snapshot.venue_problem)
    assert isinstance(snapshot.budgets, Unreadable)
    assert isinstance(snapshot.past, Past)
