"""Money that comes and goes by hand, as the venue's kinds tell it, and what the samples make of it."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded import Embedded
from tests.support.embedded_wire import NOW_MS
from trader.sim.faults import Fault
from trader.sim.hyperliquid.flows import STRANGER, move
from trader.sim.hyperliquid.venue import Venue


def moved(amount: str, kind: str | None = None) -> tuple[Embedded, dict[str, Any]]:
    exchange = Embedded()
    move(exchange.venue, exchange.user, Decimal(amount), kind)
    row = exchange.read("userNonFundingLedgerUpdates", user=exchange.user, startTime=0)[-1]
    assert (row["time"], row["hash"]) == (NOW_MS, "0x" + "00" * 32)
    return exchange, row["delta"]


IN_AND_OUT: list[tuple[str | None, dict[str, Any], dict[str, Any]]] = [
    (
        None,
        {"type": "deposit", "usdc": "70.0"},
        {"type": "withdraw", "usdc": "70.0", "nonce": NOW_MS, "fee": "0.0"},
    ),
    (
        "accountClassTransfer",
        {"type": "accountClassTransfer", "usdc": "70.0", "toPerp": True},
        {"type": "accountClassTransfer", "usdc": "70.0", "toPerp": False},
    ),
    (
        "subAccountTransfer",
        {"type": "subAccountTransfer", "usdc": "70.0", "user": STRANGER, "destination": "me"},
        {"type": "subAccountTransfer", "usdc": "70.0", "user": "me", "destination": STRANGER},
    ),
    (
        "internalTransfer",
        {"type": "internalTransfer", "usdc": "70.0", "user": STRANGER, "destination": "me", "fee": "0.0"},
        {"type": "internalTransfer", "usdc": "70.0", "user": "me", "destination": STRANGER, "fee": "0.0"},
    ),
]


@pytest.mark.parametrize(("kind", "came", "went"), IN_AND_OUT)
def test_each_way_of_a_kind(kind: str | None, came: dict[str, Any], went: dict[str, Any]) -> None:
    for amount, expected in (("70", came), ("-70", went)):
        exchange, delta = moved(amount, kind)
        assert delta == {name: exchange.user if value == "me" else value for name, value in expected.items()}
        worth = exchange.read("clearinghouseState", user=exchange.user)["marginSummary"]["accountValue"]
        assert Decimal(worth) == 1000 + Decimal(amount)


@pytest.mark.parametrize(
    ("kind", "amount", "fields"),
    [
        ("send", "70", {"sourceDex", "destinationDex", "token", "amount", "usdcValue", "fee", "feeToken"}),
        ("vaultDeposit", "-70", {"vault", "usdc"}),
        ("vaultDistribution", "70", {"vault", "usdc"}),
        ("vaultCreate", "-70", {"vault", "usdc", "fee"}),
        ("vaultWithdraw", "70", {"vault", "user", "requestedUsd", "commission", "closingCost", "basis"}),
        ("rewardsClaim", "70", {"amount", "token"}),
        ("somethingNew", "70", {"usdc"}),
    ],
)
def test_a_kind_has_the_fields_that_a_client_of_the_venue_knows(
    kind: str, amount: str, fields: set[str]
) -> None:
    _, delta = moved(amount, kind)
    assert delta["type"] == kind
    assert fields <= set(delta)


def test_more_than_the_margin_lets_go_cannot_leave() -> None:
    with pytest.raises(ValueError, match="cannot leave"):
        moved("-1001")


def test_no_flow_is_profit() -> None:
    exchange = Embedded()
    exchange.buy("0.001")
    before = exchange.read("portfolio", user=exchange.user)[4][1]
    move(exchange.venue, exchange.user, Decimal(5000), "internalTransfer")
    move(exchange.venue, exchange.user, Decimal(-900))
    after = exchange.read("portfolio", user=exchange.user)[4][1]
    assert (
        Decimal(after["accountValueHistory"][-1][1]) - Decimal(before["accountValueHistory"][-1][1]) == 4100
    )
    assert after["pnlHistory"][-1][1] == before["pnlHistory"][-1][1]


def test_a_fault_moves_money_once() -> None:
    exchange = Embedded()
    exchange.arm(Fault("V29", params={"amount": "250.5", "kind": "vaultWithdraw"}))
    for _ in range(3):
        state = exchange.read("clearinghouseState", user=exchange.user)
    assert state["marginSummary"]["accountValue"] == "1250.5"


def test_what_is_told_outlives_the_process() -> None:
    exchange, _ = moved("70", "subAccountTransfer")
    exchange.venue.roles[exchange.user] = "subAccount"
    exchange.venue.special_status = "network upgrade"
    again = Venue(exchange.venue.model, exchange.venue.feed)
    again.restore(exchange.venue.dump())
    assert (again.told_as, again.roles, again.special_status) == (
        exchange.venue.told_as,
        exchange.venue.roles,
        "network upgrade",
    )


def test_a_file_of_an_earlier_version_is_read() -> None:
    exchange = Embedded()
    old = {
        name: value
        for name, value in exchange.venue.dump().items()
        if name not in ("told_as", "roles", "special_status")
    }
    again = Venue(exchange.venue.model, exchange.venue.feed)
    again.restore(old)
    assert (again.told_as, again.roles, again.special_status) == ({}, {}, None)
