"""A replay that begins in the middle of a trade goes on as the one that made it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.wired_studies import bars_of, wired_study
from trader.backtest.fast.limits import require_fast
from trader.backtest.replay.engine import run
from trader.backtest.study import Held, NeedsReplay, Study, Trade
from trader.core.candles import HOUR_MS
from trader.core.market import exact
from trader.ids import entry_id

INITIAL = 10_000.0


def held_of(trade: Trade, study: Study) -> Held:
    size, price = exact(trade.size), exact(trade.entry_price)
    return Held(
        coin=trade.coin,
        leg=trade.leg,
        size=size,
        entry_price=price,
        entry_at_ms=trade.entry_ms,
        fee=size * price * exact(study.fees.taker),
        client_id=entry_id(
            account=study.policy.account_tag,
            coin=trade.coin,
            strategy=study.policy.markets[trade.coin].strategy_number,
            leg=trade.leg,
            signal_ms=trade.signal_ms,
        ),
    )


def told(trade: Trade) -> tuple[object, ...]:
    return (
        *(trade.leg, trade.signal_ms, trade.entry_ms, trade.entry_price, trade.exit_ms, trade.exit_price),
        *(trade.reason, trade.size),
    )


@pytest.mark.parametrize("kind", ["breakout", "bollinger"])
def test_what_is_held_at_the_start_goes_on_as_it_would_have(kind: str) -> None:
    study, _ = wired_study("okx", kind, bars_of(1, 240))
    whole = run(study).trades
    longer = [n for n, trade in enumerate(whole) if trade.exit_ms - trade.entry_ms >= 2 * HOUR_MS]
    assert len(longer) > 3
    for place in longer[:6]:
        middle = whole[place]
        before = INITIAL + sum(trade.pnl for trade in whole[:place])
        begun = replace(
            study,
            start_ms=middle.exit_ms - HOUR_MS,
            equity=before,
            held=(held_of(middle, study),),
        )
        found = run(begun)
        assert [told(trade) for trade in found.trades] == [told(trade) for trade in whole[place:]]
        assert [trade.pnl for trade in found.trades] == pytest.approx(
            [t.pnl for t in whole[place:]], abs=1e-9
        )
        first = found.trades[0]
        assert first.pnl_fraction == pytest.approx(first.pnl / before)
        assert found.equity[-1] == pytest.approx(INITIAL + sum(trade.pnl for trade in whole), abs=1e-7)


def test_the_fast_engine_leaves_it_to_the_replay() -> None:
    study, _ = wired_study("okx", "breakout", bars_of(1, 80))
    held = Held("BTC", next(iter(run(study).trades)).leg, Decimal(1), Decimal(1), 0, Decimal(0), "")
    with pytest.raises(NeedsReplay, match="a position is held from the start"):
        require_fast(replace(study, held=(held,)))
