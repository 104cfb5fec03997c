"""A flatten closes what is ours whatever one request of it meets, and says when something is left."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.grid_stage import grid_stage, rungs, ticked
from tests.support.judged import Judged
from tests.support.scenes import code, stage, stage_with_position, trade_by_hand
from trader.closing import flatten
from trader.core.report import Exit
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

ONCE = ("T2", "T6", "T7", "H1", "H15", "V8")
REQUESTS_MAX = 80


def three_positions() -> Stage:
    made = stage(("BTC", "ETH", "SOL"))
    made.host.run()
    assert len(made.coins_held()) == 3
    made.pass_time(61)
    return made


def flattened(made: Stage, *coins: str) -> Ran:
    ran = flatten(made.host.env(), made.policy(), coins)
    made.settle()
    return ran


def test_everything_of_ours_is_closed_and_nothing_else() -> None:
    made = three_positions()
    trade_by_hand(made, "ETH", "0.1")
    made.pass_time(1)
    ran = flattened(made)
    assert code(ran) is Exit.OK
    assert made.coins_held() == ["ETH"]
    assert made.size("ETH") == Decimal("0.1")


def test_one_coin_alone() -> None:
    made = three_positions()
    assert code(flattened(made, "ETH")) is Exit.OK
    assert made.coins_held() == ["BTC", "SOL"]
    assert all(made.is_covered(coin) for coin in made.coins_held())


@pytest.mark.parametrize("coin", ["btc", "DOGE"])
def test_a_coin_that_is_nowhere_is_no_success(coin: str) -> None:
    made = three_positions()
    ran = flattened(made, coin)
    assert code(ran) is Exit.CONFIG
    assert "open: BTC, ETH, SOL" in ran.problems[0]
    assert len(made.coins_held()) == 3


@pytest.mark.parametrize("kind", ONCE)
def test_one_fault_at_any_request_leaves_nothing_open_or_says_so(kind: str) -> None:
    found = []
    for request in range(1, REQUESTS_MAX):
        made = stage_with_position()
        judged = Judged(made)
        judged.begin()
        fired = made.line.faults.fired[kind]
        made.faults(Fault(kind, call=request))
        ran = flattened(made)
        if made.line.faults.fired[kind] == fired:
            break
        lines = judged.judge(int(code(ran)), ran, command="flatten", disturbed=True)
        found += [f"{kind} at {request}: {line}" for line in lines]
        if made.coins_held():
            found.append(f"{kind} at {request}: open, exit {code(ran)}, {ran.problems}")
    assert found == []


def test_what_cannot_be_read_is_not_called_flat() -> None:
    made = three_positions()
    made.faults(Fault("H4", what="clearinghouseState", times=0))
    ran = flattened(made)
    assert code(ran) is Exit.UNREADABLE
    assert all(made.is_covered(coin) for coin in made.coins_held())


@pytest.mark.parametrize("coins", [(), ("BTC",)], ids=["everything", "a coin that the file does not name"])
def test_an_entry_whose_cancel_never_left_is_called_off_once_more(coins: tuple[str, ...]) -> None:
    made = grid_stage("okx")
    ticked(made)
    made.settings = replace(made.settings, markets={})
    made.faults(Fault("T2", what="trade/cancel-batch-orders", is_write=True, times=1))
    ran = flattened(made, *coins)
    assert code(ran) is Exit.OK
    assert rungs(made) == []


def test_entries_that_cannot_be_called_off_are_told_of() -> None:
    made = grid_stage("binance")
    ticked(made)
    made.faults(Fault("H1", what="DELETE batchOrders", is_write=True, times=0))
    ran = flattened(made)
    assert len(rungs(made)) == 12
    assert code(ran) is Exit.UNKNOWN
    assert ran.problems == ["BTC: 12 of our entries may still fill; run `trader flatten --coin BTC` again"]
