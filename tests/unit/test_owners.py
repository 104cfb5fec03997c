"""Whose key it is, as the venue answers it: an answer that names nobody is never taken for the right one."""

import json
from collections.abc import Sequence

import pytest

from tests.support import canaries
from trader.core.errors import ConfigError, Denied, Malformed, TraderError, Unavailable
from trader.core.fingerprint import fingerprint
from trader.core.wire import Answer, Lost, Request
from trader.parts import Keys, Link, parts_of
from trader.parts.owners import owner_of, require_owner
from trader.sim.clock import ManualClock
from trader.sim.hyperliquid.typed_data import address_of_key

ACCOUNT = "0x" + "ab" * 20
OTHER = "0x" + "cd" * 20


class Told:
    """Gives the answers one after the other, the last one for ever."""

    def __init__(self, *answers: Answer | Lost) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.asked += requests
        return [self.answers.pop(0) if len(self.answers) > 1 else self.answers[0] for _ in requests]


def owner(venue: str, told: Told) -> str:
    parts = parts_of(venue)
    keys = Keys(ACCOUNT, canaries.KEYS[venue])
    link = Link(
        told,
        ManualClock(1_780_000_000_000),
        account_id=ACCOUNT,
        pen=parts.pen(keys, practice=False),
        base_url=parts.base_url(practice=False, region="global"),
        timeout=lambda cap_s: cap_s,
        abilities=parts.abilities,
    )
    return owner_of(venue, link, keys)


def answer(said: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(said).encode())


SIGNER = address_of_key(bytes.fromhex(canaries.AGENT_KEY[2:]))
NONE_LISTED = answer([])
LOST = Lost(reached=False, reason="no route")
RIGHT = answer({"role": "agent", "data": {"user": OTHER.upper().replace("0X", "0x")}})


def test_a_wallet_that_the_account_lists_is_its_own() -> None:
    told = Told(answer([{"name": "trader", "address": SIGNER, "validUntil": None}]))
    assert owner("hyperliquid", told) == ACCOUNT
    (request,) = told.asked
    assert json.loads(bytes(request.body)) == {"type": "extraAgents", "user": ACCOUNT}


def test_of_a_wallet_that_it_does_not_list_the_venue_names_the_account() -> None:
    listed = answer([{"name": "trader", "address": OTHER, "validUntil": None}])
    told = Told(listed, RIGHT)
    assert owner("hyperliquid", told) == OTHER
    assert json.loads(bytes(told.asked[-1].body)) == {"type": "userRole", "user": SIGNER}


def test_a_venue_that_is_busy_is_asked_again() -> None:
    told = Told(LOST, answer(None, status=429), NONE_LISTED, RIGHT)
    assert owner("hyperliquid", told) == OTHER
    assert len(told.asked) == 4


def test_a_venue_that_stays_silent_ends_it() -> None:
    told = Told(LOST)
    with pytest.raises(Unavailable):
        owner("hyperliquid", told)
    assert len(told.asked) == 3


@pytest.mark.parametrize(
    ("venue", "said", "kind"),
    [
        ("hyperliquid", {"role": "missing"}, Denied),
        ("hyperliquid", {"role": "user"}, Denied),
        ("hyperliquid", {"role": "vault"}, Denied),
        ("hyperliquid", {"role": "subAccount", "data": {"master": ACCOUNT}}, Denied),
        ("hyperliquid", {"role": "agent"}, Malformed),
        ("hyperliquid", {}, Malformed),
        ("hyperliquid", None, Malformed),
        ("binance", [], Malformed),
        ("binance", [{"accountAlias": "one"}, {"accountAlias": "two"}], Malformed),
        ("binance", {"code": -2015, "msg": "no"}, TraderError),
    ],
)
def test_an_answer_that_names_no_account_is_an_error(
    venue: str, said: object, kind: type[TraderError]
) -> None:
    told = Told(NONE_LISTED, answer(said)) if venue == "hyperliquid" else Told(answer(said))
    with pytest.raises(kind):
        owner(venue, told)


def test_the_alias_of_binance_is_its_own_answer() -> None:
    assert owner("binance", Told(answer([{"accountAlias": "SgsRfWTimYsR"}]))) == "SgsRfWTimYsR"


def required(answered: str, *, wanted: str | None) -> None:
    require_owner(answered, venue="hyperliquid", network="live", account_id=ACCOUNT, wanted=wanted)


def test_the_right_account_passes_in_any_letters() -> None:
    required(ACCOUNT, wanted=fingerprint("hyperliquid", "live", ACCOUNT))
    required(ACCOUNT.upper(), wanted=fingerprint("hyperliquid", "live", ACCOUNT))


@pytest.mark.parametrize(
    ("answered", "wanted"),
    [
        (OTHER, fingerprint("hyperliquid", "live", OTHER)),
        (OTHER, fingerprint("hyperliquid", "live", ACCOUNT)),
        (ACCOUNT, fingerprint("hyperliquid", "live", OTHER)),
        (ACCOUNT, fingerprint("hyperliquid", "testnet", ACCOUNT)),
        (ACCOUNT, None),
        (ACCOUNT, ""),
    ],
)
def test_anything_else_is_refused(answered: str, wanted: str | None) -> None:
    with pytest.raises(ConfigError, match="nothing was sent"):
        required(answered, wanted=wanted)
