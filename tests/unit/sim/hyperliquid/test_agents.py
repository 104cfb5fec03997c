"""Who may sign for whom: agents, their end, and what only the account's own key may do."""

import json
from typing import Any

import eth_account
import pytest
from hyperliquid.utils import signing as official

from tests.support.embedded import URL, Embedded
from tests.support.embedded_wire import NOW_MS
from trader.core.wire import Answer, Request
from trader.sim.hyperliquid.accounts import DAY_MS, Accounts
from trader.sim.hyperliquid.switches import Switches

MASTER: Any = eth_account.Account.from_key("0x" + "42" * 32)
STRANGER = "0x" + "33" * 32


def address(number: int) -> str:
    return f"0x{number:040x}"


def test_a_stranger_does_not_exist() -> None:
    stranger = eth_account.Account.from_key(STRANGER).address.lower()
    words = Embedded().refusal({"type": "noop"}, key=STRANGER, source="b")
    assert words == f"User or API Wallet {stranger} does not exist."
    prefixed = Embedded(Switches(wallet_error_prefix=True)).refusal({"type": "noop"}, key=STRANGER)
    assert prefixed.startswith("L1 error: User or API Wallet 0x")


def test_a_stranger_is_funded_where_the_exchange_is_set_up_so() -> None:
    exchange = Embedded(Switches(fund_unknown=True))
    stranger = eth_account.Account.from_key(STRANGER).address
    assert exchange.act({"type": "noop"}, key=STRANGER, source="b")["status"] == "ok"
    state = exchange.read("clearinghouseState", user=stranger)
    assert state["marginSummary"]["accountValue"] == "1000.0"


def test_an_address_somebody_asked_about_is_recognised_from_either_source() -> None:
    exchange = Embedded(Switches(fund_unknown=True))
    stranger = eth_account.Account.from_key(STRANGER).address
    exchange.read("clearinghouseState", user=stranger)
    assert exchange.act({"type": "noop"}, key=STRANGER, source="a")["status"] == "ok"
    assert exchange.venue.model.users == tuple(sorted([exchange.user, stranger.lower()]))


@pytest.mark.parametrize("source", ["a", "b"])
def test_both_signing_sources_are_accepted(source: str) -> None:
    assert Embedded().act({"type": "noop"}, source=source)["status"] == "ok"


def test_a_wrong_vault_is_not_registered() -> None:
    words = Embedded().refusal({"type": "noop"}, vault="AB" * 20)
    assert words == "Vault not registered: 0x" + "ab" * 20


def test_a_signature_that_is_none_cannot_be_recovered() -> None:
    exchange = Embedded()
    body = b'{"action":{"type":"noop"},"nonce":%d,"signature":{"r":"0x0","s":"0x0","v":27}}' % NOW_MS
    answer = exchange.answered(Request(URL + "/exchange", body))
    assert answer.body == b'{"status":"err","response":"Unable to recover signer."}'


def test_a_revoked_agent_no_longer_exists() -> None:
    exchange = Embedded()
    exchange.venue.accounts.revoke(exchange.me.agent_address)
    words = exchange.refusal({"type": "noop"})
    assert words == f"User or API Wallet {exchange.me.agent_address} does not exist."


def test_expiry_is_enforced_late() -> None:
    accounts = Accounts(expiry_grace_ms=900_000)
    accounts.declare(address(1), master=address(9), valid_until_ms=NOW_MS)
    assert accounts.master_of(address(1), at_ms=NOW_MS + 900_000) == address(9)
    assert accounts.master_of(address(1), at_ms=NOW_MS + 900_001) is None


def test_an_account_has_one_agent_without_a_name_and_three_with_one() -> None:
    accounts = Accounts(expiry_grace_ms=0)
    for number, name in enumerate(["", "one", "two", "three"]):
        assert accounts.approve(address(number), master=address(9), name=name, at_ms=NOW_MS) is None
    assert accounts.approve(address(10), master=address(9), name="four", at_ms=NOW_MS) is not None
    assert accounts.approve(address(11), master=address(9), name="two", at_ms=NOW_MS) is None
    assert accounts.master_of(address(2), at_ms=NOW_MS) is None
    assert accounts.approve(address(12), master=address(9), name="", at_ms=NOW_MS) is None
    assert accounts.master_of(address(0), at_ms=NOW_MS) is None
    assert accounts.approve(address(0), master=address(9), name="", at_ms=NOW_MS) == (
        "Extra agent already used."
    )
    assert [agent.name for agent in accounts.named_agents(address(9))] == ["one", "three", "two"]


@pytest.mark.parametrize(
    ("name", "plain", "days"),
    [
        ("bot", "bot", 90),
        (f"bot valid_until {NOW_MS + DAY_MS}", "bot", 1),
        ("bot valid_until 9" + "9" * 14, "bot", 180),
    ],
)
def test_a_name_may_carry_its_expiry(name: str, plain: str, days: int) -> None:
    accounts = Accounts(expiry_grace_ms=0)
    accounts.approve(address(1), master=address(9), name=name, at_ms=NOW_MS)
    agent = accounts.agent(address(1))
    assert agent is not None
    assert (agent.name, agent.valid_until_ms) == (plain, NOW_MS + days * DAY_MS)


def user_signed(exchange: Embedded, action: dict[str, Any], signature: Any, nonce: int) -> Any:
    body = {"action": action, "nonce": nonce, "signature": signature}
    answer = exchange.send(Request(URL + "/exchange", json.dumps(body).encode(), is_write=True))
    assert isinstance(answer, Answer)
    return json.loads(answer.body) if answer.status == 200 else answer.status


def approval(exchange: Embedded, wallet: Any, *, nonce: int, inner: int | None = None) -> Any:
    agent: Any = eth_account.Account.from_key("0x" + "55" * 32)
    action = {
        "type": "approveAgent",
        "agentAddress": agent.address,
        "agentName": "bot",
        "nonce": inner or nonce,
    }
    return user_signed(exchange, action, official.sign_agent(wallet, action, False), nonce)


def test_a_master_approves_an_agent_that_then_trades_for_it() -> None:
    exchange = Embedded(Switches(fund_unknown=True))
    exchange.act({"type": "noop"}, key="0x" + "42" * 32, source="b")
    reply = approval(exchange, MASTER, nonce=NOW_MS + 50)
    assert reply == {"status": "ok", "response": {"type": "default"}}
    agents = exchange.read("extraAgents", user=MASTER.address)
    assert agents[0]["name"] == "bot"
    assert agents[0]["validUntil"] == NOW_MS + 90 * DAY_MS
    role = exchange.read("userRole", user=agents[0]["address"])
    assert role == {"role": "agent", "data": {"user": MASTER.address.lower()}}
    assert exchange.act({"type": "noop"}, key="0x" + "55" * 32)["status"] == "ok"


def test_what_an_agent_may_not_sign_is_attributed_to_its_own_empty_account() -> None:
    exchange = Embedded()
    wallet = eth_account.Account.from_key(exchange.me.agent_private_key)
    reply = approval(exchange, wallet, nonce=NOW_MS)
    assert reply == {
        "status": "err",
        "response": f"Must deposit before performing actions. User: {exchange.me.agent_address}",
    }
    assert exchange.refusal({"type": "reserveRequestWeight", "weight": 10}).startswith("Must deposit before")


def test_the_inner_nonce_must_be_the_outer_one_and_counts_once() -> None:
    exchange = Embedded(Switches(fund_unknown=True))
    exchange.venue.open_account(MASTER.address.lower(), exchange.venue.switches.equity)
    assert "Invalid nonce" in approval(exchange, MASTER, nonce=NOW_MS, inner=NOW_MS + 1)["response"]
    assert approval(exchange, MASTER, nonce=NOW_MS + 5)["status"] == "ok"
    assert "duplicate nonce" in approval(exchange, MASTER, nonce=NOW_MS + 5)["response"]


def test_a_builder_must_be_approved_and_is_never_charged_silently() -> None:
    exchange = Embedded()
    exchange.venue.open_account(MASTER.address.lower(), exchange.venue.switches.equity)
    order = {"a": 0, "b": True, "p": "90000", "s": "0.001", "r": False, "t": {"limit": {"tif": "Gtc"}}}
    action = {"type": "order", "orders": [order], "grouping": "na", "builder": {"b": address(7), "f": 10}}
    assert exchange.refusal(action, key="0x" + "42" * 32) == "Builder fee has not been approved."
    fee = {"type": "approveBuilderFee", "maxFeeRate": "0.01%", "builder": address(7), "nonce": NOW_MS}
    signature = official.sign_approve_builder_fee(MASTER, fee, False)
    assert user_signed(exchange, fee, signature, NOW_MS)["status"] == "ok"
    assert exchange.read("maxBuilderFee", user=MASTER.address, builder=address(7)) == 10
    assert "not modelled" in exchange.refusal(action, key="0x" + "42" * 32)
    free = action | {"builder": {"b": address(7), "f": 0}}
    assert exchange.act(free, key="0x" + "42" * 32)["status"] == "ok"


def test_money_does_not_leave() -> None:
    exchange = Embedded()
    exchange.venue.open_account(MASTER.address.lower(), exchange.venue.switches.equity)
    send = {"type": "usdSend", "destination": address(7), "amount": "1", "time": NOW_MS}
    reply = user_signed(exchange, send, official.sign_usd_transfer_action(MASTER, send, False), NOW_MS)
    assert "not possible" in reply["response"]


@pytest.mark.parametrize("broken", ["signatureChainId", "maxFeeRate"])
def test_an_approval_that_lacks_a_field_cannot_be_decoded(broken: str) -> None:
    exchange = Embedded()
    fee = {"type": "approveBuilderFee", "maxFeeRate": "0.01%", "builder": address(7), "nonce": NOW_MS}
    signature = official.sign_approve_builder_fee(MASTER, fee, False)
    del fee[broken]
    assert user_signed(exchange, fee, signature, NOW_MS) == 422
