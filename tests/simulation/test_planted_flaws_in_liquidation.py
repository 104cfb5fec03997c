"""Without the watch over liquidation its scenarios fail: each flaw, and the scenario that sees it."""

import pytest

from tests.simulation import test_liquidation_watch as watch
from tests.support import flaws_in_liquidation as flaws
from tests.support.planting import Planted, bites, planted

BLIND, ALONE = flaws.nobody_watches_liquidation, flaws.each_coin_is_watched_alone
INSIDE = watch.test_inside_the_margin_a_part_goes_and_the_stop_stays_where_it_is
ROWS = [
    planted("liquidation", flaw, body, name)
    for flaw, body, names in (
        (BLIND, watch.test_three_days_of_funding, ("hyperliquid", "okx isolated", "binance two sides")),
        (
            BLIND,
            watch.test_a_withdrawal_of_what_the_venue_lets_go,
            ("hyperliquid", "okx", "binance isolated"),
        ),
        (BLIND, watch.test_a_tier_step, ("hyperliquid isolated", "binance")),
        (BLIND, watch.test_another_coin_that_nobody_stops_loses_on_the_same_margin, ("okx",)),
        (ALONE, watch.test_two_coins_fall_at_once_between_two_checks, ("binance",)),
        (BLIND, INSIDE, ("hyperliquid",)),
        (flaws.a_position_inside_the_margin_goes_whole, INSIDE, ("okx",)),
        (flaws.a_position_inside_the_margin_is_kept, INSIDE, ("binance two sides",)),
    )
    for name in names
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}-{row.cases[0][0]}")
def test_a_flaw_is_seen_by_the_scenario_that_is_there_for_it(row: Planted) -> None:
    shown = next((case for case in row.cases if bites(row, case)), None)
    assert shown is not None, f"{row.body.__qualname__} passes although {row.flaw.__doc__}"
