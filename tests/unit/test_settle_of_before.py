"""A look-up by the id of a lost write finds an order of before: of an exit that is over it says nothing."""

from dataclasses import replace

import pytest

from tests.support.builders import ABILITIES, NOW_MS, a_stop, an_entry, dec, holdings
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader.core.actions import Enter, PlaceExit
from trader.core.identity import Role
from trader.core.market import Leg
from trader.core.orders import Found, Refusal, Rejected, Status, Unknown
from trader.settle import EXPIRY_MARGIN_MS, settle

STOP = PlaceExit("BTC", Leg.LONG, Role.STOP, None, dec(96_000), dec(86_400), an_entry().client_id, "x")


@pytest.mark.parametrize(
    ("action", "status", "early_ms", "is_of_before"),
    [
        (STOP, Status.CANCELLED, EXPIRY_MARGIN_MS + 1, True),
        (STOP, Status.REJECTED, EXPIRY_MARGIN_MS + 1, True),
        (STOP, Status.CANCELLED, EXPIRY_MARGIN_MS, False),
        (STOP, Status.LIVE, EXPIRY_MARGIN_MS + 1, False),
        (an_entry(), Status.CANCELLED, EXPIRY_MARGIN_MS + 1, False),
    ],
)
def test_an_exit_that_is_over_under_the_same_id_says_nothing_of_one_that_was_sent_later(
    action: PlaceExit | Enter, status: Status, early_ms: int, is_of_before: bool
) -> None:
    """Somebody took it off, and the one that was to take its place was lost."""
    old = Found(a_stop(placed_ms=NOW_MS - early_ms, client_id=action.client_id), status, NOW_MS)
    venue = ScriptedVenue(
        abilities=replace(ABILITIES, exactly_once_nonce=False),
        readings=[holdings()],
        found={action.client_id: old},
    )
    outcome = settle(env_of(venue), action, Unknown("lost"), sent_ms=NOW_MS)
    assert (isinstance(outcome, Rejected) and outcome.code is Refusal.EXPIRED) is is_of_before
