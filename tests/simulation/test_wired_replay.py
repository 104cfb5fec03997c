"""A replay through a venue's own adapter and bytes gives the trades of the replay without them."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.engine_equality import difference
from tests.support.wired_studies import bars_of, wired_study
from trader.backtest.engines import WIRED, play
from trader.backtest.replay.engine import run
from trader.core.errors import ConfigError
from trader.core.wire import Answer, Lost, Request
from trader.exchange.fill_model import PRESETS
from trader.parts import recorded
from trader.sim.mount import Mount

# Entries that rest end by themselves on Binance: a grid's last as long here as the bars do. A rung that fills
# there has no stop attached, and where one fills in the bar in which the other leg ends, trades differ.
LONG_LIVED = ("entries.resting_life_s=604800",)
CASES = (
    ("hyperliquid", "breakout", 170),
    ("hyperliquid", "bollinger", 170),
    ("hyperliquid", "resting", 170),
    ("okx", "breakout", 170),
    ("okx", "bollinger", 170),
    ("okx", "resting", 170),
    ("okx", "hedge_grid", 100),
    ("binance", "breakout", 170),
    ("binance", "bollinger", 170),
    ("binance", "hedge_grid", 100),
)


@pytest.mark.parametrize(("venue", "kind", "bars"), CASES)
def test_the_wire_changes_no_trade(venue: str, kind: str, bars: int, monkeypatch: pytest.MonkeyPatch) -> None:
    urls: list[str] = []

    class Counted(Mount):
        """Notes what is asked."""

        def exchange(self, requests: list[Request], *, timeout_s: float) -> list[Answer | Lost]:  # type: ignore[override]
            urls.extend(request.url for request in requests)
            return super().exchange(requests, timeout_s=timeout_s)

    monkeypatch.setattr(recorded, "Mount", Counted)
    settings = LONG_LIVED if kind == "hedge_grid" else ()
    study, wire = wired_study(venue, kind, bars_of(1, bars), settings=settings)
    plain = run(study, moves=True)
    assert len(plain.trades) > 5
    assert difference(plain, run(study, moves=True, wire=wire)) is None
    assert len(urls) > 100


def test_an_order_that_binance_cannot_say_is_another_one() -> None:
    """One that ends by itself is not post-only there: where the open has passed it, a taker pays."""
    study, wire = wired_study("binance", "resting", bars_of(1, 240))
    plain, wired = run(study), run(study, wire=wire)
    assert [t.entry_price for t in plain.trades] == [t.entry_price for t in wired.trades]
    dearer = [one.fee < other.fee for one, other in zip(plain.trades, wired.trades, strict=True)]
    assert any(dearer) and not all(dearer)


def test_a_delayed_order_is_replayed_without_the_wire_and_that_is_said() -> None:
    study, wire = wired_study("hyperliquid", "breakout", bars_of(1, 120))
    late = replace(study, model=replace(PRESETS["harsh"], funding="none"))
    found = play(late, wire=wire)
    assert found.notes[0].startswith("without the wire where entries are delayed")
    assert difference(found, run(late)) is None
    assert play(study, wire=wire).notes[0] == WIRED


def test_bars_that_no_venue_could_tell_are_refused() -> None:
    bars = bars_of(1, 80)
    kept = np.arange(80) != 40
    hole = replace(
        bars,
        open_ms=bars.open_ms[kept],
        **{name: getattr(bars, name)[kept] for name in ("open", "high", "low", "close", "volume")},
    )
    study, wire = wired_study("okx", "breakout", hole)
    with pytest.raises(ConfigError, match=r"--wire: BTC: the bar of 2023-11-16 16:00:00 UTC is missing"):
        run(study, wire=wire)
    odd = replace(bars, high=bars.high + 0.001)
    study, wire = wired_study("okx", "breakout", odd)
    with pytest.raises(ConfigError, match=r"a price of \d+\.001 has more decimals than the venue's 1"):
        run(study, wire=wire)
