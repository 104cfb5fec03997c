"""Signatures of rehearsals: strict, and good for nothing but the exchange in memory that was told of them."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.scenes import feed_of
from tests.support.source_tree import ROOT
from trader import config
from trader.parts import parts_of
from trader.parts.embedded import in_file, in_memory
from trader.rehearsal import Stage
from trader.sim.hyperliquid.exchange_endpoint import perform
from trader.sim.hyperliquid.identity import paper_identity
from trader.sim.hyperliquid.quick_signing import QuickPen, quick_signer
from trader.sim.hyperliquid.signing import Sent, action_signer

NOW_MS = 1_785_600_000_000
SETTING: dict[str, Any] = {"type": "updateLeverage", "asset": 0, "isCross": True, "leverage": 3}
ORDER: dict[str, Any] = {
    "type": "order",
    "orders": [
        {"a": 0, "b": True, "p": "100.10", "s": "1", "r": False, "t": {"limit": {"tif": "Ioc"}}, "c": "0x1"}
    ],
    "grouping": "na",
}
ALICE, BOB = "0x" + "a1" * 20, "0x" + "b2" * 20
# The modules that may make, accept or ask for such signatures.
KNOWN_TO = {
    "trader/sim/hyperliquid/quick_signing.py",
    "trader/parts/hyperliquid.py",
    "trader/parts/embedded.py",
    "trader/rehearsal.py",
}
CAMPAIGN = "trader/selftest/"


def signer_of(action: dict[str, Any], signature: dict[str, Any], **changes: Any) -> str:
    sent = replace(Sent(action, NOW_MS, None, NOW_MS + 1), **changes)
    return quick_signer(sent, signature, lambda _: True, "a")


@pytest.mark.parametrize("action", [SETTING, ORDER], ids=["setting", "order"])
def test_a_signature_names_who_made_it(action: dict[str, Any]) -> None:
    for address in (ALICE, BOB):
        signature = QuickPen(address).sign(action, nonce=NOW_MS, expires_ms=NOW_MS + 1)
        assert signer_of(action, signature) == address
        assert (len(signature["r"]), len(signature["s"])) == (66, 66)


def test_a_signature_over_anything_else_is_of_nobody() -> None:
    signature = QuickPen(ALICE).sign(ORDER, nonce=NOW_MS, expires_ms=NOW_MS + 1)
    dearer = ORDER | {"orders": [ORDER["orders"][0] | {"p": "100.2"}]}
    strangers = [
        signer_of(dearer, signature),
        signer_of(ORDER, signature, nonce=NOW_MS + 1),
        signer_of(ORDER, signature, expires_after_ms=None),
        signer_of(ORDER, signature, vault=BOB),
        signer_of(ORDER, signature | {"s": f"0x{BOB[2:]:>064}"}),
        signer_of(ORDER, {}),
    ]
    assert not {ALICE, BOB} & set(strangers)


def test_a_price_is_signed_as_the_venue_would_write_it() -> None:
    signature = QuickPen(ALICE).sign(ORDER, nonce=NOW_MS, expires_ms=NOW_MS + 1)
    plain = ORDER | {"orders": [ORDER["orders"][0] | {"p": "100.1"}]}
    assert signer_of(plain, signature) == ALICE


def said(stage: Stage, pen: Any) -> str:
    """What the exchange of a stage answers to a setting that is signed by this pen."""
    nonce, expires_ms = stage.clock.now_ms(), stage.clock.now_ms() + 9_000
    body = {"action": SETTING, "nonce": nonce, "expiresAfter": expires_ms}
    body["signature"] = pen.sign(SETTING, nonce=nonce, expires_ms=expires_ms)
    return str(perform(stage.venue, body, ()))


def stage_that(*, signs_quickly: bool) -> Stage:
    return Stage(config.load(None, ()).settings, feed_of(), now_ms=NOW_MS, signs_quickly=signs_quickly)


@pytest.mark.parametrize("signs_quickly", [False, True])
def test_an_exchange_accepts_one_kind_and_refuses_the_other(signs_quickly: bool) -> None:
    stage = stage_that(signs_quickly=signs_quickly)
    quick = QuickPen(paper_identity(stage.settings.account).agent_address)
    real = stage.parts.pen(stage.keys, practice=False)
    good, bad = (quick, real) if signs_quickly else (real, quick)
    assert type(stage.host.pen) is type(good)
    assert "'status': 'ok'" in said(stage, good)
    assert "does not exist" in said(stage, bad)


def test_a_second_machine_signs_for_itself() -> None:
    stage = stage_that(signs_quickly=True)
    other = stage.another_host()
    assert isinstance(other.pen, QuickPen)
    assert other.pen.address() not in (stage.host.pen.address(), stage.user)
    assert "'status': 'ok'" in said(stage, other.pen)


def test_an_exchange_that_is_served_or_kept_in_a_file_recovers_real_signatures(tmp_path: Path) -> None:
    dialect = parts_of("hyperliquid").dialect()
    stored = in_file(
        dialect, feed_of(), tmp_path / "exchange.db", label="a", start_ms=NOW_MS, equity=Decimal(1000)
    )
    try:
        assert stored.venue.signer is action_signer
    finally:
        stored.close()
    kept = in_memory(dialect, feed_of(), label="a", start_ms=NOW_MS, equity=Decimal(1000))
    assert kept.venue.signer is action_signer


def test_only_rehearsals_and_campaigns_know_of_such_signatures() -> None:
    words = ("quick_pen", "quick_signer", "QuickPen", "signs_quickly", "quick_signing")
    sources = [path for folder in ("trader", "scripts") for path in (ROOT / folder).rglob("*.py")]
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in sources}
    knowing = {name for name, text in texts.items() if any(word in text for word in words)}
    assert {name for name in knowing if not name.startswith(CAMPAIGN)} == KNOWN_TO
