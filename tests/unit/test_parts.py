"""What belongs to a venue is found by its name, and what the operator says of it reaches the adapter."""

from dataclasses import replace

import pytest

from trader.core.errors import ConfigError
from trader.parts import NAMES, Link, parts_of
from trader.sim.clock import ManualClock
from trader.sim.line import Line
from trader.sim.mount import Mount

NOW_MS = 1_750_000_000_000


@pytest.mark.parametrize("name", NAMES)
def test_what_was_tried_on_a_practice_network_reaches_the_adapter(name: str) -> None:
    parts = parts_of(name)
    keys, clock = parts.paper_keys("main"), ManualClock(NOW_MS)
    venue = parts.dialect().new_venue(parts.bundle_feed(), start_ms=NOW_MS, switches=None)
    link = Link(
        Mount(Line(parts.dialect().app(venue)), clock),
        clock,
        account_id=keys.account_id,
        pen=parts.pen(keys, practice=False),
        base_url=parts.base_url(practice=False, region="global"),
        timeout=lambda cap_s: cap_s,
        abilities=replace(parts.abilities, stop_first=True, amend_stop=not parts.abilities.amend_stop),
    )
    found = parts.adapter(link).abilities
    assert (found.stop_first, found.amend_stop) == (True, not parts.abilities.amend_stop)


@pytest.mark.parametrize("practice", [False, True])
def test_a_binance_key_on_the_practice_network_is_not_asked_about_at_the_real_one(practice: bool) -> None:
    parts = parts_of("binance")
    keys, clock = parts.paper_keys("main"), ManualClock(NOW_MS)
    venue = parts.dialect().new_venue(parts.bundle_feed(), start_ms=NOW_MS, switches=None)
    venue.declare(parts.dialect().identity("main"))
    link = Link(
        Mount(Line(parts.dialect().app(venue)), clock),
        clock,
        account_id=keys.account_id,
        pen=parts.pen(keys, practice=practice),
        base_url=parts.base_url(practice=practice, region="global"),
        timeout=lambda cap_s: cap_s,
        abilities=parts.abilities,
        practice=practice,
    )
    assert parts.adapter(link).access().can_withdraw is (None if practice else False)


def test_an_unknown_venue_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match="hyperliquid, okx, binance"):
        parts_of("ftx")
