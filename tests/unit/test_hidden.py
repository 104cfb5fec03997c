"""Entries that rest beside an older one which the decision had not seen."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW_MS, a_policy, an_id, dec, holdings
from tests.support.resting_gate import a_rest
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader.core.actions import Cancel
from trader.core.identity import Role
from trader.core.market import Side
from trader.core.orders import Accepted, Kind, Order, Rejected
from trader.core.report import Done
from trader.hidden import UNSEEN, seen_resting

TAKEN = Done(a_rest(client_id=an_id(Role.RUNG, bar_minute=9)), Accepted("new"), NOW_MS, NOW_MS)
NEW = Order(
    coin="BTC",
    side=Side.BUY,
    kind=Kind.LIMIT,
    size=dec("0.01"),
    price=dec(99_000),
    order_id="new",
    client_id=an_id(Role.RUNG, bar_minute=9),
    placed_ms=NOW_MS + 1,
)
OLDER = replace(NEW, order_id="older", client_id=an_id(Role.RUNG), placed_ms=NOW_MS)


@pytest.mark.parametrize(
    ("before", "beside", "is_called_off"),
    [
        ([], [OLDER], True),
        ([OLDER], [OLDER], False),
        ([], [replace(OLDER, placed_ms=NOW_MS + 1)], False),
        ([], [replace(OLDER, coin="ETH")], False),
        ([], [replace(OLDER, client_id=None)], False),
        ([], [replace(OLDER, client_id=an_id(Role.STOP))], False),
        ([], [], False),
    ],
)
def test_an_entry_is_called_off_where_an_older_one_shows_that_was_not_seen(
    before: list[Order], beside: list[Order], is_called_off: bool
) -> None:
    """What was placed since is another host's, and told with 24."""
    venue = ScriptedVenue(readings=[holdings(orders=[*beside, NEW])])
    told = seen_resting(env_of(venue), a_policy(), holdings(orders=before), [TAKEN])
    cancels = [d.action.order_id for d in told if isinstance(d.action, Cancel)]
    assert cancels == ["new"] * is_called_off
    (entry,) = [d for d in told if not isinstance(d.action, Cancel)]
    assert entry.outcome == TAKEN.outcome if not is_called_off else isinstance(entry.outcome, Rejected)
    assert all(d.action.reason == UNSEEN for d in told if isinstance(d.action, Cancel))


def test_what_was_taken_just_now_is_no_older_entry_though_the_clock_stands() -> None:
    """A replay's clock stands for a tick, and a venue may tell whole seconds."""
    at_once = replace(NEW, placed_ms=NOW_MS)
    venue = ScriptedVenue(readings=[holdings(orders=[at_once])])
    assert seen_resting(env_of(venue), a_policy(), holdings(), [TAKEN]) == [TAKEN]
