"""What people get wrong: a clear line each with what to do, the documented exit code; protection goes on."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import Ended, Machine, ended
from tests.support.scenes import cancel_stops, entries_filled, stage, stage_with_position, stops
from tests.support.served import Served
from trader.sim.hyperliquid.identity import paper_identity

KEY = "0x" + "17" * 32
ADDRESS = "0x" + "ab" * 20
OWN = paper_identity("own")
HEAD = "venue: hyperliquid\nmode: paper\n"
MARKETS = "markets: {BTC: {strategy: breakout}}\n"

BROKEN_FILES = {
    "an unknown key": (
        MARKETS + "limts: {notional_max: 5}\n",
        ":4:1: limts is not a setting; nearest: limits",
    ),
    "a duplicate key": (MARKETS + MARKETS, ":4:1: markets: is given twice, first in line 3: keep one"),
    "a word for a number": (
        MARKETS + "schedule: {deadline_s: soon}\n",
        ":4:12: schedule.deadline_s: 'soon' is not allowed: expected a whole number at least 20",
    ),
    "a tab": ("markets:\n\tBTC: x\n", ":4:1: found character that cannot start any token (a tab"),
    "another spelling": (
        "markets: {BTC: {strategy: brakeout}}\n",
        ":3:17: markets.BTC.strategy: 'brakeout' is not a strategy of this version: expected one of breakout",
    ),
}


@pytest.fixture
def signalled(tmp_path: Path) -> Iterator[Served]:
    """A signal is pending."""
    with Served(stage(("BTC",)), tmp_path) as one:
        yield one


@pytest.fixture
def naked(tmp_path: Path) -> Iterator[Served]:
    """A position whose stop somebody took away."""
    made = stage_with_position()
    cancel_stops(made, "BTC")
    with Served(made, tmp_path) as one:
        yield one


def run(served: Served, command: str, **options: object) -> Ended:
    result = ended(served.start(*command.split(), **options))
    assert "Traceback" not in result.text
    return result


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_run_with_a_broken_file_verifies_and_enters_nothing(name: str, signalled: Served) -> None:
    text, fault = BROKEN_FILES[name]
    file = signalled.machine.configure(f"{HEAD}{text}paper: {{url: '{signalled.server.url}'}}\n")
    result = run(signalled, "run")
    assert result.code == 78
    assert f"{file}{fault}" in result.out
    assert "proof   no position is open" in result.out
    assert entries_filled(signalled.made, "BTC") == 0


@pytest.mark.parametrize("command", ["run", "check-sl"])
def test_a_broken_file_never_switches_protection_off(command: str, naked: Served) -> None:
    naked.machine.configure(naked.configuration("limts: {a: 1}\n"))
    result = run(naked, command)
    assert result.code == 78
    assert "limts is not a setting" in result.out
    assert "covered by its stop at 95,659" in result.out
    assert naked.made.is_covered("BTC")


def test_with_a_broken_file_an_operator_can_look_halt_protect_and_close(naked: Served) -> None:
    naked.machine.configure(naked.configuration("limts: {a: 1}\n"))
    for command, words in (
        ("status", "BTC   long"),
        ("trades", "BTC   long"),
        ("halt", "halted"),
        ("protect --coin BTC --stop 0.02 --yes", "covered by its stop at 98,685"),
        ("flatten", "proof   no position is open"),
    ):
        result = run(naked, command, haste=10)
        assert (result.code, words in result.out) == (78, True), result
        assert "limts is not a setting; nearest: limits" in result.text
    assert naked.made.size("BTC") == 0
    assert stops(naked.made, "BTC") == []


def test_a_plan_of_a_broken_file_is_none(signalled: Served) -> None:
    signalled.machine.configure(signalled.configuration("limts: {a: 1}\n"))
    result = run(signalled, "plan")
    assert (result.code, result.out) == (78, "")
    assert "limts is not a setting" in result.said


CALLS = {
    "run --coin BTX": (78, "coin BTX is not under `markets`", "did you mean BTC?"),
    "plan --coin btc": (78, "coin btc is not under `markets`", "did you mean BTC?"),
    "flatten --coin btc --keep-trading": (
        78,
        "btc: no position, and no market of the configuration; open: none",
    ),
    "protect --coin BTX --stop 0.1 --yes": (78, "BTX: no position is open", "open: none"),
    "protect --coin BTC --stop abc --yes": (2, "'abc' is neither a price nor a fraction"),
    "protect --coin BTC --stop -5 --yes": (2, "must be above 0"),
    "protect --coin BTC --stop inf --yes": (2, "must be above 0 and finite"),
    "protect --coin BTC --stop 500% --yes": (2, "500% must be above 0 and below 100 %"),
    "protect --coin BTC --stop 0.1": (2, "there is no terminal to ask on; add --yes"),
    "protect --coin BTC --stop 0.1 --loosen --yes": (2, "--loosen needs a terminal"),
    "run --set sizing.position_ratio=x": (78, "--set: sizing.position_ratio: 'x' is not allowed"),
    "run --set nothing=1": (78, "--set: nothing is not a setting"),
    "run --set paper.url=http://192.0.2.1:80": (78, "expected an embedded exchange on this machine"),
    "run --config /nonexistent": (78, "/nonexistent: no such file; `trader init /nonexistent` writes one"),
    "run --nope": (2, "No such option '--nope'"),
    "rnu": (2, "no such command 'rnu'", "Did you mean 'run'?"),
}


@pytest.mark.parametrize("command", CALLS)
def test_a_call_that_cannot_be_meant_says_why_and_sends_nothing(command: str, signalled: Served) -> None:
    code, *words = CALLS[command]
    result = run(signalled, command)
    assert result.code == code
    assert all(str(word) in result.text for word in words), result
    assert entries_filled(signalled.made, "BTC") == 0


def test_a_market_that_the_venue_does_not_list_disables_only_itself(signalled: Served) -> None:
    signalled.machine.configure(signalled.configuration() + "  BCT: {strategy: breakout}\n")
    result = run(signalled, "run")
    assert "BCT is not a market of this venue; nearest: BTC" in result.out
    assert entries_filled(signalled.made, "BTC") == 1


def test_a_size_below_the_minimum_is_said_and_not_sent(signalled: Served) -> None:
    result = run(signalled, "run --set sizing.position_ratio=0.005")
    assert result.code == 0
    assert "below the venue's minimum of 10; raise equity or sizing.position_ratio" in result.out
    assert entries_filled(signalled.made, "BTC") == 0


UNREACHABLE = {
    "run": 23,
    "check-sl": 23,
    "flatten": 23,
    "status": 10,
    "plan": 10,
    "why BTC": 10,
    "trades": 10,
}


@pytest.mark.parametrize("command", UNREACHABLE)
def test_a_venue_that_cannot_be_reached_is_no_flat_account(command: str, naked: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    naked.machine.configure(naked.configuration().replace(naked.server.url, f"http://127.0.0.1:{port}"))
    result = run(naked, command, haste=50)
    assert result.code == UNREACHABLE[command]
    assert "Connection refused" in result.text
    assert "no position" not in result.text


CREDENTIALS = {
    "none": (None, 0o600, "no such file"),
    "for everybody": (
        f"HYPERLIQUID_ACCOUNT={ADDRESS}\nHYPERLIQUID_AGENT_KEY={KEY}\n",
        0o644,
        "run: chmod 600",
    ),
    "a short address": (
        f"HYPERLIQUID_ACCOUNT=0x12\nHYPERLIQUID_AGENT_KEY={KEY}\n",
        0o600,
        "HYPERLIQUID_ACCOUNT has 2 hexadecimal digits, expected 40",
    ),
    "swapped": (
        f"HYPERLIQUID_ACCOUNT={KEY}\nHYPERLIQUID_AGENT_KEY={ADDRESS}\n",
        0o600,
        "a key, in the account's place?",
    ),
    "no key": (f"HYPERLIQUID_ACCOUNT={ADDRESS}\n", 0o600, "HYPERLIQUID_AGENT_KEY is missing; add a line"),
    "the account's own key": (
        f"HYPERLIQUID_ACCOUNT={OWN.agent_address}\nHYPERLIQUID_AGENT_KEY={OWN.agent_private_key}\n",
        0o600,
        "the key is the account's own, which can withdraw",
    ),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_credentials_that_cannot_be_used_are_one_line_without_the_key(name: str, tmp_path: Path) -> None:
    text, permissions, words = CREDENTIALS[name]
    machine, file = Machine(tmp_path), tmp_path / "key.env"
    machine.configure(f"venue: hyperliquid\nmode: testnet\ncredentials: {{file: {file}}}\n{MARKETS}")
    if text is not None:
        file.write_text(text)
        file.chmod(permissions)
    result = machine.run("run")
    assert result.code == 78
    assert words in result.said and str(file) in result.said
    assert result.said.count("\n") == 1
    secrets = (KEY[2:], OWN.agent_private_key[2:])
    assert not any(secret in result.text for secret in secrets)
