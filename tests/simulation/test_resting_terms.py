"""Entries that wait while somebody else changes what they were let through for."""

from decimal import Decimal

import pytest

from tests.support.grid_stage import book, grid_stage, rungs, ticked, to_next_bar
from trader.exchange.orders import OrderSpec
from trader.exchange.status import Tif
from trader.rehearsal import Stage
from trader.sim.faults import Fault

VENUES = ("binance", "okx")


def bought_by_hand(stage: Stage, leg: str) -> None:
    is_buy = leg == "long"
    price = stage.model.quote("BTC").mark * (Decimal("1.02") if is_buy else Decimal("0.98"))
    spec = OrderSpec("BTC", is_buy, price.quantize(Decimal(1)), Decimal("0.01"), Tif.IOC, False, leg=leg)
    assert stage.model.place(stage.user, [spec])[0].reason is None


@pytest.mark.parametrize("leg", ["long", "short"])
@pytest.mark.parametrize("venue", VENUES)
def test_nothing_waits_beside_a_foreign_position(venue: str, leg: str) -> None:
    """What would fill there joins what is not ours, and no stop of ours could tell the two apart."""
    stage = grid_stage(venue)
    ticked(stage)
    assert rungs(stage)
    bought_by_hand(stage, leg)
    to_next_bar(stage)
    ticked(stage)
    assert rungs(stage) == []
    to_next_bar(stage)
    assert ticked(stage).done == []
    assert stage.size("BTC", leg) == Decimal("0.01") * (1 if leg == "long" else -1)


@pytest.mark.parametrize("venue", VENUES)
def test_what_waits_under_another_leverage_waits_anew_under_the_files(venue: str) -> None:
    stage = grid_stage(venue)
    ticked(stage)
    before, wanted = rungs(stage), stage.model.leverage(stage.user, "BTC")
    stage.faults(Fault("V23", params={"coin": "BTC", "leverage": 40}))
    stage.host.check()
    assert stage.model.leverage(stage.user, "BTC") != wanted
    stage.faults()
    to_next_bar(stage)
    ticked(stage)
    assert stage.model.leverage(stage.user, "BTC") == wanted
    assert rungs(stage) == before
    settled = book(stage)
    to_next_bar(stage)
    assert ticked(stage).done == []
    assert book(stage) == settled
