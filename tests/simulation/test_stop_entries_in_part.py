"""Stop entries that price sets off while nobody runs, in a book that holds only a part of them.

Once its trigger is reached, what waits is another order of the venue, to be known as ours all the same.
"""

from decimal import Decimal
from functools import cache

import pytest

from tests.support.memory import memory
from tests.support.scenes import CLOSE_MS, HISTORY_MINUTES, MINUTE_MS, NOW_MS, code, drive
from trader import config
from trader.core.report import Exit
from trader.exchange.orders import Liquidity
from trader.exchange.prices import Bar
from trader.rehearsal import Stage
from trader.sim.feed import ScriptedFeed

BAR_MINUTES = 30
PARAMS = "{style: breakout, entry: resting, regime_filter: false}"
LOT = Decimal("0.001")
WAYS = [(venue, sided) for venue in ("binance", "okx") for sided in (False, True)]


@cache
def _history() -> tuple[Bar, ...]:
    """Closes that swing about a slow rise, the last one in the middle of its bands."""
    last = HISTORY_MINUTES // BAR_MINUTES
    closes = [(100_000 + 2 * (i - last)) * (1.002 if i % 2 else 0.998) for i in range(last)]
    closes[-1] = 100_050.0
    bars: list[Bar] = []
    price = closes[0]
    for close in closes:
        bars += [Bar(price, max(price, close), min(price, close), close, 1.0)]
        bars += [Bar(close, close, close, close, 1.0)] * (BAR_MINUTES - 1)
        price = close
    return tuple(bars)


def a_stage(venue: str, *, two_sided: bool) -> Stage:
    settings = config.load(
        None,
        (
            f"venue={venue}",
            "paper.equity=5000",
            "limits.naked_resting_notional_max=5000",
            f"markets={{BTC: {{strategy: bollinger, params: {PARAMS}}}}}",
        ),
    ).settings
    feed = ScriptedFeed({"BTC": _history()}, start_ms=CLOSE_MS - HISTORY_MINUTES * MINUTE_MS)
    made = Stage(settings, feed, now_ms=NOW_MS, memo=memory(), signs_quickly=True)
    if made.model.is_two_sided(made.user) is not two_sided:
        assert made.model.set_two_sided(made.user, two_sided) is None
    return made


@pytest.mark.parametrize(("venue", "two_sided"), WAYS)
def test_what_is_left_of_one_that_filled_in_part_is_taken_off(venue: str, two_sided: bool) -> None:
    made, leg = a_stage(venue, two_sided=two_sided), "long" if two_sided else None
    assert code(made.host.run()) is Exit.OK
    made.model.set_liquidity("BTC", Liquidity(size=LOT, levels=1, resting_size=LOT))
    drive(made, "BTC", 100_200.0, 100_500.0, 100_600.0)
    made.model.set_liquidity("BTC", Liquidity())
    held = made.size("BTC", leg)
    assert 0 < held < Decimal("0.01")
    assert [o for o in made.model.open_orders(made.user, "BTC") if o.fired], "the rest waits in the book"
    assert code(made.host.run()) is Exit.OK
    opening = [o for o in made.model.open_orders(made.user, "BTC") if o.is_buy]
    assert opening == [] and made.size("BTC", leg) == held
    assert made.is_covered("BTC")
    made.pass_time(20)
    ran = made.host.run()
    assert ran is not None and ran.done == []
