"""What no trader can do, emulated: as written a second time, which without its lies is the replay."""

from dataclasses import fields, replace

import numpy as np
import pytest

from tests.support.unreal_oracle import run
from tests.support.wild_tapes import PRICE, wild_tape
from trader import config
from trader.backtest.audit.lookahead import prefixes
from trader.backtest.engines import EMULATED, play
from trader.backtest.setup import study_of
from trader.backtest.study import Fees, Study, Trade, Unreal
from trader.parts.markets import shipped

PARAMS = "period: 10, entry: resting, style: breakout, trend_period: 8, trend_window: 16, max_hold_bars: 12"
USUAL = (
    "venue=okx",
    f"markets={{BTC: {{strategy: bollinger, params: {{{PARAMS}}}}}}}",
    "limits.naked_resting_notional_max=1000000",
)
KIND = "fills={preset: kind, liquidation: false}"
HARD = f"{KIND[:-1]}, gap: open, ambiguous: stop, target_gap: level, slippage_bps: 5, impact: 0.1}}"
MARKETS = shipped("okx", {"BTC": PRICE}).markets


def study(*overrides: str) -> Study:
    settings = config.load(None, (*USUAL, *(overrides or (KIND,)))).settings
    tapes = {"BTC": wild_tape()}
    return study_of(settings, tapes, markets=MARKETS, fees=Fees(maker=0.0002, taker=0.0005))


def assert_alike(one: Trade, other: Trade) -> None:
    for entry in fields(Trade):
        mine, theirs = getattr(one, entry.name), getattr(other, entry.name)
        assert mine == (pytest.approx(theirs, rel=1e-9) if isinstance(theirs, float) else theirs), entry.name


@pytest.mark.parametrize(
    "fills",
    [
        KIND,
        f"{KIND[:-1]}, gap: open, trigger: last}}",
        HARD,
    ],
    ids=["kind", "real gaps", "hard"],
)
@pytest.mark.parametrize("sizing", ["position_ratio: 0.3", "position_ratio: 1, max_single_loss: 3"])
def test_without_its_lies_it_makes_the_trades_of_the_replay(fills: str, sizing: str) -> None:
    asked = study(fills, f"sizing={{{sizing}}}")
    mine, theirs = run(asked), play(asked, engine="replay")
    assert len(mine.trades) == len(theirs.trades) > 10
    for one, other in zip(mine.trades, theirs.trades, strict=True):
        assert_alike(one, other)
    assert mine.at_ms.tolist() == theirs.at_ms.tolist()
    assert np.allclose(mine.equity, theirs.equity, rtol=1e-12)
    assert mine.held == theirs.held


@pytest.mark.parametrize("fills", [KIND, HARD], ids=["kind", "hard"])
@pytest.mark.parametrize(
    "unreal",
    [Unreal(peeks=True), Unreal(passed_levels=True), Unreal(peeks=True, passed_levels=True)],
    ids=["peeks", "passed levels", "both"],
)
def test_each_lie_makes_the_same_trades_in_the_fast_engine(fills: str, unreal: Unreal) -> None:
    asked = replace(study(fills), unreal=unreal)
    mine, theirs = run(asked), play(asked)
    assert len(mine.trades) == len(theirs.trades) > 10
    for one, other in zip(mine.trades, theirs.trades, strict=True):
        assert_alike(one, other)
    assert np.allclose(mine.equity, theirs.equity, rtol=1e-12)


def test_a_span_is_the_same_too() -> None:
    times = wild_tape().bars.open_ms
    asked = replace(study(), start_ms=int(times[60]), end_ms=int(times[120]))
    mine, theirs = run(asked), play(asked, engine="replay")
    assert [t.exit_ms for t in mine.trades] == [t.exit_ms for t in theirs.trades]
    assert mine.at_ms.tolist() == theirs.at_ms.tolist()


def test_a_band_that_price_has_passed_is_filled_where_price_no_longer_is() -> None:
    asked = replace(study(), unreal=Unreal(passed_levels=True))
    bars = asked.tapes["BTC"].bars
    lied = play(asked)
    assert (lied.engine, lied.notes[0]) == ("fast", EMULATED)
    places = {int(at): place for place, at in enumerate(bars.open_ms)}
    gone = [
        trade
        for trade in lied.trades
        if not bars.low[places[trade.entry_ms]] <= trade.entry_price <= bars.high[places[trade.entry_ms]]
    ]
    assert gone
    for trade in gone:
        opened = float(bars.open[places[trade.entry_ms]])
        assert trade.leg.sign * (opened - trade.entry_price) > 0


def test_foresight_follows_the_close_of_the_bar_that_fills() -> None:
    """Another close of that bar makes another entry, which cannot be known in time."""
    asked = replace(study(), unreal=Unreal(peeks=True))
    first = run(asked).trades[0]
    tape = asked.tapes["BTC"]
    place = int(np.searchsorted(tape.bars.open_ms, first.entry_ms))
    close = tape.bars.close.copy()
    close[place] *= 1 - 0.2 * first.leg.sign
    changed = replace(tape, bars=replace(tape.bars, close=close))
    again = run(replace(asked, tapes={"BTC": changed})).trades
    honest = run(replace(asked, unreal=None, tapes={"BTC": changed})).trades
    assert first.entry_ms not in {trade.entry_ms for trade in again if trade.leg is first.leg}
    before = [t for t in run(replace(asked, unreal=None)).trades if t.entry_ms <= first.entry_ms]
    assert [t.entry_ms for t in honest[: len(before)]] == [t.entry_ms for t in before]


def test_the_prefix_test_sees_foresight_and_nothing_without_it() -> None:
    honest = study()
    peeking = replace(honest, unreal=Unreal(peeks=True))
    assert prefixes(peeking, run(peeking), run).foreseen
    assert prefixes(honest, run(honest), run).foreseen == ()
