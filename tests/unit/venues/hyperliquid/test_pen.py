"""Signatures: the documented vector, recovered by the official SDK, and nothing but signatures from ccxt."""

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hyperliquid.utils.signing import action_hash, recover_agent_or_user_from_l1_action

from tests.unit.venues.hyperliquid.test_encode import an_entry, an_exit
from trader.core.actions import Action, Cancel, Close, SetLeverage
from trader.core.errors import Broken, ConfigError
from trader.core.identity import Role
from trader.core.market import Leg
from trader.venues.hyperliquid.ccxt_class import hyperliquid_class
from trader.venues.hyperliquid.encode import Wire, encode
from trader.venues.hyperliquid.pen import CcxtPen

KEY = "0x0123456789012345678901234567890123456789012345678901234567890123"
ADDRESS = "0x14791697260e4c9a71f18484c9f997b308e59325"
NONCE, EXPIRES_MS = 1_750_003_205_000, 1_750_003_225_000
VECTOR: Wire = {
    "type": "order",
    "orders": [
        {"a": 4, "b": True, "p": "1670.1", "s": "0.0147", "r": False, "t": {"limit": {"tif": "Ioc"}}},
    ],
    "grouping": "na",
}
ACTIONS = [
    an_entry(),
    an_entry(leg=Leg.SHORT, has_target=False),
    an_exit(Role.STOP),
    an_exit(Role.TARGET, "0.5"),
    Close("BTC", Leg.LONG, Role.CLOSE_TIME, Decimal("0.01"), Decimal("60000"), "0a" * 16, ""),
    Cancel("BTC", "123456789012", None, ""),
    SetLeverage("BTC", 5, False, ""),
]


def test_the_documented_hash_is_the_one_that_is_signed() -> None:
    ccxt_hash = hyperliquid_class()({}).action_hash(VECTOR, None, 1677777606040)
    assert ccxt_hash.hex() == "0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908"
    assert action_hash(VECTOR, None, 1677777606040, None) == ccxt_hash


@pytest.mark.parametrize("source", ["a", "b"])
def test_the_address_of_a_key_is_the_one_that_its_signatures_name(source: str) -> None:
    assert CcxtPen(KEY, source=source).address() == ADDRESS
    assert CcxtPen(KEY.removeprefix("0x").upper(), source=source).address() == ADDRESS


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("source", ["a", "b"])
def test_the_official_sdk_recovers_the_signer(action: Action, source: str) -> None:
    wire = encode(action, 3)
    signature = CcxtPen(KEY, source=source).sign(wire, nonce=NONCE, expires_ms=EXPIRES_MS)
    as_the_venue_reads_it = json.loads(json.dumps({"action": wire, "signature": signature}))
    recovered = recover_agent_or_user_from_l1_action(
        as_the_venue_reads_it["action"],
        as_the_venue_reads_it["signature"],
        None,
        NONCE,
        EXPIRES_MS,
        source == "a",
    )
    assert recovered.lower() == ADDRESS


def test_nonce_expiry_and_chain_are_part_of_what_is_signed() -> None:
    made = {
        json.dumps(CcxtPen(KEY, source=source).sign(VECTOR, nonce=nonce, expires_ms=expires_ms))
        for source in "ab"
        for nonce in (NONCE, NONCE + 2)
        for expires_ms in (EXPIRES_MS, EXPIRES_MS + 1)
    }
    assert len(made) == 8


@pytest.mark.parametrize(
    "key", ["", "0x", "hello", "0x" + "00" * 32, "0x" + "ff" * 32, "0x" + "11" * 31, "zz" * 32]
)
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError) as error:
        CcxtPen(key, source="a")
    assert len(key) < 10 or key[2:] not in str(error.value)


def test_a_key_without_its_prefix_is_the_same_key() -> None:
    signed = [
        CcxtPen(key, source="a").sign(VECTOR, nonce=NONCE, expires_ms=EXPIRES_MS) for key in (KEY, KEY[2:])
    ]
    assert signed[0] == signed[1]


def test_another_chain_is_refused() -> None:
    with pytest.raises(ConfigError):
        CcxtPen(KEY, source="mainnet")


@pytest.mark.parametrize("moment", [0, 5, 1_750_003_205, 1_750_003_205_000_000])
def test_a_moment_that_ccxt_would_misprint_is_never_signed(moment: int) -> None:
    pen = CcxtPen(KEY, source="a")
    with pytest.raises(Broken):
        pen.sign(VECTOR, nonce=moment, expires_ms=EXPIRES_MS)
    with pytest.raises(Broken):
        pen.sign(VECTOR, nonce=NONCE, expires_ms=moment)


def test_an_action_that_cannot_be_packed_is_a_bug_of_ours() -> None:
    with pytest.raises(Broken, match="could not be signed"):
        CcxtPen(KEY, source="a").sign({"type": object()}, nonce=NONCE, expires_ms=EXPIRES_MS)


def test_the_key_is_in_no_representation() -> None:
    pen = CcxtPen(KEY, source="a")
    pen.sign(VECTOR, nonce=NONCE, expires_ms=EXPIRES_MS)
    assert KEY[2:] not in repr(pen) + str(pen)


def test_ccxt_can_send_nothing_by_itself() -> None:
    pen = CcxtPen(KEY, source="a")
    pen.sign(VECTOR, nonce=NONCE, expires_ms=EXPIRES_MS)
    silent: Any = pen._ccxt
    for call in (silent.load_markets, silent.fetch_time, lambda: silent.public_post_info({"type": "meta"})):
        with pytest.raises(Broken, match="by itself"):
            call()
    assert silent.initialize_client() is True


def alone(program: str) -> str:
    """What a program prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout


PREAMBLE = f"""
import sys
from trader.venues.hyperliquid.pen import CcxtPen
from trader.venues.hyperliquid.venue import HyperliquidVenue
pen = CcxtPen({KEY!r}, source="a")
loaded = lambda *names: [name for name in names if name in sys.modules]
"""
SIGN = f"signed = pen.sign({{'type': 'noop'}}, nonce={NONCE}, expires_ms={EXPIRES_MS})\n"


def test_ccxt_is_not_loaded_until_something_has_to_be_signed() -> None:
    heavy = "'ccxt', 'requests', 'cryptography', 'coincurve', 'importlib.metadata', 'difflib', 'logging'"
    assert alone(f"{PREAMBLE}print(loaded({heavy}))") == "[]\n"


def test_only_this_venue_of_ccxt_is_loaded() -> None:
    program = f"{PREAMBLE}{SIGN}print(loaded('ccxt.hyperliquid'), loaded('ccxt.binance', 'ccxt.kraken'))"
    assert alone(program) == "['ccxt.hyperliquid'] []\n"


@pytest.mark.parametrize(
    "later",
    [
        "from ccxt import hyperliquid as both",
        "import ccxt\nccxt.base.errors\nboth = ccxt.hyperliquid",
        "from ccxt import *\nboth = hyperliquid",
    ],
)
def test_a_plain_import_afterwards_is_whole_and_has_the_same_class(later: str) -> None:
    said = "both is type(pen._ccxt).__mro__[1], len(ccxt.exchanges) > 90, ccxt.binance.__name__"
    program = f"{PREAMBLE}{SIGN}{later}\nimport ccxt\nprint({said})"
    assert alone(program) == "True True binance\n"


def test_the_plain_import_signs_alike() -> None:
    plain = alone(f"import ccxt\n{PREAMBLE}{SIGN}print(signed, pen._ccxt.id)")
    assert plain == alone(f"{PREAMBLE}{SIGN}print(signed, pen._ccxt.id)")


def test_a_version_that_was_not_tried_is_imported_the_plain_way() -> None:
    program = (
        "import importlib.metadata\n"
        "importlib.metadata.version = lambda name: '4.9.99'\n"
        f"{PREAMBLE}{SIGN}print(loaded('ccxt.binance'))"
    )
    assert alone(program) == "['ccxt.binance']\n"
