"""Money that came and went: each kind with its sign and its fee, and no kind that is guessed."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.hyperliquid_answers import ACCOUNT, NOW_MS, RECORDED, a_movement
from trader.core.errors import Malformed
from trader.core.past import Flow
from trader.venues.hyperliquid.parse_ledger import flows

OTHER = "0x" + "99" * 20
CASSETTES: Path = RECORDED.parent / "hyperliquid" / "recorded"
TO_US: dict[str, object] = {"user": OTHER, "destination": ACCOUNT.upper().replace("0X", "0x")}
FROM_US: dict[str, object] = {"user": ACCOUNT, "destination": OTHER}
SEND: dict[str, object] = {"token": "USDC", "amount": "100.0", "usdcValue": "100.0", "fee": "1.0"}


def dexes(source: str, destination: str) -> dict[str, object]:
    return {"sourceDex": source, "destinationDex": destination}


MOVED: list[tuple[str, dict[str, object], str]] = [
    ("deposit", {"usdc": "2703997.4500000002"}, "2703997.4500000002"),
    ("withdraw", {"usdc": "47999.0", "nonce": 1, "fee": "1.0"}, "-48000"),
    ("accountClassTransfer", {"usdc": "12.0", "toPerp": True}, "12"),
    ("accountClassTransfer", {"usdc": "12.0", "toPerp": False}, "-12"),
    ("perpDexClassTransfer", {"amount": "7.0", "token": "USDC", "dex": "", "toPerp": True}, "7"),
    ("perpDexClassTransfer", {"amount": "7.0", "token": "USDC", "dex": "", "toPerp": False}, "-7"),
    ("internalTransfer", {"usdc": "5.0", "fee": "1.0", **TO_US}, "5"),
    ("internalTransfer", {"usdc": "5.0", "fee": "1.0", **FROM_US}, "-6"),
    ("subAccountTransfer", {"usdc": "5.0", **TO_US}, "5"),
    ("subAccountTransfer", {"usdc": "5.0", **FROM_US}, "-5"),
    ("send", {**SEND, **FROM_US, **dexes("", "")}, "-101"),
    ("send", {**SEND, **TO_US, **dexes("", "")}, "100"),
    ("send", {**SEND, **TO_US, **dexes("spot", "")}, "100"),
    ("send", {**SEND, **FROM_US, **dexes("", "xyz")}, "-101"),
    ("send", {**SEND, "user": ACCOUNT, "destination": ACCOUNT, **dexes("", "spot")}, "-101"),
    ("send", {**SEND, "user": ACCOUNT, "destination": ACCOUNT, **dexes("spot", "")}, "100"),
    ("vaultCreate", {"vault": OTHER, "usdc": "100.0", "fee": "100.0"}, "-200"),
    ("vaultDeposit", {"vault": OTHER, "usdc": "30.0"}, "-30"),
    ("vaultDistribution", {"vault": OTHER, "usdc": "30.0"}, "30"),
    (
        "vaultWithdraw",
        {"vault": OTHER, "user": ACCOUNT, "requestedUsd": "31.0", "netWithdrawnUsd": "30.5"},
        "30.5",
    ),
    ("vaultLeaderCommission", {"user": ACCOUNT, "usdc": "0.25"}, "0.25"),
    ("rewardsClaim", {"amount": "2.5", "token": "USDC"}, "2.5"),
    ("rewardsClaim", {"amount": "2.5"}, "2.5"),
]
UNMOVED: list[tuple[str, dict[str, object]]] = [
    ("send", {**SEND, **FROM_US, **dexes("spot", "")}),
    ("send", {**SEND, **TO_US, **dexes("", "spot")}),
    ("send", {**SEND, **TO_US, **dexes("", "xyz")}),
    ("perpDexClassTransfer", {"amount": "7.0", "token": "USDC", "dex": "xyz", "toPerp": True}),
    ("rewardsClaim", {"amount": "2.5", "token": "HYPE"}),
    ("deposit", {"usdc": "0.0"}),
    *((kind, {}) for kind in ("spotTransfer", "spotGenesis", "cStakingTransfer", "borrowLend")),
    *((kind, {}) for kind in ("deployGasAuction", "accountActivationGas", "activateDexAbstraction")),
    ("liquidation", {"accountValue": "-3.0", "leverageType": "Cross", "liquidatedPositions": []}),
]


@pytest.mark.parametrize(("kind", "delta", "amount"), MOVED)
def test_what_moved_with_its_sign_and_its_fee(kind: str, delta: dict[str, Any], amount: str) -> None:
    found, times = flows([a_movement(kind, **delta)], ACCOUNT)
    assert found == [Flow(NOW_MS - 60_000, Decimal(amount), kind)]
    assert times == [NOW_MS - 60_000]


@pytest.mark.parametrize(("kind", "delta"), UNMOVED)
def test_what_moved_nothing_that_perpetuals_are_traded_with(kind: str, delta: dict[str, Any]) -> None:
    found, times = flows([a_movement(kind, **delta)], ACCOUNT)
    assert (found, times) == ([], [NOW_MS - 60_000])


@pytest.mark.parametrize("kind", ["stakingRefund", "Deposit", ""])
def test_a_kind_that_nobody_knows_is_not_read_past(kind: str) -> None:
    with pytest.raises(Malformed, match="a kind that this version knows"):
        flows([a_movement("deposit", usdc="1.0"), a_movement(kind, usdc="1.0")], ACCOUNT)


@pytest.mark.parametrize(
    ("kind", "delta"),
    [
        ("deposit", {}),
        ("deposit", {"usdc": 5}),
        ("deposit", {"usdc": "-5.0"}),
        ("deposit", {"usdc": "NaN"}),
        ("withdraw", {"usdc": "5.0"}),
        ("accountClassTransfer", {"usdc": "5.0"}),
        ("accountClassTransfer", {"usdc": "5.0", "toPerp": "true"}),
        ("internalTransfer", {"usdc": "5.0", "user": OTHER, "destination": OTHER}),
        ("internalTransfer", {"usdc": "5.0", "user": OTHER}),
        ("send", {**SEND, **FROM_US, "sourceDex": ""}),
        ("send", {**SEND, **FROM_US, **dexes("", "spot"), "fee": None}),
        ("vaultWithdraw", {"vault": OTHER, "requestedUsd": "31.0"}),
        ("rewardsClaim", {"token": "USDC"}),
    ],
)
def test_a_row_without_what_it_must_have_is_malformed(kind: str, delta: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        flows([a_movement(kind, **delta)], ACCOUNT)


@pytest.mark.parametrize("rows", [None, {}, [None], [{"time": 5, "delta": {}}], [{"delta": {}}], "x"])
def test_a_list_of_another_shape_is_malformed(rows: object) -> None:
    with pytest.raises(Malformed):
        flows(rows, ACCOUNT)


def test_the_recorded_movements() -> None:
    recorded = json.loads((CASSETTES / "user_non_funding_ledger_updates_without_end_time.json").read_text())[
        -1
    ]
    found, times = flows(recorded["response"], recorded["request"]["user"])
    assert len(times) == 5
    assert [(flow.kind, str(flow.amount)) for flow in found] == [
        ("deposit", "2703997.4500000002"),
        ("accountClassTransfer", "-12.0"),
        ("accountClassTransfer", "-2684105.0099999998"),
        ("deposit", "1099994.98"),
    ]
