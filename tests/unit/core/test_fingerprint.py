"""The fingerprint of an account: stable for ever, and another one for whatever is not the same account."""

import pytest

from trader.config.forms import fingerprint as fingerprint_of_the_file
from trader.core.fingerprint import fingerprint

ACCOUNT = "0x1111111111111111111111111111111111111111"


def test_it_never_changes() -> None:
    """An operator has this one in a file: another answer would refuse every run."""
    assert fingerprint("hyperliquid", "live", ACCOUNT) == "1da3a1f8"


def test_the_file_takes_what_is_printed() -> None:
    told = fingerprint("okx", "live", "44705892343619584")
    assert fingerprint_of_the_file(told) == told


@pytest.mark.parametrize(
    ("venue", "network", "account"),
    [
        ("okx", "live", ACCOUNT),
        ("hyperliquid", "testnet", ACCOUNT),
        ("hyperliquid", "paper", ACCOUNT),
        ("hyperliquid", "live", ACCOUNT[:-1] + "2"),
        ("hyperliquid", "live", ""),
    ],
)
def test_any_difference_shows(venue: str, network: str, account: str) -> None:
    assert fingerprint(venue, network, account) != fingerprint("hyperliquid", "live", ACCOUNT)


def test_no_part_runs_into_the_next() -> None:
    assert fingerprint("okx", "live1", "23") != fingerprint("okx", "live", "123")


def test_an_address_with_capitals_is_the_same_account() -> None:
    told = "0xABCDEF1111111111111111111111111111111111"
    assert fingerprint("hyperliquid", "live", told) == fingerprint("hyperliquid", "live", told.lower())
