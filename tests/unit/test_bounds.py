"""Bounds of closes and entries stay inside the band in which the venue takes a limit."""

from decimal import Decimal

import pytest

from tests.support.builders import a_market, dec
from trader.bounds import close_bound, entry_bound
from trader.core.market import Leg

MARK = dec(100_000)


@pytest.mark.parametrize("leg", list(Leg))
@pytest.mark.parametrize(
    ("band", "away"), [(None, "0.05"), ("0.5", "0.05"), ("0.05", "0.045"), ("0.02", "0.018")]
)
def test_a_close(leg: Leg, band: str | None, away: str) -> None:
    market = a_market(limit_band=None if band is None else dec(band))
    assert close_bound(MARK, leg, market) == MARK * (1 - dec(away) * leg.sign)


@pytest.mark.parametrize("leg", list(Leg))
@pytest.mark.parametrize(("band", "away"), [(None, "0.003"), ("0.05", "0.003"), ("0.002", "0.0018")])
def test_an_entry(leg: Leg, band: str | None, away: str) -> None:
    market = a_market(limit_band=None if band is None else dec(band))
    assert entry_bound(MARK, leg, market, Decimal("0.003")) == MARK * (1 + dec(away) * leg.sign)
