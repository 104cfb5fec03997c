"""A replay of a few bars in which a script says what the strategy wants, so that one rule shows at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import numpy as np

from trader.backtest.study import Fees, Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import HOUR_MS, Candles
from trader.core.identity import Role, account_tag
from trader.core.market import Leg, MarginTier, Market
from trader.core.policy import EntryRules, Limits, MarketPolicy, Policy, Sizing, StopRules
from trader.core.target import (
    CoinFacts,
    Holding,
    RestingWant,
    Stay,
    Want,
    WantClose,
    WantEntry,
    WantHold,
    WantResting,
)
from trader.exchange.fill_model import PRESETS, FillModel

START_MS = 1_700_006_400_000
KIND = PRESETS["kind"]
FREE = Fees(0.0, 0.0)
Row = tuple[float, float, float, float]


def ms(bar: int) -> int:
    """When this bar of the stage opens."""
    return START_MS + bar * HOUR_MS


def bars_of(rows: Sequence[Row], *, missing: Sequence[int] = (), volume: float = 100.0) -> Bars:
    """Hourly bars of open, high, low, close; the missing ones are left out."""
    there = [n for n in range(len(rows)) if n not in missing]
    opened, high, low, close = (np.array([rows[n][place] for n in there]) for place in range(4))
    times = np.array([ms(n) for n in there], dtype=np.int64)
    return Bars(HOUR_MS, times, opened, high, low, close, np.full(len(there), volume))


def still(count: int, price: float = 100.0) -> list[Row]:
    """Bars in which nothing happens."""
    return [(price, price, price, price)] * count


def rates_of(*due: tuple[int, float]) -> Rates:
    """Funding at these moments."""
    return Rates(np.array([at_ms for at_ms, _ in due], dtype=np.int64), np.array([rate for _, rate in due]))


def enter(leg: Leg = Leg.LONG, notional: float = 1_000.0) -> WantEntry:
    """At the tick, with levels far away."""
    stop, target = (50.0, 200.0) if leg is Leg.LONG else (200.0, 50.0)
    return WantEntry(leg, notional, stop, target, 0, "scripted")


def rest(
    price: float, leg: Leg = Leg.LONG, *, is_stop_entry: bool = False, post_only: bool = False
) -> RestingWant:
    """For the bar now forming, with a stop far away."""
    stop = 50.0 if leg is Leg.LONG else 200.0
    return RestingWant(leg, price, 1_000.0, None, is_stop_entry, post_only, stop)


@dataclass(frozen=True, slots=True)
class Script:
    """What is wanted at the close of each bar while flat, and of what is held.

    `levels` are (stop, target), `moved` those from a bar on; `leaves` the bars at whose close the position
    is to go.
    """

    enters: Mapping[int, WantEntry | RestingWant]
    levels: tuple[float, float] = (50.0, 200.0)
    moved: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    leaves: Mapping[int, Role] = field(default_factory=dict)

    def strategy(self) -> Callable[[Candles, CoinFacts, MarketPolicy], Want]:
        def want(candles: Candles, facts: CoinFacts, policy: MarketPolicy) -> Want:
            bar = (candles.open_ms[-1] - START_MS) // HOUR_MS
            if facts.holding is not None:
                return self._held(bar, facts.holding)
            wanted = self.enters.get(bar)
            signal_ms = candles.open_ms[-1]
            if wanted is None:
                return Stay("nothing in the script")
            if isinstance(wanted, RestingWant):
                return WantResting((wanted,), signal_ms, signal_ms + 2 * HOUR_MS, "scripted")
            return WantEntry(
                wanted.leg, wanted.notional, wanted.stop, wanted.target, signal_ms, wanted.reason
            )

        return want

    def _held(self, bar: int, holding: Holding) -> Want:
        if bar in self.leaves:
            return WantClose(self.leaves[bar], "scripted")
        stop, target = self.levels
        for moved in (at for at in sorted(self.moved) if at <= bar):
            stop, target = self.moved[moved]
        role = Role.TRAIL if any(at <= bar for at in self.moved) else Role.STOP
        return WantHold(stop, role, "scripted", target, "scripted", "scripted", target_is_chosen=True)


def market_of(coin: str = "BTC") -> Market:
    return Market(
        coin, 0, Decimal("0.001"), 2, Decimal(5), (MarginTier(Decimal(0), 50),), tick=Decimal("0.01")
    )


def policy_of(script: Script, coin: str = "BTC", *, leverage: int = 3, cross: bool = True) -> MarketPolicy:
    return MarketPolicy(
        coin=coin,
        strategy=script.strategy(),
        strategy_name="scripted",
        strategy_number=1,
        params=None,
        frame_ms=HOUR_MS,
        bars_needed=10,
        hold_ms_max=100 * HOUR_MS,
        stop_fallback=0.05,
        sizing=Sizing(0.3, None, leverage, cross),
        entries=EntryRules(0.001, 0.005, 300, 0.002),
    )


def limits(**given: Any) -> Limits:
    """No limit but these."""
    return replace(Limits(None, None, None, None, 5_000, 60_000), **given)


def study_of(
    tapes: Sequence[Tape],
    policies: Sequence[MarketPolicy],
    *,
    model: FillModel = KIND,
    fees: Fees = FREE,
    equity: float = 10_000.0,
    limited: Limits | None = None,
) -> Study:
    policy = Policy(
        account_tag=account_tag("backtest"),
        markets={one.coin: one for one in policies},
        entries_for=frozenset(one.coin for one in policies),
        stops=StopRules("mark", None, 0.05),
        limits=limited or limits(),
        report_foreign=True,
        past_ms=30 * 86_400_000,
    )
    markets = {one.coin: market_of(one.coin) for one in policies}
    return Study(policy, markets, {tape.coin: tape for tape in tapes}, model, fees, equity)
