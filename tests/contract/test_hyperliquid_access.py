"""What Hyperliquid tells of a key, its account and its limits, and what it says that nobody has heard yet."""

from decimal import Decimal

import pytest

from tests.support.account_bench import accepted, refused
from tests.support.hyperliquid_bench import Bench
from tests.support.hyperliquid_places import in_process
from trader.core.access import Access
from trader.core.actions import Cancel, SetLeverage
from trader.core.candles import DAY_MS
from trader.core.orders import Refusal, Unreadable
from trader.core.ports import Scope
from trader.sim.faults import Fault
from trader.sim.hyperliquid.flows import STRANGER
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.typed_data import address_of_key
from trader.venues.hyperliquid.pen import CcxtPen

OTHER_KEY = "0x" + "5a" * 32
OTHER = address_of_key(bytes.fromhex(OTHER_KEY[2:]))


def test_hl_90_a_key_of_this_account_may_trade_and_not_withdraw(bench: Bench) -> None:
    access = bench.venue.access()
    assert (access.account_problem, access.key_problem, access.kept_problem) == (None, None, None)
    assert (access.can_trade, access.can_withdraw) == (True, False)
    assert (access.can_move, access.is_ip_bound) == (None, None)
    assert access.kept in ("default", "disabled")
    assert isinstance(access.budgets, tuple)
    actions, weight = access.budgets
    assert 0 <= actions.used < actions.limit
    assert 200 <= weight.used < weight.limit
    assert (actions.per_s, weight.per_s) == (None, 60)


def test_hl_91_conditional_orders_are_counted_armed_or_not(bench: Bench) -> None:
    before = bench.venue.access().conditional_orders
    assert isinstance(before, int)
    bench.entered()
    assert bench.venue.access().conditional_orders == before + 2


def test_hl_92_the_end_of_a_key_is_told(sim_bench: Bench) -> None:
    assert sim_bench.venue.access().key_expires_ms is None
    sim_bench.sim.arm(Fault("V30", params={"in_ms": 5 * DAY_MS}))
    ends_ms = sim_bench.clock.now_ms() + 5 * DAY_MS
    assert sim_bench.venue.access().key_expires_ms == ends_ms
    sim_bench.sim.pass_to(ends_ms + DAY_MS)
    ended = sim_bench.venue.access()
    assert "has ended" in str(ended.key_problem)
    assert (ended.can_trade, ended.can_withdraw) == (False, False)
    assert isinstance(ended.key_expires_ms, Unreadable)


def test_hl_93_when_a_key_without_a_name_ends_nobody_can_say(sim_bench: Bench) -> None:
    sim_bench.sim.arm(Fault("V30", params={"in_ms": 5 * DAY_MS, "name": ""}))
    access = sim_bench.venue.access()
    assert isinstance(access.key_expires_ms, Unreadable)
    assert not access.key_expires_ms.answered
    assert "approve one with a name" in access.key_expires_ms.why
    assert (access.key_problem, access.can_trade) == (None, True)


def test_hl_94_a_key_of_another_account_is_named_as_that(sim_bench: Bench) -> None:
    sim_bench.sim.arm(Fault("V30", params={"account": STRANGER}))
    access = sim_bench.venue.access()
    assert f"signs for {STRANGER}" in str(access.key_problem)
    assert (access.account_problem, access.can_trade) == (None, False)


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("missing", "does not know"),
        ("subAccount", f"sub-account of {STRANGER}"),
        ("agent", f"put {STRANGER}"),
        ("vault", "is a vault"),
    ],
)
def test_hl_95_an_account_of_another_kind_is_told_with_the_way_out(
    sim_bench: Bench, role: str, words: str
) -> None:
    sim_bench.sim.arm(Fault("V31", params={"role": role}))
    access = sim_bench.venue.access()
    assert words in str(access.account_problem)
    assert access.key_problem is None


def test_hl_96_a_role_that_nobody_knows_is_not_taken_for_an_account(sim_bench: Bench) -> None:
    sim_bench.sim.arm(Fault("V31", params={"role": "guardian"}))
    problem = sim_bench.venue.access().account_problem
    assert isinstance(problem, Unreadable)
    assert problem.answered


def test_hl_97_the_accounts_own_key_can_withdraw(sim_bench: Bench) -> None:
    sim_bench.sim.embedded.open_account(OTHER, Decimal(100))
    own = sim_bench.restarted(address=OTHER, pen=CcxtPen(OTHER_KEY, source="a")).access()
    assert "can withdraw" in str(own.key_problem)
    assert (own.can_withdraw, own.can_trade, own.account_problem) == (True, False, None)
    foreign = sim_bench.restarted(pen=CcxtPen(OTHER_KEY, source="a")).access()
    assert "another account" in str(foreign.key_problem)
    assert (foreign.can_withdraw, foreign.can_trade) == (False, False)


def test_hl_98_a_key_that_nobody_approved_is_told(bench: Bench) -> None:
    access = bench.restarted(pen=CcxtPen(OTHER_KEY, source="a")).access()
    assert f"no account has an API wallet {OTHER}" in str(access.key_problem)


def test_hl_99_a_mode_that_cannot_be_accounted_for_is_told() -> None:
    access = in_process(Switches(abstraction="unifiedAccount")).venue.access()
    assert access.kept == "unifiedAccount"
    assert "standard (disabled) mode" in str(access.kept_problem)


PARTS = [
    ("userRole", ("account_problem", "key_problem", "can_trade")),
    ("extraAgents", ("key_expires_ms",)),
    ("userAbstraction", ("kept",)),
    ("frontendOpenOrders", ("conditional_orders",)),
    ("userRateLimit", ("budgets",)),
]


@pytest.mark.parametrize("fault", [Fault("H4"), Fault("H15", params={"body": "null"}), Fault("T7")])
@pytest.mark.parametrize(("what", "spoiled"), PARTS)
def test_hl_100_what_cannot_be_asked_is_a_value_of_its_own(
    what: str, spoiled: tuple[str, ...], fault: Fault
) -> None:
    bench = in_process()
    bench.sim.arm(Fault(fault.kind, what=what, times=0, params=fault.params))
    access = bench.venue.access()
    for name in Access.__dataclass_fields__:
        follows = name == "key_expires_ms" and "key_problem" in spoiled
        assert isinstance(getattr(access, name), Unreadable) == (name in spoiled or follows), name


def test_hl_101_a_limit_that_is_used_up_is_told_and_refused(sim_bench: Bench) -> None:
    entry = sim_bench.entry()
    sim_bench.sim.arm(Fault("V32"))
    snapshot = sim_bench.venue.observe(Scope((), {}, DAY_MS, 2 * DAY_MS))
    assert isinstance(snapshot.budgets, tuple)
    assert (snapshot.budgets[0].left, snapshot.budgets[0].used) == (0, snapshot.budgets[0].limit)
    assert refused(sim_bench.do(entry)) is Refusal.BUDGET
    assert sim_bench.size() == 0


@pytest.mark.parametrize("text", ["Account is under review. asset=2", "", "Order must be blessed."])
def test_hl_102_a_sentence_that_nobody_knows_is_unfamiliar_for_one_order_and_for_all(
    sim_bench: Bench, text: str
) -> None:
    entry = sim_bench.entered()
    sim_bench.sim.arm(Fault("V1", is_write=True, params={"text": text}))
    assert refused(sim_bench.do(sim_bench.exit())) is Refusal.UNFAMILIAR
    sim_bench.sim.arm(Fault("V26", is_write=True, times=3, params={"text": text}))
    for action in (
        sim_bench.close(size=entry.size),
        Cancel("SOL", "1", None, ""),
        SetLeverage("SOL", 3, True, "a test"),
    ):
        assert refused(sim_bench.do(action)) is Refusal.UNFAMILIAR
    assert sim_bench.size() == entry.size
    accepted(sim_bench.do(sim_bench.exit()))


def test_hl_103_a_known_sentence_without_a_conclusion_is_not_unfamiliar(sim_bench: Bench) -> None:
    sim_bench.sim.arm(Fault("V26", is_write=True, params={"text": "Invalid nonce: nonce too low 5 < 6"}))
    sim_bench.observe()
    assert refused(sim_bench.do(sim_bench.exit())) is Refusal.OTHER


def test_hl_104_the_key_is_never_in_what_is_asked_or_told(sim_bench: Bench) -> None:
    access = sim_bench.venue.access()
    key = paper_identity("contract").agent_private_key.removeprefix("0x")
    assert key not in repr(access)
    assert all(key.encode() not in request.body for request in sim_bench.wire.requests)
