"""Faults that stay: states of the venue, ends of keys, roles of accounts, limits that are used up."""

import pytest

from tests.support.embedded import Embedded, limit, order, orders
from tests.support.embedded_wire import NOW_MS
from trader.sim.faults import Fault
from trader.sim.hyperliquid.flows import STRANGER

ENTRY = orders(order("buy", "101000", "0.001", limit("Ioc")))


def lied_to(*faults: Fault) -> Embedded:
    exchange = Embedded()
    exchange.arm(*faults)
    return exchange


def test_a_special_state_comes_and_goes() -> None:
    exchange = lied_to(Fault("V28"), Fault("V28", nth=3, params={"state": ""}))
    told = [exchange.read("exchangeStatus") for _ in range(3)]
    assert [row["specialStatuses"] for row in told] == ["network upgrade", "network upgrade", None]
    assert {row["time"] for row in told} == {NOW_MS}
    assert exchange.act(ENTRY)["status"] == "ok"


def test_a_key_that_ends_is_listed_and_then_dead() -> None:
    exchange = lied_to(Fault("V30", params={"in_ms": 60_000}))
    (agent,) = exchange.read("extraAgents", user=exchange.user)
    assert agent == {"name": "trader", "address": exchange.me.agent_address, "validUntil": NOW_MS + 60_000}
    exchange.clock.advance(60_000 + 900_001)
    assert "does not exist" in exchange.refusal({"type": "noop"})
    assert exchange.read("userRole", user=exchange.me.agent_address) == {"role": "missing"}


def test_a_key_without_a_name_is_not_listed() -> None:
    exchange = lied_to(Fault("V30", params={"name": ""}))
    assert exchange.read("extraAgents", user=exchange.user) == []
    assert exchange.read("userRole", user=exchange.me.agent_address)["role"] == "agent"


def test_a_key_may_be_another_accounts() -> None:
    exchange = lied_to(Fault("V30", params={"account": STRANGER.upper().replace("0X", "0x")}))
    assert exchange.read("userRole", user=exchange.me.agent_address) == {
        "role": "agent",
        "data": {"user": STRANGER},
    }
    assert exchange.read("extraAgents", user=exchange.user) == []


@pytest.mark.parametrize(
    ("role", "data"),
    [
        ("missing", None),
        ("vault", None),
        ("subAccount", {"master": STRANGER}),
        ("agent", {"user": STRANGER}),
        ("guardian", None),
    ],
)
def test_an_account_is_said_to_be_something_else(role: str, data: dict[str, str] | None) -> None:
    exchange = lied_to(Fault("V31", params={"role": role}))
    expected = {"role": role} if data is None else {"role": role, "data": data}
    assert exchange.read("userRole", user=exchange.user) == expected
    assert exchange.read("userRole", user=exchange.me.agent_address)["role"] == "agent"


def test_a_limit_is_used_up_until_more_is_traded() -> None:
    exchange = lied_to(Fault("V32"))
    said = exchange.read("userRateLimit", user=exchange.user)
    assert said["nRequestsUsed"] == said["nRequestsCap"]
    assert exchange.refusal(ENTRY).startswith("Too many cumulative requests sent (10001 > 10000)")
    assert exchange.act({"type": "cancel", "cancels": [{"a": 0, "o": 1}]})["status"] == "ok"
    exchange.clock.advance(10_000)
    assert exchange.act(ENTRY)["status"] == "ok"


@pytest.mark.parametrize(("applied", "held"), [(False, "0"), (True, "0.001")])
def test_a_write_is_answered_in_words_of_the_fault(applied: bool, held: str) -> None:
    exchange = lied_to(Fault("V26", is_write=True, params={"text": "Not today.", "applied": applied}))
    assert exchange.act(ENTRY) == {"status": "err", "response": "Not today."}
    assert str(exchange.position()) == held
    assert exchange.act(ENTRY)["status"] == "ok"
