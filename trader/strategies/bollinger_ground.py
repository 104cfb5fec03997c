"""What every bollinger entry stands on: whole windows, a believable bar, the regime or the trend, a size.

The first condition that fails is the reason for staying out; the others are asked all the same.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Condition, Stay, WantEntry
from trader.strategies.bollinger_bands import Bands, bands_at, regime_condition, trend_at_last
from trader.strategies.bollinger_params import BollingerParams, band_window_bars, is_reversion, reads_regime
from trader.strategies.indicators import SPIKE_BARS, window_first
from trader.strategies.opening import Sized, leg_towards, sized, width_of
from trader.strategies.readings import Missing, missing
from trader.strategies.signals import is_beyond, level
from trader.strategies.wording import price_text

_NOT_IN_A_REASON = ("history", "width", "size")


@frozen
class Ground:
    """One bar, all of it read. `trend` is 0 where it is flat or nobody asks; `asked` grows."""

    candles: Candles
    facts: CoinFacts
    policy: MarketPolicy
    params: BollingerParams
    asked: list[Condition]
    width: Condition
    regime: Condition | None
    trend: int
    trend_told: str

    @property
    def k(self) -> int:
        return len(self.candles) - 1

    @property
    def why(self) -> str:
        """What was seen so far, as the reason of an order."""
        return "; ".join(one.told for one in self.asked if one.name not in _NOT_IN_A_REASON)

    def fits(self, sign: int) -> tuple[Condition, ...]:
        """Is a signal this way what the style waits for? Without a signal the trend cannot be wrong."""
        if not is_reversion(self.params):
            return (Condition("trend", self.trend_told, sign in (0, self.trend)),)
        return () if self.regime is None else (self.regime,)

    def refusal(self, sign: int, signal: Condition, later: tuple[Condition, ...]) -> Stay | None:
        """Ask the signal, the bar's width and what comes later; the first that fails is the reason."""
        self.asked.extend((signal, self.width, *later))
        if not signal.passed:
            return Stay(signal.told)
        if not self.width.passed:
            return Stay(f"spike: {self.width.told} ({signal.told})")
        for one in later:
            if not one.passed:
                return Stay(f"no {leg_towards(sign).value}: {one.told} ({signal.told})")
        return None


def ground_of(
    candles: Candles,
    facts: CoinFacts,
    policy: MarketPolicy,
    params: BollingerParams,
    asked: list[Condition],
) -> Ground | Missing:
    """Everything that an entry reads apart from the bands themselves."""
    k, frame = len(candles) - 1, candles.frame_ms
    band_bars = band_window_bars(params)
    for bars, window in (
        (SPIKE_BARS + 1, f"{SPIKE_BARS} bars of usual width"),
        (band_bars, f"{band_bars} bars of bands"),
    ):
        first = window_first(candles.open_ms, k, bars, frame)
        if first < 0:
            return missing(first, window, candles)
    regime: Condition | Missing | None = None
    trend: tuple[int, str] | Missing = (0, "")
    if reads_regime(params):
        regime = regime_condition(candles, params)
    if not is_reversion(params):
        trend = trend_at_last(candles, params)
    if isinstance(regime, Missing):
        return regime
    if isinstance(trend, Missing):
        return trend
    asked.append(Condition("history", "every bar of every window is there", True))
    return Ground(candles, facts, policy, params, asked, width_of(candles), regime, *trend)


def bands_of(ground: Ground, index: int) -> Bands | Stay:
    """The bands of a bar, which may be the one now forming; or the end of the matter."""
    found = bands_at(ground.candles, index, ground.params)
    if isinstance(found, Missing):
        ground.asked.append(Condition("bands", found.why, False))
        return Stay(found.why)
    return found


def size_of(ground: Ground) -> Sized | Stay:
    """What an entry commits; or why mark or equity allow none."""
    size = sized(ground.facts, ground.policy, ground.params.stop, ground.asked)
    return Stay(f"{ground.asked[-1].told} ({ground.why})") if size is None else size


def target_beyond(ground: Ground, sign: int, price: float) -> float | Stay:
    """Where an entry at `price` is aimed: a share of it away, or at the middle of the bar now forming."""
    if not is_reversion(ground.params):
        return level(price, sign, ground.params.target)
    bands = bands_of(ground, ground.k + 1)
    if isinstance(bands, Stay):
        return bands
    passed = not is_beyond(price, bands.middle, sign)
    where = "before" if passed else "at or beyond"
    told = f"{price_text(price)} is {where} the middle band {price_text(bands.middle)}"
    ground.asked.append(Condition("target", told, passed))
    return bands.middle if passed else Stay(f"nothing to gain: {told} ({ground.why})")


def entry_now(ground: Ground, sign: int) -> WantEntry | Stay:
    """Enter at the tick, with levels from mark."""
    mark = ground.facts.mark
    size = size_of(ground)
    if isinstance(size, Stay):
        return size
    target = target_beyond(ground, sign, mark)
    if isinstance(target, Stay):
        return target
    return WantEntry(
        leg=leg_towards(sign),
        notional=size.notional,
        stop=level(mark, sign, -ground.params.stop),
        target=target,
        signal_ms=ground.candles.open_ms[-1],
        reason=f"{ground.why}{size.cut}",
    )
