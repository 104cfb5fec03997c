"""Writes: one request an action, one round, stamped and numbered, kept to be sent again, never raising."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.clocks import ManualClock
from tests.support.hyperliquid_answers import ACCOUNT, NOW_MS, Scripted, a_state, good
from tests.support.scripted_answers import Given
from tests.unit.venues.hyperliquid.test_encode import an_entry, an_exit
from trader.core.actions import Cancel, SetLeverage
from trader.core.errors import Broken
from trader.core.identity import Role
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.ports import Scope
from trader.core.wire import Answer, Lost
from trader.venues.hyperliquid.encode import Wire
from trader.venues.hyperliquid.venue import HyperliquidVenue

CANCEL = Cancel("SOL", "5", None, "a test")
SETTING = SetLeverage("ETH", 5, True, "a test")
STOP = an_exit(Role.STOP)
SIGNATURE: Wire = {"r": "0x1", "s": "0x2", "v": 27}


@dataclass
class InkPen:
    """Signs nothing, remembers what it was shown, and may refuse."""

    seen: list[tuple[str, int, int]] = field(default_factory=list)
    refuses: str = ""

    def address(self) -> str:
        raise Broken("ink has no address")

    def sign(self, action: Wire, *, nonce: int, expires_ms: int) -> Wire:
        if action["type"] == self.refuses:
            raise Broken("the pen broke")
        self.seen.append((str(action["type"]), nonce, expires_ms))
        return SIGNATURE


@dataclass
class Desk:
    """An adapter that has read the account once, and what left it since."""

    pen: InkPen = field(default_factory=InkPen)
    clock: ManualClock = field(default_factory=lambda: ManualClock(wall_ms=NOW_MS))
    wire: Scripted = field(default_factory=Scripted)

    def __post_init__(self) -> None:
        self.wire.answers |= {
            "order": good(
                {"status": "ok", "response": {"type": "order", "data": {"statuses": [{"error": "no"}]}}}
            ),
            "cancel": good(
                {"status": "ok", "response": {"type": "cancel", "data": {"statuses": ["success"]}}}
            ),
            "updateLeverage": good({"status": "ok", "response": {"type": "default"}}),
        }
        self.venue = self.restarted()
        self.venue.observe(Scope())
        self.wire.rounds.clear()

    def restarted(self) -> HyperliquidVenue:
        return HyperliquidVenue(
            self.wire,
            self.clock,
            account_address=ACCOUNT,
            pen=self.pen,
            base_url="https://api.hyperliquid.xyz",
            timeout=lambda cap_s: cap_s,
        )

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for asked in self.wire.rounds for request in asked]


def codes(outcomes: Sequence[Outcome]) -> list[object]:
    return [outcome.code if isinstance(outcome, Rejected) else type(outcome) for outcome in outcomes]


def test_one_request_an_action_all_in_one_round() -> None:
    desk = Desk()
    outcomes = desk.venue.perform([STOP, CANCEL, SETTING])
    assert codes(outcomes) == [Refusal.UNFAMILIAR, Accepted, Accepted]
    assert desk.wire.kinds == [["order", "cancel", "updateLeverage"]]
    (asked,) = desk.wire.rounds
    assert {request.url for request in asked} == {"https://api.hyperliquid.xyz/exchange"}
    assert {request.is_write for request in asked} == {True}
    assert desk.wire.timeouts_s[-1] == 12.0


def test_nothing_to_do_sends_nothing() -> None:
    desk = Desk()
    assert desk.venue.perform([]) == []
    assert desk.wire.rounds == []


def test_what_is_sent_is_what_was_signed() -> None:
    desk = Desk()
    desk.venue.perform([CANCEL])
    assert desk.bodies() == [
        {
            "action": {"type": "cancel", "cancels": [{"a": 2, "o": 5}]},
            "nonce": NOW_MS + NOW_MS % 2,
            "signature": SIGNATURE,
            "vaultAddress": None,
            "expiresAfter": NOW_MS + 20_000,
        }
    ]
    assert list(desk.bodies()[0]) == ["action", "nonce", "signature", "vaultAddress", "expiresAfter"]


def test_nonces_are_even_and_rise_and_an_entry_has_that_of_its_signal() -> None:
    desk = Desk()
    desk.venue.perform([STOP, an_entry(), CANCEL])
    nonces = [body["nonce"] for body in desk.bodies()]
    assert nonces == [NOW_MS + NOW_MS % 2, 1_800_000 + 2 * 0 + 1, NOW_MS + NOW_MS % 2 + 2]


def test_expiry_counts_from_the_last_reading_and_not_from_now() -> None:
    desk = Desk()
    desk.clock.run_ms(30_000)
    desk.clock.wall_ms += 3_600_000
    desk.venue.perform([STOP])
    assert desk.bodies()[-1]["expiresAfter"] == NOW_MS + 20_000
    assert desk.bodies()[-1]["nonce"] == NOW_MS + 30_000 + NOW_MS % 2
    desk.wire.answers["clearinghouseState"] = a_state(at_ms=NOW_MS + 31_000)
    desk.venue.inspect(1000)
    desk.venue.perform([STOP])
    assert desk.bodies()[-1]["expiresAfter"] == NOW_MS + 51_000


def test_before_the_venue_clock_was_read_nothing_is_sent() -> None:
    desk = Desk()
    fresh = desk.restarted()
    outcomes = fresh.perform([STOP])
    assert codes(outcomes) == [Refusal.UNSENT]
    assert "never sent" in str(outcomes[0])
    assert desk.wire.rounds == []


def test_an_inspection_is_enough_to_act_because_the_market_table_is_read_on_demand() -> None:
    desk = Desk()
    fresh = desk.restarted()
    fresh.inspect(1000)
    assert codes(fresh.perform([CANCEL])) == [Accepted]
    assert desk.wire.kinds[1:] == [["metaAndAssetCtxs"], ["cancel"]]


@pytest.mark.parametrize("trouble", [Answer(500, b""), Answer(200, b"null"), Lost(True, "slow")])
def test_without_the_coin_s_number_nothing_is_sent(trouble: Given) -> None:
    desk = Desk()
    desk.wire.answers["metaAndAssetCtxs"] = trouble
    fresh = desk.restarted()
    fresh.inspect(1000)
    assert codes(fresh.perform([CANCEL])) == [Refusal.UNSENT]
    assert desk.wire.kinds[-1] == ["metaAndAssetCtxs"]


def test_without_a_key_nothing_is_sent() -> None:
    desk = Desk()
    reader = HyperliquidVenue(
        desk.wire, desk.clock, account_address=ACCOUNT, pen=None, base_url="", timeout=lambda cap_s: cap_s
    )
    reader.observe(Scope())
    desk.wire.rounds.clear()
    assert codes(reader.perform([STOP, CANCEL])) == [Refusal.UNSENT, Refusal.UNSENT]
    assert desk.wire.rounds == []


def test_what_cannot_be_signed_or_said_does_not_keep_the_others_from_being_sent() -> None:
    desk = Desk(pen=InkPen(refuses="order"))
    outcomes = desk.venue.perform(
        [STOP, Cancel("SOL", "abc", None, ""), Cancel("NOPE", "7", None, ""), CANCEL]
    )
    assert codes(outcomes) == [Refusal.UNSENT, Refusal.UNSENT, Refusal.UNSENT, Accepted]
    assert "the pen broke" in str(outcomes[0])
    assert desk.wire.kinds == [["cancel"]]


@pytest.mark.parametrize("lost", [Lost(True, "timed out"), Answer(502, b"<html>"), Answer(200, b"null")])
def test_the_same_bytes_go_again(lost: Given) -> None:
    desk = Desk()
    desk.wire.series["cancel"] = [lost]
    (unknown,) = desk.venue.perform([CANCEL])
    assert isinstance(unknown, Unknown)
    desk.clock.run_ms(5_000)
    assert desk.venue.resend(unknown) == Accepted("5")
    first, again = (asked[0] for asked in desk.wire.rounds)
    assert first == again
    assert len(desk.pen.seen) == 1


def test_what_is_not_known_here_is_not_sent_again() -> None:
    desk = Desk()
    for unknown in (Unknown("why"), Unknown("why", 12345)):
        assert desk.venue.resend(unknown) is unknown
    assert desk.wire.rounds == []


def test_a_second_sending_that_is_lost_stays_unknown_and_may_go_a_third_time() -> None:
    desk = Desk()
    desk.wire.series["cancel"] = [Lost(True, "slow"), Lost(False, "refused")]
    (unknown,) = desk.venue.perform([CANCEL])
    assert isinstance(unknown, Unknown)
    again = desk.venue.resend(unknown)
    assert isinstance(again, Unknown)
    assert desk.venue.resend(again) == Accepted("5")
