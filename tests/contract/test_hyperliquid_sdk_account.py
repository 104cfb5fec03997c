"""The official client over HTTP and our adapter read one account: money, roles, keys and limits agree."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hyperliquid.info import Info

from tests.support.account_bench import accepted
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_places import in_process
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.past import Cause, Past
from trader.core.ports import Scope
from trader.core.snapshot import Snapshot
from trader.sim.clock import VenueTime
from trader.sim.faults import Fault
from trader.sim.hyperliquid.flows import move
from trader.sim.server import Server

KINDS = ("accountClassTransfer", "subAccountTransfer", "vaultDistribution", "rewardsClaim")


@pytest.fixture(scope="module")
def bench() -> Bench:
    """A trade with three hours of funding, and money that came and went."""
    busy = in_process()
    entry = busy.entered()
    busy.sim.move("SOL", 98.5)
    busy.sim.pass_to(busy.clock.now_ms() + 3 * HOUR_MS)
    busy.observe()
    accepted(busy.do(busy.close(size=entry.size)))
    for number, kind in enumerate(KINDS, start=1):
        busy.sim.pass_to(busy.clock.now_ms() + 1_000)
        move(busy.sim.embedded, busy.address, Decimal(10 * number), kind)
    move(busy.sim.embedded, busy.address, Decimal(-25))
    busy.entered()
    return busy


@pytest.fixture(scope="module")
def info(bench: Bench) -> Iterator[Any]:
    with Server(bench.sim.line, VenueTime(bench.sim.clock)) as server:
        client = Info(server.url, skip_ws=True, timeout=10)
        yield client
        client.session.close()


@pytest.fixture
def ours(bench: Bench) -> Snapshot:
    return bench.venue.observe(Scope((), {}, 7 * DAY_MS, 30 * DAY_MS))


def past_of(snapshot: Snapshot) -> Past:
    assert isinstance(snapshot.past, Past)
    return snapshot.past


def total(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def test_equity_and_samples(bench: Bench, info: Any, ours: Snapshot) -> None:
    state = info.user_state(bench.address)
    assert Decimal(state["marginSummary"]["accountValue"]) == ours.holdings.account.equity
    windows = dict(info.portfolio(bench.address))
    day = windows["perpDay"]
    theirs = zip(day["accountValueHistory"], day["pnlHistory"], strict=True)
    assert [(at, Decimal(worth), Decimal(earned)) for (at, worth), (_, earned) in theirs] == [
        (sample.at_ms, sample.equity, sample.profit) for sample in past_of(ours).samples
    ]


def test_gains(bench: Bench, info: Any, ours: Snapshot) -> None:
    past = past_of(ours)
    fills = info.user_fills_by_time(bench.address, past.gains_since_ms)
    paid = info.user_funding_history(bench.address, past.gains_since_ms)
    mine = {
        cause: total(gain.amount for gain in past.gains if gain.cause is cause)
        for cause in (Cause.CLOSED, Cause.FEE, Cause.FUNDING)
    }
    assert mine == {
        Cause.CLOSED: total(Decimal(fill["closedPnl"]) for fill in fills),
        Cause.FEE: -total(Decimal(fill["fee"]) for fill in fills),
        Cause.FUNDING: total(Decimal(row["delta"]["usdc"]) for row in paid),
    }
    assert all(amount < 0 for amount in mine.values())


def test_flows(bench: Bench, info: Any, ours: Snapshot) -> None:
    rows = info.user_non_funding_ledger_updates(bench.address, past_of(ours).since_ms)
    flows = past_of(ours).flows
    assert [(row["time"], row["delta"]["type"]) for row in rows] == [(f.at_ms, f.kind) for f in flows]
    assert [flow.kind for flow in flows] == ["deposit", *KINDS, "withdraw"]
    assert [str(flow.amount) for flow in flows] == ["1000.0", "10.0", "20.0", "30.0", "40.0", "-25.0"]


def test_limits(bench: Bench, info: Any, ours: Snapshot) -> None:
    said = info.user_rate_limit(bench.address)
    assert isinstance(ours.budgets, tuple)
    assert (said["nRequestsUsed"], said["nRequestsCap"]) == (ours.budgets[0].used, ours.budgets[0].limit)


def test_roles_keys_and_kind(bench: Bench, info: Any) -> None:
    bench.sim.arm(Fault("V30", params={"in_ms": 9 * DAY_MS}))
    access = bench.venue.access()
    (agent,) = info.extra_agents(bench.address)
    assert (agent["address"], agent["validUntil"]) == (bench.pen.address(), access.key_expires_ms)
    assert info.user_role(agent["address"]) == {"role": "agent", "data": {"user": bench.address}}
    assert info.user_role(bench.address) == {"role": "user"}
    assert (access.account_problem, access.key_problem, access.can_trade) == (None, None, True)
    assert info.query_user_abstraction_state(bench.address) == access.kept
    stops = [row for row in info.frontend_open_orders(bench.address) if row["isTrigger"]]
    assert access.conditional_orders == len(stops) == 2
