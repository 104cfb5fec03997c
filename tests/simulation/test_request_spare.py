"""What a run may ask beyond its plan: again where that fits three quarters of the limit, and never more."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast

import pytest

from tests.support.memory import memory
from tests.support.scenes import BASE, NOW_MS, code, drive, feed_of, stage, stops
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
    return Stage(
        settings, among_ten(venue, feed_of(signals)), now_ms=NOW_MS, memo=memory(), signs_quickly=True
    )


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
    """Twice 564 are more than the limit: bars that did not come once are missing, and said to be."""
    made = of_ten("hyperliquid", "ETH")
    made.faults(Fault("H4", what="candleSnapshot"))
    ran = made.host.run()
    assert ran is not None and code(ran) is Exit.UNAVAILABLE
    assert [said for said in ran.problems if said.startswith("candles of ")]
    assert made.coins_held() == ["ETH"] and made.is_covered("ETH")
    assert made.venue.ip_budget.used(CLIENT, at_ms=made.venue.now_ms) <= WEIGHT * 3 // 4


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


def test_told_on_the_way_that_it_is_too_much_a_run_sends_no_entry_after_that() -> None:
    """The gate had let both pass; the first write that is refused for it ends the other coin's entry too."""
    made = stage(("BTC", "ETH"))
    made.faults(Fault("H2", what="updateLeverage", is_write=True, nth=1, params={"status": 429}))
    ran = made.host.run()
    assert ran is not None and ran.verdict is not None
    assert made.coins_held() == []
    assert {r.rule for r in ran.verdict.refused} == {"last_look"}
    made.faults()
    made.pass_time(61)
    made.host.run()
    assert made.coins_held() == ["BTC", "ETH"]


RATCHET = "{range_target: 0.5, early_mfe: 0, trailing: ratchet, trail_activation: 0.01, trail_distance: 0.02}"


def test_a_trailing_stop_is_not_moved_for_less_than_it_is_worth() -> None:
    """Price gains a hundredth of a percent a bar; a stop moves for a tenth, so once in ten bars or more."""
    made = stage(("BTC",), (f"markets={{BTC: {{strategy: breakout, params: {RATCHET}}}}}",))
    made.host.run()
    price, levels = BASE["BTC"] * 1.05, []
    for _ in range(26):
        drive(made, "BTC", *[price] * 30)
        made.host.run()
        levels.append(stops(made, "BTC")[-1])
        price *= 1.0001
    levels = levels[2:]  # a jump is believed once it stands
    moved = [new for old, new in pairwise(levels) if new != old]
    assert levels[0] > Decimal(str(BASE["BTC"]))
    assert 1 <= len(moved) <= 2
    assert all(new > old * Decimal("1.0009") for old, new in pairwise(sorted(set(levels))))
