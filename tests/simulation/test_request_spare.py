"""What a run may ask beyond its plan: again where that fits three quarters of the limit, and never more."""

from dataclasses import replace
from typing import Any, cast

import pytest

from tests.support.scenes import NOW_MS, code, feed_of, stage, stops
from tests.support.still_market import among_ten, ten_coins
from trader import config
from trader.core.actions import Enter, SetLeverage
from trader.core.ports import Venue
from trader.core.report import Exit
from trader.parts import NAMES
from trader.rehearsal import Stage
from trader.run import decide_seen
from trader.sim.faults import Fault

CLIENT = "127.0.0.1"
WEIGHT = 1_200


def of_ten(venue: str, *signals: str) -> Stage:
    """Ten coins in the file, of which these signal."""
    markets = ", ".join(f"{coin}: {{strategy: breakout}}" for coin in ten_coins(venue))
    sizing = "sizing.position_ratio=0.1"
    settings = config.load(None, (f"venue={venue}", f"markets={{{markets}}}", sizing)).settings
    return Stage(settings, among_ten(venue, feed_of(signals)), now_ms=NOW_MS)


@pytest.mark.parametrize("venue", NAMES)
def test_one_of_ten_coins_is_entered(venue: str) -> None:
    """On Hyperliquid nobody reads the leverage of so many: it is written before the entry, for that coin."""
    made = of_ten(venue, "ETH")
    ran = made.host.run()
    assert ran is not None and code(ran) is Exit.OK, ran
    assert made.coins_held() == ["ETH"] and made.is_covered("ETH")
    written = [type(d.action) for d in ran.done if isinstance(d.action, Enter | SetLeverage)]
    if venue == "hyperliquid":
        assert written == [SetLeverage, Enter]
        assert made.model.leverage(made.user, "ETH").value == made.settings.sizing.leverage
        assert made.venue.ip_budget.used(CLIENT, at_ms=made.venue.now_ms) <= WEIGHT * 3 // 4


def test_a_second_reading_does_not_cost_the_entry() -> None:
    made = stage(("BTC",))
    made.faults(Fault("H4", what="candleSnapshot"))
    assert code(made.host.run()) is Exit.OK
    assert made.coins_held() == ["BTC"]
    assert stops(made, "BTC") != []


def test_of_ten_coins_no_second_reading_is_made_and_the_others_are_traded() -> None:
    """Twice 564 are more than the limit: what could not be read once is missing, and is said to be."""
    made = of_ten("hyperliquid", "ETH")
    made.faults(Fault("H4", what="userFees"))
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert made.coins_held() == []
    assert {r.rule for r in ran.verdict.refused} == {"account"}
    assert made.venue.ip_budget.used(CLIENT, at_ms=made.venue.now_ms) <= WEIGHT // 2


class Spent:
    """A venue of which nothing more may be asked but for protection."""

    def affords(self, _wanted: object, **_how: object) -> bool:
        return False

    def history(self) -> Any:
        raise AssertionError("the record of orders is not read from the last quarter")


def test_the_record_before_an_entry_is_not_read_from_the_last_quarter() -> None:
    made = stage(("BTC",))
    ran = made.host.run()
    assert ran is not None and ran.snapshot is not None and ran.snapshot.ended is not None
    before = replace(ran.snapshot, ended=None)
    seen, decision = decide_seen(before, made.policy(), None, cast(Venue, Spent()))
    assert seen is before
    assert not decision.enters
    assert [(r.action.coin, r.rule) for r in decision.refused] == [("BTC", "budget")]
    assert "kept for protection" in decision.refused[0].reason
