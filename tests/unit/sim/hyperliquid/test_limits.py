"""Nonces, the two budgets, and the schedule: what limits a client."""

from decimal import Decimal

import pytest

from tests.support.embedded import BTC, Embedded, order, orders
from trader.sim.hyperliquid.budgets import AddressBudget, IpBudget
from trader.sim.hyperliquid.nonces import FUTURE_MS, KEPT, PAST_MS, NonceBook
from trader.sim.hyperliquid.schedule import CancelSchedule
from trader.sim.hyperliquid.switches import Switches

NOW = 1_780_000_000_000
MILLION = Decimal(1_000_000)


def test_a_nonce_counts_once_and_out_of_order_is_fine() -> None:
    book = NonceBook()
    for nonce in (NOW, NOW - 5, NOW + 5):
        assert book.refusal("a", nonce, at_ms=NOW) is None
        book.use("a", nonce)
    assert book.refusal("a", NOW - 5, at_ms=NOW) == f"Invalid nonce: duplicate nonce {NOW - 5}"
    assert book.refusal("b", NOW, at_ms=NOW) is None


def test_only_the_hundred_highest_are_kept() -> None:
    book = NonceBook()
    for nonce in range(NOW, NOW + 2 * KEPT, 2):
        book.use("a", nonce)
    assert book.refusal("a", NOW - 1, at_ms=NOW) == f"Invalid nonce: nonce too low {NOW - 1} < {NOW}"
    assert book.refusal("a", NOW + 1, at_ms=NOW) is None
    book.use("a", NOW + 2 * KEPT)
    assert book.dump()["a"] == list(range(NOW + 2, NOW + 2 * KEPT + 1, 2))
    assert "too low" in str(book.refusal("a", NOW, at_ms=NOW))


@pytest.mark.parametrize(
    ("nonce", "words"),
    [
        (NOW - PAST_MS, "nonce too low"),
        (NOW - PAST_MS + 1, None),
        (NOW + FUTURE_MS, "nonce too high"),
        (NOW + FUTURE_MS - 1, None),
    ],
)
def test_a_nonce_lies_within_two_days_back_and_one_ahead(nonce: int, words: str | None) -> None:
    refusal = NonceBook().refusal("a", nonce, at_ms=NOW)
    assert (refusal is None) if words is None else (words in str(refusal))


def test_a_pruned_signers_old_nonces_could_be_replayed() -> None:
    book = NonceBook({"a": [NOW]})
    book.forget("a")
    assert book.refusal("a", NOW, at_ms=NOW) is None


@pytest.mark.parametrize(("consumes", "second"), [(True, "err"), (False, "ok")])
def test_whether_a_refused_action_used_its_nonce_up_is_a_switch(consumes: bool, second: str) -> None:
    exchange = Embedded(Switches(refused_consumes_nonce=consumes))
    exchange.refusal({"type": "updateLeverage", "asset": BTC, "isCross": True, "leverage": 99}, nonce=NOW)
    assert exchange.act({"type": "noop"}, nonce=NOW)["status"] == second


def test_a_body_that_cannot_be_decoded_never_uses_a_nonce_up() -> None:
    exchange = Embedded()
    broken = exchange.request(orders(order("buy", "90000", "0.001", {"limit": {"tif": "Day"}})), nonce=NOW)
    assert exchange.answered(broken).status == 422
    assert exchange.act({"type": "noop"}, nonce=NOW)["status"] == "ok"


def test_weight_is_a_sliding_minute_per_client() -> None:
    budget = IpBudget(100)
    budget.spend("a", 60, at_ms=NOW)
    assert budget.allows("a", 40, at_ms=NOW + 59_999)
    assert not budget.allows("a", 41, at_ms=NOW + 59_999)
    assert budget.allows("a", 100, at_ms=NOW + 60_000)
    assert budget.allows("b", 100, at_ms=NOW)


def test_the_address_budget_grows_with_volume_and_is_wider_for_cancels() -> None:
    budget = AddressBudget(10)
    assert budget.cap(Decimal("5.99")) == 15
    assert budget.cap(Decimal(0), is_cancel=True) == 20
    assert AddressBudget(10**6).cap(Decimal(0), is_cancel=True) == 10**6 + 100_000


def test_an_exhausted_account_has_one_action_in_ten_seconds() -> None:
    budget = AddressBudget(1)

    def refusal(at_ms: int) -> str | None:
        return budget.refusal("a", 1, volume=Decimal("0.5"), is_cancel=False, at_ms=at_ms)

    budget.spend("a", 1, volume=Decimal(0), at_ms=NOW)
    assert refusal(NOW) is None
    budget.spend("a", 1, volume=Decimal(0), at_ms=NOW)
    assert refusal(NOW + 9_999) == (
        "Too many cumulative requests sent (3 > 1) for cumulative volume traded $0.50. "
        "Place taker orders to free up 1 request per USDC traded."
    )
    assert refusal(NOW + 10_000) is None


def test_the_account_budget_speaks_through_the_wire_and_costs_no_refusal() -> None:
    exchange = Embedded()
    exchange.venue.address_budget.initial = 2
    limit_order = orders(order("buy", "90000", "0.001"), order("buy", "90001", "0.001"))
    assert exchange.act(limit_order)["status"] == "ok"
    assert exchange.act({"type": "noop"})["status"] == "ok"
    assert exchange.refusal({"type": "noop"}).startswith("Too many cumulative requests sent (4 > 2)")
    assert exchange.read("userRateLimit", user=exchange.user)["nRequestsUsed"] == 3


def test_the_schedule_needs_volume_notice_and_a_turn() -> None:
    schedule = CancelSchedule()
    poor = schedule.refusal("a", None, volume=Decimal("12066.75"), now_ms=NOW)
    assert poor == (
        "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. Traded: $12066.75."
    )
    assert "5 seconds" in str(schedule.refusal("a", NOW + 4_999, volume=MILLION, now_ms=NOW))
    assert schedule.refusal("a", NOW + 5_000, volume=MILLION, now_ms=NOW) is None
    assert schedule.refusal("a", None, volume=MILLION, now_ms=NOW) is None


def test_the_schedule_fires_ten_times_a_day_and_takes_stops_with_it() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    exchange.statuses(order("buy", "90000", "0.001"))
    schedule = exchange.venue.schedule
    for firing in range(10):
        schedule.set(exchange.user, exchange.clock.now_ms() + firing)
        exchange.venue.run_to(exchange.clock.now_ms() + firing)
    words = schedule.refusal(exchange.user, NOW + 100_000, volume=MILLION, now_ms=NOW + 20_000)
    assert words == "Scheduled cancel trigger limit reached for today."
    assert exchange.open_rows() == []
    newest = exchange.read("historicalOrders", user=exchange.user)[0]
    assert newest["status"] == "scheduledCancel"
    assert exchange.position() == Decimal("0.001")
