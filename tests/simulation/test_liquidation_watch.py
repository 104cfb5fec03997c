"""However margin wears away under a position, its stop acts before the venue's liquidation does.

On a path without gaps, through the whole pipeline on each venue; the exchange's own fills are the witness.
"""

from decimal import Decimal

import pytest

from tests.support.liquidation_scenes import WAYS, Scene, funding, steeper
from tests.support.scenes import code, stops
from trader.core.actions import Close, PlaceExit
from trader.core.report import Exit
from trader.sim.faults import Fault

CROSS = [name for name, way in WAYS.items() if not way.isolated]


def ends_at_its_stop(scene: Scene) -> None:
    """Price walks beyond where the stop was at first, and the venue has taken nothing."""
    scene.walk(0.13)
    assert scene.liquidations() == []
    assert scene.size() == 0
    assert "stop" in scene.exits()


@pytest.mark.parametrize("name", WAYS)
def test_three_days_of_funding(name: str) -> None:
    scene = Scene.of(name)
    scene.drain()
    funding(scene)
    assert scene.room() < Decimal("0.03"), "the payments have not come near"
    assert scene.size() != 0
    ends_at_its_stop(scene)


@pytest.mark.parametrize("name", WAYS)
def test_a_withdrawal_of_what_the_venue_lets_go(name: str) -> None:
    scene = Scene.of(name, rises=False)
    scene.drain()
    scene.check()
    ends_at_its_stop(scene)


@pytest.mark.parametrize("name", WAYS)
def test_a_tier_step(name: str) -> None:
    """Of a short, whose notional grows as it loses."""
    scene = Scene.of(name, rises=False)
    scene.drain()
    steeper(scene)
    ends_at_its_stop(scene)


@pytest.mark.parametrize("name", CROSS)
def test_another_coin_that_nobody_stops_loses_on_the_same_margin(name: str) -> None:
    scene = Scene.of(name)
    scene.by_hand("ETH", "8")
    scene.drain()
    scene.walk(0.11, "ETH")
    assert scene.size("ETH") != 0
    ends_at_its_stop(scene)


@pytest.mark.parametrize("name", ["hyperliquid", "okx two sides", "binance"])
def test_two_coins_fall_at_once_between_two_checks(name: str) -> None:
    """Each stop is clear of liquidation while the other coin stands still; together they would not be."""
    scene = Scene.of(name, signals=("BTC", "ETH"))
    scene.drain()
    funding(scene)
    scene.fall_at_once(0.13, "BTC", "ETH")
    assert scene.liquidations() == []
    assert scene.size() == scene.size("ETH") == 0


@pytest.mark.parametrize("name", ["hyperliquid", "okx two sides", "binance"])
def test_where_no_way_is_left_for_several_stops_the_largest_position_shrinks_first(name: str) -> None:
    scene = Scene.of(name, signals=("BTC", "ETH"))
    scene.drain()
    scene.check()
    scene.squeeze(Decimal("0.01"))
    largest = max(scene.coins, key=lambda coin: abs(scene.size(coin)) * scene.mark(coin))
    scene.made.pass_time(60)
    ran = scene.made.host.check()
    assert ran is not None and code(ran) is Exit.EMERGENCY
    assert next(d.action.coin for d in ran.done if isinstance(d.action, Close)) == largest
    assert all(scene.size(coin) for coin in scene.coins)
    scene.fall_at_once(0.13, *scene.coins)
    assert scene.liquidations() == []


@pytest.mark.parametrize("fault", ["V1", "V5"], ids=["refused", "dies"])
def test_a_stop_that_cannot_be_eased_still_covers_and_nothing_is_closed(fault: str) -> None:
    scene = Scene.of("hyperliquid", signals=("BTC", "ETH"))
    scene.drain()
    before = [stops(scene.made, coin) for coin in scene.coins]
    scene.made.faults(Fault(fault, is_write=True, times=0, params={"leg": "stop"}))
    ran = scene.made.host.check()
    assert ran is not None and code(ran) is Exit.OK
    assert {type(done.action) for done in ran.done} == {PlaceExit}
    assert len(ran.done) == 3 * len(scene.coins), "three readings, and no more"
    assert [stops(scene.made, coin) for coin in scene.coins] == before
    assert all(scene.size(coin) for coin in scene.coins)
    assert ("could not be eased" in str(ran.notes)) is (fault == "V1")


@pytest.mark.parametrize("name", CROSS)
def test_inside_the_margin_a_part_goes_and_the_stop_stays_where_it_is(name: str) -> None:
    scene = Scene.of(name)
    scene.drain()
    scene.check()
    before, level = scene.size(), stops(scene.made, "BTC", scene.leg)
    scene.squeeze(Decimal("0.003"))
    ran = scene.made.host.check()
    assert code(ran) is Exit.EMERGENCY
    assert 0 < abs(scene.size()) < abs(before)
    assert stops(scene.made, "BTC", scene.leg) == level
    assert scene.room() > abs(scene.mark() - level[0]) / scene.mark()
    assert code(scene.made.host.check()) is Exit.OK
    ends_at_its_stop(scene)


@pytest.mark.parametrize("name", [name for name in WAYS if name not in CROSS])
def test_inside_the_margin_an_isolated_position_goes_whole(name: str) -> None:
    """What leaves it takes its margin along: no smaller one would be any safer."""
    scene = Scene.of(name)
    scene.drain()
    scene.check()
    scene.squeeze(Decimal("0.003"))
    assert code(scene.made.host.check()) is Exit.EMERGENCY
    assert scene.size() == 0
    assert scene.liquidations() == []
