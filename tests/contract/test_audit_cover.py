"""The audit from outside, with each venue's official client, against the embedded exchanges over HTTP.

Accounts are planted at the wire. Every state that leaves a position bare is found and named; sound ones pass;
and what cannot be read is never called covered.
"""

import ast
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.audit_places import (
    BARE,
    COVERED,
    PLACES,
    SCRIPT,
    UNREAD,
    Audited,
    auditor,
    judged,
    place_of,
    served,
)
from tests.support.audit_states import BARE_STATES
from tests.support.embedded import limit, order, trigger
from tests.support.source_tree import ROOT
from trader.sim.faults import Fault, Plan

READERS = tuple(sorted((ROOT / "scripts").glob("audit_*.py")))

# OKX's client hands its body to httpx in a way that httpx no longer likes; that is between the two of them.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Audited:
    return auditor(monkeypatch, capsys)


def bound(venue: str) -> dict[str, Any]:
    """What makes an exit follow the position."""
    if venue == "hyperliquid":
        return {"s": "0", "grouping": "positionTpsl"}
    if venue.startswith("okx"):
        return {"sz": None, "closeFraction": "1"}
    return {"quantity": None, "closePosition": True}


@pytest.mark.parametrize("name", PLACES)
def test_a_stop_for_the_whole_position_covers(name: str, audited: Audited) -> None:
    place = place_of(name)
    place.exit()
    code, said = audited(place)
    assert (code, said.count("\n")) == (COVERED, 1), said
    assert said.startswith("covered ") and "95000" in said


@pytest.mark.parametrize("name", PLACES)
def test_a_stop_that_follows_the_position_covers(name: str, audited: Audited) -> None:
    place = place_of(name)
    place.exit(**bound(name))
    assert audited(place)[0] == COVERED


@pytest.mark.parametrize("name", PLACES)
def test_stops_for_parts_add_up(name: str, audited: Audited) -> None:
    place, size = place_of(name), SIZES[name.split()[0]]
    place.exit(**{size: HALF[size]})
    code, said = audited(place)
    assert code == BARE and "stops are too small" in said
    place.exit("94000", **{size: HALF[size]})
    assert audited(place)[0] == COVERED


def test_a_trigger_order_on_the_closing_side_of_a_leg_covers(audited: Audited) -> None:
    """In net mode the same order could open a position."""
    fields = {"slTriggerPx": None, "ordType": "trigger", "triggerPx": "95000", "orderPx": "-1"}
    for name, expected in (("okx two-sided", COVERED), ("okx net", BARE)):
        place = place_of(name)
        place.exit(**fields, triggerPxType="mark")
        assert audited(place)[0] == expected


SIZES = {"hyperliquid": "s", "okx": "sz", "binance": "quantity"}
HALF = {"s": "0.01", "sz": "1", "quantity": "0.010"}


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        pytest.param(name, changes, words, id=f"{name}: {wrong}")
        for name, wrong, changes, words in BARE_STATES
    ],
)
def test_a_bare_position_is_found(
    name: str, changes: dict[str, Any] | None, words: str, audited: Audited
) -> None:
    fields = dict(changes or {})
    place = place_of(name, is_open=not fields.pop("before", False))
    if changes is not None:
        at = fields.pop("at", "95000")
        place.exit(at, **({"slTriggerPx": None} if at is None else {}), **fields)
    place.enter()
    code, said = audited(place)
    assert code == BARE, said
    assert said.startswith("NOT COVERED ") and words in said


@pytest.mark.parametrize("name", PLACES)
def test_a_stop_that_liquidation_overtakes_is_found(name: str, audited: Audited) -> None:
    place = place_of(name, isolated=True)
    place.exit("95000")
    code, said = audited(place)
    assert code == BARE and "comes first" in said, said
    place.exit("99500", **({"s": "0.02"} if name == "hyperliquid" else {}))
    assert audited(place)[0] == COVERED


def test_a_child_of_an_entry_that_rests_is_no_stop(audited: Audited) -> None:
    place = place_of("hyperliquid")
    child = order("sell", "80000", "0.02", trigger("85000"), reduce=True)
    said = place.statuses(order("buy", "90000", "0.02", limit()), child, grouping="normalTpsl")
    assert said[1] == "waitingForFill"
    code, told = audited(place)
    assert code == BARE and "waits for an entry" in told


@pytest.mark.parametrize("name", ["okx net", "okx two-sided"])
def test_what_a_resting_entry_carries_is_no_stop(name: str, audited: Audited) -> None:
    place = place_of(name)
    carried = [{"slTriggerPx": "85000", "slOrdPx": "-1", "slTriggerPxType": "mark"}]
    place.wire.order("buy", "2", px="90000", attachAlgoOrds=carried)
    code, said = audited(place)
    assert code == BARE and "no stop is live" in said


@pytest.mark.parametrize("name", ["okx net", "binance two-sided"])
def test_a_resting_exit_takes_the_place_of_a_sized_stop(name: str, audited: Audited) -> None:
    """Where the venue counts both, the stop would be refused when it fires."""
    place = place_of(name)
    place.exit()
    if name == "okx net":
        place.wire.order("sell", "1", px="105000", reduceOnly=True)
    else:
        place.wire.order("SELL", "0.01", price="103000", positionSide="LONG")
    code, said = audited(place)
    assert code == BARE and "would be refused" in said
    place.exit("94000", **bound(name))
    assert audited(place)[0] == COVERED


@pytest.mark.parametrize("name", ["okx two-sided", "binance two-sided"])
def test_each_side_is_judged_by_itself(name: str, audited: Audited) -> None:
    place = place_of(name)
    place.exit()
    if name.startswith("okx"):
        place.wire.order("sell", "1", posSide="short")
    else:
        place.wire.order("SELL", "0.01", positionSide="SHORT")
    code, said = audited(place)
    assert code == BARE
    bare = [line for line in said.splitlines() if line.startswith("NOT")]
    assert len(said.splitlines()) == 2 and len(bare) == 1 and "short" in bare[0]


def test_an_account_without_a_position_is_covered(audited: Audited) -> None:
    assert audited(place_of("hyperliquid", is_open=False)) == (COVERED, "covered      no position is open\n")


@pytest.mark.parametrize("kind", ["H4", "H11", "T9"])
@pytest.mark.parametrize("name", ["hyperliquid", "okx net", "binance one-way"])
def test_what_cannot_be_read_is_never_called_covered(name: str, kind: str, audited: Audited) -> None:
    place = place_of(name)
    place.exit()
    place.line.arm(Plan((Fault(kind, times=0),)))
    code, said = audited(place)
    assert code == UNREAD, said
    assert said.startswith("NOT READ ")


@pytest.mark.parametrize("name", ["okx net", "binance one-way"])
def test_a_key_that_is_not_known_is_told_and_never_shown(name: str, audited: Audited) -> None:
    place = place_of(name)
    secret = dict.fromkeys(place.keys(), "not-the-key-of-anybody")
    place.keys = lambda: secret
    code, said = audited(place)
    assert code == UNREAD
    assert "not-the-key" not in said


def test_the_address_of_an_api_wallet_is_no_account(audited: Audited) -> None:
    place = place_of("hyperliquid")
    place.asked = lambda: ["--venue", "hyperliquid", "--account", place.me.agent_address]
    code, said = audited(place)
    assert code == UNREAD and "is agent, not an account" in said


@pytest.mark.parametrize("name", ["okx net", "binance one-way"])
def test_an_account_that_the_key_does_not_belong_to_is_refused(name: str, audited: Audited) -> None:
    code, said = audited(place_of(name), "--account", "another")
    assert code == UNREAD and "not to another" in said


@pytest.mark.parametrize(("bits", "code"), [(0o600, COVERED), (0o640, UNREAD), (0o604, UNREAD)])
def test_keys_come_from_a_file_that_nobody_else_can_read(
    bits: int, code: int, tmp_path: Path, audited: Audited
) -> None:
    place = place_of("okx net")
    place.exit()
    file = tmp_path / "keys"
    file.write_text("# read-only\n" + "".join(f"{k} = {v}\n" for k, v in place.keys().items()))
    file.chmod(bits)
    place.keys = dict
    assert audited(place, "--keys", str(file))[0] == code


def held(leg: str, **changes: Any) -> dict[str, Any]:
    """A position of 2 at 100, liquidated at a distance of 20."""
    away = Decimal(80 if leg == "long" else 120)
    sound: dict[str, Any] = {"slot": "X", "market": "X", "leg": leg, "size": Decimal(2), "unit": "coins"}
    sound |= {"mark": Decimal(100), "entry": Decimal(100), "liquidation": away, "closable": None}
    return sound | changes


def stop(leg: str, distance: int = 5, **changes: Any) -> dict[str, Any]:
    at = Decimal(100 - distance if leg == "long" else 100 + distance)
    sound: dict[str, Any] = {"slot": "X", "name": "stop", "closes": leg, "size": Decimal(2), "trigger": at}
    return sound | {"source": "mark", "limit": None, "flaw": None} | changes


@pytest.mark.parametrize("leg", ["long", "short"])
@pytest.mark.parametrize(
    ("position", "exit_", "bare"),
    [
        ({}, {}, 0),
        ({}, {"distance": 15}, 0),
        ({}, {"distance": 17}, 2),
        ({}, {"distance": -1}, 2),
        ({"liquidation": None}, {"distance": 60}, 0),
        ({"closable": Decimal(1)}, {}, 2),
        ({"closable": Decimal(1)}, {"size": None}, 0),
        ({}, {"size": Decimal("1.5")}, Decimal("0.5")),
        ({}, {"slot": "Y"}, 2),
        ({}, {"source": "last"}, 2),
    ],
)
def test_both_sides_are_judged_alike(
    leg: str, position: dict[str, Any], exit_: dict[str, Any], bare: Any
) -> None:
    assert judged(held(leg, **position), [stop(leg, **exit_)], "mark")[0] == bare


def test_it_shares_nothing_with_the_program() -> None:
    for file in (SCRIPT, *READERS):
        text = file.read_text()
        assert len(text.splitlines()) < 120, f"{file.name} is too long to be read at a glance"
        for node in ast.walk(ast.parse(text)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.split(".")[0] == "trader" for name in names), file.name
    assert [file.stem for file in READERS] == ["audit_binance", "audit_hyperliquid", "audit_okx"]


def test_it_runs_by_itself(tmp_path: Path) -> None:
    """A process of its own, in a folder without the program, with an empty environment."""
    place = place_of("hyperliquid")
    with served(place.line, place.clock) as url:
        command = [sys.executable, "-I", str(SCRIPT), *place.asked(), "--url", url]
        ran = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (BARE, "")
    assert ran.stdout == "NOT COVERED  BTC long 0.02 coins: 0.02 bare; no stop is live\n"
