"""`trader doctor` on each venue's exchange: a sound account passes, and one fault fails exactly one check."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.ailments import AILMENTS, fault, grid
from tests.support.clinic import Clinic, states
from tests.support.own_home import home
from trader import lock
from trader.doctor.catalogue import CHECKS
from trader.doctor.findings import State, exit_code
from trader.parts import NAMES

__all__ = ["home"]
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")

BOUND_S = 10.0
WARNS = {"D10", "D15", "D16", "D29"}
"""Checks that never fail: they are about a choice of the operator."""
CASES = [(code, venue) for code, venues in AILMENTS.items() for venue in venues]


@pytest.fixture
def clinic(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Clinic]:
    """A sound machine; tests have their home among temporary files, where no lock with money may stand."""
    monkeypatch.setattr(lock, "TEMPORARY_ROOTS", ("/nowhere",))
    return lambda venue: Clinic(venue, home)


def behind(code: str) -> list[str]:
    """Every check that cannot be made where this one fails."""
    found: list[str] = []
    for check in CHECKS:
        if {code, *found} & set(check.needs):
            found.append(check.code)
    return found


@pytest.mark.parametrize("venue", NAMES)
def test_a_sound_account_passes_in_time_and_nothing_is_sent(
    clinic: Callable[[str], Clinic], venue: str
) -> None:
    patient = clinic(venue)
    began_s = time.monotonic()
    results = patient.examined()
    assert states(results, State.FAILED, State.WARNING, State.NOT_CHECKED) == []
    assert exit_code(tuple(results.values())) == 0
    assert time.monotonic() - began_s < BOUND_S
    assert patient.sent and not any(seen.is_write for seen in patient.sent)


@pytest.mark.parametrize(("code", "venue"), CASES)
def test_one_fault_fails_one_check(clinic: Callable[[str], Clinic], code: str, venue: str) -> None:
    patient = clinic(venue)
    results = patient.examined(AILMENTS[code][venue][1])
    ended = State.WARNING if code in WARNS else State.FAILED
    assert states(results, State.FAILED, State.WARNING) == [code], results[code]
    assert results[code].state is ended
    assert results[code].cause and results[code].fix
    blocked = [] if code in WARNS else behind(code)
    assert states(results, State.NOT_CHECKED) == blocked
    assert {results[one].blocked_by for one in blocked} <= {code}
    assert not any(seen.is_write for seen in patient.sent)


def test_every_check_has_a_fault_that_trips_it() -> None:
    assert list(AILMENTS) == [check.code for check in CHECKS]
    assert all(AILMENTS.values())


@pytest.mark.parametrize("venue", ["okx", "binance"])
def test_a_grid_that_is_accepted_is_told_its_worst_case(clinic: Callable[[str], Clinic], venue: str) -> None:
    results = clinic(venue).examined(grid(two_sided=True, naked=10_000))
    assert states(results, State.FAILED, State.WARNING) == []
    assert "stand without a stop until the next run" in results["D40"].finding.found


@pytest.mark.parametrize("venue", ["okx", "binance"])
def test_a_grid_in_an_account_with_one_side_is_refused(clinic: Callable[[str], Clinic], venue: str) -> None:
    results = clinic(venue).examined(grid(two_sided=False, naked=10_000))
    assert states(results, State.FAILED) == ["D31"]
    assert "both sides" in results["D31"].finding.found


@pytest.mark.parametrize(
    ("code", "extra", "sizing", "said"),
    [
        (
            "D39",
            "limits: {daily_loss_max: 5000}\n",
            None,
            "limits.daily_loss_max 5,000.00 USD: not below the equity",
        ),
        ("D36", "", "{position_ratio: 0.3, leverage: 100}", "is above the venue's 40 for BTC"),
        ("D38", "", "{position_ratio: 0.3, leverage: 3, max_single_loss: 1}", "below the venue's least"),
        ("D37", "", "{position_ratio: 1.0, leverage: 40}", "the stake is cut to stay clear of liquidation"),
    ],
)
def test_what_the_file_wants_is_held_against_the_account(
    clinic: Callable[[str], Clinic], code: str, extra: str, sizing: str | None, said: str
) -> None:
    patient = clinic("hyperliquid")
    patient.extra, patient.sizing = extra, sizing or patient.sizing
    patient.markets = (
        {"BTC": "{strategy: breakout, params: {range_stop: 0.99, trend_stop: 0.5}}"}
        if code in ("D37", "D38")
        else patient.markets
    )
    assert said in patient.examined()[code].finding.found


def test_what_fails_once_and_passes_is_no_failure(clinic: Callable[[str], Clinic]) -> None:
    passing = fault("H4", what="clearinghouseState", times=1)
    results = clinic("hyperliquid").examined(passing)
    assert states(results, State.FAILED, State.WARNING) == []


def test_what_a_contract_is_is_spelled_out(clinic: Callable[[str], Clinic]) -> None:
    found = clinic("okx").examined()["D35"].finding.found
    assert "BTC: 1 contract = 0.01 BTC, steps of 0.0001 BTC, least order 0.0001 BTC" in found


def test_messages_that_arrive_are_told(clinic: Callable[[str], Clinic]) -> None:
    patient = clinic("hyperliquid")
    patient.alert = True
    results = patient.examined()
    assert results["D18"].state is State.OK
    assert results["D18"].finding.found.count("took it") == 3
