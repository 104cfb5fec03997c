"""What a strategy would ask of an account at most and at least, as the checks of the file count it."""

import pytest

from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.breakout_params import BreakoutParams
from trader.strategies.hedge_grid_params import HedgeGridParams
from trader.strategies.registry import STRATEGIES

GRID = HedgeGridParams(
    base_qty=0.002, side_notional_max=2000, gross_notional_max=3000, net_notional_max=1500, qty_scale=2.0
)


@pytest.mark.parametrize(
    ("name", "params", "widest"),
    [
        ("breakout", BreakoutParams(trend_stop=0.04, range_stop=0.05), 0.05),
        ("breakout", BreakoutParams(trend_stop=0.06, range_stop=0.05), 0.06),
        ("bollinger", BollingerParams(stop=0.03), 0.03),
        ("hedge_grid", GRID, 0.025),
    ],
)
def test_the_widest_stop(name: str, params: object, widest: float) -> None:
    assert STRATEGIES[name].stop_widest(params) == pytest.approx(widest)
    assert STRATEGIES[name].stop_widest(params) >= STRATEGIES[name].stop_fallback(params)


def test_a_grid_names_its_own_quantities_and_the_others_none() -> None:
    """The side against the market is halved; six rungs of which each doubles the one before."""
    named = STRATEGIES["hedge_grid"].coins(GRID)
    assert named == pytest.approx((0.001, 0.002 * 63))
    assert STRATEGIES["breakout"].coins(BreakoutParams()) is None
    assert STRATEGIES["bollinger"].coins(BollingerParams()) is None
