"""What Hyperliquid tells of its state, of money and of limits decides what a run dares; and what runs cost.

A signal waits in each run that may enter, so that what holds it back is what was told and nothing else.
"""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.support.scenes import code, stage, trade_by_hand
from trader.core.report import Exit
from trader.rehearsal import Stage
from trader.sim.faults import Fault

COINS = ("BTC", "ETH", "SOL")
LIMITS = ("limits.drawdown_fraction_max=0.2", "limits.daily_loss_max=50")
CLIENT = "127.0.0.1"


def after(*faults: Fault) -> Stage:
    made = stage(("BTC",), LIMITS)
    made.faults(*faults)
    return made


HOLDS_BACK = [
    (Fault("V28"), "venue", Exit.OK),
    (Fault("V29", params={"amount": "5", "kind": "stakingRefund"}), "unfamiliar", Exit.MALFORMED),
    (Fault("V32"), "budget", Exit.OK),
    *(
        (Fault("H14", what=what, times=0, params={"variant": "renamed_field", "field": field}), rule, exit_)
        for what, field, rule, exit_ in (
            ("portfolio", "pnlHistory", "unfamiliar", Exit.MALFORMED),
            ("userNonFundingLedgerUpdates", "usdc", "unfamiliar", Exit.MALFORMED),
            ("userRateLimit", "nRequestsCap", "unfamiliar", Exit.MALFORMED),
            ("exchangeStatus", "specialStatuses", "venue", Exit.OK),
        )
    ),
]


@pytest.mark.parametrize(("fault", "rule", "exit_code"), HOLDS_BACK)
def test_no_entry_on_what_is_told_or_not_understood(fault: Fault, rule: str, exit_code: Exit) -> None:
    made = after(fault)
    ran = made.host.run()
    assert ran is not None
    assert ran.verdict is not None
    assert {refused.rule for refused in ran.verdict.refused} == {rule}
    assert (code(ran), made.coins_held()) == (exit_code, [])


@pytest.mark.parametrize(
    ("amount", "kind"),
    [("-700", "subAccountTransfer"), ("300", "accountClassTransfer"), ("50000", "vaultWithdraw")],
)
def test_a_flow_of_any_size_trips_nothing(amount: str, kind: str) -> None:
    made = after(Fault("V29", params={"amount": amount, "kind": kind}))
    assert code(made.host.run()) is Exit.OK
    assert made.coins_held() == ["BTC"]


def after_a_loss(limit: str) -> Stage:
    """Three of a hundred were lost in another coin, by hand, a moment ago."""
    made = stage(("BTC",), (limit,))
    made.pass_time(1)
    made.settle()
    trade_by_hand(made, "ETH", "0.5")
    down = -made.model.quote("ETH").mark * Decimal("0.03")
    made.model.set_offsets("ETH", mark=down, mid=down)
    trade_by_hand(made, "ETH", "-0.5", reduce_only=True)
    made.model.set_offsets("ETH", mark=Decimal(0), mid=Decimal(0))
    return made


@pytest.mark.parametrize(
    ("limit", "rule"),
    [
        ("limits.daily_loss_max=30", "daily_loss"),
        ("limits.daily_loss_max=32", None),
        ("limits.drawdown_fraction_max=0.03", "drawdown"),
        ("limits.drawdown_fraction_max=0.032", None),
    ],
)
@pytest.mark.parametrize("withdrawn", [None, "-500"])
def test_a_loss_trips_its_limit_and_money_that_leaves_does_not(
    limit: str, rule: str | None, withdrawn: str | None
) -> None:
    made = after_a_loss(limit)
    if withdrawn is not None:
        made.faults(Fault("V29", params={"amount": withdrawn}))
    ran = made.host.run()
    assert ran is not None
    assert ran.verdict is not None
    assert {refused.rule for refused in ran.verdict.refused} == ({rule} if rule else set())
    assert made.coins_held() == ([] if rule else ["BTC"])


def test_a_refusal_that_nobody_knows_ends_entries_for_this_run_alone() -> None:
    made = stage(("BTC", "ETH"), LIMITS)
    words = {"text": "Order must be blessed."}
    made.faults(Fault("V26", what="updateLeverage", is_write=True, params=words))
    ran = made.host.run()
    assert ran is not None
    assert code(ran) is Exit.MALFORMED
    assert made.coins_held() == []
    assert any("Order must be blessed." in said for said in ran.unfamiliar)
    made.pass_time(5)
    assert code(made.host.run()) is Exit.OK
    assert made.coins_held() != []


@dataclass(frozen=True)
class Cost:
    """Of one run: the weight is the exchange's own count, of 1,200 a minute."""

    rounds: int
    requests: int
    weight: int


def cost_of(made: Stage, what: str = "run") -> Cost:
    mount, budget = made.host.mount, made.venue.ip_budget
    made.pass_time(61)
    made.settle()
    rounds, requests = mount.rounds, mount.requests
    ran = made.host.run() if what == "run" else made.host.check()
    assert ran is not None
    assert ran.codes == set()
    weight = budget.used(CLIENT, at_ms=made.venue.now_ms)
    return Cost(mount.rounds - rounds, mount.requests - requests, weight)


@pytest.mark.parametrize(
    ("coins", "expected"), [(1, Cost(2, 15, 242)), (2, Cost(2, 19, 300)), (3, Cost(2, 23, 358))]
)
def test_what_a_quiet_tick_costs(coins: int, expected: Cost) -> None:
    markets = ", ".join(f"{coin}: {{strategy: breakout}}" for coin in COINS[:coins])
    found = cost_of(stage((), (*LIMITS, f"markets={{{markets}}}")))
    assert found == expected
    assert found.weight < 1200 / 2


def test_what_a_tick_with_a_position_and_a_check_of_cover_cost() -> None:
    made = stage(("BTC",), LIMITS)
    made.host.run()
    assert made.coins_held() == ["BTC"]
    assert cost_of(made) == Cost(2, 23, 358)
    assert cost_of(made, "check") == Cost(2, 6, 102)
