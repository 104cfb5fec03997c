"""`trader report` from an account that traded on the embedded exchange, and where its reading stops."""

from decimal import Decimal

import pytest

from tests.support.planted_day import MISSING, lived
from trader.core.errors import Malformed
from trader.rehearsal import Stage
from trader.report.own import page_of, tally
from trader.report.page.render import html_of
from trader.report.story import Story, Whose, story_of
from trader.sim.faults import Fault


@pytest.fixture(scope="module", params=["hyperliquid", "okx", "binance"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return lived(request.param, mishaps=False, last=MISSING - 1)


def told(stage: Stage) -> Story:
    whose = Whose("paper", stage.settings.venue, "main")
    venue, policy = stage.host.env().venue, stage.policy()
    return story_of(venue, policy, whose, days=1, tolerance=lambda _: Decimal("0.01"))


def test_every_trade_has_its_levels_and_its_strategy(stage: Stage) -> None:
    page = page_of(told(stage))
    assert [coin.name for coin in page.coins] == ["BTC", "ETH", "SOL"]
    assert len(page.coins[0].open_ms) == 48 and len(page.coins[0].lines) == 2
    assert page.deals and {deal.strategy for deal in page.deals} == {"breakout"}
    for place, deal in enumerate(page.deals):
        moves = [move for move in page.moves if move.deal == place]
        assert moves[0].at_ms == deal.entry_ms
        # Some venues take the target a moment after the stop that came with the entry.
        assert moves[0].stop and moves[-1].target and deal.entry_price
        sign = 1 if deal.leg == "long" else -1
        assert (deal.entry_price - moves[0].stop) * sign > 0 < (moves[-1].target - deal.entry_price) * sign
    assert len(html_of(page)) > 200_000


def test_the_tally_is_the_exchanges_own_books(stage: Stage) -> None:
    story = told(stage)
    account = stage.model.account(stage.user)
    assert story.equity == account.total.account_value
    fees_of_open = sum((t.fee - t.funding for t in story.trades if t.exit_ms is None), Decimal(0))
    begun = tally(story)[0][1] + fees_of_open
    assert abs(begun - stage.settings.backtest.equity) < Decimal("1e-6")


@pytest.mark.parametrize("what", ["userFillsByTime", "userFunding"])
def test_a_part_of_a_tally_is_no_tally(what: str) -> None:
    stage = lived("hyperliquid", mishaps=False, last=16)
    stage.faults(Fault("H4", what=what, times=0))
    with pytest.raises(Malformed, match="could not be read"):
        told(stage)
