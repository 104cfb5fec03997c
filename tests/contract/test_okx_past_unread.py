"""What OKX's record of the account's money cannot tell: then it says so, and nothing else is spoiled."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contract.test_okx_past import RECORD, past, seen, whole
from tests.support.account_bench import accepted
from tests.support.okx_bench import Bench
from tests.support.okx_places import in_process
from trader.core.candles import DAY_MS
from trader.core.orders import Unreadable
from trader.sim.faults import Fault


def test_okx_114_money_that_moved_by_a_way_that_nobody_knows_leaves_the_record_unread(sim_okx: Bench) -> None:
    sim_okx.sim.arm(Fault("V29", params={"amount": "-70", "kind": "77", "sub_kind": "901"}))
    seen(sim_okx)
    snapshot = seen(sim_okx)
    assert isinstance(snapshot.past, Unreadable)
    assert snapshot.past.answered
    for said in ("type 77", "subtype 901", "-70 USDT"):
        assert said in snapshot.past.why
    assert snapshot.holdings.account.equity == 930


@pytest.mark.parametrize(("days", "advice"), [(0, "trade less often"), (1, "shorten limits.drawdown_days")])
@pytest.mark.parametrize(("moves", "fits"), [(150, True), (230, False)])
def test_okx_116_two_pages_are_read_and_what_is_beyond_them_is_said(
    days: int, advice: str, moves: int, fits: bool
) -> None:
    bench = in_process()
    for _ in range(moves):
        bench.sim.embedded.move_money(bench.identity.user, Decimal(1))
    bench.sim.pass_to(bench.clock.now_ms() + days * DAY_MS)
    if fits:
        assert len(whole(bench).flows) == moves + 1
        return
    missing = past(bench).missing
    assert missing is not None
    assert "more than 2 pages of 100 rows" in missing
    assert advice in missing
    assert past(bench, past_ms=91 * DAY_MS).missing != missing, "and the venue keeps three months"


@pytest.mark.parametrize("what", RECORD)
@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (Fault("T5", times=0), False),
        (Fault("V26", times=0, params={"code": "50026"}), False),
        (Fault("V26", times=0, params={"code": "51999"}), True),
        (Fault("H15", times=0), True),
        (Fault("H14", times=0, params={"variant": "missing_field", "field": "data"}), True),
    ],
)
def test_okx_117_a_record_that_cannot_be_read_spoils_itself_and_nothing_else(
    what: str, fault: Fault, answered: bool
) -> None:
    bench = in_process()
    entry = bench.entered()
    bench.sim.arm(replace(fault, what=what))
    snapshot = seen(bench)
    assert isinstance(snapshot.past, Unreadable)
    assert snapshot.past.answered is answered
    assert bench.size(holdings=snapshot.holdings) == entry.size


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ("account/bills", "balChg"),
        ("account/bills", "type"),
        ("account/bills", "ts"),
        ("account/positions-history", "pnl"),
        ("account/positions-history", "cTime"),
        ("account/positions-history", "fundingFee"),
        ("account/positions", "realizedPnl"),
        ("account/positions", "posId"),
    ],
)
def test_okx_118_a_field_that_has_another_name_leaves_the_record_unread(what: str, field: str) -> None:
    bench = in_process()
    entry = bench.entered()
    accepted(bench.do(bench.close(size=entry.size / 2)))
    bench.sim.arm(Fault("H14", what=what, times=0, params={"variant": "renamed_field", "field": field}))
    told = seen(bench).past
    assert isinstance(told, Unreadable)
    assert told.answered
    assert field in told.why
